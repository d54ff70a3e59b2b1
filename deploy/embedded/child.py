"""A child process that never outlives its parent, whatever ends the parent."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Whom a child runs as, when that is not the user who runs `kasir`."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    async def wait(self) -> int:
        """The exit code; negative = the signal that ended it. SIGCHLD belongs to the event loop: the kernel tells by a pidfd, or is asked."""
        if self.running and (pidfd := _pidfd_of(self.pid)) is not None:
            await _ended(pidfd)
        while self.running:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        return self.process.wait()

    async def end(self, *steps: tuple[signal.Signals, float]) -> None:
        """Sends each signal in turn and gives it its seconds to work; SIGKILL is the last."""
        for number, seconds in steps:
            if not self.running:
                return
            self.process.send_signal(number)
            try:
                await asyncio.wait_for(self.wait(), seconds)
                return
            except TimeoutError:
                continue
        self.process.kill()
        await self.wait()


def _pidfd_of(pid: int) -> int | None:
    """None where there are none: elsewhere than on Linux, with a kernel before 5.3, in a sandbox that forbids them."""
    with contextlib.suppress(AttributeError, OSError):
        return os.pidfd_open(pid)
    return None


async def _ended(pidfd: int) -> None:
    """Waits until the kernel says so, and closes `pidfd`."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


def spawn(
    name: str,
    argv: Sequence[str | Path],
    *,
    user: SystemUser | None = None,
    environ: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    orphaned: signal.Signals = signal.SIGTERM,
    keep: Sequence[int] = (),
) -> Child:
    """Starts a child in a session of its own, so that Ctrl-C in the terminal reaches only its parent.

    On Linux the kernel sends it `orphaned` when this process ends, even by SIGKILL. The kernel watches the *thread*
    that starts the child: call this from the main thread. `keep`: file descriptors that it inherits.
    """
    process = subprocess.Popen(
        [str(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=environ,
        cwd="/" if user else None,
        start_new_session=True,
        preexec_fn=_tie_to_parent(orphaned),
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        pass_fds=keep,
    )
    return Child(name, process)


def _tie_to_parent(orphaned: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphaned))
        if os.getppid() != parent:  # it ended between the fork and this line
            os._exit(1)

    return tie


async def run(name: str, argv: Sequence[str | Path], *, user: SystemUser | None = None) -> tuple[int, str]:
    """Runs a short program to its end: exit code and everything that it printed."""
    with tempfile.TemporaryFile() as output:
        child = spawn(name, argv, user=user, output=output, orphaned=signal.SIGKILL)
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await child.end()
            raise
        output.seek(0)
        return code, output.read().decode(errors="replace").strip()


def command_of(pid: int) -> str:
    """The command line of any running process, or "" when there is none by that pid."""
    if sys.platform.startswith("linux"):
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    ps = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return ps.stdout.strip()


async def end_leftover(pid: int, mark: str, number: signal.Signals, seconds: float) -> bool:
    """Stops a process that a killed `kasir` left behind. True if it is gone.

    Pids are used again, so it is touched only while `mark` (a path of ours) stands in its command line.
    """
    loop = asyncio.get_running_loop()
    deadline, told = loop.time() + seconds, False
    while mark in command_of(pid):
        if not told:
            os.kill(pid, number)
            told = True
        if loop.time() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def end_all_in(folder: Path, program: str, number: signal.Signals, seconds: float) -> None:
    """Ends every process of `program` that works in `folder`, and waits for that; SIGKILL after `seconds`. Linux only."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    told: set[int] = set()
    while found := _pids_in(folder, program):
        late = loop.time() > deadline
        for pid in found if late else found - told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else number)
        told |= found
        await asyncio.sleep(POLL_SECONDS)


def _pids_in(folder: Path, program: str) -> set[int]:
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == str(folder) and link.with_name("comm").read_text().strip() == program:
                found.add(int(link.parent.name))
    return found
