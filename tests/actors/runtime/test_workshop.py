"""What takes long to make is made beside this process, and keeps nobody waiting longer than a request may."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.runtime.words import Refusal
from actors.runtime.workshop import TookTooLong, Workshop
from tests.support import eventually

SLOW = "kasir_slow_tool"
"""Cannot be imported before there is a file beside it."""
_WAITS = """
import pathlib, time
while not (pathlib.Path(__file__).parent / "go").exists():
    time.sleep(0.01)
"""
_A_PROCESS = """
import asyncio, os
from actors.runtime.workshop import TookTooLong, Workshop

async def main():
    print(await Workshop().make(os.getpid), flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / f"{SLOW}.py").write_text(_WAITS)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    workshop = Workshop(patience_seconds=0.05)
    yield workshop
    workshop.close()


async def test_who_comes_before_the_tools_are_there_is_asked_to_come_again(folder: Path, workshop: Workshop) -> None:
    refused = await workshop.lacks((SLOW,))
    assert isinstance(refused, Refusal)
    assert (refused.kind, refused.retry_after_seconds) == ("busy", 3)
    assert "again in a few seconds" in refused.detail
    (folder / "go").touch()

    async def there() -> bool:
        return await workshop.lacks((SLOW,)) is None

    await eventually(there)
    assert workshop.bring((SLOW,)) is workshop.bring((SLOW,))


async def test_it_is_made_elsewhere_and_what_is_raised_there_is_raised_here(workshop: Workshop) -> None:
    assert await workshop.make(pow, 2, 10) == 1024
    assert await workshop.make(os.getpid) != os.getpid()
    with pytest.raises(ZeroDivisionError):
        await workshop.make(divmod, 1, 0)


async def test_when_a_worker_is_killed_another_one_does_it(workshop: Workshop) -> None:
    worker = await workshop.make(os.getpid)
    os.kill(worker, 9)
    assert await workshop.make(os.getpid) != worker


async def test_a_worker_ends_with_whoever_began_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _A_PROCESS], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(await asyncio.to_thread(parent.stdout.readline))
    parent.kill()
    await asyncio.to_thread(parent.wait)
    await eventually(lambda: not _runs(worker))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it may end between opening and reading
        return False


async def test_what_takes_far_too_long_is_ended(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = await workshop.make(os.getpid)
    monkeypatch.setattr("actors.runtime.workshop.WORK_SECONDS_MAX", 0.05)
    with pytest.raises(TookTooLong, match="sleep was not done"):
        await workshop.make(time.sleep, 600)
    await eventually(lambda: not _runs(worker))


async def test_a_worker_that_does_not_listen_is_ended_and_who_waited_behind_it_is_served(workshop: Workshop) -> None:
    workers = {await workshop.make(os.getpid)}
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    waiting = [asyncio.create_task(workshop.make(pow, 2, number)) for number in range(8)]
    given_up = asyncio.create_task(workshop.make(pow, 2, 9))
    await asyncio.sleep(0)
    given_up.cancel()
    workshop.close()
    assert await asyncio.gather(*waiting) == [2**number for number in range(8)]
    await eventually(lambda: not any(map(_runs, workers)))


async def test_when_a_worker_dies_while_it_loads_one_is_asked_to_come_again(folder: Path, workshop: Workshop) -> None:
    workshop.bring((SLOW,))
    [worker] = workshop._workers._spawned
    lacking = asyncio.create_task(Workshop.lacks(workshop, (SLOW,)))
    worker.kill()
    refused = await lacking
    assert isinstance(refused, Refusal)
    (folder / "go").touch()

    async def there() -> bool:
        return await workshop.lacks((SLOW,)) is None

    await eventually(there)


async def test_a_tool_that_is_not_there_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop, tools = Workshop(patience_seconds=20.0), ("kasir_missing_tool",)
    with pytest.raises(ModuleNotFoundError):
        await workshop.lacks(tools)
    workshop.close()
    (tmp_path / "kasir_missing_tool.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert await workshop.lacks(tools) is None
    workshop.close()
