"""Receipt numbers: per register, without gaps, none twice. An order gets its own when it completes; or keeps the one that its register
has printed offline, and those that are given here go on after that.

A member remembers the last number of each register that it sold at, and writes the next ones with the sale, in the one
statement that ends the batch: no lock, no question. If another member has sold at that register meanwhile, that statement is
refused, and the whole batch; then, and for a while after, numbers are taken the careful way, under a row lock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from uuid import UUID

from actors.orders.printed import Numbers, Wanted
from actors.orders.store import given_receipt_numbers, last_receipt_numbers, save_receipt_numbers, take_receipt_numbers
from actors.runtime.work import Work

CAREFUL_SECONDS = 10.0


class _Taking:
    """What one batch takes. Its lists are filled until the commit, and then written."""

    def __init__(self, work: Work, careful: bool) -> None:
        self.work = work
        self.careful = careful
        self.lasts: dict[UUID, int] = {}
        self._known: dict[UUID, int] = {}
        self._lists: tuple[list[UUID], list[int], list[int]] = [], [], []

    def take(self, known: Mapping[UUID, int], lasts: Mapping[UUID, int]) -> None:
        registers, before, after = self._lists
        if not registers:
            save_receipt_numbers(self.work, registers, before, after)
        self._known = {**known, **self._known}
        self.lasts.update(lasts)
        registers[:], before[:], after[:] = list(self.lasts), [self._known[one] for one in self.lasts], list(self.lasts.values())


class Numbering:
    """What one member knows of receipt numbers. One batch at a time takes some, until it is committed."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._taking: _Taking | None = None
        self._last: dict[UUID, int] = {}
        self._careful_until = 0.0

    async def take(self, work: Work, wanted: Mapping[UUID, Wanted]) -> dict[UUID, Numbers]:
        """The numbers that are now this batch's, for each register.

        After all rows that the batch locks: whoever waits here for his turn must hold nothing that the one before still needs.
        """
        taking = await self._begin(work)
        if taking.careful:
            return await _take_locked(work, wanted)
        known = await self._known(taking, list(wanted))
        numbers = await _numbers(work, wanted, known)
        taking.take(known, {register_id: one.last for register_id, one in numbers.items()})
        return numbers

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


async def _take_locked(work: Work, wanted: Mapping[UUID, Wanted]) -> dict[UUID, Numbers]:
    firsts = await take_receipt_numbers(work, {register_id: one.sales for register_id, one in wanted.items()})
    numbers = await _numbers(work, wanted, {register_id: first - 1 for register_id, first in firsts.items()})
    # What is printed may be further on, or fill a gap.
    further = {register_id: one.last - (firsts[register_id] - 1) - wanted[register_id].sales for register_id, one in numbers.items()}
    if any(further.values()):
        await take_receipt_numbers(work, {register_id: more for register_id, more in further.items() if more})
    return numbers


async def _numbers(work: Work, wanted: Mapping[UUID, Wanted], known: Mapping[UUID, int]) -> dict[UUID, Numbers]:
    """`known`: the last number of each. Those that are printed, and free, are given first."""
    printed = [(register_id, number) for register_id, one in wanted.items() for number in one.printed]
    gone = await given_receipt_numbers(work, printed) if printed else set()
    return {
        register_id: Numbers(known[register_id], one, {number for of, number in gone if of == register_id})
        for register_id, one in wanted.items()
    }
