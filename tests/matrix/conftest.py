"""What tests are given: one homeserver for all, a bot for each file, fresh rooms and askers for each test."""

import itertools
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from lab.binary import REPOSITORY
from lab.bot import Bot, Settings
from lab.client import Client
from lab.crowd import Crowd
from lab.encrypted import EncryptedClient
from lab.net import LOOPBACK, free_port
from lab.proxy import Proxy
from lab.room import Room, meet
from lab.synapse import Account, Synapse

NewUser = Callable[[str], Awaitable[Client]]
NewBot = Callable[..., Awaitable[Bot]]
NewCrowd = Callable[..., Awaitable[Crowd]]

_numbers = itertools.count(1)


def next_number() -> int:
    """Makes a name nobody else's."""
    return next(_numbers)


def pytest_configure() -> None:
    """Lets SIGTERM end the tests as ctrl-c does: with everything stopped that they have started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


LONGEST = ("test_faults.py", "test_faults_network.py", "test_chromium.py", "test_exactly_once.py", "test_encryption.py")
"""Files whose tests take minutes: begun first, none of them is waited for at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest first; within a file the order stays."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what tests have measured."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else []:
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """The connections of everybody but the bot."""
    connections = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connections, timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield session


@pytest.fixture(scope="session")
async def synapse(http: aiohttp.ClientSession) -> AsyncIterator[Synapse]:
    """The homeserver."""
    homeserver = Synapse(http)
    try:
        await homeserver.start()
        yield homeserver
    finally:
        homeserver.close()


async def _session(http: aiohttp.ClientSession, synapse: Synapse, account: Account) -> Client:
    client = Client(http, synapse.url, account.user_id, account.access_token, account.device_id)
    await client.start()
    return client


@pytest.fixture(scope="session")
async def admin(http: aiohttp.ClientSession, synapse: Synapse) -> AsyncIterator[Client]:
    """Alice: an administrator of the homeserver, of the bots and of the rooms that they meet in."""
    client = await _session(http, synapse, await synapse.register("alice", admin=True))
    yield client
    await client.stop()


@pytest.fixture
async def new_user(http: aiohttp.ClientSession, synapse: Synapse) -> AsyncIterator[NewUser]:
    """Registers a user, and lets them follow their rooms for the length of the test."""
    clients = []

    async def new(name: str) -> Client:
        client = await _session(http, synapse, await synapse.register(f"{name}{next_number()}"))
        clients.append(client)
        return client

    yield new
    for client in clients:
        await client.stop()


@pytest.fixture
async def asker(new_user: NewUser) -> Client:
    """Bob, who is new here."""
    return await new_user("bob")


@pytest.fixture
async def newcomer(synapse: Synapse, tmp_path: Path) -> AsyncIterator[EncryptedClient]:
    """Carol, whose client encrypts."""
    account = await synapse.register(f"carol{next_number()}")
    client = EncryptedClient(synapse.url, account, tmp_path / "keys")
    await client.start()
    yield client
    await client.stop()


@pytest.fixture(scope="module")
async def proxy(synapse: Synapse) -> AsyncIterator[Proxy]:
    """What can stand between the bot, or an asker, and the homeserver, and fail on request."""
    between = Proxy(synapse.url)
    await between.start()
    yield between
    await between.close()


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """A folder of posts that may be changed."""
    return Path(shutil.copytree(REPOSITORY / "corpus", tmp_path / "posts"))


@pytest.fixture(scope="module")
async def new_bot(synapse: Synapse, admin: Client, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewBot]:
    """Makes a bot with an account of its own, which is not started yet and ends with the test file."""
    bots = []

    async def new(settings: Settings | None = None, homeserver: str = synapse.url) -> Bot:
        account = await synapse.register(f"mynah{next_number()}")
        made = Bot(account, homeserver, tmp_path_factory.mktemp(account.localpart), admin.user_id, settings or {})
        bots.append(made)
        return made

    yield new
    for made in bots:
        await made.close()


@pytest.fixture(scope="module")
async def bot(new_bot: NewBot, request: pytest.FixtureRequest) -> Bot:
    """The bot of the test file, with the `SETTINGS` that the file has for it."""
    made = await new_bot(getattr(request.module, "SETTINGS", {}))
    await made.start()
    return made


@pytest.fixture
async def room(admin: Client, asker: Client, bot: Bot) -> Room:
    """A fresh room of three: its maker Alice, the asker, and the bot."""
    return Room(asker, await meet(admin, bot.user_id, asker), bot.user_id)


@pytest.fixture
async def direct(asker: Client, bot: Bot) -> Room:
    """A fresh room of two: the asker, and the bot."""
    return Room(asker, await meet(asker, bot.user_id, is_direct=True), bot.user_id)


@pytest.fixture
def new_crowd(admin: Client, asker: Client, newcomer: EncryptedClient, bot: Bot) -> NewCrowd:
    """Fills four fresh rooms with askers; the bot must be running."""
    return partial(Crowd.meet, bot, admin, asker, newcomer)


@pytest.fixture
async def crowd(new_crowd: NewCrowd) -> Crowd:
    """Askers in four fresh rooms."""
    return await new_crowd()


@pytest.fixture
async def page() -> str:
    """Where the page is to be found."""
    return f"http://{LOOPBACK}:{free_port()}/"


@pytest.fixture
async def shown(new_bot: NewBot, page: str) -> AsyncIterator[Bot]:
    """A bot with the page beside it."""
    made = await new_bot({"web": {"listen": page.removeprefix("http://").rstrip("/"), "address": page}})
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def dice() -> random.Random:
    """Chance, which `MYNAH_SEED` repeats."""
    seed = int(os.environ.get("MYNAH_SEED", random.randrange(sys.maxsize)))
    print(f"MYNAH_SEED={seed}")
    return random.Random(seed)
