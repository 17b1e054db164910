"""Exactly one answer to each of a hundred questions in four rooms, one of them encrypted, whatever happens to the requests between
the bot and the homeserver. Chance has a seed, which is printed; `MYNAH_SEED` repeats it."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from aiohttp import web

from conftest import NewBot, NewCrowd
from lab.bot import Bot
from lab.proxy import ANSWERS, Fault, Garbage, Hang, Lost, Pass, Proxy, Reset, Status, Truncated

QUESTIONS = 100
SETTINGS = {"matrix": {"limits": {"per_asker": 100_000, "per_room": 100_000}}}


@pytest.fixture(scope="module")
async def bot(new_bot: NewBot, proxy: Proxy) -> Bot:
    """The bot of all tests here, behind the proxy."""
    made = await new_bot(SETTINGS, homeserver=proxy.url)
    await made.start()
    return made


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
MESSAGES = Requests("GET", r"/rooms/[^/]+/messages$", 3, 4)
SEND = Requests("PUT", ANSWERS, 20, 75)


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
