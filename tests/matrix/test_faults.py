"""Exactly one answer to each of 200 questions in four rooms, one of them encrypted, whatever happens to the bot and to the
homeserver. Chance has a seed, which is printed; `MYNAH_SEED` repeats it. The network between them is in `test_faults_network.py`."""

import asyncio
import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from conftest import NewBot
from lab.bot import Bot
from lab.client import Client
from lab.crowd import Crowd
from lab.proxy import ANSWERS, Fault, Hang, Pass, Proxy, Reset
from lab.room import PROBE, Room, meet
from lab.synapse import Synapse

QUESTIONS = 200
SETTINGS = {"matrix": {"limits": {"per_asker": 100_000, "per_room": 100_000}}}


@pytest.fixture(scope="module")
async def the_bot(new_bot: NewBot, proxy: Proxy) -> Bot:
    """The bot of all tests here."""
    return await new_bot(SETTINGS, homeserver=proxy.url)


@pytest.fixture
async def bot(the_bot: Bot) -> Bot:
    """The bot, running, however the test before has left it."""
    if not the_bot.running:
        await the_bot.start()
    return the_bot


# The bot


async def test_200_at_once(crowd: Crowd) -> None:
    await crowd.ask(QUESTIONS)
    await crowd.each_has_one_answer(within=40)


async def test_devices_are_asked_for_only_when_they_may_have_changed(crowd: Crowd, proxy: Proxy) -> None:
    # A message that is encrypted while the SDK has devices to ask for can hold up the sync for five seconds.
    await crowd.ask(len(crowd.rooms))
    await crowd.each_has_one_answer(within=40)
    before = len(proxy.requests)
    await crowd.ask(QUESTIONS // 4, over=2)
    await crowd.each_has_one_answer(within=40)
    assert [request for request in proxy.requests[before:] if request.endswith("/keys/query")] == []


async def test_killed_at_ten_random_moments(crowd: Crowd, bot: Bot, dice: random.Random) -> None:
    kills = 10
    for _ in range(kills):
        asking = asyncio.create_task(crowd.ask(QUESTIONS // kills, over=dice.uniform(0, 1)))
        if dice.random() < 0.7:  # else perhaps in the middle of its start
            await bot.logged("listening")
        await asyncio.sleep(dice.uniform(0, 1))
        bot.kill()
        await bot.ended()
        await bot.spawn()
        await asking
    await bot.logged("listening")
    await crowd.all_answered(within=40)
    # A last time, without need: what is answered must be known to be.
    await bot.stop()
    await bot.start()
    await crowd.each_has_one_answer(within=40)


async def test_killed_before_the_journal_has_what_the_sdk_has(asker: Client, bot: Bot, proxy: Proxy, tmp_path: Path) -> None:
    # Nothing but the question may happen, or the next sync would differ from the last one that the SDK has taken in.
    proxy.add(Reset(path=r"/(typing|receipt)/", times=None))
    room = Room(asker, await meet(asker, bot.user_id, is_direct=True), bot.user_id)
    await room.answer_to(await room.say(PROBE))
    await asyncio.sleep(1)
    journal = [shutil.copy(file, tmp_path) for file in bot.data.glob("journal.sqlite*")]
    answering = proxy.add(Hang(path=ANSWERS, times=None))
    question = await room.say(PROBE)
    await answering.happened()
    bot.kill()
    await bot.ended()
    proxy.clear()
    for file in journal:
        shutil.copy(file, bot.data)
    await bot.start()
    await room.answer_to(question)


async def test_frozen_for_a_while(crowd: Crowd, bot: Bot, dice: random.Random) -> None:
    await crowd.ask(QUESTIONS // 2)
    await asyncio.sleep(dice.uniform(0, 1))
    bot.pause()
    await crowd.ask(QUESTIONS // 2)
    await asyncio.sleep(5)
    bot.resume()
    await crowd.each_has_one_answer(within=40)


# The homeserver


async def test_homeserver_away_for_20_seconds(crowd: Crowd, synapse: Synapse, dice: random.Random) -> None:
    await crowd.ask(QUESTIONS // 2)
    await asyncio.sleep(dice.uniform(0, 0.5))
    synapse.stop()
    await asyncio.sleep(20)
    await synapse.start()
    await crowd.ask(QUESTIONS // 2)
    await crowd.each_has_one_answer(within=60)


@dataclass(kw_only=True)
class Watched(Fault):
    """No fault: counts what the homeserver answers."""

    times: int | None = None
    statuses: Counter[int] = field(default_factory=Counter)

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        response = await super().respond(request, pass_on)
        self.statuses[response.status] += 1
        return response


async def test_homeserver_takes_a_few_a_second(crowd: Crowd, bot: Bot, synapse: Synapse, admin: Client, proxy: Proxy) -> None:
    sends = proxy.add(Watched(path=ANSWERS, method="PUT"))
    await synapse.limit_rate(admin, bot.user_id, per_second=20, burst=5)
    try:
        await crowd.ask(QUESTIONS)
        await crowd.each_has_one_answer(within=60)
    finally:
        await synapse.unlimit_rate(admin, bot.user_id)
        proxy.clear()
    assert sends.statuses[429] > 0
    assert sends.statuses[200] >= QUESTIONS


async def test_off_while_150_other_messages_pass(crowd: Crowd, bot: Bot) -> None:
    await bot.stop()
    await crowd.ask(QUESTIONS // 2)
    await crowd.chat(150)
    await crowd.ask(QUESTIONS // 2)
    await bot.start()
    await crowd.each_has_one_answer(within=60)


async def test_reloaded_every_second(crowd: Crowd, bot: Bot, admin: Client) -> None:
    desk = await meet(admin, bot.user_id, is_direct=True)
    commands = []

    async def reload_every_second() -> None:
        while True:
            commands.append(await admin.send(desk, {"msgtype": "m.text", "body": "reload"}))
            bot.hang_up()
            await asyncio.sleep(1)

    reloading = asyncio.create_task(reload_every_second())
    try:
        await crowd.ask(QUESTIONS, over=8)
        await crowd.all_answered(within=40)
    finally:
        reloading.cancel()
    await crowd.each_has_one_answer(within=40)
    assert len(commands) >= 5
    told = Room(admin, desk, bot.user_id)
    for command in commands:
        await told.edit_of((await told.answer_to(command)).id)
