"""Exactly one answer: through restarts, absences, refusals and lost replies of the homeserver."""

import asyncio
import re
import time

import pytest

from conftest import NewBot
from lab.ask import assert_same
from lab.bot import Bot
from lab.client import Client
from lab.proxy import Lost, Proxy, Status
from lab.room import PROBE, Room, meet
from lab.synapse import Synapse

QUESTION = "when did Debian migration start?"


@pytest.fixture(scope="module")
async def bot(new_bot: NewBot, proxy: Proxy) -> Bot:
    """The bot behind the proxy."""
    made = await new_bot({"matrix": {"catch_up": "1h"}}, homeserver=proxy.url)
    await made.start()
    return made


async def test_what_was_asked_while_it_was_away_is_answered_and_marked(direct: Room, room: Room, bot: Bot) -> None:
    await bot.stop()
    questions = [(direct, await direct.say(QUESTION)), (room, await room.ask(PROBE))]
    await bot.start()
    for where, question in questions:
        asked = QUESTION if where is direct else PROBE
        assert_same((await where.answer_to(question)).body, bot.ask(asked), away=True)
    assert_same((await direct.answer_to(await direct.say(QUESTION))).body, bot.ask(QUESTION))


async def test_more_than_a_minute_s_worth_asked_while_it_was_away_is_answered(new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot({"matrix": {"limits": {"per_asker": 3, "per_room": 4}}})
    await bot.start()
    direct = Room(asker, await meet(asker, bot.user_id, is_direct=True), bot.user_id)
    await direct.answer_to(await direct.say(PROBE))
    await bot.stop()
    questions = [await direct.say(PROBE) for _ in range(9)]
    await bot.start()
    for question in questions:
        assert (await direct.answer_to(question)).msgtype == "m.text"


async def test_what_it_has_answered_is_not_answered_again(direct: Room, bot: Bot) -> None:
    question = await direct.say(QUESTION)
    answer = await direct.answer_to(question)
    await bot.stop()
    await bot.start()
    await direct.nothing_but_an_answer_since(answer.id)


async def test_killed_and_started_again(direct: Room, bot: Bot) -> None:
    questions = [await direct.say(QUESTION) for _ in range(5)]
    bot.kill()
    await bot.ended()
    await bot.start()
    for question in questions:
        await direct.answer_to(question)
    await direct.answer_to(probe := await direct.say(PROBE))
    answered = [event.in_reply_to for event in direct.said_since(questions[0])]
    assert sorted(map(str, answered)) == sorted([*questions, probe])


async def test_edited_and_redacted_while_it_was_away(direct: Room, bot: Bot) -> None:
    edited, redacted = await direct.say(PROBE), await direct.say(PROBE)
    first, second = await direct.answer_to(edited), await direct.answer_to(redacted)
    await bot.stop()
    await direct.edit(edited, QUESTION)
    await direct.redact(redacted)
    await bot.start()
    assert bot.ask(QUESTION).text in (await direct.edit_of(first.id)).new_content["body"]
    await direct.redaction_of(second.id)


async def test_what_is_older_than_the_window_is_left(new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot({"matrix": {"catch_up": "1s"}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    await room.answer_to(await room.say(PROBE))
    await bot.stop()
    missed = await room.say(QUESTION)
    await asyncio.sleep(1.5)
    await bot.start()
    await room.nothing_but_an_answer_since(missed)
    await bot.stop()


def sends(room: Room) -> str:
    """The messages that are sent to this room: what is sent again to another may come in between."""
    return rf"/rooms/{re.escape(room.id)}/send/m\.room\.message/"


async def test_a_lost_reply_to_a_send_makes_no_second_answer(direct: Room, proxy: Proxy) -> None:
    lost = proxy.add(Lost(path=sends(direct), method="PUT"))
    question = await direct.say(QUESTION)
    answer = await direct.answer_to(question)
    await lost.happened()
    assert lost.hits[0].endswith(f"/mynah.{question.removeprefix('$')}")
    await direct.nothing_but_an_answer_since(answer.id)


async def test_a_429_is_honoured_with_its_delay(direct: Room, proxy: Proxy) -> None:
    slow_down = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 1500}
    refused = proxy.add(Status(path=sends(direct), method="PUT", status=429, body=slow_down, headers={"Retry-After": "2"}))
    began = time.monotonic()
    question = await direct.say(QUESTION)
    await refused.happened()
    await direct.answer_to(question)
    assert 1.5 < time.monotonic() - began < 10


async def test_a_vanished_homeserver_is_waited_for(direct: Room, synapse: Synapse) -> None:
    await direct.answer_to(await direct.say(PROBE))
    synapse.stop()
    await asyncio.sleep(2)
    await synapse.start()
    await direct.answer_to(await direct.say(QUESTION), within=40)


async def test_a_gap_in_the_sync_is_filled(direct: Room, bot: Bot) -> None:
    bot.pause()
    question = await direct.say(QUESTION)
    await asyncio.gather(*(direct.asker.send(direct.id, {"msgtype": "m.notice", "body": str(n)}) for n in range(130)))
    bot.resume()
    await direct.answer_to(question)


async def test_a_room_it_may_not_write_in_is_left_alone_and_logged(room: Room, admin: Client, direct: Room, bot: Bot) -> None:
    levels = await admin.state(room.id, "m.room.power_levels")
    muted = {**levels, "users": {**levels["users"], room.asker.user_id: 50}, "events_default": 50}
    await admin.set_state(room.id, "m.room.power_levels", muted)
    question = await room.ask(QUESTION)
    await bot.logged(f"(WARN|ERROR|INFO).*{room.id}")
    await direct.answer_to(await direct.say(PROBE))
    assert room.said_since(question) == []
    assert bot.running
