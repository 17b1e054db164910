"""A git remote on this machine: a repository of posts, served by `git daemon` for as long as a test lasts."""

import asyncio
import subprocess
from pathlib import Path

from .net import eventually, free_port

_NAME = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")


class Remote:
    """A repository, and what serves it: a daemon, nobody, or one who never answers."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.port = free_port()
        self.address = f"git://127.0.0.1:{self.port}/site"
        self._daemon: asyncio.subprocess.Process | None = None
        self._silent: asyncio.Server | None = None
        self.site.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")

    def commit(self, file: str, text: str) -> str:
        """Commits a file, and returns the commit's name as the bot shortens it."""
        path = self.site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", file)
        return self._git("rev-parse", "HEAD")[:10]

    async def serve(self) -> None:
        """Serves it."""
        program = Path(self._git("--exec-path")) / "git-daemon"
        assert program.is_file(), f"no {program}: install git with its daemon"
        options = ("--reuseaddr", "--export-all", "--listen=127.0.0.1", "--timeout=30", f"--port={self.port}")
        self._daemon = await asyncio.create_subprocess_exec(program, *options, f"--base-path={self.site.parent}")

        async def listens() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                return False
            writer.close()
            return True

        await eventually("git daemon listens", listens)

    async def hang(self) -> None:
        """Takes every call and never answers."""

        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        await self.stop()
        self._silent = await asyncio.start_server(silence, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Goes away."""
        if self._daemon:
            self._daemon.kill()
            await self._daemon.wait()
            self._daemon = None
        if self._silent:
            self._silent.close()
            self._silent = None

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *_NAME, *arguments], cwd=self.site, check=True, capture_output=True, text=True)
        return done.stdout.strip()
