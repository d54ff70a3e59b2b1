"""Waiting for a child: whatever ends it, whenever, and wherever Kasir runs."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
from pathlib import Path

import pytest

from deploy.embedded.child import Child, spawn
from tests.support import eventually

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
ENDS = (sys.executable, "-c", "raise SystemExit(3)")


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")


@pytest.fixture(params=["pidfd", "none"], autouse=True)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has pidfds, and an older one."""
    if request.param == "none":
        monkeypatch.setattr(os, "pidfd_open", _as_on_an_old_kernel)


async def test_its_exit_code_is_told_to_all_who_wait_and_to_who_comes_later() -> None:
    child = spawn("ends", ENDS)
    assert await asyncio.gather(child.wait(), child.wait()) == [3, 3]
    assert await child.wait() == 3


async def test_one_that_ended_before_anybody_waited() -> None:
    child = spawn("ends", ENDS)
    await eventually(lambda: _is_zombie(child))
    assert await child.wait() == 3


async def test_whoever_gives_up_waiting_leaves_nothing_open_and_the_signal_that_ends_it_is_told() -> None:
    child = spawn("sleeps", SLEEPS)
    before = _open_files()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), 0.01)
    assert _open_files() == before
    waiting = asyncio.create_task(child.wait())
    child.process.kill()
    assert await waiting == -signal.SIGKILL
    assert _open_files() == before


async def _is_zombie(child: Child) -> bool:
    """Without asking for its exit code."""
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _as_on_an_old_kernel(_: int) -> int:
    raise OSError(errno.ENOSYS, "Function not implemented")
