"""The bench behind `scripts/matrix-bench`: the bot's round trips in turn with those of a raw echo, which is what homeserver
and meter take by themselves, and the bot's memory. A question's time ends when its answer has come with the asker's sync.

With --beside, in turn with a bot that keeps no question and shows no page: what these two cost an answer."""

import argparse
import asyncio
import contextlib
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from lab.binary import REPOSITORY
from lab.bot import Bot, Settings, overlaid
from lab.client import Client
from lab.net import LOOPBACK, free_port
from lab.room import PROBE, Room, joined, meet, mentioning, replying_to
from lab.synapse import PASSWORD, Account, Synapse

ANSWERS = 1000
"""The bot's memory is told after so many, or after more where the rounds have more."""
WARM_UP = 3
BURST_SECONDS = 120
AIMS = {"median": 1.15, "burst": 1.3, "beside": 1.05}
SETTINGS = {"matrix": {"limits": {"per_asker": 100_000, "per_room": 100_000}}}


@dataclass(frozen=True)
class Figures:
    """What one run of a meter has measured."""

    median_ms: float
    p95_ms: float
    burst_s: float
    answered: int
    """Of the questions of the burst."""


@dataclass(frozen=True)
class Stage:
    """A homeserver, who asks, and who answers."""

    synapse: Synapse
    bot: Bot
    asker: Account
    echo: Account
    http: aiohttp.ClientSession


async def set_up(ends: AsyncExitStack, settings: Settings = SETTINGS) -> Stage:
    """Starts homeserver and bot."""
    folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mynah-bench-")))
    http = await ends.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    synapse = Synapse(http)
    ends.callback(synapse.close)
    await synapse.start()
    asker, echo = await synapse.register("asker"), await synapse.register("echo")
    bot = Bot(await synapse.register("mynah"), synapse.url, folder / "bot", asker.user_id, settings)
    ends.push_async_callback(bot.close)
    await bot.start()
    return Stage(synapse, bot, asker, echo, http)


# The meter of this project


async def measured(stage: Stage, answerer: Account, count: int) -> Figures:
    """Asks one after the other, then all at once, in a room of two."""
    async with session(stage, stage.asker) as asker:
        room = Room(asker, await asker.create_room(answerer.user_id, is_direct=True), answerer.user_id)
        async with AsyncExitStack() as echoing:
            if answerer == stage.echo:
                await echoing.enter_async_context(echo(stage, room.id))
            await joined(asker, room.id, answerer.user_id)
            return await measured_in(room, count)


async def measured_in_public(stage: Stage, bot: Bot, count: int) -> Figures:
    """The same in a room that anybody may join, where questions are kept."""
    async with session(stage, stage.asker) as asker:
        room = AskedByName(asker, await meet(asker, bot.user_id, preset="public_chat", name="Bench"), bot.user_id)
        return await measured_in(room, count)


async def measured_in(room: Room, count: int) -> Figures:
    """Asks in a room that the bot, or the echo, is in."""
    for _ in range(WARM_UP):
        await one_trip(room)
    trips = [await one_trip(room) for _ in range(count)]
    burst = await burst_trips(room, count)
    return Figures(statistics.median(trips) * 1000, percentile(trips, 95) * 1000, max(burst, default=math.nan), len(burst))


class AskedByName(Room):
    """A room in which the bot is mentioned with each question."""

    async def say(self, body: str, **content: Any) -> str:
        """Sends a text message that mentions the bot."""
        return await super().say(body, **mentioning(self.bot), **content)


async def one_trip(room: Room) -> float:
    """Seconds from a question to its answer."""
    asked_at = time.perf_counter()
    answer = await room.answer_to(await room.say(PROBE))
    return answer.seen_at - asked_at


async def burst_trips(room: Room, count: int) -> list[float]:
    """Seconds to each answer from when all questions were sent."""
    asked_at = time.perf_counter()
    questions = set(await asyncio.gather(*(room.say(PROBE) for _ in range(count))))
    trips: dict[str, float] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BURST_SECONDS):
            async for event in room.asker.timeline(room.id).stream():
                if event.sender == room.bot and event.in_reply_to in questions:
                    trips.setdefault(event.in_reply_to, event.seen_at - asked_at)
                if len(trips) == count:
                    break
    return list(trips.values())


@asynccontextmanager
async def session(stage: Stage, account: Account) -> AsyncIterator[Client]:
    """Follows the rooms of an account."""
    client = Client(stage.http, stage.synapse.url, account.user_id, account.access_token, account.device_id)
    await client.start()
    yield client
    await client.stop()


@asynccontextmanager
async def echo(stage: Stage, room_id: str) -> AsyncIterator[None]:
    """Answers each message of the asker as soon as it comes."""
    async with session(stage, stage.echo) as client:
        await client.join(room_id)
        async with asyncio.TaskGroup() as answering:

            async def answer_all() -> None:
                async for event in client.timeline(room_id).stream():
                    if event.sender == stage.asker.user_id and event.type == "m.room.message":
                        reply = {"msgtype": "m.text", "body": f"echo {event.body}", **replying_to(event.id)}
                        answering.create_task(client.send(room_id, reply))

            listening = answering.create_task(answer_all())
            yield
            listening.cancel()


# rtt.py, which measures any bot


def rtt() -> Path | None:
    """The meter, where it is at hand."""
    found = Path(os.environ.get("MYNAH_SHARED", REPOSITORY.parent / "shared")) / "matrix/rtt.py"
    return found if found.is_file() else None


