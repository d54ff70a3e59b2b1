"""The chain of a register's receipts: what each link is made of, and what a check finds. Pure.

A link is the SHA-256 of the link before it and of the receipt's facts: so none can be changed, taken out or put in without every
link after it changing, too. The facts are those that never change once an order is completed; each refund has a link of its own.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from actors.orders.contract import VoidedReceipts

BEGINNING = bytes(32)
"""What the first link of a register goes on from."""
VOID = -1
_encode = msgspec.json.Encoder(order="deterministic").encode


_Money = Raw
"""As it is written: always the same two fields, in the same order."""


class _Tax(Struct, frozen=True, gc=False):
    code: str
    rate: str
    amount: _Money


class _Line(Struct, frozen=True, gc=False):
    number: int
    variant_id: str
    name: str
    quantity: str
    unit_price: _Money
    discount: _Money
    total: _Money
    tax: _Money


class _Tender(Struct, frozen=True, gc=False):
    number: int
    type: str
    amount: _Money


class _Totals(Struct, frozen=True, gc=False):
    net: _Money
    tax: _Money
    total: _Money
    due: _Money
    change: _Money
    taxes: list[_Tax]


class _BackLine(Struct, frozen=True, gc=False):
    line: int
    quantity: str
    total: _Money


class _BackTender(Struct, frozen=True, gc=False):
    type: str
    amount: _Money


class Refund(Struct, frozen=True, gc=False):
    """What of a refund is linked."""

    number: int
    kind: str
    at: str
    by: str
    lines: list[_BackLine]
    amount: _Money
    tenders: list[_BackTender]


class Sold(Struct, frozen=True, gc=False):
    """What of an order is linked. Times and ids are kept as they are written."""

    id: UUID
    status: str
    register_id: UUID
    receipt_number: int | None
    receipt: str
    sold_at: str
    lines: list[_Line]
    tenders: list[_Tender]
    totals: _Totals
    refunds: list[Refund] = []


class Link(Struct, frozen=True):
    """`position`: in the chain, from 1. `number`: of the receipt; `refund`: of the order's refund, 0 for the sale itself.

    Of numbers that were made void `refund` is VOID, `number` the first of them, and `order_id` what says so.
    """

    register_id: UUID
    position: int
    number: int
    order_id: UUID
    refund: int
    facts: bytes
    hash: bytes


class End(Struct):
    """Where a register's chain ends."""

    position: int
    began: int
    number: int
    hash: bytes


def facts_of_sale(sold: Sold) -> bytes:
    """SHA-256 of what the receipt says, whatever has happened to the order since."""
    return sha256(_encode((
        sold.register_id, sold.receipt_number, sold.receipt, sold.id, sold.sold_at, sold.lines, sold.tenders, sold.totals,
    ))).digest()  # fmt: skip


def facts_of_refund(sold: Sold, refund: Refund) -> bytes:
    return sha256(_encode((sold.register_id, sold.receipt_number, sold.id, refund))).digest()


def facts_of_void(void: VoidedReceipts) -> bytes:
    return sha256(_encode((void.register_id, void.first, void.last, void.id, void.at, void.by, void.reason))).digest()


def joined(before: bytes, facts: bytes) -> bytes:
    return sha256(before + facts).digest()
