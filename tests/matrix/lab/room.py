"""A room as one asker sees it, and what the bot does there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .bot import Bot
from .client import Client
from .events import Event, Timeline
from .net import eventually

ANSWER_SECONDS = 15
"""How long an answer may take: far more than it does, for machines under load."""

PROBE = "who runs starlingx in production"
"""A question that ends a wait for nothing: once it is answered, what came before it would have been."""


class Asker(Protocol):
    """Who talks: a `Client` or an `EncryptedClient`."""

    user_id: str

    async def send(self, room_id: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Sends an event, and returns its id."""

    async def redact(self, room_id: str, event_id: str) -> None:
        """Redacts an event."""

    def timeline(self, room_id: str) -> Timeline:
        """What the asker has seen of the room."""


def mentioning(*user_ids: str) -> dict[str, Any]:
    """The content's part that mentions users."""
    return {"m.mentions": {"user_ids": list(user_ids)}}


def in_thread(root: str) -> dict[str, Any]:
    """The content's part that puts a message into a thread, as clients do it."""
    relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, "m.in_reply_to": {"event_id": root}}
    return {"m.relates_to": relation}


def replying_to(event_id: str) -> dict[str, Any]:
    """The content's part that makes a message a rich reply."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


@dataclass(frozen=True)
class Room:
    """A room, one asker in it, and the bot's user id."""

    asker: Asker
    id: str
    bot: str

    # What the asker does

    async def say(self, body: str, **content: Any) -> str:
        """Sends a text message that calls nobody, and returns its id."""
        return await self.asker.send(self.id, {"msgtype": "m.text", "body": body, **content})

    async def ask(self, question: str, **content: Any) -> str:
        """Sends a text message that mentions the bot."""
        return await self.say(question, **mentioning(self.bot), **content)

    async def edit(self, event_id: str, body: str, **content: Any) -> str:
        """Changes a message of the asker's, and returns the edit's id."""
        changed = {"msgtype": "m.text", "body": body, **content}
        relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
        return await self.asker.send(self.id, {**changed, "body": f"* {body}", "m.new_content": changed, **relation})

    async def redact(self, event_id: str) -> None:
        """Redacts a message of the asker's."""
        await self.asker.redact(self.id, event_id)

    async def hold(self, bot: Bot) -> None:
        """Freezes the bot such that what is said until `resume` comes to it with one sync.

        The sync that it has under way would bring the next event alone, so that one is spent here.
        """
        bot.pause()
        await self.asker.send(self.id, {"msgtype": "m.notice", "body": "(the bot is frozen)"})

    # What the bot does

    async def from_bot(self, what: str, wanted: Callable[[Event], bool], within: float = ANSWER_SECONDS) -> Event:
        """The first event of the bot's that is wanted."""
        timeline = self.asker.timeline(self.id)
        return await timeline.first(what, lambda event: event.sender == self.bot and wanted(event), within)

    async def answer_to(self, event_id: str, within: float = ANSWER_SECONDS) -> Event:
        """The message that replies to an event."""
        return await self.from_bot(
            f"an answer to {event_id}", lambda event: event.in_reply_to == event_id and not event.replaces, within
        )

    async def edit_of(
        self, event_id: str, wanted: Callable[[Event], bool] = lambda _: True, within: float = ANSWER_SECONDS
    ) -> Event:
        """An edit of a message of the bot's."""
        return await self.from_bot(f"an edit of {event_id}", lambda event: event.replaces == event_id and wanted(event), within)

    async def redaction_of(self, event_id: str) -> Event:
        """The redaction of a message of the bot's."""
        return await self.from_bot(f"a redaction of {event_id}", lambda event: event.redacts == event_id)

    def said_since(self, event_id: str) -> list[Event]:
        """The bot's messages after an event, as far as they have come."""
        timeline = self.asker.timeline(self.id)
        return [event for event in timeline.after(event_id) if event.sender == self.bot and event.type == "m.room.message"]

    async def nothing_but_an_answer_since(self, event_id: str, **content: Any) -> None:
        """Asks the probe, and holds that its answer is all that the bot has said since the event."""
        answer = await self.answer_to(await self.ask(PROBE, **content))
        said = self.said_since(event_id)
        assert said == [answer], f"the bot should have kept silent, and said {[str(event) for event in said]}"


async def meet(host: Client, bot: str, *guests: Client, **options: Any) -> str:
    """A room of the host's, and its id, once the guests and the bot have joined it."""
    room_id = await host.create_room(bot, *(guest.user_id for guest in guests), **options)
    for guest in guests:
        await guest.join(room_id)
    await joined(host, room_id, bot)
    return room_id


async def joined(member: Client, room_id: str, user_id: str, within: float = 15) -> None:
    """Waits until a user has joined a room of the member's."""

    async def there() -> bool:
        return await member.membership(room_id, user_id) == "join"

    await eventually(f"{user_id} joins {room_id}", there, within)
