"""Posts from a git repository: fetched at a start, at a reload and by the clock; the old ones stay while the remote is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import NewBot
from lab.bot import Bot
from lab.client import Client
from lab.git import Remote
from lab.room import Room, meet
from test_reload import QUESTION, answer, answers_with, news, reload, status

FILLER = "---\ntitle: The frobnicator\nauthor: Robin\ndate: 2023-01-02\n---\n\nThe frobnicator of the edge cloud hums.\n"


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncIterator[Remote]:
    """A remote with one post."""
    made = Remote(tmp_path / "remote")
    made.commit("content/blog/frobnicator.md", FILLER)
    await made.serve()
    yield made
    await made.stop()


def settings(remote: Remote, **more: object) -> dict[str, object]:
    return {"corpus": {"path": None, "git": remote.address, "branch": "main", "folder": "content/blog", **more}}


@pytest.fixture
async def bot(new_bot: NewBot, remote: Remote) -> AsyncIterator[Bot]:
    """A bot with its posts."""
    made = await new_bot(settings(remote, fetch_within="3s"))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def desk(admin: Client, bot: Bot) -> Room:
    """The admin's direct room with the bot."""
    return Room(admin, await meet(admin, bot.user_id), bot.user_id)


async def test_a_reload_fetches_what_is_new_and_status_tells_the_commit(desk: Room, remote: Remote) -> None:
    commit = remote.commit("content/blog/zorbly.md", news())
    told = await reload(desk)
    assert "1 added" in told
    assert f"Commit {commit}" in told
    assert "introduced in 2024" in await answer(desk)
    known = await status(desk)
    assert f"Commit {commit} of {remote.address}" in known
    assert "by alice" in known
    assert "0 added, 0 changed" in await reload(desk), "nothing is new"


async def test_the_old_posts_stay_while_the_remote_is_away_also_through_a_restart(desk: Room, bot: Bot, remote: Remote) -> None:
    remote.commit("content/blog/zorbly.md", news())
    await reload(desk)
    await remote.stop()
    told = await reload(desk)
    assert "Not reloaded: nothing new could be fetched" in told
    assert f"can't fetch {remote.address}" in told
    assert str(bot.folder) not in told
    await bot.stop()
    await bot.start()
    await bot.logged("can't fetch")
    assert "introduced in 2024" in await answer(desk)
    remote.commit("content/blog/zorbly.md", news(2025))
    await remote.serve()
    assert "1 changed" in await reload(desk)
    assert "introduced in 2025" in await answer(desk)


async def test_a_remote_that_hangs_runs_into_the_time_limit_while_questions_are_answered(desk: Room, remote: Remote) -> None:
    await remote.hang()
    reply = await desk.answer_to(await desk.say("reload"))
    await desk.answer_to(await desk.say(QUESTION))
    edit = await desk.edit_of(reply.id)
    assert "did not answer in full within 3 s" in str(edit.new_content["body"])


async def test_ends_at_once_while_a_remote_hangs(new_bot: NewBot, remote: Remote) -> None:
    bot = await new_bot(settings(remote))
    await bot.start()
    await asyncio.sleep(2)  # the fetch of the start
    await remote.hang()
    bot.hang_up()
    await asyncio.sleep(1)
    begun = asyncio.get_running_loop().time()
    assert await bot.stop() == 0
    assert asyncio.get_running_loop().time() - begun < 2


async def test_fetched_by_the_clock_and_at_a_start(new_bot: NewBot, remote: Remote, asker: Client) -> None:
    bot = await new_bot(settings(remote, every="2s"))
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    remote.commit("content/blog/zorbly.md", news())
    await answers_with(room, "introduced in 2024")
    await bot.stop()
    remote.commit("content/blog/zorbly.md", news(2025))
    bot.configure(settings(remote))
    await bot.start()
    await answers_with(room, "introduced in 2025")
    await bot.stop()


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"branch": "gone"}, "has no branch `gone`"),
        ({"folder": "posts"}, "has no folder `posts` at commit"),
        ({"git": "ext::sh -c id"}, "corpus.git: "),
        ({"git": "git://127.0.0.1:9/site"}, "can't fetch git://127.0.0.1:9/site"),
    ],
)
async def test_a_start_without_a_copy_tells_what_is_wrong(
    over: dict[str, str], told: str, new_bot: NewBot, remote: Remote
) -> None:
    bot = await new_bot(settings(remote, **over))
    ended = await bot.run()
    assert ended.code == 2
    assert told in ended.stderr.splitlines()[-1]
