"""Receipt numbers: per register, without gaps, none twice. An order gets its own when it completes.

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


class _Taking:
    """What one batch takes. Its lists are filled until the commit, and then written."""

    def __init__(self, work: Work, careful: bool) -> None:
        self.work = work
        self.careful = careful
        self.lasts: dict[UUID, int] = {}
        self._registers: list[UUID] = []
        self._numbers: list[int] = []

    def take(self, lasts: Mapping[UUID, int]) -> None:
        if not self._registers:
            save_receipt_numbers(self.work, self._registers, self._numbers)
        self.lasts.update(lasts)
        self._registers[:], self._numbers[:] = list(self.lasts), list(self.lasts.values())


class Numbering:
    """What one member knows of receipt numbers. One batch at a time takes some, until it is committed."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._taking: _Taking | None = None
        self._last: dict[UUID, int] = {}
        self._careful_until = 0.0

    async def take(self, work: Work, counts: dict[UUID, int]) -> dict[UUID, int]:
        """The first of the `counts[register]` numbers that are now this batch's, for each register.

        After all rows that the batch locks: whoever waits here for his turn must hold nothing that the one before still needs.
        """
        taking = await self._begin(work)
        if taking.careful:
            return await take_receipt_numbers(work, counts)
        known = await self._known(taking, list(counts))
        taking.take({register_id: known[register_id] + count for register_id, count in counts.items()})
        return {register_id: last + 1 for register_id, last in known.items()}

    async def _begin(self, work: Work) -> _Taking:
        if self._taking is not None and self._taking.work is work:
            return self._taking
        await work.hold(self._turn)
        work.after_rollback(self._rolled_back)
        work.after_commit(self._committed)
        careful = time.monotonic() < self._careful_until
        if careful:
            self._last.clear()
        self._taking = _Taking(work, careful)
        return self._taking

    async def _known(self, taking: _Taking, register_ids: list[UUID]) -> dict[UUID, int]:
        # Taken out of memory until the commit: after a rollback the database is asked again.
        known = {register_id: self._last.pop(register_id) for register_id in register_ids if register_id in self._last}
        known |= {register_id: taking.lasts[register_id] for register_id in register_ids if register_id in taking.lasts}
        unknown = [register_id for register_id in register_ids if register_id not in known]
        return known | await last_receipt_numbers(taking.work, unknown) if unknown else known

    def _committed(self) -> None:
        if self._taking is not None:
            self._last.update(self._taking.lasts)
        self._taking = None

    def _rolled_back(self, collided: bool) -> None:
        # Whatever the reason, a fail-over that went back in time, even: what we remember may no longer be so.
        self._last.clear()
        self._taking = None
        if collided:
            self._careful_until = time.monotonic() + CAREFUL_SECONDS


@asynccontextmanager
async def open_numbering(_: Settings) -> AsyncIterator[Numbering]:
    yield Numbering()
