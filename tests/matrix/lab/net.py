"""Free ports, and waiting for what has no event of its own."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.05

Found = TypeVar("Found")


def free_port(wished: int = 0) -> int:
    """A port that nobody listens on: the wished one if it is free, else one that the system picks."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wished))
        except OSError:
            probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


async def eventually(what: str, look: Callable[[], Awaitable[Found | None]], within: float = 15) -> Found:
    """Looks again and again until there is something to see; says what was waited for when `within` seconds have passed."""
    try:
        async with asyncio.timeout(within):
            while not (found := await look()):
                await asyncio.sleep(_POLL_SECONDS)
            return found
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None
