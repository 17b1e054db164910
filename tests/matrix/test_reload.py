"""Reload: by command, by signal, by a change on disk; whole or not at all."""

import asyncio
import json
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


async def reload(desk: Room, command: str = "reload") -> str:
    """Reloads, and returns the summary that the bot's reply is edited to."""
    reply = await desk.answer_to(await desk.say(command))
    return await summary(desk, reply)


async def status(room: Room) -> str:
    """What the bot tells of itself."""
    return (await room.answer_to(await room.say("status"))).body


async def summary(desk: Room, reply: Event) -> str:
    """What the reply to a reload ends as."""
    return str((await desk.edit_of(reply.id)).new_content["body"])


async def answer(room: Room) -> str:
    """The answer to the question."""
    return (await room.answer_to(await room.say(QUESTION))).body


async def answers_with(room: Room, words: str) -> None:
    """Asks until the answer has these words in it, once a second: an asker has twenty questions a minute."""

    async def changed() -> bool:
        if words in await answer(room):
            return True
        await asyncio.sleep(1)
        return False

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
    told = await reload(desk)
    assert "can't be read" in told
    assert str(posts.parent) not in told, "a room need not know where the posts lie"
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
        (posts / f"copy-{number}.md").write_text(news(2000 + number % 20))
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


async def test_force_takes_what_is_wrong(desk: Room, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    (posts / "broken.md").write_text("---\ntitle: [\n---\n\nNothing can be done.\n")
    told = await reload(desk)
    assert "Not reloaded" in told
    assert "reload force" in told
    assert "introduced in" not in await answer(direct)
    assert "was held back: broken.md:" in await status(desk)
    assert "Reloaded by force" in await reload(desk, "reload force")
    assert "introduced in 2024" in await answer(direct)
    assert "held back" not in await status(desk)


async def test_only_admins_may_force_and_go_back(direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    for command in ("reload force", "rollback"):
        assert "only my admins" in (await direct.answer_to(await direct.say(command))).body
    assert "introduced in" not in await answer(direct)


async def test_a_way_back_lasts_through_a_restart_until_a_reload(bot: Bot, desk: Room, direct: Room, posts: Path) -> None:
    (posts / "zorbly.md").write_text(news())
    await reload(desk)
    (posts / "zorbly.md").write_text(news(2025))
    await reload(desk)
    told = await reload(desk, "rollback")
    assert "Back to the posts as read" in told
    assert "zorbly.md" in told
    assert "introduced in 2024" in await answer(direct)
    await bot.stop()
    await bot.start()
    assert "introduced in 2024" in await answer(direct)
    known = await status(desk)
    assert "This is an earlier state, brought back" in known
    assert "by alice" in known
    assert "alice" not in await status(direct), "who it was is the admins' business"
    assert "1 removed" in await reload(desk, "rollback")
    assert "introduced in" not in await answer(direct)
    assert "no earlier posts" in await reload(desk, "rollback")
    assert "introduced in 2025" not in await answer(direct)
    assert "1 added" in await reload(desk)
    assert "introduced in 2025" in await answer(direct)
    assert "earlier state, brought back" not in await status(desk)


async def test_lost_golden_questions_hold_it_back_and_are_told(
    new_bot: NewBot, posts: Path, tmp_path: Path, admin: Client, asker: Client
) -> None:
    (posts / "zorbly.md").write_text(news())
    gold = [{"file": "zorbly.md", "quote": "introduced in 2024"}]
    questions = tmp_path / "golden.jsonl"
    questions.write_text(json.dumps({"id": "zorbly", "question": QUESTION, "gold": gold}) + "\n")
    bot = await new_bot({"corpus": {"path": str(posts), "questions": str(questions), "may_lose": 0}})
    await bot.start()
    desk = Room(admin, await meet(admin, bot.user_id), bot.user_id)
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    (posts / "zorbly.md").write_text(news().replace("zorbly gadget was introduced in 2024 and replaces", "bird replaces"))
    told = await reload(desk)
    assert "1 of the 1 golden questions that are answered now would be lost" in told
    assert QUESTION in told
    assert "zorbly.md:7: “The zorbly gadget was introduced in 2024" in told
    assert str(tmp_path) not in told
    assert "introduced in 2024" in await answer(room)
    told = await reload(desk, "reload force")
    assert "Reloaded by force" in told
    assert "no longer answered" in told
    assert "introduced in 2024" not in await answer(room)
    await bot.stop()


@pytest.fixture
async def watched(new_bot: NewBot, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot that watches the posts behind a link, as git-sync switches it."""
    shutil.copytree(REPOSITORY / "corpus", tmp_path / "first/posts")
    (tmp_path / "current").symlink_to("first")
    # It is asked again and again until a change is seen.
    settings = {"corpus": {"path": str(tmp_path / "current/posts"), "watch": True}}
    made = await new_bot({**settings, "matrix": {"limits": {"per_asker": 1000, "per_room": 1000}}})
    await made.start()
    yield made
    await made.stop()


async def test_watching_follows_a_link_that_is_switched(watched: Bot, asker: Client, tmp_path: Path) -> None:
    room = Room(asker, await meet(asker, watched.user_id), watched.user_id)
    for year in (2024, 2025):
        shutil.copytree(tmp_path / "first", tmp_path / str(year))
        (tmp_path / str(year) / "posts/zorbly.md").write_text(news(year))
        (tmp_path / "next").symlink_to(str(year))
        (tmp_path / "next").rename(tmp_path / "current")
        await answers_with(room, f"introduced in {year}")
    (tmp_path / "2025/posts/zorbly.md").write_text(news(2026))
    await answers_with(room, "introduced in 2026")


async def test_watching_follows_a_folder_that_is_replaced(watched: Bot, asker: Client, tmp_path: Path) -> None:
    room = Room(asker, await meet(asker, watched.user_id), watched.user_id)
    for year in (2024, 2025):
        shutil.copytree(tmp_path / "first/posts", tmp_path / "new")
        (tmp_path / "new/zorbly.md").write_text(news(year))
        (tmp_path / "first/posts").rename(tmp_path / f"before-{year}")
        (tmp_path / "new").rename(tmp_path / "first/posts")
        await answers_with(room, f"introduced in {year}")
    (tmp_path / "first/posts/zorbly.md").write_text(news(2026))
    await answers_with(room, "introduced in 2026")
    (tmp_path / "first/posts/sub").mkdir()
    await asyncio.sleep(1)
    reloads = len([line for line in watched.log if "posts reloaded" in line])
    (tmp_path / "first/posts/sub/other.md").write_text(news(2027))

    async def reloaded() -> bool:
        return len([line for line in watched.log if "posts reloaded" in line]) > reloads

    await eventually("a reload after a change in a subfolder", reloaded)


async def test_a_file_that_keeps_changing_delays_a_reload_by_ten_seconds_at_most(
    watched: Bot, asker: Client, tmp_path: Path
) -> None:
    room = Room(asker, await meet(asker, watched.user_id), watched.user_id)

    async def keep_changing() -> None:
        while True:
            # In one step: a file that is read while it is written may be empty, and its reload is held back.
            whole = tmp_path / "zorbly.whole"
            whole.write_text(news())
            whole.replace(tmp_path / "first/posts/zorbly.md")
            await asyncio.sleep(0.1)

    changing = asyncio.create_task(keep_changing())
    try:
        # Ten seconds of patience, and what reading takes in a debug build on a busy machine.
        await watched.logged("posts reloaded", 20)
    finally:
        changing.cancel()
    assert "introduced in 2024" in await answer(room)


async def test_a_way_back_is_not_undone_by_a_change_on_disk(watched: Bot, admin: Client, tmp_path: Path) -> None:
    desk = Room(admin, await meet(admin, watched.user_id), watched.user_id)
    (tmp_path / "first/posts/zorbly.md").write_text(news())
    await answers_with(desk, "introduced in 2024")
    assert "after a change on disk" in await status(desk)
    await reload(desk, "rollback")
    (tmp_path / "first/posts/zorbly.md").write_text(news(2025))
    await asyncio.sleep(2)
    assert "introduced in" not in await answer(desk)
    await reload(desk)
    assert "introduced in 2025" in await answer(desk)


async def test_a_reload_that_a_kill_ended_is_told_so(bot: Bot, desk: Room, posts: Path) -> None:
    for number in range(MANY):
        (posts / f"zorbly-{number}.md").write_text(news().replace("zorbly", f"zorbly{number}"))
    reply = await desk.answer_to(await desk.say("reload"))
    bot.kill()
    await bot.ended()
    seen = {event.replaces for event in desk.said_since(reply.id)}
    await bot.start()
    told = await summary(desk, reply)
    assert reply.id in seen or "restarted" in told
