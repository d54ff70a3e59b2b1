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
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from actors.runtime.upkeep import BUSY
from actors.runtime.words import Refusal

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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


class Workshop:
    """What is made there is made by a function at the top of a module, from what can be pickled. `tools`: modules that it takes,
    and that are slow to import; a worker comes with the first ones that are wanted.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._pool: ProcessPoolExecutor | None = None
        self._door: tuple[Connection, Connection] | None = None
        """A pipe through which nothing is ever sent. Its end is the end of the workers: when it is closed here, and when this process is gone."""
        self._brought: dict[Sequence[str], Future[None]] = {}

    def bring(self, tools: Sequence[str]) -> Future[None]:
        """Begins to load them, unless that has been done."""
        known = self._brought.get(tools)
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            known = self._brought[tools] = self._submit(_load, tools)
        return known

    async def lacks(self, tools: Sequence[str]) -> Refusal | None:
        """None once they are there; a refusal when that takes longer than a request can wait. What is begun goes on."""
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.bring(tools))), self._patience)
        except (TimeoutError, asyncio.TimeoutError):
            detail = "What draws this is still being loaded, for the first time since the start. Ask again in a few seconds."
            return BUSY.refuse(detail, retry_after_seconds=AGAIN_SECONDS)
        return None

    async def make(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        """Raises what `work` raises. When a worker dies, somebody has killed it: then once more, by a new one."""
        try:
            return await self._make(work, *args, **kwargs)
        except BrokenProcessPool:
            return await self._make(work, *args, **kwargs)

    async def _make(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        making = asyncio.wrap_future(self._submit(work, *args, **kwargs))
        try:
            return await asyncio.wait_for(making, WORK_SECONDS_MAX)
        except (TimeoutError, asyncio.TimeoutError):
            self.close()
            raise

    def _submit(self, work: Callable[P, Done], *args: P.args, **kwargs: P.kwargs) -> Future[Done]:
        try:
            return self._open().submit(work, *args, **kwargs)
        except BrokenProcessPool:
            self.close()
            return self._open().submit(work, *args, **kwargs)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork would take this process's connections with it.
            context = multiprocessing.get_context("spawn")
            self._door = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(WORKERS, context, _begin, self._door[:1])
        return self._pool

    def close(self) -> None:
        """Whatever is being made there is not finished."""
        pool, door, self._pool, self._door = self._pool, self._door, None, None
        self._brought.clear()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        for end in door or ():
            end.close()


WORKSHOP = Workshop()
"""The one of this process: all its members share it."""


def bring_later(*tools: str) -> Callable[[Member], Awaitable[None]]:
    """For an actor that draws: before anybody has asked for anything."""

    async def bring(member: Member) -> None:
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(member.stopping.wait(), AFTER_SECONDS)
            return
        WORKSHOP.bring(tools)
        await member.stopping.wait()

    return bring


# --- in the worker


def _begin(door: Connection) -> None:
    # Ctrl-C in a terminal goes to all of them: who has begun this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(door,), daemon=True).start()


def _end_with(door: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        door.recv_bytes()
    os._exit(0)


def _load(tools: Sequence[str]) -> None:
    for name in tools:
        import_module(name)
