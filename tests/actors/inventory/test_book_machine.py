"""Goods on a shelf, and a book about them that hears of some things late: after a count the book is right, whatever came when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.inventory.book import Book, Entry, Standing
from actors.inventory.closing import apply_count
from actors.inventory.counts import CountedVariant, KeptCount

START = datetime(2026, 1, 1, tzinfo=UTC)
STORE, VARIANT, PRODUCT = UUID(int=1), UUID(int=2), UUID(int=3)
KEY = (STORE, VARIANT)
SOME = st.integers(1, 20)


def ids() -> Iterator[UUID]:
    number = 100
    while True:
        number += 1
        yield UUID(int=number)


class Shelf(RuleBasedStateMachine):
    """`real`: what is on the shelf, which nobody knows but who counts it."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes = 0
        self.real = 0
        self.lost_at = -1
        self.counted_for_good_at = -1
        self.level = Standing(STORE, VARIANT, PRODUCT, 0, 0, 0, None, None, "IDR", None, None, START)
        self.ledger: list[Entry] = []
        self.late: list[tuple[int, int]] = []
        self.counts: list[KeptCount] = []
        self.ids = ids()

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    def book(self) -> Book:
        return Book([self.level], self.now, lambda: next(self.ids))

    def enter(self, kind: Any, quantity: int, **said: Any) -> None:
        book = self.book()
        book.enter(KEY, kind, quantity, **said)
        self.ledger += book.entries

    def tick(self) -> None:
        self.minutes += 1

    @rule(quantity=SOME, cost=st.integers(0, 500))
    def receive(self, quantity: int, cost: int) -> None:
        self.tick()
        self.real += quantity
        self.enter("receipt", quantity, unit_cost=cost)

    @rule(quantity=SOME, returned=st.booleans())
    def sell(self, quantity: int, returned: bool) -> None:
        self.tick()
        self.real -= -quantity if returned else quantity
        self.enter("return" if returned else "sale", quantity if returned else -quantity)

    @rule(quantity=SOME)
    def sell_offline(self, quantity: int) -> None:
        self.tick()
        self.real -= quantity
        self.late.append((self.minutes, quantity))

    @precondition(lambda self: self.late)
    @rule(data=st.data())
    def hear_of_it(self, data: st.DataObject) -> None:
        self.tick()
        minutes, quantity = self.late.pop(data.draw(st.integers(0, len(self.late) - 1)))
        self.enter("sale", -quantity, at=START + timedelta(minutes=minutes))

    @rule(quantity=SOME)
    def lose(self, quantity: int) -> None:
        self.tick()
        self.real -= quantity
        self.lost_at = self.minutes

    @rule()
    def count(self) -> None:
        self.tick()
        line = CountedVariant(next(self.ids), VARIANT, PRODUCT, self.real, self.now)
        self.counts.append(KeptCount(line.count_id, STORE, "IDR", 2, "open", "", "", self.now, self.now, None, {VARIANT: line}))

    @precondition(lambda self: self.counts)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        """Whichever count, in whatever order."""
        self.tick()
        kept = self.counts.pop(data.draw(st.integers(0, len(self.counts) - 1)))
        line = kept.lines[VARIANT]
        counted_at = line.counted_at
        assert counted_at is not None
        book = self.book()
        moved = sum(entry.quantity for entry in self.ledger if entry.at > counted_at)
        apply_count(book, kept, {(*KEY, counted_at): moved}, "")
        self.ledger += book.entries
        self.counted_for_good_at = max(self.counted_for_good_at, int((counted_at - START).total_seconds() // 60))

    @invariant()
    def the_level_is_the_sum_of_the_ledger(self) -> None:
        assert self.level.on_hand == sum(entry.quantity for entry in self.ledger)

    @invariant()
    def the_book_is_right_since_the_last_count(self) -> None:
        """Apart from what has not been heard of yet, and from what was lost later: both came after the count."""
        unheard = sum(quantity for minutes, quantity in self.late if minutes > self.counted_for_good_at)
        if self.lost_at <= self.counted_for_good_at or self.lost_at < 0:
            assert self.level.on_hand == self.real + (unheard if self.counted_for_good_at >= 0 else sum(quantity for _, quantity in self.late))

    @invariant()
    def the_average_lies_between_what_was_paid(self) -> None:
        costs = [entry.unit_cost for entry in self.ledger if entry.kind == "receipt" and entry.unit_cost is not None]
        if self.level.average_cost is not None:
            assert min(costs) <= self.level.average_cost <= max(costs)


TestShelf = Shelf.TestCase
TestShelf.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
