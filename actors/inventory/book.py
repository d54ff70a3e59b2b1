"""The book: the levels that a batch touches, and the movements that change them. Pure: ids and the time come in.

A level changes by a movement only, so the sum of the ledger is the level, whatever is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from actors.inventory.contract import Level, Movement, MovementKind, StockTold
from actors.inventory.rules import average_cost, crossings, seen_by_count, write_cost
from actors.inventory.sold import Head, Sold
from actors.runtime.quantities import write_milli
from actors.runtime.words import Event

COUNTED: frozenset[MovementKind] = frozenset(("sale", "return", "receipt", "adjustment", "waste"))
"""What may become known after it has happened."""
Key = tuple[UUID, UUID]
"""store id, variant id"""


class Standing(Struct, gc=False):
    """One level, as it is kept."""

    store_id: UUID
    variant_id: UUID
    product_id: UUID
    on_hand: int
    reserved: int
    in_transit: int
    reorder_point: int | None
    average_cost: int | None
    currency: str
    counted_at: datetime | None
    count_id: UUID | None
    updated_at: datetime

    @property
    def key(self) -> Key:
        return self.store_id, self.variant_id

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class Entry(Struct, gc=False, omit_defaults=True):
    """One movement, as it is kept. Most of it is empty most of the time, and then not sent to the database."""

    id: UUID
    store_id: UUID
    variant_id: UUID
    product_id: UUID
    kind: MovementKind
    quantity: int
    at: datetime
    recorded_at: datetime
    reserved: int = 0
    in_transit: int = 0
    unit_cost: int | None = None
    reference_id: UUID | None = None
    reference: str = ""
    reason: str = ""
    by: str = ""


class Book:
    def __init__(self, levels: Iterable[Standing], now: datetime, new_id: Callable[[], UUID]) -> None:
        self.levels = {level.key: level for level in levels}
        self.entries: list[Entry] = []
        self.sold = Sold()
        self._before = {key: level.on_hand for key, level in self.levels.items()}
        # By identity: the hash of two UUIDs costs more than the rest of a movement.
        self._changed: dict[int, Standing] = {}
        self._now = now
        self._new_id = new_id

    def enter(self, key: Key, kind: MovementKind, quantity: int = 0, **said: Any) -> Entry:
        """As `move`, of a level which must be there."""
        return self.move(self.levels[key], kind, quantity, **said)

    def move(
        self,
        level: Standing,
        kind: MovementKind,
        quantity: int = 0,
        *,
        reserved: int = 0,
        in_transit: int = 0,
        at: datetime | None = None,
        unit_cost: int | None = None,
        reference_id: UUID | None = None,
        reference: str = "",
        reason: str = "",
        by: str = "",
    ) -> Entry:
        """Writes a movement down, and changes its level.

        A `unit_cost` of what comes in changes the average. What the last count has seen already is set off by a further movement
        of that count: the goods were gone, or there, when somebody counted them.
        """
        # A register's clock may be ahead of ours. Nothing has happened that is still to come.
        at = self._now if at is None or at > self._now else at
        if unit_cost is not None and quantity > 0:
            level.average_cost = average_cost(level.on_hand, level.average_cost, quantity, unit_cost)
        cost = level.average_cost if unit_cost is None else unit_cost
        level.on_hand += quantity
        level.reserved += reserved
        level.in_transit += in_transit
        self.touch(level)
        entry = Entry(
            self._new_id(), level.store_id, level.variant_id, level.product_id, kind, quantity, at, self._now, reserved, in_transit, cost,
            reference_id, reference, reason, by,
        )  # fmt: skip
        self.entries.append(entry)
        if kind in COUNTED and quantity and seen_by_count(at, level.counted_at):
            self.move(level, "count", -quantity, at=at, reference_id=level.count_id, reason="Seen by the count")
        return entry

    def follow(self, head: Head, moved: Sequence[tuple[Standing, int]]) -> None:
        """As `move` of each of these levels by so much, for an order. There are many of them, and what they have in common is written once."""
        head.at = min(head.at, self._now)
        there = [one for one in moved if not seen_by_count(head.at, one[0].counted_at)]
        for level, quantity in there:
            level.on_hand += quantity
            self.touch(level)
        if there:
            self.sold.add(head, there)
        for level, quantity in moved if len(there) < len(moved) else ():
            if seen_by_count(head.at, level.counted_at):
                self.move(level, head.kind, quantity, at=head.at, reference_id=head.reference_id, reference=head.reference, by=head.by)

    def touch(self, level: Standing) -> None:
        """Something of it has changed."""
        level.updated_at = self._now
        self._changed[id(level)] = level

    @property
    def changed(self) -> list[Standing]:
        return list(self._changed.values())

    def crossings(self) -> Iterator[tuple[Event[StockTold], StockTold]]:
        """Once for each that was crossed, however many movements did it."""
        for level in self._changed.values():
            before = self._before[level.key]
            if before != level.on_hand:
                for event in crossings(before, level.on_hand, level.reorder_point):
                    yield event, StockTold(level=to_level(level), before=write_milli(before), after=write_milli(level.on_hand))


def to_level(level: Standing) -> Level:
    return Level(
        store_id=level.store_id,
        variant_id=level.variant_id,
        product_id=level.product_id,
        on_hand=write_milli(level.on_hand),
        reserved=write_milli(level.reserved),
        available=write_milli(level.available),
        in_transit=write_milli(level.in_transit),
        reorder_point=None if level.reorder_point is None else write_milli(level.reorder_point),
        average_cost=write_cost(level.average_cost),
        currency=level.currency,
        updated_at=level.updated_at,
    )


def to_movement(entry: Entry) -> Movement:
    return Movement(
        id=entry.id,
        store_id=entry.store_id,
        variant_id=entry.variant_id,
        product_id=entry.product_id,
        kind=entry.kind,
        quantity=write_milli(entry.quantity),
        reserved=write_milli(entry.reserved),
        in_transit=write_milli(entry.in_transit),
        at=entry.at,
        recorded_at=entry.recorded_at,
        unit_cost=write_cost(entry.unit_cost),
        reference_id=entry.reference_id,
        reference=entry.reference,
        reason=entry.reason,
        by=entry.by,
    )
