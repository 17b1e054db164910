"""An asker with end-to-end encryption, on matrix-nio: an implementation that shares no code with the bot's."""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any

from nio import (
    AsyncClient,
    AsyncClientConfig,
    BadEvent,
    Event,
    MatrixRoom,
    RoomCreateResponse,
    RoomMessagesResponse,
    RoomRedactResponse,
    RoomSendResponse,
    SyncResponse,
    UnknownBadEvent,
)

from .events import Timeline
from .net import eventually
from .synapse import Account

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
"""The state event that makes a room encrypted."""

_SYNC_MS = 30_000
_FILTER = {"presence": {"types": []}, "room": {"timeline": {"limit": 100}}}

logging.getLogger("nio").setLevel(logging.ERROR)  # it warns of what tests do on purpose


class EncryptedClient:
    """A user's session that encrypts where the room asks for it. Its timelines hold what could be decrypted, decrypted."""

    def __init__(self, homeserver: str, account: Account, folder: Path) -> None:
        """`folder` is for the keys. The session is that of the registration."""
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        folder.mkdir(parents=True, exist_ok=True)
        self.user_id = account.user_id
        self._nio = AsyncClient(homeserver, account.user_id, account.device_id, str(folder), config)
        self._nio.restore_login(account.user_id, account.device_id, account.access_token)
        self._nio.add_event_callback(self._take, (Event, BadEvent, UnknownBadEvent))
        self._nio.add_response_callback(self._fill, SyncResponse)
        self._timelines: dict[str, Timeline] = {}
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to follow the rooms, and publishes the device's keys."""
        self._following = asyncio.create_task(self._nio.sync_forever(timeout=_SYNC_MS, sync_filter=_FILTER))
        await self._nio.synced.wait()

    async def stop(self) -> None:
        """Ends the session's connections."""
        if self._following:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
        await self._nio.close()

    async def create_room(self, invited: str, within: float = 15, **options: Any) -> str:
        """An encrypted direct room, and its id, once the invited user has joined and its devices are known."""
        made = await self._nio.room_create(is_direct=True, invite=[invited], initial_state=[ENCRYPTION], **options)
        assert isinstance(made, RoomCreateResponse), made
        await self.knows(made.room_id, invited, within)
        return str(made.room_id)

    async def knows(self, room_id: str, user_id: str, within: float = 15) -> None:
        """Waits until the user is in the room and a device of theirs is known."""

        async def known() -> bool:
            room = self._nio.rooms.get(room_id)
            joined = room is not None and user_id in room.users and user_id not in room.invited_users
            return joined and bool(self._nio.device_store.active_user_devices(user_id))

        await eventually(f"{user_id} in {room_id}, with a device", known, within)

    async def invitation(self, inviter: str) -> str:
        """Waits to be invited by a user, and returns the room's id."""

        async def invited() -> str | None:
            rooms = self._nio.invited_rooms
            return next((room_id for room_id, room in rooms.items() if room.inviter == inviter), None)

        return await eventually(f"an invitation by {inviter}", invited)

    async def join(self, room_id: str) -> None:
        """Joins a room."""
        await self._nio.join(room_id)

    async def send(self, room_id: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Sends an event, encrypted where the room is, and returns its id."""
        sent = await self._nio.room_send(room_id, kind, content, ignore_unverified_devices=True)
        assert isinstance(sent, RoomSendResponse), sent
        return str(sent.event_id)

    def forget_session(self, room_id: str) -> None:
        """Encrypts what comes next with a new key, which is shared anew."""
        self._nio.invalidate_outbound_session(room_id)

    async def redact(self, room_id: str, event_id: str) -> None:
        """Redacts an event."""
        done = await self._nio.room_redact(room_id, event_id)
        assert isinstance(done, RoomRedactResponse), done

    def timeline(self, room_id: str) -> Timeline:
        """What has been seen of a room."""
        return self._timelines.setdefault(room_id, Timeline())

    def _take(self, room: MatrixRoom, event: Event | BadEvent | UnknownBadEvent) -> None:
        self.timeline(room.room_id).add(event.source)

    async def _fill(self, sync: SyncResponse) -> None:
        """Reads what a sync that was cut left out, which nio does not do by itself."""
        for room_id, news in sync.rooms.join.items():
            start = news.timeline.prev_batch if news.timeline.limited else None
            while start:
                page = await self._nio.room_messages(room_id, start, limit=100)
                assert isinstance(page, RoomMessagesResponse), page
                known = any(self.timeline(room_id).has(event.event_id) for event in page.chunk)
                for event in page.chunk:
                    self.timeline(room_id).add(event.source)
                start = None if known else page.end
