"""What orders take and bring back, as columns. Pure.

Most of a movement is the same for all of an order, or of a level: it is said once, and PostgreSQL puts it together. Reading movements as
JSON costs it more than inserting them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

if TYPE_CHECKING:
    from actors.inventory.book import Standing
    from actors.inventory.contract import MovementKind

NO_COST = -1


class Head(Struct, gc=False):
    """What the movements of one kind of one order have in common; `first` to `last` are their places, from 1."""

    kind: MovementKind
    at: datetime
    reference_id: UUID
    reference: str
    by: str
    first: int = 0
    last: int = 0


class Sold:
    def __init__(self) -> None:
        self.heads: list[Head] = []
        self._levels: list[Standing] = []
        self._places: dict[int, int] = {}
        """Of the levels, from 1, by identity: the hash of two UUIDs costs more than the rest of a movement."""
        self._moved: list[int] = []
        self._quantities: list[int] = []

    def add(self, head: Head, moved: Sequence[tuple[Standing, int]]) -> None:
        head.first = len(self._moved) + 1
        head.last = len(self._moved) + len(moved)
        self.heads.append(head)
        for level, quantity in moved:
            place = self._places.get(id(level))
            if place is None:
                self._levels.append(level)
                place = self._places[id(level)] = len(self._levels)
            self._moved.append(place)
            self._quantities.append(quantity)

    def columns(self, first_id: UUID) -> list[list[Any]]:
        """The arguments of `insert_sold`: ids count on from `first_id`, whose time they have."""
        heads, levels, time = self.heads, self._levels, first_id.hex[:24]
        return [
            *([getattr(head, name) for head in heads] for name in Head.__struct_fields__),
            [f"{time}{number:08x}" for number in range(len(self._moved))],
            self._moved,
            self._quantities,
            [level.store_id for level in levels],
            [level.variant_id for level in levels],
            [level.product_id for level in levels],
            [NO_COST if level.average_cost is None else level.average_cost for level in levels],
        ]
