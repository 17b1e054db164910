"""Bad input: a clear error or a polite reply, never a crash."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conftest import NewBot, next_number
from lab.bot import Bot, Settings
from lab.client import Client
from lab.encrypted import EncryptedClient
from lab.html import Html
from lab.net import LOOPBACK, free_port
from lab.room import PROBE, Room
from lab.synapse import Synapse

QUESTION = "when did Debian migration start?"
SETTINGS = {"matrix": {"limits": {"per_asker": 1000, "per_room": 1000}}}

# What it is started with


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"matrix": {"homeserver": f"http://{LOOPBACK}:{free_port()}"}}, LOOPBACK),
        ({"matrix": {"homeserver": "no url at all"}}, "homeserver"),
        ({"matrix": {"homeserver": None}}, "homeserver"),
        ({"matrix": {"user_id": "mynah"}}, "user_id"),
        ({"matrix": {"user_id": None}}, "user_id"),
        ({"matrix": {"password": None}}, "password"),
        ({"matrix": {"password": None, "password_file": "/nowhere/password"}}, "/nowhere/password"),
        ({"matrix": {"password": None, "access_token": "x", "device_id": None}}, "device_id"),
        ({"matrix": {"password": None, "access_token": "made-up", "device_id": "X"}}, "access token"),
        ({"matrix": {"catch_up": "soon"}}, "catch_up"),
        ({"matrix": {"key_wait": -1}}, "key_wait"),
        ({"matrix": {"limits": {"per_asker": 0}}}, "per_asker"),
        ({"matrix": {"rooms": {"*": {"answer": "sometimes"}}}}, "answer"),
        ({"matrix": {"rooms": {"*": {"anwser": "nobody"}}}}, "anwser"),
        ({"matrix": {"passwort": "x"}}, "passwort"),
        ({"corpus": {"path": "/nowhere/posts"}}, "/nowhere/posts"),
        ({"corpus": {"pointers": "/nowhere/pointers.toml"}}, "/nowhere/pointers.toml"),
        ({"data_dir": "/dev/null/data"}, "/dev/null/data"),
        ({"log": {"format": "xml"}}, "format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_told_at_the_start(settings: Settings, named: str, new_bot: NewBot) -> None:
    ended = await (await new_bot(settings)).run()
    assert ended.code == 2
    assert named in ended.stderr
    assert "panicked" not in ended.stderr
    assert len(ended.stderr.splitlines()) < 12


async def test_a_config_that_is_not_there(bot: Bot) -> None:
    bot.config.rename(elsewhere := bot.config.with_name("elsewhere.toml"))
    ended = await bot.run()
    elsewhere.rename(bot.config)
    assert ended.code == 2
    assert str(bot.config) in ended.stderr


async def test_a_config_that_is_not_toml(new_bot: NewBot) -> None:
    bot = await new_bot()
    bot.config.write_text("data_dir = 'data'\nhello")
    ended = await bot.run()
    assert ended.code == 2
    assert str(bot.config) in ended.stderr
    assert "line 2" in ended.stderr


async def test_an_empty_folder_of_posts(new_bot: NewBot, tmp_path: Path) -> None:
    ended = await (await new_bot({"corpus": {"path": str(tmp_path)}})).run()
    assert ended.code == 2
    assert str(tmp_path) in ended.stderr


# What it is sent: encrypted, since a homeserver looks at what it can read, and refuses some of it


@pytest.fixture(scope="module")
async def sealed(synapse: Synapse, bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """An encrypted direct room, in which anything can be said."""
    account = await synapse.register(f"mallory{next_number()}")
    mallory = EncryptedClient(synapse.url, account, tmp_path_factory.mktemp("keys"))
    await mallory.start()
    yield Room(mallory, await mallory.create_room(bot.user_id), bot.user_id)
    await mallory.stop()


def text(body: Any = QUESTION, **content: Any) -> dict[str, Any]:
    """A text message with more or other in it than clients send."""
    return {"msgtype": "m.text", "body": body, **content}


def formatted(html: Any) -> dict[str, Any]:
    """A text message with this for its HTML."""
    return text(format="org.matrix.custom.html", formatted_body=html)


def related(relation: Any) -> dict[str, Any]:
    """A text message that stands in this relation to something."""
    return text(**{"m.relates_to": relation})


EARLIER = "$earlier"
"""Stands for a message that the room has."""

ABSURD = {
    "huge body": text("debian " * 6000),
    "huge word": text("x" * 40_000),
    "empty body": text(""),
    "blank body": text(" \n\t\u00a0\u200b"),
    "control characters": text("when\u0000 did\u001b[31m \u202eDebian\u202c start\ufffd?"),
    "combining characters": text("Z" + "\u0351" * 5000),
    "no body": {"msgtype": "m.text"},
    "body of null": text(None),
    "body of number": text(42),
    "body of list": text(["when"]),
    "no msgtype": {"body": QUESTION},
    "msgtype of number": {"msgtype": 7, "body": QUESTION},
    "unknown msgtype": {"msgtype": "org.example.dance", "body": QUESTION},
    "emote": {"msgtype": "m.emote", "body": QUESTION},
    "image without a file": {"msgtype": "m.image", "body": QUESTION},
    "nothing": {},
    "HTML unclosed": formatted("<a href='https://matrix.to/#/@x:localhost" + "<b>" * 3000),
    "HTML deep": formatted("<blockquote>" * 1500 + "when" + "</blockquote>" * 1500),
    "HTML of number": formatted(9),
    "HTML garbage": formatted("<<<>>>&#x110000;&nope;<!--<![CDATA["),
    "unknown format": text(format="org.example.wingdings", formatted_body="x"),
    "mentions of text": text(**{"m.mentions": "everybody"}),
    "mentions of numbers": text(**{"m.mentions": {"user_ids": [1, 2, None]}}),
    "mentions of one": text(**{"m.mentions": {"user_ids": "@x:localhost"}}),
    "mentions of no users": text(**{"m.mentions": {"user_ids": ["", "@", "@:", "x" * 300]}}),
    "relation of text": related("reply"),
    "relation of null": related(None),
    "relation of nothing": related({}),
    "reply to what is no message": related({"m.in_reply_to": {"event_id": "$nowhere"}}),
    "reply to number": related({"m.in_reply_to": {"event_id": 5}}),
    "reply to nested": related({"m.in_reply_to": {"m.in_reply_to": {"m.in_reply_to": {"event_id": EARLIER}}}}),
    "thread of earlier": related({"rel_type": "m.thread", "event_id": EARLIER}),
    "thread without root": related({"rel_type": "m.thread"}),
    "edit of earlier": {**related({"rel_type": "m.replace", "event_id": EARLIER}), "m.new_content": text()},
    "edit without content": related({"rel_type": "m.replace", "event_id": EARLIER}),
    "edit of an edit": {
        **related({"rel_type": "m.replace", "event_id": EARLIER}),
        "m.new_content": {**related({"rel_type": "m.replace", "event_id": EARLIER}), "m.new_content": text()},
    },
    "unknown relation": related({"rel_type": "org.example.dance", "event_id": EARLIER, "key": "x" * 1000}),
    "reference": related({"rel_type": "m.reference", "event_id": EARLIER}),
}


@pytest.mark.parametrize("content", ABSURD.values(), ids=ABSURD.keys())
async def test_an_absurd_event_harms_nothing(content: dict[str, Any], sealed: Room, bot: Bot) -> None:
    earlier = await sealed.say("good morning")
    await sealed.asker.send(sealed.id, json.loads(json.dumps(content).replace(EARLIER, earlier)))
    await sealed.answer_to(await sealed.say(PROBE))
    for event in sealed.said_since(earlier):
        assert Html(event.html).wrong == []
        assert len(event.body) < 10_000
    assert bot.running


async def test_thousands_of_mentions_are_not_given_back(room: Room) -> None:
    crowd = [f"@u{n}:localhost" for n in range(3000)]
    question = await room.say(QUESTION, **{"m.mentions": {"user_ids": [*crowd, room.bot]}})
    assert (await room.answer_to(question)).mentions == [room.asker.user_id]


async def test_a_chain_of_edits_and_replies(direct: Room) -> None:
    question = last = await direct.say(PROBE)
    answer = await direct.answer_to(question)
    for _ in range(10):
        relation = {"rel_type": "m.replace", "event_id": last, "m.in_reply_to": {"event_id": answer.id}}
        last = await direct.asker.send(direct.id, {**related(relation), "m.new_content": related(relation)})
    await direct.answer_to(await direct.say(PROBE))


async def test_other_events_in_the_room(direct: Room, bot: Bot) -> None:
    for kind in ("m.reaction", "m.sticker", "m.call.invite", "m.poll.start", "m.room.encrypted", "org.example.dance"):
        await direct.asker.send(direct.id, {"m.relates_to": {"rel_type": 1}, "body": 3}, kind)
    await direct.answer_to(await direct.say(PROBE))
    assert bot.running


ABSURD_STATE: dict[str, dict[str, Any]] = {
    "m.room.tombstone": {"body": 7, "replacement_room": "!nowhere"},
    "m.room.pinned_events": {"pinned": "x"},
    "m.room.history_visibility": {"history_visibility": "org.example.dance"},
    "m.room.canonical_alias": {"alt_aliases": []},
    "org.example.dance": {"": {"": [None, -1, {"x": "y" * 10_000}]}},
}


@pytest.mark.parametrize("kind", ABSURD_STATE)
async def test_absurd_state(kind: str, room: Room, admin: Client, bot: Bot) -> None:
    await admin.set_state(room.id, kind, ABSURD_STATE[kind])
    await room.answer_to(await room.ask(PROBE))
    assert bot.running
