"""A Synapse of our own: generated config, SQLite in memory-backed storage, loopback only, no limits unless asked for."""

import base64
import hashlib
import hmac
import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from .client import Client
from .net import LOOPBACK, eventually, free_port

SERVER_NAME = "localhost"
PASSWORD = "correct horse"
_STOP_SECONDS = 20
_UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}


def _settings(port: int, folder: Path, secret: str) -> dict[str, Any]:
    """The homeserver's config. Synapse reads YAML, of which JSON is a part."""
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://{LOOPBACK}:{port}/",
        "report_stats": False,
        "listeners": [
            {"port": port, "bind_addresses": [LOOPBACK], "type": "http", "tls": False, "resources": [{"names": ["client"]}]},
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "pid_file": str(folder / "homeserver.pid"),
        "log_config": str(folder / "log.yaml"),
        "registration_shared_secret": secret,
        "macaroon_secret_key": secrets.token_hex(),
        "form_secret": secrets.token_hex(),
        "bcrypt_rounds": 4,  # the fewest: passwords here guard nothing
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "url_preview_enabled": False,
        "presence": {"enabled": False},
        "rc_message": _UNLIMITED,
        "rc_registration": _UNLIMITED,
        "rc_room_creation": _UNLIMITED,
        "rc_profile": _UNLIMITED,
        "rc_key_requests": _UNLIMITED,
        "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
        "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
        "rc_joins_per_room": _UNLIMITED,
        "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    }


_LOG_SETTINGS = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}


@dataclass(frozen=True)
class Account:
    """A registered user, with the session that came with the registration."""

    user_id: str
    password: str
    access_token: str
    device_id: str

    @property
    def localpart(self) -> str:
        """`bob` of `@bob:localhost`."""
        return self.user_id[1:].split(":")[0]


class Synapse:
    """One homeserver process and its folder, which goes when it is closed."""

    def __init__(self, http: aiohttp.ClientSession, folder: Path | None = None, port: int | None = None) -> None:
        """Writes the config. `folder` must not exist yet; without one, it is made in memory where the system can."""
        self._http = http
        memory = Path("/dev/shm")
        self.folder = folder or Path(tempfile.mkdtemp(prefix="mynah-lab-", dir=memory if memory.is_dir() else None))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._secret = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None
        self._write_config()

    def _write_config(self) -> None:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self.folder / "signing.key").write_text(f"ed25519 a_lab {key}\n")
        (self.folder / "log.yaml").write_text(json.dumps(_LOG_SETTINGS))
        (self.folder / "homeserver.yaml").write_text(json.dumps(_settings(self.port, self.folder, self._secret), indent=2))

    async def start(self) -> None:
        """Starts the process and waits until it answers."""
        with (self.folder / "homeserver.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "synapse.app.homeserver", "--config-path", self.folder / "homeserver.yaml"],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        await eventually(f"Synapse on {self.url}; its log is {self.folder}/homeserver.log", self._answers, within=60)

    async def _answers(self) -> bool:
        if self._running.poll() is not None:
            raise RuntimeError(f"Synapse ended: {(self.folder / 'homeserver.log').read_text()[-2000:]}")
        try:
            async with self._http.get(f"{self.url}/_matrix/client/versions") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process, "Synapse is not running"
        return self._process

    def stop(self) -> None:
        """Ends the process; `start` brings it back with its database."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Freezes the process: connections stay open and nothing is answered."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Undoes `pause`."""
        self._running.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends the process and removes its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def register(self, name: str, *, admin: bool = False, password: str = PASSWORD) -> Account:
        """Registers a user through the admin API, which takes the shared secret for a permission."""
        path = "/_synapse/admin/v1/register"
        anyone = Client(self._http, self.url)
        nonce = (await anyone.call("GET", path))["nonce"]
        signed = "\0".join([nonce, name, password, "admin" if admin else "notadmin"])
        body = {
            "nonce": nonce,
            "username": name,
            "password": password,
            "admin": admin,
            "mac": hmac.new(self._secret.encode(), signed.encode(), hashlib.sha1).hexdigest(),
        }
        made = await anyone.call("POST", path, body)
        return Account(made["user_id"], password, made["access_token"], made["device_id"])

    async def login(self, user_id: str, password: str = PASSWORD) -> Account:
        """Another device of a user's, with a session of its own."""
        identifier = {"type": "m.id.user", "user": user_id}
        body = {"type": "m.login.password", "identifier": identifier, "password": password}
        made = await Client(self._http, self.url).call("POST", "/_matrix/client/v3/login", body)
        return Account(user_id, password, made["access_token"], made["device_id"])

    async def limit_rate(self, admin: Client, user_id: str, per_second: int, burst: int) -> None:
        """From now on the user may send this many events a second; more get a 429. `admin` is a server administrator."""
        body = {"messages_per_second": per_second, "burst_count": burst}
        await admin.call("POST", f"/_synapse/admin/v1/users/{user_id}/override_ratelimit", body)

    async def unlimit_rate(self, admin: Client, user_id: str) -> None:
        """Undoes `limit_rate`."""
        await admin.call("DELETE", f"/_synapse/admin/v1/users/{user_id}/override_ratelimit")
