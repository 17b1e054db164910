"""Reload: by command, by signal, by a change on disk; whole or not at all."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import NewBot
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.events import Event
from lab.net import eventually
from lab.room import Room, meet

NEWS = """---
title: The zorbly gadget
author: Robin
date: {date}
---

The zorbly gadget was introduced in {year} and replaces the frobnicator of the edge cloud.
"""
QUESTION = "when was the zorbly gadget introduced?"
MANY = 300
"""Posts that take a while to read, so that reloads meet."""

BAD_POST = "---\ntitle: Broken\ndate: 2024-13-45\n---\n\nThe zorbly gadget was introduced in 1066.\n"


def news(year: int = 2024) -> str:
    """A post that answers the question."""
    return NEWS.format(date=f"{year}-05-06", year=year)


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """A folder of posts that may be changed."""
    return Path(shutil.copytree(REPOSITORY / "corpus", tmp_path / "posts"))


@pytest.fixture
async def bot(new_bot: NewBot, posts: Path) -> AsyncIterator[Bot]:
    """A bot with these posts."""
    made = await new_bot({"corpus": {"path": str(posts)}})
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def desk(admin: Client, bot: Bot) -> Room:
    """The admin's direct room with the bot."""
    return Room(admin, await meet(admin, bot.user_id), bot.user_id)


async def reload(desk: Room) -> str:
    """Reloads, and returns the summary that the bot's reply is edited to."""
    reply = await desk.answer_to(await desk.say("reload"))
    return await summary(desk, reply)


async def summary(desk: Room, reply: Event) -> str:
    """What the reply to a reload ends as."""
    return str((await desk.edit_of(reply.id)).new_content["body"])


async def answer(room: Room) -> str:
    """The answer to the question."""
    return (await room.answer_to(await room.say(QUESTION))).body


async def answers_with(room: Room, words: str) -> None:
    """Asks until the answer has these words in it."""

    async def changed() -> bool:
        return words in await answer(room)

    await eventually(f"an answer with {words!r}", changed)


async def test_tells_what_was_added_changed_and_removed(desk: Room, direct: Room, posts: Path) -> None:
    assert "introduced in 2024" not in await answer(direct)
    (posts / "zorbly.md").write_text(news())
    told = await reload(desk)
    assert "1 added" in told
    assert "zorbly.md" in told
    assert "introduced in 2024" in await answer(direct)

    (posts / "zorbly.md").write_text(news(2025))
    told = await reload(desk)
    assert "1 changed" in told
    assert "zorbly.md" in told
    assert "introduced in 2025" in await answer(direct)

    (posts / "zorbly.md").unlink()
    told = await reload(desk)
    assert "1 removed" in told
    assert "zorbly.md" in told
    assert "introduced in" not in await answer(direct)


async def test_a_bad_reload_keeps_the_old_posts_and_tells_file_and_line(desk: Room, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    await reload(desk)
    (posts / "zorbly.md").write_text(BAD_POST)
    told = await reload(desk)
    assert "zorbly.md:3" in told
    assert "introduced in 2024" in await answer(direct)
    (posts / "zorbly.md").write_text(news(2025))
    assert "1 changed" in await reload(desk)
    assert "introduced in 2025" in await answer(direct)


async def test_a_folder_that_is_gone_keeps_the_old_posts(desk: Room, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    await reload(desk)
    posts.rename(posts.with_name("elsewhere"))
    assert str(posts) in await reload(desk)
    assert "introduced in 2024" in await answer(direct)


async def test_on_hangup(bot: Bot, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    bot.hang_up()
    await bot.logged("1 added|added.*1")
    await answers_with(direct, "introduced in 2024")


async def test_on_a_change_on_disk_where_configured(new_bot: NewBot, posts: Path, asker: Client) -> None:
    bot = await new_bot({"corpus": {"path": str(posts), "watch": True}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    (posts / "zorbly.md").write_text(news())
    await answers_with(room, "introduced in 2024")
    await bot.stop()


async def test_not_on_a_change_on_disk_by_default(bot: Bot, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    await asyncio.sleep(1)
    assert "introduced in" not in await answer(direct)


async def test_many_at_once_become_one(bot: Bot, desk: Room, posts: Path) -> None:
    for number in range(MANY):
        (posts / f"copy-{number}.md").write_text(news(1000 + number))
    await desk.hold(bot)
    commands = [await desk.say("reload") for _ in range(5)]
    bot.resume()
    told = [await summary(desk, await desk.answer_to(command)) for command in commands]
    assert f"{MANY} added" in told[0]
    # One may have begun with the first command alone. What asks while it runs may know of newer posts, and shares the next.
    assert len([line for line in bot.log if "posts reloaded" in line]) <= 2


async def test_answers_while_it_reloads(desk: Room, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    questions = []
    for _ in range(5):
        reply = await desk.answer_to(await desk.say("reload"))
        questions.append(await direct.say(QUESTION))
        await summary(desk, reply)
    for question in questions:
        assert (await direct.answer_to(question)).body
