"""Receipt numbers: per register, without gaps, none twice.

A member remembers the last number of each register that it sold at, and writes the next ones with the sale, in the one
statement that ends the batch: no lock, no question. If another member has sold at that register meanwhile, the unique index
on receipt numbers refuses the whole batch; then, and for a while after, numbers are taken the careful way, under a row lock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from actors.orders.store import last_receipt_numbers, save_receipt_numbers, take_receipt_numbers
from actors.runtime.settings import Settings
from actors.runtime.work import Work

CAREFUL_SECONDS = 10.0


class Numbering:
    """What one member knows of receipt numbers. One batch at a time takes some, until it is committed."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._last: dict[UUID, int] = {}
        self._careful_until = 0.0

    async def take(self, work: Work, counts: dict[UUID, int]) -> dict[UUID, int]:
        """The first of the `counts[register]` numbers that are now this batch's, for each register."""
        await work.hold(self._turn)
        work.after_rollback(self._rolled_back)
        if time.monotonic() < self._careful_until:
            self._last.clear()
            return await take_receipt_numbers(work, counts)
        # Taken out of memory until the commit: after a rollback the database is asked again.
        known = {register_id: self._last.pop(register_id) for register_id in counts if register_id in self._last}
        unknown = [register_id for register_id in counts if register_id not in known]
        if unknown:
            known |= await last_receipt_numbers(work, unknown)
        lasts = {register_id: known[register_id] + count for register_id, count in counts.items()}
        save_receipt_numbers(work, lasts)
        work.after_commit(lambda: self._keep(lasts))
        return {register_id: last + 1 for register_id, last in known.items()}

    def _keep(self, lasts: Mapping[UUID, int]) -> None:
        self._last.update(lasts)

    def _rolled_back(self, collided: bool) -> None:
        # Whatever the reason, a fail-over that went back in time, even: what we remember may no longer be so.
        self._last.clear()
        if collided:
            self._careful_until = time.monotonic() + CAREFUL_SECONDS


@asynccontextmanager
async def open_numbering(_: Settings) -> AsyncIterator[Numbering]:
    yield Numbering()
