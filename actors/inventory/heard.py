"""The part of an order's event that inventory reads: decoding all of it would cost more than the rest of the work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.runtime.actor import Happened


class _State(Struct, gc=False):
    status: str


class _Move(Struct, gc=False):
    at: datetime
    before: _State
    after: _State


class Use(Struct, gc=False):
    variant_id: UUID
    product_id: UUID
    sold: str
    returned: str = "0"


class Keeps(Struct, gc=False):
    variant_id: UUID
    product_id: UUID
    quantity: str


class _Money(Struct, gc=False):
    currency: str


class _Totals(Struct, gc=False):
    due: _Money


class HeardOrder(Struct, gc=False):
    id: UUID
    version: int
    store_id: UUID
    status: str
    receipt: str
    sold_at: datetime
    updated_at: datetime
    totals: _Totals
    stock: list[Use] = []
    reserved: list[Keeps] = []
    moves: list[_Move] = []

    @property
    def left_at(self) -> datetime:
        """When the goods left: an order that waited to be paid left them where they were until then."""
        completed = [move.at for move in self.moves if move.after.status == "completed" != move.before.status]
        return max(completed[-1], self.sold_at) if completed else self.sold_at


class Told(Struct, gc=False):
    by: str = ""
    # Events from before there was an inventory carry the order itself. They took nothing from it.
    order: HeardOrder | None = None


class _Body(Struct, gc=False):
    data: Told


_decode = msgspec.json.Decoder(_Body).decode


def newest(happened: Sequence[Happened[Any]]) -> dict[UUID, Told]:
    """The last version of each order: its `stock` holds what the others before it said."""
    told: dict[UUID, Told] = {}
    for one in happened:
        data = _decode(one.body).data
        if data.order is not None:
            before = told.get(data.order.id)
            if before is None or before.order is None or before.order.version < data.order.version:
                told[data.order.id] = data
    return told
