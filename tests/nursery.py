"""The program that `forked.py` talks to: it has loaded all that Kasir is made of, and becomes one process of it for each that is asked for.

A fresh interpreter would spend a second of its processor's time on loading, and tests start hundreds. What is forked here has run nothing
yet: it goes on exactly as `python -m deploy ...` would.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from importlib import import_module
from typing import Any

from deploy.cli import COMMANDS
from deploy.compose import PIECES

PR_SET_PDEATHSIG = 1
OUT_OF_THE_WAY = 300
FDS_MAX = 16


def load() -> None:
    for name in (*PIECES, *(module for module, _ in COMMANDS.values())):
        import_module(name)
    gc.collect()
    gc.freeze()  # so that looking for garbage copies none of it in each of them


def tend(asking: socket.socket) -> dict[str, Any] | None:
    """In a new process: what it is to become. Here: None, once nobody can ask any more."""
    told_of = dict[int, int]()
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    prctl, ours = ctypes.CDLL(None).prctl, os.getpid()
    while True:
        ready, _, _ = select.select([asking, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _bury(told_of)
        if asking in ready:
            message, fds, _, _ = socket.recv_fds(asking, 1024 * 1024, FDS_MAX)
            if not message:
                return None
            if not (pid := os.fork()):
                # Else it would be closed when it is forgotten, under a number that is another's by then.
                asking.detach()
                prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
                if os.getppid() != ours:
                    os._exit(1)
                return _become(json.loads(message), fds)
            told_of[pid] = fds.pop(0)
            for fd in fds:
                os.close(fd)
            asking.send(str(pid).encode())


def _bury(told_of: dict[int, int]) -> None:
    """Whoever asked for them is told their exit codes."""
    while told_of:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        told = told_of.pop(pid)
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(told)


def _become(asked: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    """`fds`: one that is not for it, and then those that it is to have under the numbers that `asked` names."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, OUT_OF_THE_WAY) for fd in fds[1:]]
    os.closerange(3, OUT_OF_THE_WAY)
    for fd, number in zip(theirs, asked["numbers"], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["cwd"])
    sys.argv[1:] = asked["args"]
    return asked


if __name__ == "__main__":
    load()
    if asked := tend(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
