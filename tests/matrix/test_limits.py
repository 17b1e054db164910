"""Limits: one polite line, then silence until it passes."""

import asyncio

from conftest import NewUser
from lab.bot import Bot
from lab.client import Client
from lab.room import PROBE, Room

QUESTION = "when did Debian migration start?"
PER_ASKER = 20
PER_ROOM = 30
SETTINGS = {"matrix": {"limits": {"per_asker": PER_ASKER, "per_room": PER_ROOM}}}
SECONDS_TO_THE_NEXT = 60 / PER_ASKER


async def ask_at_once(room: Room, times: int) -> list[str]:
    """Sends many questions, and waits for an answer to the first."""
    questions = await asyncio.gather(*(room.ask(QUESTION) for _ in range(times)))
    await room.answer_to(questions[0])
    return list(questions)


async def test_one_polite_line_to_who_asks_too_much(direct: Room) -> None:
    first = await direct.say(PROBE)
    questions = [first, *await ask_at_once(direct, PER_ASKER + 4)]
    line = await direct.from_bot("a polite line", lambda event: event.msgtype == "m.notice")
    assert line.in_reply_to in questions
    await asyncio.sleep(SECONDS_TO_THE_NEXT * 1.5)
    later = await direct.say(PROBE)
    answer = await direct.answer_to(later)
    assert answer.msgtype == "m.text"
    said = direct.said_since(first)
    assert len([event for event in said if event.msgtype == "m.notice"]) == 1
    # Some more than a minute's worth: what becomes free while they come in.
    assert PER_ASKER <= len([event for event in said if event.msgtype == "m.text"]) <= PER_ASKER + 3


async def test_others_are_answered_meanwhile(room: Room, admin: Client) -> None:
    await ask_at_once(room, PER_ASKER + 6)
    await room.from_bot("a polite line", lambda event: event.msgtype == "m.notice")
    others = Room(admin, room.id, room.bot)
    assert (await others.answer_to(await others.ask(QUESTION))).msgtype == "m.text"


async def test_one_polite_line_in_a_room_that_asks_too_much(room: Room, admin: Client, new_user: NewUser) -> None:
    before = await room.say("good morning")
    other = await new_user("carol")
    await admin.invite(room.id, other.user_id)
    await other.join(room.id)
    await ask_at_once(room, PER_ROOM // 2 + 4)
    await ask_at_once(Room(other, room.id, room.bot), PER_ROOM // 2 + 4)
    line = await room.from_bot("a polite line", lambda event: event.msgtype == "m.notice")
    assert set(line.mentions) <= {room.asker.user_id, other.user_id}
    said = room.said_since(before)
    assert len([event for event in said if event.msgtype == "m.notice"]) == 1


async def test_a_long_question_is_politely_refused(direct: Room, bot: Bot) -> None:
    words = "when did Debian migration start? "
    refusal = await direct.answer_to(await direct.say((words * 100)[:2001]))
    assert "2,000" in refusal.body or "2000" in refusal.body
    assert bot.ask(words.strip()).citations[0]["highlight"] not in refusal.body
    await direct.answer_to(await direct.say(PROBE))


async def test_a_question_as_long_as_allowed_is_answered(direct: Room, bot: Bot) -> None:
    question = ("when did Debian migration start? " * 100)[:2000].strip()
    assert bot.ask(question).text in (await direct.answer_to(await direct.say(question))).body
