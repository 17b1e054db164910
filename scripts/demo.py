"""The demo behind `scripts/demo`: Bob, who is new, asks in a room, in a thread and in an encrypted direct message."""

import asyncio
import os
import shutil
import signal
import sys
import textwrap
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import aiohttp
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.encrypted import EncryptedClient
from lab.events import Event
from lab.net import free_port
from lab.room import Room, in_thread, meet
from lab.synapse import Synapse

PORT = 8448
PASSWORD = "starling"
WIDTH = 110
INDENT = 9


@dataclass(frozen=True)
class Question:
    """What Bob asks, and the post and the words that answer it."""

    text: str
    post: str
    says: str


IN_THE_ROOM = Question(
    "when did Debian migration start?",
    "starlingx-vptg-october-2021-recap",
    "the community has decided to move the platform over to Debian",
)
IN_A_THREAD = Question(
    "who runs starlingx in production", "starlingx-vptg-october-2021-recap", "T-Systems, Vodafone and Verizon"
)
IN_PRIVATE = Question(
    "wat is the zero touch provisoning thing?",
    "starlingx-vptg-june-2020-recap",
    "zero touch provisioning as you need to onboard devices",
)


@dataclass(frozen=True)
class Stage:
    """The homeserver, the bot, the people, and the room that they are in."""

    synapse: Synapse
    bot: Bot
    alice: Client
    bob: Client
    room_id: str

    def room_of(self, person: Client) -> Room:
        """The room as this person sees it."""
        return Room(person, self.room_id, self.bot.user_id)


async def set_up(ends: AsyncExitStack) -> Stage:
    """Starts everything, each thing with its end."""
    port = free_port(PORT)
    folder = REPOSITORY / "target/demo" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    ends.callback(shutil.rmtree, folder, ignore_errors=True)
    http = await ends.enter_async_context(aiohttp.ClientSession())
    synapse = Synapse(http, folder / "homeserver", port)
    ends.callback(synapse.close)
    print(f"Starting a homeserver on {synapse.url}, and the bot", flush=True)
    await synapse.start()
    alice, bob = await arrive("alice", synapse, http, ends), await arrive("bob", synapse, http, ends)
    settings = {
        "matrix": {"display_name": "mynah", "rooms": {"*": {"introduce": True}}},
        "search": {"encoder": str(REPOSITORY / "data/encoder")},
    }
    bot = Bot(await synapse.register("mynah", password=PASSWORD), synapse.url, folder / "bot", alice.user_id, settings)
    ends.push_async_callback(bot.close)
    await bot.start()
    room_id = await meet(alice, bot.user_id, bob, preset="public_chat", name="Newcomers", room_alias_name="newcomers")
    return Stage(synapse, bot, alice, bob, room_id)


async def arrive(name: str, synapse: Synapse, http: aiohttp.ClientSession, ends: AsyncExitStack) -> Client:
    """Registers a person, who then follows their rooms."""
    account = await synapse.register(name, password=PASSWORD)
    client = Client(http, synapse.url, account.user_id, account.access_token, account.device_id)
    await client.start()
    ends.push_async_callback(client.stop)
    return client


async def ask_in_the_room(stage: Stage) -> bool:
    """Bob asks in the room, by a mention."""
    heading("#newcomers:localhost")
    room = stage.room_of(stage.bob)
    print_said("mynah", (await room.from_bot("an introduction", lambda event: event.msgtype == "m.notice")).body)
    print_said("bob", f"mynah: {IN_THE_ROOM.text}")
    answer = await room.answer_to(await room.ask(f"mynah: {IN_THE_ROOM.text}"))
    return judged(stage.bot, IN_THE_ROOM, answer, "a reply in the room", in_place=answer.thread is None)


