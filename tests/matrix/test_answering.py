"""How it answers: where, in which form, with which marks, and never with what somebody has smuggled in."""

from pathlib import Path

import pytest

from conftest import NewBot
from lab.ask import assert_same
from lab.bot import Bot
from lab.client import Client
from lab.html import Html
from lab.net import eventually
from lab.room import PROBE, Room, in_thread, meet

QUESTION = "when did Debian migration start?"
REFUSED = "can I install it on proxmox"
SETTINGS = {
    "matrix": {
        "rooms": {
            "#threads:localhost": {"reply": "thread"},
            "#plain:localhost": {"reply": "plain"},
            "#notices:localhost": {"notice": True},
            "#longer:localhost": {"citations": 2, "length": 200},
        }
    }
}

QUESTIONS = [
    QUESTION,
    PROBE,
    REFUSED,
    "how do i get in touch with people?",
    "wat is the zero touch provisoning thing?",
    "what's the default admin password?",
    "how many companies are there",
    "<b>when</b> did Debian migration start & why?",
    "when did José’s Debian migration start? 🐦",
]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_the_same_answer_as_in_the_terminal_and_in_a_room_in_brief(question: str, direct: Room, room: Room, bot: Bot) -> None:
    told = bot.ask(question)
    answers = [await direct.answer_to(await direct.say(question)), await room.answer_to(await room.ask(question))]
    for answer, text in zip(answers, (told.text, told.in_room), strict=True):
        assert answer.body == text
        assert answer.msgtype == "m.text"
        assert answer.content["format"] == "org.matrix.custom.html"
        assert Html(answer.html).wrong == []


async def test_marks_and_links_the_sentence_that_answers(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(QUESTION))
    citation = bot.ask(QUESTION).citations[0]
    html = Html(answer.html)
    assert {"blockquote", "strong", "a"} <= html.tags
    assert f"<strong>{citation['highlight']}</strong>" in answer.html
    assert citation["url"] in html.links
    assert citation["title"] in html.text


async def test_points_where_to_ask_when_the_posts_do_not_say(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(REFUSED))
    pointers = bot.ask(REFUSED).pointers
    assert pointers
    assert {pointer["url"] for pointer in pointers[:2]} <= set(Html(answer.html).links)


async def test_a_room_gets_one_quotation_and_more_shows_the_others(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(QUESTION))
    first, *others = bot.ask(QUESTION).citations
    assert first["highlight"] in answer.body
    assert answer.html.count("<blockquote>") == 1
    assert len(answer.body) < 1000
    assert others, "the test needs a question with several citations"
    assert {other["url"] for other in others} <= set(Html(answer.html).links)
    more = await room.answer_to(await room.say("!mynah more"))
    assert all(other["highlight"] in more.body for other in others)


async def test_a_room_may_have_more_quotations_and_shorter_ones(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="longer"), bot.user_id)
    answer = await room.answer_to(await room.ask(QUESTION))
    assert answer.html.count("<blockquote>") == 2


async def test_shows_that_it_has_read_and_is_typing(room: Room) -> None:
    assert isinstance(room.asker, Client)
    asker = room.asker
    for _ in range(3):  # a notice is soon over, and may be between two syncs
        question = await room.ask(QUESTION)
        await room.answer_to(question)

        async def read(question: str = question) -> bool:
            return (question, room.bot) in asker.receipts

        await eventually("a read receipt", read)
        if (room.id, room.bot) in asker.typed:
            return
    raise AssertionError("no typing notice")


# Where


async def test_a_rich_reply_to_a_question_in_the_room(room: Room) -> None:
    question = await room.ask(QUESTION)
    answer = await room.answer_to(question)
    assert answer.content["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}


async def test_in_the_thread_that_the_question_stands_in(room: Room) -> None:
    root = await room.say("good morning")
    answer = await room.answer_to(await room.ask(QUESTION, **in_thread(root)))
    assert answer.thread == root


async def test_always_a_thread_where_the_room_wants_it(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="threads"), bot.user_id)
    question = await room.ask(QUESTION)
    assert (await room.answer_to(question)).thread == question


