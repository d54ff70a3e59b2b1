"""Member processes of `kasir up --scale`: started, started again when they die, stopped with their parent."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from actors.runtime.logs import get_logger
from actors.runtime.settings import PREFIX, Settings
from deploy.compose import EDGE
from deploy.embedded.child import Child, spawn
from deploy.trouble import Trouble

Told = TypeVar("Told")

BACKOFF_SECONDS_MIN, BACKOFF_SECONDS_MAX = 0.2, 5.0
STEADY_SECONDS = 30.0
"""A process that lived this long did not die of its start: the next one waits the minimum again."""
GRACE_SECONDS = 5.0
POLL_SECONDS = 0.02
READY_FD = "KASIR_READY_FD"


class Crew:
    def __init__(self, settings: Settings, scale: Mapping[str, int]) -> None:
        self._settings = settings
        self._scale = scale
        self._environ = {**os.environ, **environ_of(settings)}
        self._children: dict[asyncio.Task[None], Child] = {}
        self._parts: dict[asyncio.Task[None], str] = {}
        self._log = get_logger(part="crew")
        self._starting = True
        self._pipes: list[int] = []
        self._fell: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        parts = [part for part, count in self._scale.items() for _ in range(count)]
        for number, part in enumerate(parts, start=1):
            task = asyncio.create_task(self._keep(part, number))
            self._parts[task] = part

    async def unless_one_falls(self, start: Coroutine[Any, Any, Told]) -> Told:
        """What `start` gives; Trouble when a process ends before that."""
        task = asyncio.create_task(start)
        try:
            await asyncio.wait((task, self._fell), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        if self._fell.done():
            self._fell.result()
        return task.result()

    async def ready(self) -> None:
        """Waits until each process has said that its members take work."""
        while not all(_told(pipe) for pipe in self._pipes):  # noqa: ASYNC110 - another process tells it
            await asyncio.sleep(POLL_SECONDS)

    def started(self) -> None:
        """From now on a process that dies is started again; until now it meant that the start failed."""
        self._starting = False
        while self._pipes:
            os.close(self._pipes.pop())

    async def _keep(self, part: str, number: int) -> None:
        task = asyncio.current_task()
        assert task is not None
        backoff, clock = BACKOFF_SECONDS_MIN, asyncio.get_running_loop().time
        while True:
            began = clock()
            child = self._children[task] = self._spawn(part, number)
            code = await child.wait()
            if self._starting:
                if not self._fell.done():
                    self._fell.set_exception(Trouble(f"a process of {part} ended at its start (exit code {code}); it said why above."))
                return
            if clock() - began > STEADY_SECONDS:
                backoff = BACKOFF_SECONDS_MIN
            self._log.warning("a member process died, another starts", part_of=part, pid=child.pid, code=code, in_seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_SECONDS_MAX)

    def _spawn(self, part: str, number: int) -> Child:
        """`number`: from 1 on; the first port of metrics is that of `kasir up` itself."""
        shared = ["--share-port"] if part == EDGE else []
        ours, theirs = os.pipe()
        port = self._settings.metrics_port
        environ = {**self._environ, READY_FD: str(theirs), f"{PREFIX}METRICS_PORT": str(port + number if port else 0)}
        try:
            child = spawn(part, [sys.executable, "-m", "deploy", "run", part, *shared], environ=environ, keep=(theirs,))
        finally:
            os.close(theirs)
            if self._starting:
                self._pipes.append(ours)
            else:
                os.close(ours)
        return child

    async def stop(self, part: str | None = None) -> None:
        """Drains the processes of one part, or all: SIGTERM, and SIGKILL for one that takes too long."""
        leaving = [task for task, of in self._parts.items() if part in (None, of)]
        for task in leaving:
            task.cancel()
            del self._parts[task]
        patience = self._settings.drain_seconds + GRACE_SECONDS
        children = [child for task in leaving if (child := self._children.pop(task, None))]
        await asyncio.gather(*(_leave(child, patience) for child in children))


async def _leave(child: Child, patience_seconds: float) -> None:
    try:
        await child.end((signal.SIGTERM, patience_seconds))
    except asyncio.CancelledError:  # told to hurry
        child.process.kill()
        await child.wait()
        raise


def tell_ready() -> None:
    """A member process's word to the `kasir up` that started it, if one did."""
    if (pipe := os.environ.pop(READY_FD, None)) is not None:
        with suppress(OSError), os.fdopen(int(pipe), "wb") as up:
            up.write(b"ready")


def _told(pipe: int) -> bool:
    """Whether there is anything to read; it stays there."""
    return bool(select.select([pipe], [], [], 0)[0])


def environ_of(settings: Settings) -> dict[str, str]:
    """The variables that give exactly these settings."""
    return {PREFIX + name.upper(): str(getattr(settings, name)) for name in settings.__struct_fields__}
