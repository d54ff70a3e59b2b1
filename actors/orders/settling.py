"""What is paid, and with what: tenders, cash rounding, change, what is missing. And what leaves the stock for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from actors.orders.cart import CartLine
from actors.orders.contract import Order, StockUse, Tender, TenderInput, Totals
from actors.orders.pricing import Priced
from actors.orders.tills import Till
from actors.runtime.words import Refusal


class Settled(NamedTuple):
    totals: Totals
    paid: bool


def wrong_tenders(tenders: Sequence[TenderInput], till: Till) -> Refusal | None:
    """Tenders and tips in another currency than the store's, with pointers /tenders/N/..."""
    raise NotImplementedError


def settle(priced: Priced, tenders: Sequence[Tender], till: Till, *, charged: int | None = None) -> Settled | Refusal:
    """The totals of what was priced, with these tenders (all in the store's currency). May be OVERPAID or TOO_LARGE.

    `charged`: an offline sale: the total that the register told, or `priced.total` when it told none. Such a sale is always
    paid: what its tenders do not settle becomes `adjustment`.
    """
    raise NotImplementedError


def resettle(order: Order, tenders: Sequence[Tender], till: Till, *, refunded: int | None = None) -> Settled | Refusal:
    """The totals of an order whose lines stay, with other tenders. A completed one keeps its cash rounding, due and change.

    `refunded`: what has been given back by now, when that changes.
    """
    raise NotImplementedError


def stock_uses(lines: Sequence[CartLine]) -> list[StockUse]:
    """What leaves the stock when the order completes: one entry a variant."""
    raise NotImplementedError


def reservation(lines: Sequence[CartLine]) -> list[tuple[UUID, UUID, int]]:
    """(variant, product, thousandths) of what may not go below zero, in the order of variants' ids."""
    raise NotImplementedError
