"""The part of an order's event that inventory reads: decoding all of it would cost more than the rest of the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.runtime.actor import Happened
from actors.runtime.quantities import read_milli


class _State(Struct, gc=False):
    status: str


class _Move(Struct, gc=False):
    at: datetime
    before: _State
    after: _State


class _Refund(Struct, gc=False):
    at: datetime


class Use(Struct, gc=False):
    """Its ids stay text: they are made and compared many times, and text is made and compared in no time."""

    variant_id: str
    product_id: str
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
    refunds: list[_Refund] = []

    @property
    def left_at(self) -> datetime:
        """When the goods left: an order that waited to be paid left them where they were until then."""
        completed = [move.at for move in self.moves if move.after.status == "completed" != move.before.status]
        return max(completed[-1], self.sold_at) if completed else self.sold_at

    @property
    def back_at(self) -> datetime:
        """When the last goods came back, which may have been told later."""
        return self.refunds[-1].at if self.refunds else self.updated_at


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


# --- what it changes


class Applied(NamedTuple):
    """What the ledger has of one order and one variant."""

    product_id: str
    sold: int = 0
    returned: int = 0


class Change(Struct, gc=False):
    """How much more of a variant an order has sold, or got back, than the ledger knows."""

    variant_id: str
    product_id: str
    sold: int
    returned: int


def changes_of(order: HeardOrder, applied: Mapping[str, Applied] | None) -> list[Change]:
    changes = []
    for use in order.stock:
        sold, returned = read_milli(use.sold), read_milli(use.returned)
        before = applied.get(use.variant_id) if applied else None
        if before is not None:
            sold, returned = sold - before.sold, returned - before.returned
        if sold or returned:
            changes.append(Change(use.variant_id, use.product_id, sold, returned))
    if applied:
        named = {use.variant_id for use in order.stock}
        for variant_id, gone in applied.items():
            if variant_id not in named and (gone.sold or gone.returned):
                changes.append(Change(variant_id, gone.product_id, -gone.sold, -gone.returned))
    return changes
