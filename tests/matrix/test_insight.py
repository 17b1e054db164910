"""What is kept of questions: only where anybody reads along, without who asked, and gone when it is to be gone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import NewBot, NewUser, next_number
from lab.binary import REPOSITORY, environment, mynah
from lab.bot import Bot
from lab.client import Client, path
from lab.encrypted import EncryptedClient
from lab.events import Event
from lab.net import eventually
from lab.room import PROBE, Room, in_thread, meet

WITHIN = 15
"""How long what is deleted may still be there: it is promised to be gone within a minute."""

ANSWERED = "when did Debian migration start?"
VOTES_ALIAS = "insight-votes"
DESK_ALIAS = "insight-desk"
SETTINGS = {
    "insight": {"to": [f"#{DESK_ALIAS}:localhost"]},
    "matrix": {"rooms": {f"#{VOTES_ALIAS}:localhost": {"votes": True}}},
}
OPEN = {"preset": "public_chat"}


UNANSWERABLE = (
    "does the {} support printers?",
    "what colour is a {}?",
    "who sells shirts with a {} on them?",
    "how tall does a {} grow?",
    "can a {} swim in winter?",
    "when is the picnic of the {}?",
    "which bakery makes {} bread?",
    "how many legs has a {}?",
    "where do you park a {}?",
    "is the {} allergic to milk?",
)
"""Questions that are not alike: they are no group."""


def unanswerable() -> tuple[str, str]:
    """A question that no post answers, and a word of it that is in no other."""
    number = next_number()
    word = "quokka" + "".join(chr(ord("a") + int(digit)) for digit in str(number)) + "z"
    return UNANSWERABLE[number % len(UNANSWERABLE)].format(word), word


async def insight(bot: Bot, *what: str) -> str:
    """What `mynah insight` prints beside the running bot."""
    process = await asyncio.create_subprocess_exec(
        mynah(),
        "--config",
        bot.config,
        "insight",
        *what,
        cwd=bot.folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def asked(bot: Bot, word: str) -> list[str]:
    """Questions that are kept, without a good answer, and hold a word."""
    lines = (await insight(bot, "export")).splitlines()
    return [line for line in lines if word in line]


async def is_kept(bot: Bot, word: str) -> None:
    """Waits until a question with this word is kept."""

    async def found() -> bool:
        return await asked(bot, word) != []

    await eventually(f"a question with {word} is kept", found, WITHIN)


async def is_gone(bot: Bot, word: str) -> None:
    """Waits until no question with this word is kept."""

    async def gone() -> bool:
        return await asked(bot, word) == []

    await eventually(f"no question with {word} is kept", gone, WITHIN)


async def headline(bot: Bot, part: str) -> None:
    """Waits until the digest says this."""

    async def told() -> bool:
        return part in " ".join((await insight(bot)).split())

    await eventually(f"the digest says {part}", told, WITHIN)


def bytes_kept(bot: Bot) -> bytes:
    """All that stands in the store's files."""
    files = sorted(bot.data.glob("insight.sqlite*"))
    assert files, "the bot keeps questions in insight.sqlite"
    return b"".join(file.read_bytes() for file in files)


@pytest.fixture
async def open_room(admin: Client, asker: Client, bot: Bot) -> Room:
    """A fresh room that anybody may join, with its maker Alice, the asker and the bot."""
    return Room(asker, await meet(admin, bot.user_id, asker, **OPEN), bot.user_id)


@pytest.fixture
async def desk(admin: Client, bot: Bot) -> Room:
    """The admin's direct room with the bot."""
    return Room(admin, await meet(admin, bot.user_id, is_direct=True), bot.user_id)


async def react(room: Room, event_id: str, key: str) -> str:
    """Reacts to a message, and returns the reaction's id."""
    relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
    return await room.asker.send(room.id, {"m.relates_to": relation}, "m.reaction")


