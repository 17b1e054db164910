"""Exactly one answer to each of 200 questions in four rooms, one of them encrypted, whatever happens to the bot, to the
homeserver, and to the network between them. Chance has a seed, which is printed; `MYNAH_SEED` repeats it."""

import asyncio
import itertools
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from conftest import NewBot, NewCrowd
from lab.bot import Bot
from lab.client import Client
from lab.crowd import Crowd
from lab.proxy import Fault, Garbage, Hang, Lost, Pass, Proxy, Reset, Status, Truncated
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


@pytest.fixture
def dice() -> random.Random:
    """Chance, which `MYNAH_SEED` repeats."""
    seed = int(os.environ.get("MYNAH_SEED", random.randrange(sys.maxsize)))
    print(f"MYNAH_SEED={seed}")
    return random.Random(seed)


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
    answering = proxy.add(Hang(path=SEND.path, times=None))
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
    sends = proxy.add(Watched(path=r"/send/m\.room\.", method="PUT"))
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


# The network

TIMELINE_LIMIT = 5
"""So few events of a room come in one sync that most of the questions have to be read back from /messages."""

TOO_FAST = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 400}
KINDS: dict[str, Callable[..., Fault]] = {
    "429": partial(Status, status=429, body=TOO_FAST),
    "502": partial(Status, status=502),
    "hang": Hang,
    "reset": Reset,
    "lost": Lost,
    "cut": Truncated,
    "garbage": Garbage,
}


@dataclass(frozen=True)
class Requests:
    """Requests of one sort, and how many of how many fail."""

    method: str
    path: str
    failing: int
    of: int


JOIN = Requests("POST", r"/join(/|$)", 3, 4)
SYNC = Requests("GET", r"/sync$", 3, 6)
MESSAGES = Requests("GET", r"/rooms/[^/]+/messages$", 4, 8)
SEND = Requests("PUT", r"/rooms/[^/]+/send/m\.room\.", 40, 150)


@dataclass(kw_only=True)
class Some(Fault):
    """Another fault, done only to those requests whose turn it is."""

    fault: Fault
    turns: frozenset[int]
    _turn: Iterator[int] = field(default_factory=itertools.count, init=False, repr=False)

    def matches(self, request: web.Request) -> bool:
        return self.fault.matches(request) and next(self._turn) in self.turns

    def hit(self, request: web.Request) -> None:
        self.fault.hit(request)

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        return await self.fault.respond(request, pass_on)


def put(kind: str, requests: Requests, proxy: Proxy, dice: random.Random) -> Fault:
    """Arms the fault for some of the next requests of this sort."""
    # A hang lasts as long as the bot's patience, 15 s, and for a sync as long as its long poll besides: one at a time.
    failing = 1 if kind == "hang" and requests is not SEND else requests.failing
    fault = KINDS[kind](path=requests.path, method=requests.method, times=None)
    turns = frozenset(dice.sample(range(requests.of), failing))
    proxy.add(Some(path="", fault=fault, turns=turns))
    return fault


@pytest.fixture
def gappy(proxy: Proxy) -> Iterator[None]:
    """Cuts the bot's syncs short, so that it has to read back."""
    proxy.timeline_limit = TIMELINE_LIMIT
    yield
    proxy.timeline_limit = None


@pytest.mark.usefixtures("gappy")
@pytest.mark.parametrize("kind", KINDS)
async def test_each_request_may_fail(kind: str, new_crowd: NewCrowd, proxy: Proxy, dice: random.Random) -> None:
    joins = put(kind, JOIN, proxy, dice)
    crowd = await new_crowd(within=60)
    others = [put(kind, requests, proxy, dice) for requests in (SYNC, MESSAGES, SEND)]
    try:
        await crowd.ask(QUESTIONS)
        await crowd.each_has_one_answer(within=100)
    finally:
        proxy.clear()
        print(*(f"{kind}: {hit}" for fault in (joins, *others) for hit in fault.hits), sep="\n")
    for fault in (joins, *others):
        assert fault.hits, f"nothing has failed at {fault.path}"
