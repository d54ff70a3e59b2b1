"""Receipt numbers that a register has printed offline, and those that come between and after them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from typing import NamedTuple
from uuid import UUID

from actors.orders.contract import Flag
from actors.orders.tills import Till

LEAP_MAX = 1_000_000
"""A printed number further on than this is not counted from the last one, but made of a date, or by a mistake."""
_DIGITS_MAX = 15


class Wanted(NamedTuple):
    """What one register needs for a batch: one number a sale, among them these, which are printed already."""

    sales: int
    printed: frozenset[int]


class Given(NamedTuple):
    number: int
    flag: Flag | None = None


def receipt_of(till: Till, number: int) -> str:
    return f"{till.code}-{number:06}"


def printed_number(till: Till, receipt: str) -> int | None:
    """The number in a receipt that is written as this register's are; None of any other."""
    digits = receipt.removeprefix(f"{till.code}-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX):
        return None
    number = int(digits)
    return number if number and receipt == receipt_of(till, number) else None


def wanted_by(sales: Iterable[tuple[Till, int | None]]) -> dict[UUID, Wanted]:
    """By register, for sales with the number that is printed on each."""
    counts: dict[UUID, int] = {}
    printed: dict[UUID, set[int]] = {}
    for till, number in sales:
        counts[till.register_id] = counts.get(till.register_id, 0) + 1
        if number is not None:
            printed.setdefault(till.register_id, set()).add(number)
    return {register_id: Wanted(count, frozenset(printed.get(register_id, ()))) for register_id, count in counts.items()}


class Numbers:
    """A register's numbers for one batch. `last`: the highest of the register, when all that is wanted has been given."""

    def __init__(self, known: int, wanted: Wanted, gone: Collection[int]) -> None:
        """`known`: the last number until now. `gone`: which of the printed ones have an order already."""
        self._known = known
        self._printed: Set[int] = {number for number in wanted.printed if number not in gone and number <= known + LEAP_MAX}
        self._free = set(self._printed)
        self._next = max((known, *self._printed)) + 1
        self.last = self._next - 1 + wanted.sales - len(self._printed)

    def give(self, printed: int | None = None) -> Given:
        """The printed number itself, while it is free; or the next one. Flagged where a person should know."""
        if printed in self._free and printed is not None:
            self._free.discard(printed)
            before = printed - 1
            return Given(printed, "receipt_gap" if before > self._known and before not in self._printed else None)
        self._next += 1
        if printed is None:
            return Given(self._next - 1)
        return Given(self._next - 1, "receipt_gap" if printed > self._known + LEAP_MAX else "receipt_repeated")
