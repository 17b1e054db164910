"""A full disk: a start says so, and nothing is lost by it."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from conftest import NewBot
from lab.binary import environment, mynah
from lab.bot import START_SECONDS, Bot, Ended
from lab.client import Client
from lab.room import PROBE, Room, meet

SMALL_DISK = """
room=$1 data=$2 kept=$3 mynah=$4 config=$5
mount -t tmpfs -o size=64m none "$data" && cp -a "$kept/." "$data" || exit 3
cat /dev/zero >"$data/ballast" 2>/dev/null
truncate --size="-$room" "$data/ballast"
exec "$mynah" run --config "$config"
"""
"""Puts a data folder onto a disk of its own, which ends with the process, and fills that up but for some room."""


async def start_on_a_full_disk(bot: Bot, room: str, kept: Path) -> Ended:
    """Starts the bot with what is kept of its data on a disk without room."""
    bot.data.mkdir(exist_ok=True)
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    process = await asyncio.create_subprocess_exec(
        *("unshare", *root, "--mount", "sh", "-c", SMALL_DISK, "sh", room, bot.data, kept, mynah(), bot.config),
        cwd=bot.folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(START_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    assert "unshare" not in err.decode() and "mount:" not in err.decode(), f"a disk of its own needs a mount: {err.decode()}"
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize("room", ["0", "40K", "300K", "700K"])
async def test_a_first_start_says_that_the_disk_is_full(room: str, new_bot: NewBot, tmp_path: Path) -> None:
    bot = await new_bot()
    ended = await start_on_a_full_disk(bot, room, tmp_path)
    assert ended.code == 2
    assert "mynah: the disk is full" in ended.stderr
    assert "session.json" not in ended.stderr


async def test_a_later_start_says_so_too_and_goes_on_once_there_is_room(
    new_bot: NewBot, tmp_path: Path, asker: Client
) -> None:
    bot = await new_bot()
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    await room.answer_to(await room.say(PROBE))
    await bot.stop()
    kept = Path(shutil.copytree(bot.data, tmp_path / "kept"))
    ended = await start_on_a_full_disk(bot, "0", kept)
    assert ended.code == 2, ended.stderr
    assert "mynah: the disk is full" in ended.stderr
    assert "session.json" not in ended.stderr
    await bot.start()
    await room.answer_to(await room.say(PROBE))
    await bot.stop()
