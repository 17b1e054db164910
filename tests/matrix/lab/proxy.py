"""A reverse proxy that makes requests fail, hang or come late, as the networks between bots and homeservers do.

Each kind of fault is a class; `Proxy.add` arms one. The first armed fault that matches a request is done to it, and every
other request passes through unchanged.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

from .net import LOOPBACK, free_port

_NOT_PASSED_ON = {
    "host",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-encoding",
    "content-length",
    "accept-encoding",
}
_LARGEST_REQUEST_BYTES = 64 << 20

ANSWERS = r"/rooms/[^/]+/send/m\.room\."
"""The path under which a bot sends its answers, encrypted ones too."""


@dataclass(frozen=True)
class Passed:
    """What the homeserver answered to a request that was passed on."""

    status: int
    headers: dict[str, str]
    body: bytes

    def response(self) -> web.Response:
        """The answer unchanged."""
        return web.Response(status=self.status, headers=self.headers, body=self.body)


Pass = Callable[[], Awaitable[Passed]]


@dataclass(kw_only=True)
class Fault:
    """Passes a request on: the base of every kind, and by itself a counter of requests."""

    path: str
    """A regular expression that is found in the request's path."""
    method: str = ""
    """Such as `PUT`; empty for all."""
    times: int | None = 1
    """How many requests it is done to; None for all."""
    hits: list[str] = field(default_factory=list, init=False)
    """The requests that it was done to."""
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    def matches(self, request: web.Request) -> bool:
        """Whether it is armed and meant for the request."""
        armed = self.times is None or len(self.hits) < self.times
        return armed and self.method in ("", request.method) and re.search(self.path, request.path) is not None

    def hit(self, request: web.Request) -> None:
        """Notes the request."""
        self.hits.append(f"{request.method} {request.path}")
        self._more.set()

    async def happened(self, within: float = 15) -> None:
        """Waits until it has been done at least once."""
        try:
            await asyncio.wait_for(self._more.wait(), within)
        except TimeoutError:
            raise AssertionError(f"not within {within} s: a request that matches {self}") from None

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        """What is done to the request."""
        return (await pass_on()).response()


@dataclass(kw_only=True)
class Status(Fault):
    """Answers with a status by itself; the homeserver never sees the request."""

    status: int
    body: dict[str, Any] = field(default_factory=lambda: {"errcode": "M_UNKNOWN", "error": "injected"})
    headers: dict[str, str] = field(default_factory=dict)

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        return web.json_response(self.body, status=self.status, headers=self.headers)


@dataclass(kw_only=True)
class Delay(Fault):
    """Passes on after some seconds."""

    seconds: float

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        await asyncio.sleep(self.seconds)
        return (await pass_on()).response()


@dataclass(kw_only=True)
class Hang(Fault):
    """Never answers, and never passes on."""

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


@dataclass(kw_only=True)
class Reset(Fault):
    """Closes the connection; the homeserver never sees the request."""

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        return _closed(request)


@dataclass(kw_only=True)
class Lost(Fault):
    """Passes on, so that it is done, and closes the connection without the answer."""

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        await pass_on()
        return _closed(request)


@dataclass(kw_only=True)
class Truncated(Fault):
    """Passes on, and closes the connection in the middle of the answer."""

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        passed = await pass_on()
        cut = web.StreamResponse(status=passed.status, headers={**passed.headers, "Content-Length": str(len(passed.body))})
        await cut.prepare(request)
        await cut.write(passed.body[: len(passed.body) // 2])
        return _closed(request)


@dataclass(kw_only=True)
class Garbage(Fault):
    """Passes on, and answers 200 with what is not JSON."""

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        await pass_on()
        return web.Response(text="<html>It works!</html>", content_type="text/html")


@dataclass(kw_only=True)
class Late(Fault):
    """Answers at once as if all were done, and passes on only when `release` is called."""

    released: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    passed: list[asyncio.Task[Passed]] = field(default_factory=list, init=False, repr=False)

    def release(self) -> None:
        """Lets what was held back go on its way, and holds nothing back any more."""
        self.times = 0
        self.released.set()

    async def respond(self, request: web.Request, pass_on: Pass) -> web.StreamResponse:
        await request.read()  # it can't be read once the answer is sent
        self.passed.append(asyncio.create_task(self._later(pass_on)))
        return web.json_response({})

    async def _later(self, pass_on: Pass) -> Passed:
        await self.released.wait()
        return await pass_on()


Armed = TypeVar("Armed", bound=Fault)


class Proxy:
    """Stands in front of a homeserver; who is to suffer from faults is given its `url`."""

    def __init__(self, homeserver: str) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.requests: list[str] = []
        """All requests so far, as `METHOD path`."""
        self.timeline_limit: int | None = None
        """So many events of a room come in one sync at most, whatever was asked for."""
        self._homeserver = homeserver
        self._faults: list[Fault] = []

    async def start(self) -> None:
        """Begins to listen."""
        connections = aiohttp.TCPConnector(limit=0)
        self._http = aiohttp.ClientSession(connector=connections, timeout=aiohttp.ClientTimeout(total=None))
        application = web.Application(client_max_size=_LARGEST_REQUEST_BYTES)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self.port).start()

    async def close(self) -> None:
        """Stops listening."""
        await self._runner.cleanup()
        await self._http.close()

    def add(self, fault: Armed) -> Armed:
        """Arms a fault."""
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Disarms all faults."""
        self._faults.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        fault = next((fault for fault in self._faults if fault.matches(request)), Fault(path=""))
        fault.hit(request)
        try:
            return await fault.respond(request, lambda: self._pass_on(request))
        except aiohttp.ClientConnectionError as error:  # the homeserver is away: what a proxy in front of it says then
            return web.Response(status=502, text=f"502 Bad Gateway: {error}")

    async def _pass_on(self, request: web.Request) -> Passed:
        async with self._http.request(
            request.method,
            self._homeserver_url(request),
            headers=_passable(request.headers),
            data=await request.read() or None,
        ) as response:
            return Passed(response.status, _passable(response.headers), await response.read())

    def _homeserver_url(self, request: web.Request) -> URL:
        url = URL(self._homeserver + request.raw_path, encoded=True)
        if self.timeline_limit is None or not request.path.endswith("/sync"):
            return url
        wanted = json.loads(url.query.get("filter", "{}"))
        wanted.setdefault("room", {}).setdefault("timeline", {})["limit"] = self.timeline_limit
        return url.update_query(filter=json.dumps(wanted))


def _passable(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED_ON}


def _closed(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()
