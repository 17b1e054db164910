"""A `mynah run`: its config, its process, its signals, its log."""

import asyncio
import contextlib
import json
import logging
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ask import Answer, ask
from .binary import REPOSITORY, environment, mynah
from .synapse import SERVER_NAME, Account

START_SECONDS = 30
STOP_SECONDS = 10
"""What the bot promises for its end."""

_LINE_BYTES = 1 << 20
"""The longest line of its log that is read."""

Settings = Mapping[str, Any]

_log = logging.getLogger("mynah")


@dataclass(frozen=True)
class Ended:
    """How a process that was meant to end has ended."""

    code: int
    stdout: str
    stderr: str


def overlaid(base: Settings, over: Settings) -> dict[str, Any]:
    """`base` with `over` on top, table by table; None takes a key away."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping):
            merged[key] = overlaid(merged.get(key, {}), value)
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def toml(settings: Settings, table: str = "") -> str:
    """Settings as TOML, whose strings, numbers, booleans and lists are those of JSON."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if not isinstance(value, Mapping)]
    text = "\n".join([f"[{table}]" if table else "", *lines, ""])
    for key, value in settings.items():
        if isinstance(value, Mapping):
            text += "\n" + toml(value, f"{table}.{json.dumps(key)}" if table else json.dumps(key))
    return text


class Bot:
    """One bot in one folder, which holds its config and its data."""

    def __init__(self, account: Account, homeserver: str, folder: Path, admin: str, settings: Settings) -> None:
        self.account = account
        self.user_id = account.user_id
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "mynah.toml"
        self.log_file = folder / "log"
        self.log: list[str] = []
        self._homeserver = homeserver
        self._admin = admin
        self._more_log = asyncio.Event()
        self._log_ended = False
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Writes the config: the lab's, with these settings on top."""
        lab = {
            "data_dir": str(self.data),
            "corpus": {
                "path": str(REPOSITORY / "corpus"),
                "url": "https://www.starlingx.io/blog/{slug}/",
                "names": ["StarlingX", "STX"],
                "pointers": str(REPOSITORY / "config/pointers.toml"),
            },
            "matrix": {
                "homeserver": self._homeserver,
                "user_id": self.user_id,
                "password": self.account.password,
                "admins": [self._admin],
                "invite_from": [f"@*:{SERVER_NAME}"],
                "rooms": {"*": {"introduce": False}},
            },
        }
        self.config.write_text(toml(overlaid(lab, settings)))

    def ask(self, question: str, previous: str = "") -> Answer:
        """What `mynah ask` answers with the bot's config."""
        return ask(self.config, question, previous)

    # Its process

    async def start(self, **variables: str) -> None:
        """Starts it, and waits until it listens."""
        await self.spawn(**variables)
        await self.logged("listening", START_SECONDS)

    async def run(self, *arguments: str, **variables: str) -> Ended:
        """Runs it when it is expected to end by itself."""
        process = await asyncio.create_subprocess_exec(
            *self._command(list(arguments)),
            cwd=self.folder,
            env=environment(**variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            raise AssertionError(f"mynah run {' '.join(arguments)} has not ended within {START_SECONDS} s") from None
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def stop(self) -> int:
        """Asks it to end by SIGTERM, and returns its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self, within: float = STOP_SECONDS) -> int:
        """Waits for its end, and returns its exit code, which is negative for a signal."""
        assert self._process and self._reading
        async with asyncio.timeout(within):
            code = await self._process.wait()
            await self._reading
        return code

    async def close(self) -> None:
        """Ends it, whatever it is at."""
        if self.running:
            self.kill()
            await self.ended()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process
        return self._process.pid

    def resident_mib(self) -> float:
        """The process's resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found, status
        return int(found[1]) / 1024

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        assert self._process
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def hang_up(self) -> None:
        """SIGHUP, which makes it reload."""
        self.signal(signal.SIGHUP)

    def pause(self) -> None:
        """Freezes it."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Undoes `pause`."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it without a warning."""
        self.signal(signal.SIGKILL)

    def _command(self, arguments: list[str]) -> list[str | Path]:
        return [mynah(), "run", "--config", self.config, *arguments]

    async def spawn(self, **variables: str) -> None:
        """Starts it, and waits for nothing."""
        assert not self.running, "it is running"
        self.log.clear()
        self._log_ended = False
        self._process = await asyncio.create_subprocess_exec(
            *self._command([]), cwd=self.folder, env=environment(**variables), stderr=asyncio.subprocess.PIPE, limit=_LINE_BYTES
        )
        self._reading = asyncio.create_task(self._read())

    # Its log

    async def logged(self, pattern: str, within: float = 15) -> str:
        """The first line of this run's log that the pattern is found in."""
        try:
            async with asyncio.timeout(within):
                while True:
                    more = self._more_log
                    if found := next((line for line in self.log if re.search(pattern, line)), None):
                        return found
                    assert not self._log_ended, f"it ended before it logged {pattern!r}: {self.log[-5:]}"
                    await more.wait()
        except TimeoutError:
            raise AssertionError(f"not logged within {within} s: {pattern!r}; last: {self.log[-5:]}") from None

    async def _read(self) -> None:
        assert self._process and self._process.stderr
        with self.log_file.open("a") as file:
            async for line in self._process.stderr:
                self.log.append(line.decode().rstrip())
                print(self.log[-1], file=file, flush=True)
                _log.info(self.log[-1])
                self._announce()
        self._log_ended = True
        self._announce()

    def _announce(self) -> None:
        self._more_log.set()
        self._more_log = asyncio.Event()
