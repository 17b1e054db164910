"""The page beside the bot: the same posts, through a reload, until the bot ends."""

import socket
from pathlib import Path

import aiohttp

from conftest import NewBot
from lab.bot import Bot
from lab.client import Client
from lab.net import LOOPBACK, eventually, free_port
from lab.room import Room, meet
from test_reload import QUESTION, news, reload


async def asked(http: aiohttp.ClientSession, port: int, question: str) -> dict:
    """The page's answer to a question."""
    async with http.get(f"http://{LOOPBACK}:{port}/api/ask", params={"q": question}) as response:
        assert response.status == 200
        return await response.json()


async def started(new_bot: NewBot, port: int, **corpus: str) -> Bot:
    """A bot that shows the page at a port."""
    bot = await new_bot({"corpus": corpus, "web": {"listen": f"{LOOPBACK}:{port}"}})
    await bot.start()
    return bot


async def test_the_page_takes_up_what_the_bot_reloads(new_bot: NewBot, admin: Client, http: aiohttp.ClientSession, posts: Path) -> None:
    port = free_port()
    bot = await started(new_bot, port, path=str(posts))
    assert (await asked(http, port, QUESTION))["verdict"] != "answered"
    (posts / "zorbly.md").write_text(news())
    desk = Room(admin, await meet(admin, bot.user_id), bot.user_id)
    assert "1 added" in await reload(desk)
    found = await asked(http, port, QUESTION)
    assert "introduced in 2024" in found["citations"][0]["excerpt"]
    async with http.get(f"http://{LOOPBACK}:{port}/posts") as response:
        assert "The zorbly gadget" in await response.text()
    assert await bot.stop() == 0

    async def refused() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, port)) != 0

    await eventually("nobody listens any more", refused)


async def test_without_the_setting_nothing_listens(new_bot: NewBot) -> None:
    bot = await new_bot()
    await bot.start()
    assert "serving the page" not in "\n".join(bot.log)
    await bot.stop()


async def test_a_port_that_is_taken_is_told_before_anything_else(new_bot: NewBot) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        bot = await new_bot({"web": {"listen": f"{LOOPBACK}:{port}"}})
        ended = await bot.run()
    assert ended.code == 2
    assert f"can't listen on {LOOPBACK}:{port}" in ended.stderr
    assert "web.listen" in ended.stderr
