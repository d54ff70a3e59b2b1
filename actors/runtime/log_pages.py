"""Pages of logs that several in this process follow: what one has been told, none of the others asks for.

They do not go at the same pace: a page begins wherever its reader is, with what others have been told of the log from there on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from actors.runtime.log_fresh import FreshLog
from actors.runtime.upkeep import LogItem, LogPage

KEPT_SECONDS = 2.0
"""After that nobody who keeps pace needs it any more. What a log has told stays as it is, so no page is ever wrong."""
KEPT_MAX = 256
KEPT_BYTES_MAX = 16 * 2**20
TAKEN_BYTES_MAX = 4 * 2**20
"""Of what is kept, as one page."""

Read = Callable[[], Awaitable[LogPage | None]]


class LogPages:
    """By log, and the position that they come after."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], LogPage] = {}
        self._bytes = 0
        self._ends: dict[str, int] = {}
        """How far each log has been told of here."""
        self._asked: dict[tuple[str, int], asyncio.Task[LogPage | None]] = {}
        self._own: dict[str, FreshLog] = {}

    def own(self, log: str, fresh: FreshLog) -> None:
        """A member that writes this log is in this process: what it remembers need not even be asked for."""
        self._own[log] = fresh

    async def get(self, log: str, after: int, limit: int, read: Read) -> LogPage | None:
        """The page, by `read` if nobody has read of it yet. None when it could not be read."""
        if (known := self._from_own(log, after, limit) or self._from(log, after, limit)) is not None:
            return known
        key = log, after
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(key, read))
        return await asyncio.shield(task)

    def hear(self, log: str, after: int, items: list[LogItem]) -> None:
        """What a hint has brought. Several who follow the log tell of the same one."""
        if items and items[0].position == after + 1 and log not in self._own and (log, after) not in self._kept:
            self._keep((log, after), LogPage(items=items, head=items[-1].position, more=False))

    async def _ask(self, key: tuple[str, int], read: Read) -> LogPage | None:
        try:
            page = await read()
        finally:
            del self._asked[key]
        # What is at the end of a log changes with the next event.
        if page is not None and page.items:
            self._keep(key, page)
        return page

    def _from_own(self, log: str, after: int, limit: int) -> LogPage | None:
        if (fresh := self._own.get(log)) is None or not (items := fresh.after(after, limit, TAKEN_BYTES_MAX)):
            return None
        return LogPage(items=items, head=fresh.last, more=items[-1].position < fresh.last)

    def _from(self, log: str, after: int, limit: int) -> LogPage | None:
        items: list[LogItem] = []
        size, head = 0, after
        while len(items) < limit and size < TAKEN_BYTES_MAX and (page := self._kept.get((log, after)) or self._around(log, after)) is not None:
            some = page.items[after + 1 - page.items[0].position :][: limit - len(items)]
            items += some
            size += _size(some)
            head, after = max(head, page.head), some[-1].position
        return LogPage(items=items, head=head, more=head > after) if items else None

    def _around(self, log: str, after: int) -> LogPage | None:
        """One that begins before the next event, and has it."""
        if after >= self._ends.get(log, 0):
            return None
        for (of, _), page in self._kept.items():
            if of == log and page.items[0].position <= after + 1 <= page.items[-1].position:
                return page
        return None

    def _keep(self, key: tuple[str, int], page: LogPage) -> None:
        self._drop(key)
        self._kept[key] = page
        self._bytes += _size(page.items)
        self._ends[key[0]] = max(self._ends.get(key[0], 0), page.items[-1].position)
        while len(self._kept) > KEPT_MAX or (self._bytes > KEPT_BYTES_MAX and len(self._kept) > 1):
            self._drop(next(iter(self._kept)))
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop, key, page)

    def _drop(self, key: tuple[str, int], page: LogPage | None = None) -> None:
        """That page, if it is the one that is meant."""
        kept = self._kept.get(key)
        if kept is not None and page in (None, kept):
            del self._kept[key]
            self._bytes -= _size(kept.items)


def _size(items: list[LogItem]) -> int:
    return sum(len(memoryview(item.body)) for item in items)
