"""Pages of logs that several in this process follow: each is asked for, carried and decoded once, and shared."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actors.runtime.upkeep import LogPage

KEPT_SECONDS = 2.0
"""After that nobody who keeps pace needs it any more. What a log has told stays as it is, so no page is ever wrong."""
KEPT_MAX = 16
"""Of at most a megabyte each."""


class LogPages:
    """By log, and the position that they come after."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, int], asyncio.Task[LogPage | None]] = {}

    async def get(self, log: str, after: int, read: Callable[[], Awaitable[LogPage | None]]) -> LogPage | None:
        """The page, by `read` if nobody has read it yet. None when it could not be read."""
        key = log, after
        task = self._pages.get(key)
        if task is None:
            task = self._pages[key] = asyncio.create_task(self._read(key, read))
            if len(self._pages) > KEPT_MAX:
                self._pages.pop(next(iter(self._pages)))
        return await asyncio.shield(task)

    async def _read(self, key: tuple[str, int], read: Callable[[], Awaitable[LogPage | None]]) -> LogPage | None:
        page = None
        try:
            page = await read()
        finally:
            # What is at the end of a log changes with the next event.
            if page is None or not page.items:
                self._pages.pop(key, None)
            else:
                asyncio.get_running_loop().call_later(KEPT_SECONDS, self._pages.pop, key, None)
        return page
