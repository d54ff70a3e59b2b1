"""An actor's log, read by others: page by page by those who follow it, and row by row by those who keep only positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.log_fresh import items_of
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

BYTES_MAX = 1_000_000
"""Bodies in one answer: enough for hundreds of sales, and little to hold in memory."""


class LogReader:
    """The two commands that every actor with a log answers about it."""

    def __init__(self, member: Member) -> None:
        self._sql = member.sql
        self._fresh = member.fresh

    async def page(self, asked: Sequence[Asked[upkeep.ReadLog]], work: Work) -> list[upkeep.LogPage]:
        return [await self._page(one.body, work) for one in asked]

    async def _page(self, wish: upkeep.ReadLog, work: Work) -> upkeep.LogPage:
        if fresh := self._fresh.after(wish.after, wish.limit, _bytes_max(work)):
            [row] = await work.read(self._sql["log_position"])
            head, last = row["position"], fresh[-1].position
            whole = last < self._fresh.last or head - last <= len(fresh)
            # A database that was set back has less than we know; and where others commit too, it has much more.
            if whole and last <= head:
                return upkeep.LogPage(items=fresh, head=head, more=last < head)
        rows = await work.read(self._sql["log_page"], wish.after, wish.limit, _bytes_max(work))
        head = rows[-1]["head"]
        found = items_of(row for row in rows if row["position"] is not None)
        self._fresh.join(found)
        return upkeep.LogPage(items=found, head=head, more=bool(found) and found[-1].position < head)

    async def at(self, asked: Sequence[Asked[upkeep.ReadLogAt]], work: Work) -> list[upkeep.LogItems]:
        return [upkeep.LogItems(items=items_of(await work.read(self._sql["log_at"], one.body.positions, _bytes_max(work)))) for one in asked]


def _bytes_max(work: Work) -> int:
    return min(BYTES_MAX, work.page_bytes_max)
