"""An asker on the raw client-server API: what is tested must not hang on any SDK's idea of Matrix."""

import asyncio
import contextlib
import itertools
import json
import uuid
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import aiohttp

from .events import Timeline

_SYNC_MS = 30_000
_FILTER = json.dumps({"presence": {"types": []}, "room": {"timeline": {"limit": 100}}})
_RETRY_SECONDS = 0.2

Json = dict[str, Any]


class ApiError(Exception):
    """What the homeserver refused, or a proxy in front of it."""

    def __init__(self, request: str, status: int, answer: str) -> None:
        super().__init__(f"{request}: {status} {answer}")
        self.status = status


def path(*parts: str) -> str:
    """A path of the client-server API, each part escaped."""
    return "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in parts)


class Client:
    """A user's session. `start` lets it follow its rooms; without that it only sends."""

    def __init__(
        self, http: aiohttp.ClientSession, homeserver: str, user_id: str = "", access_token: str = "", device_id: str = ""
    ) -> None:
        self._http = http
        self._homeserver = homeserver
        self.user_id = user_id
        self.access_token = access_token
        self.device_id = device_id
        self.invites: dict[str, list[Json]] = {}
        self.receipts: set[tuple[str, str]] = set()
        """Read receipts seen, as (event id, user id)."""
        self.typed: set[tuple[str, str]] = set()
        """Typing notices seen, as (room id, user id)."""
        self._timelines: defaultdict[str, Timeline] = defaultdict(Timeline)
        self._transactions = (f"{uuid.uuid4()}-{n}" for n in itertools.count())
        self._following: asyncio.Task[None] | None = None

    async def call(self, method: str, where: str, body: Json | None = None, **query: str) -> Json:
        """One request; raises `ApiError` unless it is answered with 200."""
        headers = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        url = self._homeserver + where
        async with self._http.request(method, url, json=body, params=query, headers=headers) as response:
            if response.status != 200:
                raise ApiError(f"{method} {where}", response.status, await response.text())
            return await response.json()

    # Rooms

    async def create_room(self, *invited: str, **options: Any) -> str:
        """A private room, and its id."""
        body = {"preset": "private_chat", "invite": list(invited), **options}
        return (await self.call("POST", path("createRoom"), body))["room_id"]

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invites a user."""
        await self.call("POST", path("rooms", room_id, "invite"), {"user_id": user_id})

    async def join(self, room: str) -> None:
        """Joins a room by id or alias."""
        await self.call("POST", path("join", room), {})

    async def leave(self, room_id: str) -> None:
        """Leaves a room."""
        await self.call("POST", path("rooms", room_id, "leave"), {})

    async def upgrade(self, room_id: str, version: str) -> str:
        """Leaves a tombstone in the room, and returns the id of the one that replaces it."""
        return (await self.call("POST", path("rooms", room_id, "upgrade"), {"new_version": version}))["replacement_room"]

    async def state(self, room_id: str, kind: str, key: str = "") -> Json:
        """One state event's content; empty where there is none."""
        try:
            return await self.call("GET", path("rooms", room_id, "state", kind, key))
        except ApiError as error:
            if error.status != 404:
                raise
            return {}

    async def set_state(self, room_id: str, kind: str, content: Json, key: str = "") -> None:
        """Sets one state event."""
        await self.call("PUT", path("rooms", room_id, "state", kind, key), content)

    async def membership(self, room_id: str, user_id: str) -> str:
        """`invite`, `join`, `leave`; empty for who has never been there."""
        return (await self.state(room_id, "m.room.member", user_id)).get("membership", "")

    # Events

    async def send(self, room_id: str, content: Json, kind: str = "m.room.message") -> str:
        """Sends an event, and returns its id."""
        where = path("rooms", room_id, "send", kind, next(self._transactions))
        return (await self.call("PUT", where, content))["event_id"]

    async def redact(self, room_id: str, event_id: str) -> None:
        """Redacts an event."""
        await self.call("PUT", path("rooms", room_id, "redact", event_id, next(self._transactions)), {})

    async def event(self, room_id: str, event_id: str) -> Json:
        """An event as the homeserver has it now."""
        return await self.call("GET", path("rooms", room_id, "event", event_id))

    # Following

    def timeline(self, room_id: str) -> Timeline:
        """What has been seen of a room since `start`."""
        return self._timelines[room_id]

    async def start(self) -> None:
        """Begins to follow the rooms, from now on."""
        since = await self._sync("")
        self._following = asyncio.create_task(self._follow(since))

    async def stop(self) -> None:
        """No longer follows the rooms."""
        if self._following:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
            self._following = None

    async def _follow(self, since: str) -> None:
        while True:
            try:
                since = await self._sync(since)
            except (ApiError, aiohttp.ClientError, TimeoutError):  # the homeserver is away, which some tests mean it to be
                await asyncio.sleep(_RETRY_SECONDS)

    async def _sync(self, since: str) -> str:
        query = {"since": since, "timeout": str(_SYNC_MS)} if since else {"timeout": "0"}
        answer = await self.call("GET", path("sync"), None, filter=_FILTER, **query)
        rooms = answer.get("rooms", {})
        for room_id, news in rooms.get("invite", {}).items():
            self.invites[room_id] = news["invite_state"]["events"]
        for room_id, news in {**rooms.get("join", {}), **rooms.get("leave", {})}.items():
            await self._take(room_id, news, since)
        return answer["next_batch"]

    async def _take(self, room_id: str, news: Json, since: str) -> None:
        timeline = news.get("timeline", {})
        if since and timeline.get("limited"):
            for raw in await self._missed(room_id, timeline["prev_batch"], since):
                self._timelines[room_id].add(raw)
        for raw in timeline.get("events", []):
            self._timelines[room_id].add(raw)
        for raw in news.get("ephemeral", {}).get("events", []):
            self._notice(room_id, raw)

    async def _missed(self, room_id: str, newest: str, oldest: str) -> list[Json]:
        """What a sync that was cut left out, oldest first."""
        missed: list[Json] = []
        while newest:
            query = {"dir": "b", "limit": "100", "from": newest, "to": oldest}
            page = await self.call("GET", path("rooms", room_id, "messages"), None, **query)
            missed += page["chunk"]
            newest = page.get("end", "") if page["chunk"] else ""
        return missed[::-1]

    def _notice(self, room_id: str, ephemeral: Json) -> None:
        content = ephemeral["content"]
        if ephemeral["type"] == "m.typing":
            self.typed.update((room_id, user) for user in content["user_ids"])
        elif ephemeral["type"] == "m.receipt":
            for event_id, readers in content.items():
                self.receipts.update((event_id, user) for user in readers.get("m.read", {}))
