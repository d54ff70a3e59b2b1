"""One round: shops sell, something breaks, they go on selling, and in the end the books must agree."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.audit import audit
from tests.faults.clerks import PAUSE_SECONDS, Books, selling
from tests.faults.harm import Fault
from tests.faults.stage import Stage
from tests.support import eventually

AGAIN_SECONDS = 20.0


@dataclass
class Row:
    """What one round has proven. Times are in seconds, from the fault on."""

    fault: str
    orders: int
    retries: int
    replayed: int
    doubles: int
    longest_without_sale: float
    longest_without_webhook: float
    slowest_sale: float


@dataclass
class Play:
    """A stage, the clerks' books from the first sale on, and what was proven."""

    stage: Stage
    books: Books = field(default_factory=Books)
    rows: list[Row] = field(default_factory=list)

    async def round(self, fault: Fault, *, clerks: int, seconds: float, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Sells for `seconds` before and after the fault, and all the while."""
        books, listener = self.books, self.stage.listener
        before = len(books.orders), books.retries, books.replayed, listener.doubles
        books.slowest_seconds = 0.0
        async with selling(self.stage, books, clerks=clerks, pause_seconds=pause_seconds):
            await asyncio.sleep(seconds)
            began = time.monotonic()
            await fault(self.stage)
            await self._goes_on()
            await asyncio.sleep(seconds)
        ended = time.monotonic()
        await audit(self.stage, books)
        after = len(books.orders), books.retries, books.replayed, listener.doubles
        gaps = gap(books.told_at, began, ended), gap(listener.arrived_at, began, ended)
        counts = (now - then for now, then in zip(after, before, strict=True))
        self.rows.append(Row(fault.__name__.replace("_", " "), *counts, *gaps, books.slowest_seconds))

    async def _goes_on(self) -> None:
        sold, heard = len(self.books.told_at), len(self.stage.listener.arrived_at)
        await eventually(lambda: len(self.books.told_at) > sold, within_seconds=AGAIN_SECONDS)
        await eventually(lambda: len(self.stage.listener.arrived_at) > heard, within_seconds=AGAIN_SECONDS)


def gap(moments: list[float], began: float, ended: float) -> float:
    """The longest time in which nothing happened, in seconds."""
    inside = [began, *(moment for moment in moments if began < moment < ended), ended]
    return max(later - earlier for earlier, later in pairwise(inside))


def table(rows: list[Row]) -> str:
    """One line for each fault: sums of the counts, the worst of the times."""
    lines = [f"{'fault':<31}{'rounds':>7}{'orders':>8}{'retries':>9}{'replayed':>10}{'doubles':>9}{'no sale':>9}{'no webhook':>12}{'slowest':>9}"]
    for fault in dict.fromkeys(row.fault for row in rows):
        of = [row for row in rows if row.fault == fault]
        counts = f"{_sum(of, 'orders'):>8}{_sum(of, 'retries'):>9}{_sum(of, 'replayed'):>10}{_sum(of, 'doubles'):>9}"
        times = f"{_worst(of, 'longest_without_sale'):>7.1f} s{_worst(of, 'longest_without_webhook'):>10.1f} s{_worst(of, 'slowest_sale'):>7.1f} s"
        lines.append(f"{fault:<31}{len(of):>7}{counts}{times}")
    return "\n".join(lines)


def _sum(rows: list[Row], column: str) -> int:
    return sum(getattr(row, column) for row in rows)


def _worst(rows: list[Row], column: str) -> float:
    return max(getattr(row, column) for row in rows)
