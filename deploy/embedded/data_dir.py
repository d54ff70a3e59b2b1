"""What `kasir up` keeps in its data directory besides the servers' data: the lock, the secret key, where the servers are.

    kasir.lock      held while a kasir uses the directory; its text is that kasir's pid
    secret.key      32 random bytes in urlsafe base64: encrypts webhook secrets. `.new`: not in use yet
    servers.json    where NATS and PostgreSQL are now; here `kasir run` and the tools find them
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
from msgspec import Struct

from deploy.trouble import Trouble

LOG_BYTES_MAX = 10 * 2**20
KEY, NEW_KEY = "secret.key", "secret.key.new"
KEY_BYTES = 32

Kept = TypeVar("Kept", bound=Struct)


class Servers(Struct, frozen=True):
    """Where a running `kasir up` has its servers. `alone`: it started both itself, everything is on this machine."""

    nats_url: str
    database_url: str
    alone: bool


def real(folder: Path) -> Path:
    """As the kernel names it: leftovers of a killed kasir are known by this path."""
    return folder.expanduser().resolve()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the directory for this process; the kernel lets go of it whatever ends the process."""
    path = folder / "kasir.lock"
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as error:
        raise Trouble(f"the data directory {folder} cannot be used: {error.strerror}. Use --data-dir.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = lock.read().strip() or "unknown"
            raise Trouble(
                f"the data directory {folder} is in use by another kasir (pid {pid}). Stop that one, or use --data-dir."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def keep_secret_key(folder: Path) -> str:
    """The installation's key. One that is made here counts once `settle_secret_key` says so: until then it may be refused by an older database,
    and must not take the name of the one that is missing, nor its place in tonight's backup.
    """
    if found := read_secret_key(folder):
        return found
    made = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    _write(folder / NEW_KEY, made.encode())
    return made


def settle_secret_key(folder: Path) -> None:
    """The key is in use now."""
    new = folder / NEW_KEY
    if not new.exists():
        return
    if (folder / KEY).exists():
        new.unlink()
    else:
        new.rename(folder / KEY)


def read_secret_key(folder: Path) -> str:
    """The installation's key, or "" when there is none yet."""
    return _read_key(folder / KEY) or _read_key(folder / NEW_KEY)


def _read_key(path: Path) -> str:
    try:
        key = path.read_text().strip()
        usable = len(base64.urlsafe_b64decode(key)) == KEY_BYTES
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}. Run kasir as the user who owns it.") from None
    except ValueError:
        usable = False
    if not usable:
        raise Trouble(f"{path} does not hold a key ({KEY_BYTES} bytes as urlsafe base64). Take it from a backup.")
    return key


def read_servers(folder: Path) -> Servers | None:
    return read_private(folder / "servers.json", Servers)


def write_servers(folder: Path, servers: Servers) -> None:
    write_private(folder / "servers.json", servers)


def forget_servers(folder: Path) -> None:
    (folder / "servers.json").unlink(missing_ok=True)


def read_private(path: Path, kind: type[Kept]) -> Kept | None:
    """What `write_private` wrote; None when there is nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def write_private(path: Path, what: Any) -> None:
    """JSON that only this user can read, never half-written."""
    _write(path, msgspec.json.format(msgspec.json.encode(what), indent=2))


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def open_log(path: Path) -> IO[bytes]:
    """Appends; the file before is kept as `.old` once it has grown large."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.rename(path.with_suffix(path.suffix + ".old"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def last_line(log: Path) -> str:
    """The last thing that a server's log complains about, or else its last line."""
    lines = log.read_text(errors="replace").splitlines()[-20:]
    loud = [line for line in lines if "FATAL" in line or "PANIC" in line or "[FTL]" in line]
    return (loud or lines or [""])[-1]