async def test_questions_of_closed_rooms_are_not_kept_and_who_asked_never_is(
    open_room: Room, room: Room, direct: Room, newcomer: EncryptedClient, asker: Client, bot: Bot
) -> None:
    secret = Room(newcomer, await newcomer.create_room(bot.user_id), bot.user_id)
    words = []
    for place in (room, direct, secret, open_room):
        question, word = unanswerable()
        await place.answer_to(await place.ask(f"I am {asker.user_id}: {question}"))
        words.append(word)
    *closed, kept = words
    await is_kept(bot, kept)
    exported = await insight(bot, "export")
    for word in closed:
        assert word not in exported
    stored = bytes_kept(bot)
    for nowhere in (*words, asker.user_id, asker.user_id[1:].split(":")[0], newcomer.user_id, room.id, open_room.id):
        assert nowhere.encode() not in stored
        assert nowhere in words or nowhere not in exported


async def test_an_edit_edits_and_a_redaction_deletes_what_is_kept(open_room: Room, bot: Bot) -> None:
    (first, before), (second, after) = unanswerable(), unanswerable()
    question = await open_room.ask(first)
    answer = await open_room.answer_to(question)
    await is_kept(bot, before)
    await open_room.edit(question, second)
    await open_room.edit_of(answer.id)
    await is_kept(bot, after)
    await is_gone(bot, before)
    await open_room.redact(question)
    await is_gone(bot, after)


@pytest.mark.parametrize("direct_message", [True, False])
async def test_forget_me_deletes_ones_own_questions_in_all_rooms(
    direct_message: bool, open_room: Room, direct: Room, new_user: NewUser, bot: Bot
) -> None:
    other = await new_user("ben")
    await other.join(open_room.id)
    (mine, my_word), (theirs, their_word) = unanswerable(), unanswerable()
    await open_room.answer_to(await open_room.ask(mine))
    theirs_there = Room(other, open_room.id, bot.user_id)
    await theirs_there.answer_to(await theirs_there.ask(theirs))
    await is_kept(bot, my_word)
    await is_kept(bot, their_word)
    place, command = (direct, "forget me") if direct_message else (open_room, "!mynah forget me")
    assert "Forgotten" in (await place.answer_to(await place.say(command))).body
    await is_gone(bot, my_word)
    assert len(await asked(bot, their_word)) == 1


async def test_a_room_that_is_left_is_forgotten(open_room: Room, admin: Client, bot: Bot) -> None:
    question, word = unanswerable()
    await open_room.answer_to(await open_room.ask(question))
    await is_kept(bot, word)
    await admin.call("POST", path("rooms", open_room.id, "kick"), {"user_id": bot.user_id})
    await is_gone(bot, word)


async def test_votes_are_counted_once_a_person_and_taken_back(new_bot: NewBot, admin: Client, asker: Client) -> None:
    bot = await new_bot(SETTINGS)
    await bot.start()
    room = Room(asker, await meet(admin, bot.user_id, asker, **OPEN), bot.user_id)
    answer = await room.answer_to(await room.ask(ANSWERED))
    await headline(bot, "1 asked, 1 answered")
    votes = [await react(room, answer.id, key) for key in ("👎", "❌")]
    await headline(bot, "1 answer voted down")
    others = await react(Room(admin, room.id, bot.user_id), answer.id, "👍🏽")
    await headline(bot, "0 answers voted down")
    await admin.redact(room.id, others)
    await headline(bot, "1 answer voted down")
    for vote in votes:
        await room.redact(vote)
    await headline(bot, "0 answers voted down")
    complaint = await room.say("that did not help", **in_reply_to(answer))
    await room.answer_to(complaint)
    await headline(bot, "1 answer voted down")
    assert asker.user_id.encode() not in bytes_kept(bot)
    await bot.stop()


