"""The page of what people ask: who gets in by which link, what is shown and marked there, and how a bot fares."""

import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest

from conftest import NewBot
from lab.bot import Bot
from lab.client import Client
from lab.net import eventually
from lab.room import Room, meet
from test_insight import ANSWERED, OPEN, is_kept, unanswerable

LINK = re.compile(r"http://\S+/login\?token=[0-9a-f]{64}")


class Browser:
    """What a browser does with a page: keeps its cookies, follows its redirects, sends its forms."""

    def __init__(self) -> None:
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def get(self, url: str) -> tuple[int, str]:
        """The status and the text of a page."""
        async with self._http.get(url) as response:
            assert "script" not in response.headers["Content-Security-Policy"]
            return response.status, await response.text()

    async def post(self, url: str, **fields: str) -> tuple[int, str]:
        """Sends a form: the status and the text of where it leads."""
        async with self._http.post(url, data=fields) as response:
            return response.status, await response.text()

    async def log_in(self, link: str) -> tuple[int, str]:
        """Opens a link and presses its button."""
        status, text = await self.get(link)
        assert status == 200, text
        return await self.post(link.split("?")[0], token=hidden(text, "token"))

    async def close(self) -> None:
        """Forgets everything."""
        await self._http.close()


def hidden(text: str, name: str) -> str:
    """A hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"no field {name} in {text}"
    return unescape(found[1])


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    made = Browser()
    yield made
    await made.close()


@pytest.fixture
async def other_browser() -> AsyncIterator[Browser]:
    made = Browser()
    yield made
    await made.close()


async def link_in(room: Room, command: str = "login") -> str:
    """The link that the bot gives in a direct room."""
    said = await room.answer_to(await room.say(command))
    assert "works once" in said.body
    found = LINK.search(said.body)
    assert found, said.body
    return found[0]


async def link_directly(room: Room, desk: Room) -> str:
    """The link that the bot gives for a command in a room: it comes in the direct one."""
    said = await room.answer_to(await room.say("!mynah login"))
    assert "direct message" in said.body
    assert "token" not in said.body + said.html
    link = await desk.from_bot("a link", lambda event: LINK.search(event.body) is not None)
    found = LINK.search(link.body)
    assert found
    return found[0]


async def test_from_a_link_to_a_mark_and_back(
    shown: Bot, page: str, admin: Client, asker: Client, browser: Browser, other_browser: Browser
) -> None:
    bot = shown
    open_room = Room(asker, await meet(admin, bot.user_id, asker, **OPEN), bot.user_id)
    desk = Room(admin, await meet(admin, bot.user_id, is_direct=True), bot.user_id)
    question, word = unanswerable()
    await open_room.answer_to(await open_room.ask(question))
    await open_room.answer_to(await open_room.ask(ANSWERED))
    await is_kept(bot, word)

    # Nobody sees it who is not logged in, and only admins get a link.
    status, text = await browser.get(f"{page}insight")
    assert (status, word in text) == (403, False)
    refused = await open_room.answer_to(await open_room.say("!mynah login"))
    assert "admins" in refused.body

    # By a link from a direct message; opening it doesn't use it, pressing the button does.
    link = await link_in(desk)
    assert (await other_browser.get(link))[0] == 200
    status, text = await browser.log_in(link)
    assert status == 200, text
    assert word in text
    assert "<svg" in text
    assert asker.user_id not in text
    status, text = await other_browser.get(link)
    assert (status, "This link was used" in text) == (410, True)
    assert (await other_browser.post(f"{page}login", token=link.split("=")[1]))[0] == 410
    assert (await other_browser.get(f"{page}insight"))[0] == 403

    # A mark wants the form's token; it leaves the group out of the digest, and can be taken back.
    _, text = await browser.get(f"{page}insight?q={word}")
    form = {name: hidden(text, name) for name in ("csrf", "group")}
    assert (await browser.post(f"{page}mark", **{**form, "csrf": "0" * 64}, mark="done"))[0] == 403
    assert (await other_browser.post(f"{page}mark", **form, mark="done"))[0] == 403
    told = await desk.answer_to(await desk.say("insight"))
    assert word in told.body
    status, text = await browser.post(f"{page}mark", **form, mark="not-ours")
    assert (status, word in text) == (200, False)
    assert word not in (await desk.answer_to(await desk.say("insight"))).body
    _, text = await browser.get(f"{page}insight?show=marked")
    assert word in text
    assert "not ours" in text
    await browser.post(f"{page}mark", **form, mark="none", show="marked")
    assert word in (await desk.answer_to(await desk.say("insight"))).body

    # What was cited is counted for everybody.
    async def cited() -> bool:
        return "cited once" in (await other_browser.get(f"{page}posts"))[1]

    await eventually("citations are counted", cited)

    # Who forgets is gone from the page too.
    await open_room.answer_to(await open_room.say("!mynah forget me"))

    async def gone() -> bool:
        return "There are none." in (await browser.get(f"{page}insight?q={word}"))[1]

    await eventually("what is forgotten is shown no more", gone)

    # Out again.
    _, text = await browser.get(f"{page}insight")
    await browser.post(f"{page}logout", csrf=hidden(text, "csrf"))
    assert (await browser.get(f"{page}insight"))[0] == 403
    assert link.split("=")[1] not in "\n".join(bot.log)


async def test_in_a_room_the_link_comes_directly_and_a_restart_ends_it(
    shown: Bot, page: str, admin: Client, browser: Browser
) -> None:
    bot = shown
    desk = Room(admin, await meet(admin, bot.user_id, is_direct=True), bot.user_id)
    # A room of two that has no name is a direct one too.
    room = Room(admin, await meet(admin, bot.user_id, name="Not a desk"), bot.user_id)
    await browser.log_in(await link_directly(room, desk))
    assert (await browser.get(f"{page}insight"))[0] == 200
    another = await link_in(desk)
    await bot.stop()
    await bot.start()
    status, text = await browser.get(another)
    assert (status, "This link is not known" in text) == (404, True)
    assert (await browser.get(f"{page}insight"))[0] == 403


async def test_metrics_tell_how_the_bot_fares(shown: Bot, page: str, admin: Client, browser: Browser) -> None:
    desk = Room(admin, await meet(admin, shown.user_id, is_direct=True), shown.user_id)
    await desk.answer_to(await desk.say(ANSWERED))

    async def counted() -> bool:
        text = (await browser.get(f"{page}metrics"))[1]
        found = re.search(r"^mynah_delivery_seconds_count (\d+)$", text, re.MULTILINE)
        return found is not None and int(found[1]) > 0

    await eventually("a delivery is counted", counted)
    _, text = await browser.get(f"{page}metrics")
    found = re.search(r'^mynah_questions_total\{verdict="answered",via="bot"\} (\d+)$', text, re.MULTILINE)
    assert found, text
    assert int(found[1]) > 0
    for name in ("mynah_under_way", "mynah_waiting", "mynah_sync_age_seconds"):
        value = re.search(rf"^{name} ([0-9.e-]+)$", text, re.MULTILINE)
        assert value, f"{name} in {text}"
        assert 0 <= float(value[1]) < 60


async def test_without_a_page_the_command_says_so(new_bot: NewBot, admin: Client) -> None:
    bot = await new_bot()
    await bot.start()
    desk = Room(admin, await meet(admin, bot.user_id, is_direct=True), bot.user_id)
    assert "web.listen" in (await desk.answer_to(await desk.say("login"))).body
    await bot.stop()