async def test_plain_where_the_room_wants_it(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="plain"), bot.user_id)
    await room.ask(QUESTION)
    answer = await room.from_bot("an answer", lambda event: event.type == "m.room.message")
    assert "m.relates_to" not in answer.content
    assert_same(answer.body, bot.ask(QUESTION))


async def test_a_notice_where_the_room_wants_it(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="notices"), bot.user_id)
    assert (await room.answer_to(await room.ask(QUESTION))).msgtype == "m.notice"


# Whom it mentions


async def test_mentions_the_asker_and_nobody_else(room: Room, admin: Client) -> None:
    answer = await room.answer_to(await room.ask(f"{admin.user_id} and @room: {QUESTION}"))
    assert answer.content["m.mentions"] == {"user_ids": [room.asker.user_id]}
    assert not any(link.startswith("https://matrix.to/#/@") for link in Html(answer.html).links)


async def test_mentions_nobody_in_a_direct_room(direct: Room) -> None:
    answer = await direct.answer_to(await direct.say(QUESTION))
    assert answer.mentions == []
    assert "room" not in answer.content.get("m.mentions", {})


# What is smuggled in

SMUGGLED = [
    '<script>alert(1)</script> <img src=x onerror="alert(1)"> quuxly',
    "[quuxly](javascript:alert(1)) </blockquote></strong>",
    '"><a href="javascript:alert(1)">quuxly</a>',
    "**quuxly** `</code>` <mark>quuxly</mark> &lt;b&gt;",
    "@room https://matrix.to/#/@alice:localhost quuxly",
]


@pytest.mark.parametrize("question", SMUGGLED)
async def test_a_question_injects_nothing(question: str, direct: Room) -> None:
    answer = await direct.answer_to(await direct.say(question))
    html = Html(answer.html)
    assert html.wrong == []
    assert not any("alice" in link for link in html.links)


HOSTILE_POST = """---
title: Zorbly <b>bold</b> & </h3><script>alert("title")</script>
author: Mallory <img src=x>
date: 2024-05-06
---

The zorbly gadget was introduced in 2024 <script>alert("post")</script> with a [manual](javascript:alert(1)), a
[guide](data:text/html,x), a <mark>mark</mark>, an <img src="x" onerror="alert(1)"> and greetings to @room and @alice:localhost.
"""


async def test_a_post_injects_nothing(new_bot: NewBot, asker: Client, tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(HOSTILE_POST)
    bot = await new_bot({"corpus": {"path": str(tmp_path)}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    answer = await room.answer_to(await room.say("when was the zorbly gadget introduced?"))
    assert "introduced in 2024" in answer.body
    assert Html(answer.html).wrong == []
    assert answer.mentions == []
    assert "room" not in answer.content.get("m.mentions", {})
    await bot.stop()


async def test_several_questions_in_one_message_are_answered_in_one(room: Room, bot: Bot) -> None:
    asked = ["when did Debian migration start?", "what is Zero Touch Provisioning?"]
    question = await room.ask(" ".join(asked))
    answer = await room.answer_to(question)
    for one in asked:
        assert one in answer.body
        assert bot.ask(one).citations[0]["highlight"] in answer.body
    assert Html(answer.html).wrong == []
    assert room.said_since(question) == [answer]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("wann wurde mit der Umstellung auf Debian begonnen?", "auf Englisch"),
        ("quand est-ce que la migration vers Debian a commencé ?", "en anglais"),
        ("¿cuándo empezó la migración a Debian? 🐦", "en inglés"),
        ("когда начался переход на Debian?", "по-английски"),
    ],
)
async def test_another_language_is_told_so_in_it_and_its_names_are_looked_up(question: str, said: str, room: Room) -> None:
    answer = await room.answer_to(await room.ask(question))
    assert said in answer.body
    assert "Debian" in answer.body.split("\n", 1)[1]
    assert "never mention" not in answer.body
