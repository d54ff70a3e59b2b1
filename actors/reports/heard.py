"""The part of an order's event that figures are made of: decoding all of it would cost more than the rest of the work. Pure."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from msgspec import Struct

_COMPLETES = b'"after":{"status":"completed"'
_WAS_COMPLETED = b'"before":{"status":"completed"'
_HAS_REFUNDS = b'"refunds":[{'


class Amount(Struct, gc=False):
    amount: int


class HeardTax(Struct, gc=False):
    code: str
    name: str
    rate: str
    included: bool
    amount: Amount
    base: str = "1"
    taxable: Amount | None = None


class HeardDiscount(Struct, gc=False):
    kind: str
    name: str
    amount: Amount
    promotion_id: str | None = None
    code: str | None = None


class HeardLine(Struct, gc=False):
    number: int
    variant_id: str
    sku: str
    name: str
    quantity: str
    gross: Amount
    discount: Amount
    service: Amount
    net: Amount
    tax: Amount
    total: Amount
    taxes: list[HeardTax]
    category: str | None = None
    discounts: list[HeardDiscount] = []


class HeardTender(Struct, gc=False):
    type: str
    amount: Amount
    tip: Amount | None = None


class Due(Struct, gc=False):
    currency: str


class HeardTotals(Struct, gc=False):
    gross: Amount
    discount: Amount
    service: Amount
    net: Amount
    tax: Amount
    total: Amount
    adjustment: Amount
    change: Amount
    due: Due


class RefundedLine(Struct, gc=False):
    line: int
    quantity: str
    net: Amount
    tax: Amount
    total: Amount
    taxes: list[HeardTax]


class HeardRefund(Struct, gc=False):
    number: int
    kind: str
    at: datetime
    by: str
    reason: str
    lines: list[RefundedLine]
    adjustment: Amount
    amount: Amount
    tenders: list[HeardTender]
    register_id: str | None = None
    business_date: date | None = None


class HeardCustomer(Struct, gc=False):
    group: str | None = None
    tax_exempt: bool = False


class _State(Struct, gc=False):
    status: str


class _Move(Struct, gc=False):
    before: _State
    after: _State


class HeardOrder(Struct, gc=False):
    """Ids stay text: they are only compared."""

    id: str
    status: str
    store_id: str
    register_id: str
    business_date: date
    sold_at: datetime
    lines: list[HeardLine]
    tenders: list[HeardTender]
    totals: HeardTotals
    placed_by: str
    customer: HeardCustomer | None = None
    refunds: list[HeardRefund] = []
    moves: list[_Move] = []
    cancel_reason: str = ""
    merged_into: str | None = None

    @property
    def was_sold(self) -> bool:
        """Whether it is, or has been, completed: what went back of an order that never was is no refund of a sale."""
        return self.status == "completed" or any("completed" in (move.before.status, move.after.status) for move in self.moves)


class Told(Struct, gc=False):
    """`order` is missing in events from before they carried it."""

    after: _State | None = None
    before: _State | None = None
    order: HeardOrder | None = None

    @property
    def completes(self) -> bool:
        return self.after is not None and self.after.status == "completed" and (self.before is None or self.before.status != "completed")

    @property
    def calls_off(self) -> bool:
        return self.after is not None and self.after.status == "cancelled" and (self.before is None or self.before.status != "cancelled")


class _Body(Struct, gc=False):
    data: Told


_decode = msgspec.json.Decoder(_Body).decode


def concerns(name: str, body: bytes) -> bool:
    """A look at the bytes spares decoding what changes no figure. Text in an order cannot look like this: its quotes are escaped."""
    if name == "order.created":
        return _COMPLETES in body
    return name == "order.cancelled" or _HAS_REFUNDS in body or (_COMPLETES in body and _WAS_COMPLETED not in body)


def read(body: bytes) -> Told:
    return _decode(body).data
