"""Where pictures, PDFs and workbooks are made: in processes beside this one.

What draws them takes seconds to import, and a processor for a second at a time. In a thread it would hold the interpreter,
and whoever sells in this process would wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from actors.runtime.upkeep import BUSY
from actors.runtime.words import Refusal

if TYPE_CHECKING:
    from actors.runtime.member import Member

WORKERS = 2
"""A page of five hundred labels keeps no receipt waiting."""
AFTER_SECONDS = 30.0
"""After the start: by then the first sales have been made, and whoever runs one command is gone."""
PATIENCE_SECONDS = 3.0
"""Less than a request waits for its answer."""
AGAIN_SECONDS = 3
WORK_SECONDS_MAX = 30.0
"""Nothing that anybody asks for takes so long: what does has gone wrong, and is ended."""

P = ParamSpec("P")
Done = TypeVar("Done")


class TookTooLong(Exception):
    """Nothing that is made here takes so long: it hangs."""


class _Workers(SpawnContext):
    """Spawns, for a fork would take this process's connections with it; and knows whom."""

    def __init__(self) -> None:
        super().__init__()
        self._spawned: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        process = SpawnProcess(*args, **kwargs)
        self._spawned.append(process)
        return process

    def kill(self) -> None:
        for process in self._spawned:
            with contextlib.suppress(ValueError, AttributeError):
                process.kill()


class Workshop:
    """What is made there is made by a function at the top of a module, from what can be pickled. `tools`: modules that it takes,
    and that are slow to import; a worker comes with the first ones that are wanted.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._pool: ProcessPoolExecutor | None = None
        self._workers = _Workers()
        self._brought: dict[Sequence[str], Future[None]] = {}

    def bring(self, tools: Sequence[str]) -> Future[None]:
        """Begins to load them, unless that has been done."""
        known = self._brought.get(tools)
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            known = self._brought[tools] = self._submit(_load, tools)
        return known

    async def lacks(self, tools: Sequence[str]) -> Refusal | None:
        """None once they are there; a refusal when that takes longer than a request can wait, or a worker was killed meanwhile."""
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.bring(tools))), self._patience)
        except (TimeoutError, BrokenProcessPool):
            detail = "What draws this is still being loaded, for the first time since the start. Ask again in a few seconds."
            return BUSY.refuse(detail, retry_after_seconds=AGAIN_SECONDS)
        return None

    async def make(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        """Raises what `work` raises, and TookTooLong. When a worker dies, somebody has killed it: then once more, by a new one."""
        try:
            return await self._make(work, *args, **kwargs)
        except BrokenProcessPool:
            return await self._make(work, *args, **kwargs)

    async def _make(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        making, pool = asyncio.wrap_future(self._submit(work, *args, **kwargs)), self._pool
        making.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            # Whoever no longer waits for it does not take it back: a pool that ends could not tell the others of it then.
            return await asyncio.wait_for(asyncio.shield(making), WORK_SECONDS_MAX)
        except TimeoutError:
            if self._pool is pool:
                self.close()
            raise TookTooLong(f"{work.__qualname__} was not done within {WORK_SECONDS_MAX:.0f} s") from None

    def _submit(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Future[Done]:
        try:
            return self._open().submit(work, *args, **kwargs)
        except BrokenProcessPool:
            self.close()
            return self._open().submit(work, *args, **kwargs)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._workers = _Workers()
            self._pool = ProcessPoolExecutor(WORKERS, self._workers, _begin)
        return self._pool

    def close(self) -> None:
        """Whatever is being made there is not finished: who waits for it gets BrokenProcessPool."""
        pool, self._pool = self._pool, None
        self._brought.clear()
        if pool is not None:
            self._workers.kill()
            pool.shutdown(wait=False)


WORKSHOP = Workshop()
"""The one of this process: all its members share it."""


def bring_later(*tools: str) -> Callable[[Member], Awaitable[None]]:
    """For an actor that draws: before anybody has asked for anything."""

    async def bring(member: Member) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(member.stopping.wait(), AFTER_SECONDS)
            return
        WORKSHOP.bring(tools)
        await member.stopping.wait()

    return bring


# --- in the worker


def _begin() -> None:
    # Ctrl-C in a terminal goes to all of them: who has begun this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """However it ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(0)


def _load(tools: Sequence[str]) -> None:
    for name in tools:
        import_module(name)
