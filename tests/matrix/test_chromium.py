"""The page as a person sees it, in a real Chromium: without scripts, on a desktop and a phone, light and dark, for everybody.

Pictures of what was seen are left in target/page, to be looked at.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from conftest import NewUser
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.net import eventually
from lab.room import Room, meet
from test_insight import ANSWERED, OPEN, is_kept, unanswerable
from test_insight_page import link_in

PICTURES = REPOSITORY / "target/page"
QUIET = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
"""Without them, Chromium looks for its maker's hosts, and refuses to run as root, as it does in a container."""
POLICY = "Content Security Policy"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
SERIOUS = ("serious", "critical")
"""What axe says of a finding that keeps people from using a page."""

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium: Playwright's own builds come from elsewhere."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "no Chromium: scripts/matrix-lab says how to get one"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    """Opens an address in a window of its own. What the page asks of other hosts, and what its own policy keeps it from, fails the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def opened(url: str, **settings: object) -> Page:
            context = await chromium.new_context(**settings)
            stack.push_async_callback(context.close)
            window = await context.new_page()
            window.on("console", lambda said: complaints.append(said.text) if POLICY in said.text else None)
            host = urlsplit(url).netloc
            window.on("request", lambda asked: None if urlsplit(asked.url).netloc == host else complaints.append(asked.url))
            await window.goto(url)
            return window

        yield opened
    assert complaints == []


async def keep_picture(window: Page, name: str) -> None:
    """Leaves a picture of the whole page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await window.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def is_shown(window: Page, word: str) -> bool:
    """Whether a word is on the page once it is loaded again."""
    await window.reload()
    return word in await window.content()


async def fits(window: Page) -> bool:
    """Whether nothing sticks out at the right."""
    return await window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_who_has_no_scripts_asks_and_reads_why(shown: Bot, page: str, open_page: OpenPage) -> None:
    window = await open_page(page, java_script_enabled=False, viewport=DESKTOP)
    # By the keyboard alone: into the field by its label, and Enter.
    field = window.get_by_label("Your question")
    await field.fill(ANSWERED)
    await field.press("Enter")
    await window.wait_for_url("**/?q=**")
    heading = window.get_by_role("heading", level=1)
    assert await heading.inner_text() == ANSWERED
    mark = window.locator("mark").first
    assert "Debian" in await mark.inner_text()
    why = window.get_by_text("Why this answer?")
    reasons = window.locator("details").filter(has=why).locator("> :not(summary)").first
    assert not await reasons.is_visible()
    await why.click()
    assert await reasons.is_visible()
    # The address is the question's: who is given it sees the same.
    same = await open_page(window.url, java_script_enabled=False)
    assert await same.locator("mark").first.inner_text() == await mark.inner_text()


@pytest.fixture
async def unanswered(shown: Bot, admin: Client, new_user: NewUser) -> str:
    """A word of a question that has no answer and is kept, beside one that has."""
    asker = await new_user("bob")
    room = Room(asker, await meet(admin, shown.user_id, asker, **OPEN), shown.user_id)
    question, word = unanswerable()
    for asked in (ANSWERED, question):
        await room.answer_to(await room.ask(asked))
    await is_kept(shown, word)
    return word


@pytest.fixture
async def desk(shown: Bot, admin: Client) -> Room:
    """The admin's direct room with the bot."""
    return Room(admin, await meet(admin, shown.user_id, is_direct=True), shown.user_id)


async def test_an_admin_marks_a_group_by_a_link_from_a_room(unanswered: str, desk: Room, open_page: OpenPage) -> None:
    word = unanswered
    window = await open_page(await link_in(desk), viewport=PHONE, color_scheme="dark", java_script_enabled=False)
    await window.get_by_role("button").first.click()
    await window.wait_for_url("**/insight**")
    search = window.get_by_label("Search in what was asked")
    await search.fill(word)
    await search.press("Enter")
    group = window.locator("details").filter(has_text=word)
    await group.locator("summary").click()
    await keep_picture(window, "group-phone-dark")
    await group.get_by_role("button", name="Done").click()
    await window.wait_for_load_state()
    assert await window.locator("details").filter(has_text=word).count() == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_everybody_can_use_it(page: str, unanswered: str, desk: Room, open_page: OpenPage, colours: str) -> None:
    word = unanswered
    found = {}
    for size_name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        # The page's policy lets no script in, and axe is one.
        window = await open_page(await link_in(desk), viewport=size, color_scheme=colours, bypass_csp=True)
        for name, path in (
            ("login", None),
            ("insight", "insight"),
            ("start", ""),
            ("answer", f"?q={ANSWERED}"),
            ("no answer", "?q=who sells hats?"),
            ("posts", "posts"),
            ("nothing", "nowhere"),
        ):
            if path is not None:
                await window.goto(page + path)
            if name == "insight":
                # The page shows what is kept some seconds later.
                await eventually("the question is shown", partial(is_shown, window, word))
            for summary in await window.locator("summary").all():
                await summary.click()
            results = await Axe().run(window)
            assert len(results.response["passes"]) > 5, "axe has looked at the page"
            found |= {
                f"{name}, {size_name}: {finding['id']}": [node["html"] for node in finding["nodes"]]
                for finding in results.response["violations"]
                if finding["impact"] in SERIOUS
            }
            if not await fits(window):
                found[f"{name}, {size_name}"] = ["wider than the window"]
            await keep_picture(window, f"{name}-{size_name}-{colours}".replace(" ", "-"))
            if path is None:
                await window.get_by_role("button").first.click()
    assert found == {}
