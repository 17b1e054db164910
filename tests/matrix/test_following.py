"""The answer follows the question: edits, redactions, and questions that lean on the one before."""

import asyncio
import functools
import sqlite3
from contextlib import closing

from conftest import NewBot
from lab.ask import Answer, assert_same
from lab.bot import Bot
from lab.client import Client
from lab.events import Event
from lab.net import eventually
from lab.room import PROBE, Room, in_thread, meet

FIRST = "what is the distributed cloud architecture?"
FOLLOW_UP = "which release did that arrive in"
QUESTION = "when did Debian migration start?"


# Edits


def shown(event: Event) -> str:
    """The text that the event leaves in the room."""
    return str(event.new_content["body"]) if event.replaces else event.body


def tells(answer: Answer, event: Event) -> bool:
    """Whether the event leaves this answer in the room."""
    return shown(event).startswith(answer.in_direct)


async def test_an_edited_question_has_its_answer_edited(room: Room, bot: Bot) -> None:
    question = await room.ask(PROBE)
    answer = await room.answer_to(question)
    await room.edit(question, QUESTION, **{"m.mentions": {"user_ids": [room.bot]}})
    edit = await room.edit_of(answer.id)
    assert_same(edit.new_content["body"], bot.ask(QUESTION))
    assert edit.new_content["format"] == "org.matrix.custom.html"
    assert edit.mentions == [], "an edit notifies nobody anew"


async def test_every_edit_counts(direct: Room, bot: Bot) -> None:
    question = await direct.say(PROBE)
    answer = await direct.answer_to(question)
    for changed in (QUESTION, "hi", FIRST):
        await direct.edit(question, changed)
        await direct.edit_of(answer.id, functools.partial(tells, bot.ask(changed)))
    assert [event.id for event in direct.said_since(question) if not event.replaces] == [answer.id]


async def test_an_edit_by_somebody_else_counts_for_nothing(room: Room, admin: Client) -> None:
    question = await room.ask(PROBE)
    await room.answer_to(question)
    edit = await Room(admin, room.id, room.bot).edit(question, QUESTION)
    await room.nothing_but_an_answer_since(edit)


async def test_an_edit_before_the_answer_makes_one_answer(direct: Room, bot: Bot) -> None:
    await direct.hold(bot)
    question = await direct.say(PROBE)
    await direct.edit(question, FIRST)
    await direct.edit(question, QUESTION)
    bot.resume()
    told = bot.ask(QUESTION)
    await direct.from_bot("an answer to the last text", functools.partial(tells, told))
    said = direct.said_since(question)
    assert len([event for event in said if not event.replaces]) == 1
    assert_same(shown(said[-1]), told)


# Redactions


def journalled(bot: Bot, event_id: str) -> bool:
    """Whether any table of the journal still knows the event."""
    with closing(sqlite3.connect(f"file:{bot.data}/journal.sqlite?mode=ro", uri=True)) as journal:
        tables = [name for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in journal.execute(f'SELECT * FROM "{table}"')]
    return any(event_id in str(value) or event_id.removeprefix("$") in str(value) for row in rows for value in row)


async def test_a_redacted_question_has_its_answer_redacted_and_forgotten(room: Room, bot: Bot) -> None:
    question = await room.ask(QUESTION)
    answer = await room.answer_to(question)
    assert journalled(bot, question)
    await room.redact(question)
    await room.redaction_of(answer.id)

    async def forgotten() -> bool:
        return not journalled(bot, question)

    await eventually("the journal forgets the question", forgotten)


async def test_a_moderators_redaction_counts_too(room: Room, admin: Client) -> None:
    question = await room.ask(QUESTION)
    answer = await room.answer_to(question)
    await admin.redact(room.id, question)
    await room.redaction_of(answer.id)


async def test_a_question_redacted_before_the_answer_gets_none(direct: Room, bot: Bot) -> None:
    await direct.hold(bot)
    question = await direct.say(QUESTION)
    await direct.redact(question)
    bot.resume()
    await direct.nothing_but_an_answer_since(question)


# Follow-ups


async def test_a_follow_up_is_understood(room: Room, bot: Bot) -> None:
    together, alone = bot.ask(FOLLOW_UP, FIRST), bot.ask(FOLLOW_UP)
    assert together.text != alone.text, "the test needs a question that leans on the one before"
    await room.answer_to(await room.ask(FIRST))
    answer = await room.answer_to(await room.ask(FOLLOW_UP))
    assert_same(answer.body, together)


async def test_a_follow_up_is_understood_within_a_thread(room: Room, bot: Bot) -> None:
    root = await room.say("two questions")
    await room.answer_to(await room.ask(FIRST, **in_thread(root)))
    answer = await room.answer_to(await room.ask(FOLLOW_UP, **in_thread(root)))
    assert_same(answer.body, bot.ask(FOLLOW_UP, FIRST))


async def test_not_from_one_thread_to_another(room: Room, bot: Bot) -> None:
    one, other = await room.say("one"), await room.say("other")
    await room.answer_to(await room.ask(FIRST, **in_thread(one)))
    answer = await room.answer_to(await room.ask(FOLLOW_UP, **in_thread(other)))
    assert_same(answer.body, bot.ask(FOLLOW_UP))


async def test_never_across_people(room: Room, admin: Client, bot: Bot) -> None:
    await room.answer_to(await room.ask(FIRST))
    others = Room(admin, room.id, room.bot)
    answer = await others.answer_to(await others.ask(FOLLOW_UP))
    assert_same(answer.body, bot.ask(FOLLOW_UP))


async def test_not_from_room_to_room(room: Room, direct: Room, bot: Bot) -> None:
    await room.answer_to(await room.ask(FIRST))
    answer = await direct.answer_to(await direct.say(FOLLOW_UP))
    assert_same(answer.body, bot.ask(FOLLOW_UP))


async def test_only_for_a_while(new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot({"matrix": {"follow_up": "1s"}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    await room.answer_to(await room.say(FIRST))
    await asyncio.sleep(1.2)
    answer = await room.answer_to(await room.say(FOLLOW_UP))
    assert_same(answer.body, bot.ask(FOLLOW_UP))
    await bot.stop()


async def test_who_wrote_that_means_the_post_that_the_answer_quotes(room: Room, admin: Client, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(QUESTION))
    quoted = bot.ask(QUESTION).citations[0]
    other = Room(admin, room.id, room.bot)
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": answer.id}}}
    written = await other.answer_to(await other.say("who wrote that?", **reply))
    assert quoted["url"] in written.body
    assert quoted["author"] in written.body


async def test_why_forgets_what_was_redacted(direct: Room) -> None:
    question = await direct.say(QUESTION)
    await direct.answer_to(question)
    await direct.answer_to(await direct.say("more"))
    await direct.redact(question)
    await direct.from_bot("the answer's redaction", lambda event: event.type == "m.room.redaction")
    why = await direct.answer_to(await direct.say("why"))
    assert "debian" not in why.body.lower()
