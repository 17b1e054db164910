"""Encryption: the same answers, a verified device, and keys that come late or never."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conftest import NewBot, next_number
from lab.ask import assert_same
from lab.bot import Bot
from lab.client import Client
from lab.encrypted import ENCRYPTION, EncryptedClient
from lab.net import eventually
from lab.proxy import Late, Proxy
from lab.room import PROBE, Room, joined
from lab.synapse import Account, Synapse

QUESTION = "when did Debian migration start?"
KEYS = "/sendToDevice/m.room.encrypted"
KEY_WAIT_SECONDS = 1
SETTINGS = {"matrix": {"key_wait": f"{KEY_WAIT_SECONDS}s"}}

NewEncrypted = Callable[[], Awaitable[EncryptedClient]]


@pytest.fixture
async def proxy(synapse: Synapse) -> AsyncIterator[Proxy]:
    """What stands between the askers and the homeserver: the keys that they send can be held up here."""
    between = Proxy(synapse.url)
    await between.start()
    yield between
    await between.close()


@pytest.fixture
async def account(synapse: Synapse) -> Account:
    """The asker's account."""
    return await synapse.register(f"bob{next_number()}")


@pytest.fixture
async def asker(proxy: Proxy, account: Account, tmp_path: Path) -> AsyncIterator[EncryptedClient]:
    """Bob, whose client encrypts."""
    client = EncryptedClient(proxy.url, account, tmp_path / "keys")
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def direct(asker: EncryptedClient, bot: Bot) -> Room:
    """An encrypted room of two."""
    return Room(asker, await asker.create_room(bot.user_id), bot.user_id)


@pytest.fixture
async def room(asker: EncryptedClient, admin: Client, bot: Bot) -> Room:
    """An encrypted room of three."""
    room_id = await admin.create_room(bot.user_id, asker.user_id, initial_state=[ENCRYPTION])
    await joined(admin, room_id, bot.user_id)
    await asker.join(room_id)
    await asker.knows(room_id, bot.user_id)
    return Room(asker, room_id, bot.user_id)


async def test_the_same_answer_encrypted(
    direct: Room, bot: Bot, http: aiohttp.ClientSession, synapse: Synapse, account: Account
) -> None:
    question = await direct.say(QUESTION)
    answer = await direct.answer_to(question)
    assert_same(answer.body, bot.ask(QUESTION))
    wire = await Client(http, synapse.url, account.user_id, account.access_token).event(direct.id, answer.id)
    assert wire["type"] == "m.room.encrypted"
    assert set(wire["content"]) <= {"algorithm", "ciphertext", "device_id", "sender_key", "session_id", "m.relates_to"}


async def test_addressed_in_an_encrypted_room(room: Room, bot: Bot) -> None:
    silent = await room.say(QUESTION)
    answer = await room.answer_to(await room.ask(QUESTION))
    assert_same(answer.body, bot.ask(QUESTION))
    assert answer.mentions == [room.asker.user_id]
    assert room.said_since(silent) == [answer]


async def test_edits_and_redactions_in_an_encrypted_room(direct: Room, bot: Bot) -> None:
    question = await direct.say(PROBE)
    answer = await direct.answer_to(question)
    await direct.edit(question, QUESTION)
    assert_same((await direct.edit_of(answer.id)).new_content["body"], bot.ask(QUESTION))
    await direct.redact(question)
    await direct.redaction_of(answer.id)


async def test_a_room_that_turns_encrypted(asker: EncryptedClient, admin: Client, bot: Bot) -> None:
    room_id = await admin.create_room(bot.user_id, asker.user_id)
    await joined(admin, room_id, bot.user_id)
    await asker.join(room_id)
    room = Room(asker, room_id, bot.user_id)
    await admin.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    await asker.knows(room_id, bot.user_id)
    await room.answer_to(await room.ask(QUESTION))


# Keys that come late or never


async def test_a_question_whose_key_comes_late_is_answered_when_it_comes_and_the_notice_goes(direct: Room, proxy: Proxy, bot: Bot) -> None:
    late = proxy.add(Late(path=KEYS, method="PUT", times=None))
    question = await direct.say(QUESTION)
    notice = await direct.from_bot("a notice that it cannot read", lambda event: event.msgtype == "m.notice")
    assert late.hits
    late.release()
    answer = await direct.from_bot("an answer", lambda event: event.in_reply_to == question and event.msgtype == "m.text")
    assert_same(answer.body, bot.ask(QUESTION))
    await direct.redaction_of(notice.id)


async def test_a_key_that_comes_soon_makes_no_fuss(new_bot: NewBot, asker: EncryptedClient, proxy: Proxy) -> None:
    bot = await new_bot()
    await bot.start()
    direct = Room(asker, await asker.create_room(bot.user_id), bot.user_id)
    late = proxy.add(Late(path=KEYS, method="PUT", times=None))
    question = await direct.say(QUESTION)
    late.release()
    answer = await direct.answer_to(question)
    assert direct.said_since(question) == [answer]
    await bot.stop()


async def test_one_notice_a_room_for_what_never_decrypts(direct: Room, asker: EncryptedClient, proxy: Proxy) -> None:
    proxy.add(Late(path=KEYS, method="PUT", times=None))
    first = await direct.say(QUESTION)
    notice = await direct.from_bot("a notice that it cannot read", lambda event: event.msgtype == "m.notice")
    for _ in range(3):
        await direct.say(QUESTION)
    await asyncio.sleep(KEY_WAIT_SECONDS * 1.5)
    proxy.clear()
    asker.forget_session(direct.id)
    await direct.answer_to(await direct.say(PROBE))
    assert [event.id for event in direct.said_since(first) if event.msgtype == "m.notice"] == [notice.id]


# The device


async def keys_of(admin: Client, user_id: str) -> dict[str, Any]:
    """What others are told of a user's keys."""
    return await admin.call("POST", "/_matrix/client/v3/keys/query", {"device_keys": {user_id: []}})


async def verified_devices(admin: Client, user_id: str) -> set[str]:
    """The devices that the user's own self-signing key has signed."""
    keys = await keys_of(admin, user_id)
    self_signing = keys["self_signing_keys"].get(user_id, {"keys": {}})["keys"].keys()
    devices = keys["device_keys"][user_id]
    return {name for name, device in devices.items() if self_signing & device["signatures"][user_id].keys()}


async def test_its_device_is_cross_signed(bot: Bot, admin: Client) -> None:
    async def signed() -> set[str]:
        return await verified_devices(admin, bot.user_id)

    devices = (await keys_of(admin, bot.user_id))["device_keys"][bot.user_id]
    assert await eventually("a verified device", signed) == set(devices)


async def test_a_new_device_is_verified_by_the_recovery_key(new_bot: NewBot, admin: Client, tmp_path: Path) -> None:
    key = tmp_path / "recovery-key"
    bot = await new_bot({"matrix": {"recovery_key_file": str(key)}})
    await bot.start()

    async def kept() -> bool:
        return key.is_file()

    await eventually("a recovery key", kept)
    await bot.stop()
    master = (await keys_of(admin, bot.user_id))["master_keys"][bot.user_id]
    before = await verified_devices(admin, bot.user_id)
    assert key.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(bot.data)
    await bot.start()

    async def new_and_verified() -> set[str]:
        return await verified_devices(admin, bot.user_id) - before

    await eventually("the new device is verified", new_and_verified)
    assert (await keys_of(admin, bot.user_id))["master_keys"][bot.user_id]["keys"] == master["keys"]
    await bot.stop()