async def measured_by_rtt(meter: Path, stage: Stage, answerer: Account, count: int) -> Figures:
    """Runs rtt.py in a room of two."""
    who = ["--echo-token", answerer.access_token] if answerer == stage.echo else ["--bot", answerer.user_id]
    asker = ["--user", stage.asker.localpart, "--password", PASSWORD, "--direct"]
    command = [sys.executable, meter, "--hs", stage.synapse.url, "--n", str(count), "--burst", str(count), *asker, *who]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    figures = json.loads(told)
    one, burst = figures["sequential"], figures["burst"]
    return Figures(one["median_ms"], one["p95_ms"], burst["last_reply_s"], burst["answered"])


# What is told


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that so many percent of them don't exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def tell_columns() -> None:
    """The head of the table."""
    print(f"{'':10} {'median ms':>9} {'p95 ms':>9} {'burst s':>9} {'answered':>13}")


def tell(name: str, figures: Figures, count: int) -> None:
    """One line of the table."""
    print(
        f"{name:10} {figures.median_ms:9.1f} {figures.p95_ms:9.1f} {figures.burst_s:9.2f} {figures.answered:6} of {count}",
        flush=True,
    )


def tell_ratio(name: str, ours: list[float], theirs: list[float], aim: float, whose: str = "the echo's") -> None:
    """The bot's typical run against the other's, and how far the ratios of single rounds lie apart."""
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ours) / statistics.median(theirs)
    between = statistics.median(ratios)
    print(f"{name}: {ratio:.2f} of {whose} (aim {aim}; rounds {min(ratios):.2f} to {max(ratios):.2f}, in the middle {between:.2f})")


async def bench(rounds: int, count: int) -> None:
    """Measures bot and echo in turn, and tells."""
    async with AsyncExitStack() as ends:
        stage = await set_up(ends)
        meter = rtt()
        print(f"{count} questions one after the other, then {count} at once; meter: {meter or 'scripts/matrix_bench.py'}")
        tell_columns()
        runs: dict[str, list[Figures]] = {"raw echo": [], "mynah": []}
        for _ in range(rounds):
            for name, answerer in (("raw echo", stage.echo), ("mynah", stage.bot.account)):
                figures = await (measured_by_rtt(meter, stage, answerer, count) if meter else measured(stage, answerer, count))
                runs[name].append(figures)
                tell(name, figures, count)
        ours, theirs = runs["mynah"], runs["raw echo"]
        tell_ratio("median answer", [run.median_ms for run in ours], [run.median_ms for run in theirs], AIMS["median"])
        tell_ratio("burst", [run.burst_s for run in ours], [run.burst_s for run in theirs], AIMS["burst"])
        answered = rounds * (WARM_UP + 2 * count)
        await answer_up_to(stage, ANSWERS - answered)
        print(f"resident after {max(ANSWERS, answered)} answers: {stage.bot.resident_mib():.0f} MiB")


async def bench_beside(rounds: int, count: int) -> None:
    """Measures a bot that keeps questions and shows them on a page, in turn with one that does neither, and tells."""
    page = {"web": {"listen": f"{LOOPBACK}:{free_port()}"}}
    async with AsyncExitStack() as ends:
        stage = await set_up(ends, overlaid(SETTINGS, page))
        plain_account = await stage.synapse.register("plain")
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mynah-bench-")))
        settings = overlaid(SETTINGS, {"insight": {"keep": "0s"}})
        plain = Bot(plain_account, stage.synapse.url, folder / "bot", stage.asker.user_id, settings)
        ends.push_async_callback(plain.close)
        await plain.start()
        print(f"{count} questions one after the other, then {count} at once, in public rooms")
        tell_columns()
        runs: dict[str, list[Figures]] = {"neither": [], "both": []}
        for number in range(rounds):
            # Who is first has the cooler machine: they take turns.
            pair = [("neither", plain), ("both", stage.bot)]
            for name, bot in pair if number % 2 == 0 else reversed(pair):
                figures = await measured_in_public(stage, bot, count)
                runs[name].append(figures)
                tell(name, figures, count)
        ours, theirs = runs["both"], runs["neither"]
        whose = "that of the bot with neither"
        tell_ratio("median answer", [run.median_ms for run in ours], [run.median_ms for run in theirs], AIMS["beside"], whose)
        tell_ratio("burst", [run.burst_s for run in ours], [run.burst_s for run in theirs], AIMS["beside"], whose)
        both, neither = stage.bot.resident_mib(), plain.resident_mib()
        print(f"resident after {rounds * (WARM_UP + 2 * count)} answers: {both:.0f} MiB, with neither {neither:.0f} MiB")


async def answer_up_to(stage: Stage, more: int) -> None:
    """Has the bot answer so many more questions."""
    async with session(stage, stage.asker) as asker:
        room = Room(asker, await meet(asker, stage.bot.user_id, is_direct=True), stage.bot.user_id)
        while more > 0:
            await burst_trips(room, min(more, 100))
            more -= 100


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rounds", type=int, default=2, help="how often bot and echo are measured in turn")
parser.add_argument("--count", type=int, default=200, help="questions of each kind in one run")
parser.add_argument("--beside", action="store_true", help="what keeping questions and showing a page cost, in place of the echo")
arguments = parser.parse_args()
asyncio.run((bench_beside if arguments.beside else bench)(arguments.rounds, arguments.count))
