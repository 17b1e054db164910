"""Account and session: ways to log in, one session for good, and a data folder that is safe and one's own."""

import shutil
import stat
from typing import Any

import pytest

from conftest import NewBot
from lab.bot import Bot
from lab.client import Client
from lab.net import eventually
from lab.room import PROBE, Room, meet


def password_in_environment(bot: Bot) -> tuple[dict[str, Any], dict[str, str]]:
    return {"password": None}, {"MYNAH__MATRIX__PASSWORD": bot.account.password}


def password_in_file(bot: Bot) -> tuple[dict[str, Any], dict[str, str]]:
    return {"password": None, "password_file": secret(bot, bot.account.password)}, {}


def token_in_config(bot: Bot) -> tuple[dict[str, Any], dict[str, str]]:
    account = bot.account
    return {"password": None, "access_token": account.access_token, "device_id": account.device_id}, {}


def token_in_file(bot: Bot) -> tuple[dict[str, Any], dict[str, str]]:
    token = secret(bot, bot.account.access_token)
    return {"password": None, "access_token_file": token, "device_id": bot.account.device_id}, {}


def secret(bot: Bot, text: str) -> str:
    """A file as `systemd-creds` and editors write it: with an end of line."""
    path = bot.folder / "credential"
    path.write_text(text + "\n")
    return str(path)


@pytest.mark.parametrize("way", [password_in_environment, password_in_file, token_in_config, token_in_file])
async def test_logs_in_by(way: Any, new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot()
    settings, variables = way(bot)
    bot.configure({"matrix": settings})
    await bot.start(**variables)
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    await room.answer_to(await room.say("who runs starlingx in production"))
    await bot.stop()


async def devices(admin: Client, user_id: str) -> set[str]:
    listed = await admin.call("GET", f"/_synapse/admin/v2/users/{user_id}/devices")
    return {device["device_id"] for device in listed["devices"]}


async def test_one_login_and_then_the_session_is_restored(new_bot: NewBot, admin: Client) -> None:
    bot = await new_bot()
    before = await devices(admin, bot.user_id)
    await bot.start()
    first = await devices(admin, bot.user_id)
    assert len(first - before) == 1
    await bot.stop()
    bot.configure({"matrix": {"password": None}})  # the stored session needs none
    await bot.start()
    assert await devices(admin, bot.user_id) == first
    await bot.stop()


async def test_its_files_are_its_owners_alone(bot: Bot) -> None:
    async def complete() -> bool:
        return (bot.data / "recovery-key").is_file()

    await eventually("a recovery key", complete)
    assert stat.S_IMODE(bot.data.stat().st_mode) == 0o700
    files = [path for path in bot.data.rglob("*") if path.is_file()]
    assert {"lock", "journal.sqlite", "store-passphrase"} <= {path.name for path in files}
    readable = [str(path) for path in files if stat.S_IMODE(path.stat().st_mode) != 0o600]
    assert not readable


async def test_its_store_is_encrypted(new_bot: NewBot) -> None:
    bot = await new_bot()
    bot.configure({"matrix": {"password": None, "access_token": bot.account.access_token, "device_id": bot.account.device_id}})
    await bot.start()
    await bot.stop()
    kept = b"".join(path.read_bytes() for path in (bot.data / "matrix").rglob("*") if path.is_file())
    assert len(kept) > 10_000
    assert bot.account.access_token.encode() not in kept


async def test_a_second_process_is_told_of_the_first(bot: Bot) -> None:
    second = await bot.run()
    assert second.code == 2
    assert "another mynah" in second.stderr
    assert str(bot.data) in second.stderr
    assert bot.running


async def test_a_wrong_password_leaves_nothing_half_made(new_bot: NewBot) -> None:
    bot = await new_bot()
    bot.configure({"matrix": {"password": "wrong"}})
    refused = await bot.run()
    assert refused.code == 2
    assert "password" in refused.stderr
    assert bot.user_id in refused.stderr
    assert not list((bot.data / "matrix").glob("*"))
    bot.configure({})
    await bot.start()
    await bot.stop()


async def test_another_accounts_folder_is_refused_with_both_names(new_bot: NewBot) -> None:
    bot, other = await new_bot(), await new_bot()
    await bot.start()
    await bot.stop()
    other.configure({"data_dir": str(bot.data)})
    refused = await other.run()
    assert refused.code == 2
    assert bot.user_id in refused.stderr
    assert other.user_id in refused.stderr
    assert "data_dir" in refused.stderr or str(bot.data) in refused.stderr, "the way out"
    await bot.start()
    await bot.stop()


async def test_a_store_that_cannot_be_opened_is_told_plainly(new_bot: NewBot) -> None:
    bot = await new_bot()
    await bot.start()
    await bot.stop()
    bot.configure({"matrix": {"store_passphrase": "not the one that it was made with"}})
    refused = await bot.run()
    assert refused.code == 2
    assert "store_passphrase" in refused.stderr, "the way out"


@pytest.mark.parametrize("lost", ["matrix", "session.json"])
async def test_a_lost_store_is_told_and_a_new_device_goes_on(lost: str, new_bot: NewBot, asker: Client, admin: Client) -> None:
    bot = await new_bot()
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id, is_direct=True), bot.user_id)
    await room.answer_to(await room.say(PROBE))
    await bot.stop()
    missed = await room.say(PROBE)
    gone = bot.data / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    await bot.start()
    assert any("is gone" in line for line in bot.log)
    assert len(await devices(admin, bot.user_id)) >= 2
    await room.answer_to(missed)
    await room.answer_to(await room.say(PROBE))


async def test_a_session_that_was_ended_elsewhere_is_told_plainly(new_bot: NewBot, admin: Client) -> None:
    bot = await new_bot()
    await bot.start()
    await bot.stop()
    ended = {"devices": sorted(await devices(admin, bot.user_id))}
    await admin.call("POST", f"/_synapse/admin/v2/users/{bot.user_id}/delete_devices", ended)
    refused = await bot.run()
    assert refused.code == 2
    assert str(bot.data) in refused.stderr, "the way out"


async def test_a_display_name_is_set_once(new_bot: NewBot, asker: Client, admin: Client) -> None:
    bot = await new_bot({"matrix": {"display_name": "The Mynah"}})
    profile = f"/_matrix/client/v3/profile/{bot.user_id}/displayname"
    await bot.start()
    assert (await asker.call("GET", profile))["displayname"] == "The Mynah"
    await bot.stop()
    renamed = {"displayname": "Beo"}
    await admin.call("PUT", f"/_synapse/admin/v2/users/{bot.user_id}", renamed)
    await bot.start()
    assert (await asker.call("GET", profile))["displayname"] == "Beo"
    await bot.stop()
