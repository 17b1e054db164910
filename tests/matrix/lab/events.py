"""What an asker has seen of a room, and waiting for more."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """An event of a room as it came, with names for the fields that tests look at."""

    raw: dict[str, Any] = field(repr=False)
    seen_at: float = field(default_factory=time.perf_counter, repr=False, compare=False)
    """When it came, by `time.perf_counter`."""

    @property
    def id(self) -> str:
        """The event's id."""
        return self.raw["event_id"]

    @property
    def sender(self) -> str:
        """Who sent it."""
        return self.raw["sender"]

    @property
    def type(self) -> str:
        """Such as `m.room.message`."""
        return self.raw["type"]

    @property
    def content(self) -> dict[str, Any]:
        """Its content, decrypted."""
        return self.raw["content"]

    @property
    def msgtype(self) -> str:
        """`m.text`, `m.notice`; empty for what is not a message."""
        return self.content.get("msgtype", "")

    @property
    def body(self) -> str:
        """Its plain text."""
        return self.content.get("body", "")

    @property
    def html(self) -> str:
        """Its formatted text, which is empty where there is none."""
        return self.content.get("formatted_body", "")

    @property
    def in_reply_to(self) -> str | None:
        """The event it is a reply to, also within a thread."""
        return self._relation.get("m.in_reply_to", {}).get("event_id")

    @property
    def thread(self) -> str | None:
        """The root of the thread it stands in."""
        return self._related("m.thread")

    @property
    def replaces(self) -> str | None:
        """The event it is an edit of."""
        return self._related("m.replace")

    @property
    def new_content(self) -> dict[str, Any]:
        """What an edit puts in place of the old content."""
        return self.content["m.new_content"]

    @property
    def redacts(self) -> str | None:
        """The event it redacts: in the content from room version 11 on, beside it before."""
        return self.content.get("redacts") or self.raw.get("redacts")

    @property
    def mentions(self) -> list[str]:
        """Whom it mentions by `m.mentions`."""
        return self.content.get("m.mentions", {}).get("user_ids", [])

    @property
    def _relation(self) -> dict[str, Any]:
        return self.content.get("m.relates_to", {})

    def _related(self, kind: str) -> str | None:
        return self._relation["event_id"] if self._relation.get("rel_type") == kind else None

    def __str__(self) -> str:
        return f"{self.sender} {self.type} {self.msgtype} {self.body[:70]!r}"


class Timeline:
    """The events of one room in the order in which they came, each once."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._more = asyncio.Event()

    def add(self, raw: dict[str, Any]) -> None:
        """Takes an event in, unless it is known."""
        if raw["event_id"] not in self._events:
            self._events[raw["event_id"]] = Event(raw)
            self._more.set()
            self._more = asyncio.Event()

    def has(self, event_id: str) -> bool:
        """Whether the event was seen."""
        return event_id in self._events

    def __iter__(self) -> Iterator[Event]:
        return iter(list(self._events.values()))

    async def stream(self) -> AsyncIterator[Event]:
        """All that has come and all that comes."""
        told = 0
        while True:
            more = self._more
            for event in list(self._events.values())[told:]:
                told += 1
                yield event
            await more.wait()

    def after(self, event_id: str) -> list[Event]:
        """What came after the event."""
        ids = list(self._events)
        return [self._events[i] for i in ids[ids.index(event_id) + 1 :]]

    async def first(self, what: str, wanted: Callable[[Event], bool], within: float) -> Event:
        """The first event that is wanted, among those seen or yet to come. Fails with `what` when time is over."""
        try:
            async with asyncio.timeout(within):
                while True:
                    more = self._more
                    if found := next(filter(wanted, self), None):
                        return found
                    await more.wait()
        except TimeoutError:
            seen = "\n  ".join(str(event) for event in list(self)[-12:])
            raise AssertionError(f"not within {within} s: {what}; the room's last events are\n  {seen}") from None
