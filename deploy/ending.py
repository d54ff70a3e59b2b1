"""How a running `kasir` ends: the first Ctrl-C or SIGTERM drains, the second stops at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, TypeVar

import uvloop

from actors.runtime.workshop import WORKSHOP
from deploy.limits import raise_limit

Part = TypeVar("Part")


ECHO_SECONDS = 0.2
"""One Ctrl-C may come twice: from the terminal, and from a launcher such as `uv run`, which passes it on."""


class Ending:
    """The first signal cancels the running task, whose exits then drain in order; the second cuts those drains short."""

    def __init__(self) -> None:
        self.now = asyncio.Event()
        self._signals = 0
        self._last = float("-inf")

    def arm(self, task: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told, task)

    def _told(self, task: asyncio.Task[None]) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._last < ECHO_SECONDS:
            return
        self._last = now
        self._signals += 1
        if self._signals == 1:
            task.cancel()
        elif self._signals == 2:
            self.now.set()
        else:
            os._exit(130)  # on Linux the kernel ends the children

    async def enter(self, stack: AsyncExitStack, part: AbstractAsyncContextManager[Part]) -> Part:
        """Enters `part` now, and drains it when `stack` unwinds."""
        entered = await part.__aenter__()
        stack.push_async_callback(lambda: self.drain(part.__aexit__(None, None, None)))
        return entered

    async def drain(self, step: Awaitable[Any] | None) -> None:
        """Waits for `step`, but no longer than until the second signal."""
        if step is None:
            return
        work = asyncio.ensure_future(step)
        hurry = asyncio.ensure_future(self.now.wait())
        await asyncio.wait((work, hurry), return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not work.done():
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def run_until_told(body: Callable[[Ending], Coroutine[Any, Any, None]]) -> int:
    """Runs `body` on uvloop until it ends or a signal ends it. The exit code: 0, also after a signal."""

    async def main() -> int:
        ending = Ending()
        task = asyncio.create_task(body(ending))
        ending.arm(task)
        with suppress(asyncio.CancelledError):
            await task
        return 0

    raise_limit()
    try:
        return uvloop.run(main())
    finally:
        WORKSHOP.close()