def in_reply_to(event: Event) -> dict[str, object]:
    """The content's part that makes a message a rich reply."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event.id}}}


async def test_votes_are_offered_where_the_room_wishes_it_only(open_room: Room, admin: Client, asker: Client, bot: Bot) -> None:
    wished = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name=VOTES_ALIAS, **OPEN), bot.user_id)
    answer = await wished.answer_to(await wished.ask(ANSWERED))
    for key in ("👍", "👎"):
        offers = {"rel_type": "m.annotation", "event_id": answer.id, "key": key}
        await wished.from_bot(f"an offer of {key}", lambda event: event.content.get("m.relates_to") == offers)
    await open_room.answer_to(await open_room.ask(ANSWERED))
    await open_room.answer_to(await open_room.ask(PROBE))
    assert all(event.type != "m.reaction" for event in asker.timeline(open_room.id))


async def test_the_digest_is_for_admins_and_where_it_is_to_be_told(
    open_room: Room, room: Room, direct: Room, desk: Room, admin: Client, asker: Client, bot: Bot
) -> None:
    question, word = unanswerable()
    await open_room.answer_to(await open_room.ask(question))
    await is_kept(bot, word)
    told = await desk.answer_to(await desk.say("insight"))
    assert "asked" in told.body
    assert len(told.body.splitlines()) <= 25
    assert asker.user_id not in told.body + told.html
    assert "admins" in (await direct.answer_to(await direct.say("insight"))).body
    elsewhere = Room(admin, room.id, bot.user_id)
    assert "direct message" in (await elsewhere.answer_to(await elsewhere.say("!mynah insight"))).body
    named = Room(admin, await meet(admin, bot.user_id, room_alias_name=DESK_ALIAS), bot.user_id)
    assert " asked, " in (await named.answer_to(await named.say("!mynah insight"))).body


async def test_help_says_whether_questions_are_kept(open_room: Room, room: Room) -> None:
    assert "for 90 days, without who asked" in (await open_room.answer_to(await open_room.say("!mynah help"))).body
    assert "don't keep" in (await room.answer_to(await room.say("!mynah help"))).body


async def test_what_is_kept_is_known_after_a_restart(open_room: Room, bot: Bot) -> None:
    question, word = unanswerable()
    event = await open_room.ask(question)
    await open_room.answer_to(event)
    await bot.stop()
    await is_kept(bot, word)
    await bot.start()
    await open_room.redact(event)
    await is_gone(bot, word)


NEWS = """---
title: The zorbly gadget
author: Robin
date: 2024-05-06
---

The zorbly gadget was introduced in 2024 and replaces the frobnicator of the edge cloud.
"""
ZORBLY = "when was the zorbly gadget introduced?"


@pytest.fixture
async def telling(new_bot: NewBot, posts: Path) -> AsyncIterator[Bot]:
    """A bot that tells when the posts answer a question."""
    made = await new_bot({"corpus": {"path": str(posts), "watch": False}, "insight": {"tell": True}})
    await made.start()
    yield made
    await made.stop()


async def test_a_post_that_answers_is_told_once_where_it_was_asked(
    telling: Bot, posts: Path, admin: Client, asker: Client
) -> None:
    room = Room(asker, await meet(admin, telling.user_id, asker, **OPEN), telling.user_id)
    desk = Room(admin, await meet(admin, telling.user_id, is_direct=True), telling.user_id)
    root = await room.say("a word about gadgets")
    question = await room.ask(ZORBLY, **in_thread(root))
    await room.answer_to(question)
    await is_kept(telling, "zorbly")
    (posts / "2024-05-06-zorbly.md").write_text(NEWS)
    for _ in range(2):
        reply = await desk.answer_to(await desk.say("reload"))
        await desk.edit_of(reply.id)
    told = await room.from_bot("that the posts say it now", lambda event: "The posts say it now" in event.body)
    assert (told.thread, told.mentions) == (root, [asker.user_id])
    assert "2024-05-06-zorbly" in told.html
    assert "zorbly" in (await desk.answer_to(await desk.say("insight"))).body
    (posts / "2024-05-06-zorbly.md").write_text(NEWS.replace("edge", "far edge"))
    await desk.edit_of((await desk.answer_to(await desk.say("reload"))).id)
    await telling.logged("asked again", WITHIN)
    await room.answer_to(await room.ask(PROBE))
    assert sum("say it now" in event.body for event in asker.timeline(room.id)) == 1
