"""Processes like `python -m deploy ...`, without the second that a fresh interpreter takes to load everything: see `nursery.py`.

They are as real as others: a process and a session each, with signals, exit codes, `kill -9`. That a fresh interpreter does as well is for the
tests of `kasir up`, of the README and of secrets. Linux's; elsewhere they are fresh interpreters.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]


class Forked:
    """As much of `subprocess.Popen` as tests use."""

    def __init__(self, args: Sequence[str], pid: int, told: int, stdout: IO[str] | None) -> None:
        self.args, self.pid, self.stdout = args, pid, stdout
        self.returncode: int | None = None
        self._told = told

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; negative = the signal that ended it. TimeoutExpired after so many seconds."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            self.returncode = int(os.read(self._told, 16))
            os.close(self._told)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(module: str, args: Sequence[str], environ: Mapping[str, str], *, stdout: Any, stderr: Any = None, keep: Sequence[int] = ()) -> Any:
    """A `Forked`. `stdout`: a file, or PIPE for text; `stderr`: a file, unless it is ours. `keep`: file descriptors that it has, too."""
    if not sys.platform.startswith("linux"):
        return subprocess.Popen(
            [sys.executable, "-m", module, *args], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, text=True, cwd=ROOT, env=environ,
            start_new_session=True, pass_fds=keep,
        )  # fmt: skip
    reading, writing = os.pipe() if stdout == subprocess.PIPE else (None, os.dup(stdout.fileno()))
    try:
        fds = {1: writing, **({2: stderr.fileno()} if stderr else {}), **{fd: fd for fd in keep}}
        pid, told = _nursery().fork({"module": module, "args": args, "environ": dict(environ), "cwd": str(ROOT)}, fds)
    finally:
        os.close(writing)
    return Forked(args, pid, told, None if reading is None else os.fdopen(reading, encoding="utf-8"))


class Nursery:
    def __init__(self) -> None:
        self._asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())], stdin=subprocess.DEVNULL, cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True, pass_fds=[theirs.fileno()],
            )  # fmt: skip

    def fork(self, asked: dict[str, Any], fds: Mapping[int, int]) -> tuple[int, int]:
        """The new process's pid, and where its exit code will be told. `fds`: its numbers, and ours."""
        told, tell = os.pipe()
        message = json.dumps({**asked, "numbers": list(fds)}).encode()
        try:
            with self._one_at_a_time:
                socket.send_fds(self._asking, [message], [tell, *fds.values()])
                return int(self._asking.recv(16)), told
        finally:
            os.close(tell)

    def close(self) -> None:
        """It ends, and with it whoever it has forked, when nobody has this end any more: also when we are killed."""
        self._asking.close()
        self._process.wait()


@cache
def _nursery() -> Nursery:
    """Of this process."""
    nursery = Nursery()
    atexit.register(nursery.close)
    return nursery
