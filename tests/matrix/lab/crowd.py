"""Many questions in four rooms, one of them encrypted, and whether each gets its one answer."""

import asyncio
import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .bot import Bot
from .client import Client
from .encrypted import EncryptedClient
from .events import Event
from .room import PROBE, Room, joined

QUESTIONS = (
    "when did Debian migration start?",
    "who runs starlingx in production",
    "wat is the zero touch provisioning thing?",
    "what is distributed cloud?",
    "where is the source code?",
)
"""What is asked, in turn: none of them is a follow-up of the one before."""

_QUIET_SECONDS = 1.5
"""When for so long nothing has come, nothing is expected to: several times the longest way of an answer."""
_POLL_SECONDS = 0.2
_SHOWN = 12


@dataclass(frozen=True)
class Asked:
    """A question that was asked."""

    room: Room
    id: str
    text: str


class Crowd:
    """Askers in four rooms: two rooms of three members, a direct one, and an encrypted direct one."""

    def __init__(self, bot: Bot, rooms: list[Room]) -> None:
        self.rooms = rooms
        self.asked: list[Asked] = []
        self._bot = bot
        self._turns = zip(itertools.cycle(rooms), itertools.cycle(QUESTIONS))

    @classmethod
    async def meet(cls, bot: Bot, host: Client, guest: Client, secretive: EncryptedClient, within: float = 15) -> "Crowd":
        """Makes the rooms, and waits until the bot has joined them all."""
        *plain, secret = await asyncio.gather(
            host.create_room(bot.user_id, guest.user_id),
            host.create_room(bot.user_id, guest.user_id),
            guest.create_room(bot.user_id, is_direct=True),
            secretive.create_room(bot.user_id, within=within),
        )
        for room_id in plain[:2]:
            await guest.join(room_id)
        for room_id in plain:
            await joined(guest, room_id, bot.user_id, within)
        rooms = [Room(guest, room_id, bot.user_id) for room_id in plain]
        return cls(bot, [*rooms, Room(secretive, secret, bot.user_id)])

    async def ask(self, count: int, over: float = 0) -> None:
        """Asks so many questions, in one room after the other: all at once, or evenly over so many seconds."""
        await asyncio.gather(*(self._ask(n * over / count, *next(self._turns)) for n in range(count)))

    async def _ask(self, after: float, room: Room, text: str) -> None:
        await asyncio.sleep(after)
        self.asked.append(Asked(room, await room.ask(text), text))

    async def chat(self, count: int) -> None:
        """Says so many things in each room that are for nobody."""
        noises = [{"msgtype": "m.notice", "body": f"by the way, {n}"} for n in range(count)]
        await asyncio.gather(*(room.asker.send(room.id, noise) for noise in noises for room in self.rooms))

    # The answers

    async def all_answered(self, within: float) -> None:
        """Waits until every question has an answer."""
        end = time.monotonic() + within
        while waiting := self._unanswered():
            assert time.monotonic() < end, f"{len(waiting)} questions have no answer after {within} s, such as {waiting[:3]}"
            await asyncio.sleep(_POLL_SECONDS)

    async def each_has_one_answer(self, within: float) -> None:
        """Waits for the answers, then for what should not come. Holds that every question has its own answer, has no other,
        and that the bot has said nothing besides."""
        with contextlib.suppress(AssertionError):  # what is missing is told together with what else is wrong
            await self.all_answered(within)
            # Whatever the bot was still about to say, it says before it answers these.
            await asyncio.gather(*(self._ask(0, room, PROBE) for room in self.rooms))
            await self.all_answered(within)
        await self._quiet()
        wrong = list(self._wrong())
        told = "\n  ".join(wrong[:_SHOWN])
        assert not wrong, f"{len(wrong)} things are wrong with the answers to {len(self.asked)} questions:\n  {told}"

    async def _quiet(self) -> None:
        before = -1
        while (now := len(list(self._said()))) != before:
            before = now
            await asyncio.sleep(_QUIET_SECONDS)

    def _wrong(self) -> Iterator[str]:
        answers = self._answers()
        for question in self.asked:
            found = answers.pop(question.id, [])
            where = f"question {question.id} in room {self.rooms.index(question.room) + 1}"
            if len(found) != 1:
                yield f"{where} has {len(found)} answers: {[str(answer) for answer in found]}"
            elif found[0].msgtype != "m.text" or not self._bot.ask(question.text).is_told_in(found[0].body):
                yield f"{where}, {question.text!r}, has another's answer: {found[0]}"
        for answered, events in answers.items():
            yield f"nobody asked {answered} and it was answered: {[str(event) for event in events]}"

    def _unanswered(self) -> list[Asked]:
        answers = self._answers()
        return [question for question in self.asked if question.id not in answers]

    def _answers(self) -> defaultdict[str, list[Event]]:
        """What the bot has said, by what it replies to."""
        answers = defaultdict(list)
        for event in self._said():
            answers[event.in_reply_to or ""].append(event)
        return answers

    def _said(self) -> Iterator[Event]:
        """The bot's messages, also those that could not be decrypted; an edit is no message of its own."""
        for room in self.rooms:
            for event in room.asker.timeline(room.id):
                message = event.sender == self._bot.user_id and event.type in ("m.room.message", "m.room.encrypted")
                if message and not event.replaces:
                    yield event