async def ask_in_a_thread(stage: Stage) -> bool:
    """Alice says hello, and Bob asks in a thread beneath that."""
    heading("#newcomers:localhost, a thread")
    hello = "Welcome, Bob! Ask mynah what you like, best in a thread."
    print_said("alice", hello)
    root = await stage.room_of(stage.alice).say(hello)
    print_said("bob", f"mynah: {IN_A_THREAD.text}")
    room = stage.room_of(stage.bob)
    answer = await room.answer_to(await room.ask(f"mynah: {IN_A_THREAD.text}", **in_thread(root)))
    return judged(stage.bot, IN_A_THREAD, answer, "in the thread", in_place=answer.thread == root)


async def ask_in_private(stage: Stage, ends: AsyncExitStack) -> bool:
    """Bob asks in an encrypted direct message, on another device."""
    heading("an encrypted direct message")
    device = await stage.synapse.login(stage.bob.user_id, PASSWORD)
    bob = EncryptedClient(stage.synapse.url, device, stage.synapse.folder / "bob")
    ends.push_async_callback(bob.stop)
    await bob.start()
    room = Room(bob, await bob.create_room(stage.bot.user_id), stage.bot.user_id)
    print_said("bob", IN_PRIVATE.text)
    answer = await room.answer_to(await room.say(IN_PRIVATE.text))
    sealed = (await stage.bob.event(room.id, answer.id))["type"] == "m.room.encrypted"
    return judged(stage.bot, IN_PRIVATE, answer, "encrypted", in_place=sealed)


def judged(bot: Bot, question: Question, answer: Event, place: str, *, in_place: bool) -> bool:
    """Prints an answer, and whether it is the one that the posts give and stands where it should."""
    print_said("mynah", answer.body)
    expected = bot.ask(question.text)
    right = {
        "quotes what answers": question.says in answer.body,
        "links the post": f"/{question.post}/" in answer.body,
        "as `mynah ask` answers": expected.verdict == "answered" and expected.is_told_in(answer.body),
        place: in_place,
    }
    print("\n" + " " * INDENT + " · ".join(f"{'✓' if held else '✗ NOT'} {what}" for what, held in right.items()), flush=True)
    return all(right.values())


def heading(place: str) -> None:
    """Begins a part of the conversation."""
    print(f"\n── {place} ".ljust(WIDTH, "─"), flush=True)


def print_said(who: str, text: str) -> None:
    """Prints what somebody has said, below their name."""
    print()
    margin = who.rjust(INDENT - 2) + "  "
    for line in text.splitlines():
        wrapped = textwrap.wrap(line, WIDTH - INDENT, break_long_words=False, break_on_hyphens=False) or [""]
        for piece in wrapped:
            print(f"{margin}{piece}".rstrip(), flush=True)
            margin = " " * INDENT


def how_to_log_in(stage: Stage) -> str:
    """What to type into a client."""
    return f"""
Have a look yourself: log in with any Matrix client on this machine, for as long as this runs.

  homeserver  {stage.synapse.url}
  newcomer    {stage.bob.user_id}, password {PASSWORD}
  admin       {stage.alice.user_id}, password {PASSWORD}, who may also say `!mynah reload`
  bot         {stage.bot.user_id}: say `!mynah help` in #newcomers:localhost, or invite it to a chat
  its log     {stage.bot.log_file}

ctrl-c ends it all."""


async def play() -> bool:
    """The whole demo; true if all three questions were answered rightly."""
    async with AsyncExitStack() as ends:
        stage = await set_up(ends)
        right = [await ask_in_the_room(stage), await ask_in_a_thread(stage), await ask_in_private(stage, ends)]
        print(f"\n{sum(right)} of {len(right)} questions answered rightly.", flush=True)
        if os.environ.get("DEMO_EXIT") != "1":
            print(how_to_log_in(stage), flush=True)
            with suppress(asyncio.CancelledError):  # which is how it is meant to end
                await asyncio.Event().wait()
        return all(right)


async def main() -> int:
    """Plays until the end, or until a signal; either way everything is ended that was started."""
    playing = asyncio.create_task(play())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    try:
        return 0 if await playing else 1
    except asyncio.CancelledError:
        return 130
    except (AssertionError, RuntimeError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1


sys.exit(asyncio.run(main()))
