"""Tenders against what is due: change, what is missing, and cash rounding on the cash part alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.orders.amounts import round_cash
from actors.orders.contract import Tender
from actors.stores.contract import CashRounding


class Given(NamedTuple):
    """What was tendered. `with_cash`: some of it is cash, be it 0."""

    cash: int
    other: int
    tips: int
    with_cash: bool


def given_in(tenders: Sequence[Tender]) -> Given:
    cash = other = tips = 0
    with_cash = False
    for tender in tenders:
        if tender.type == "cash":
            cash, with_cash = cash + tender.amount.amount, True
        else:
            other += tender.amount.amount
        tips += tender.tip.amount if tender.tip is not None else 0
    return Given(cash, other, tips, with_cash)


class Payment(NamedTuple):
    """`rounding` is part of what is due."""

    rounding: int
    change: int
    missing: int
    missing_in_cash: int


def pay(total: int, given: Given, rule: CashRounding | None) -> Payment | None:
    """How the tenders pay it; None when those that give no change are more than it.

    Only what the other tenders leave is rounded, and only when cash completes it. Cash between the exact amount and the
    rounded one is taken as it is: nobody is kept waiting for a coin that does not exist.
    """
    rest = total - given.other
    if rest < 0:
        return None
    in_cash = round_cash(rest, rule)
    if given.with_cash and given.cash >= in_cash:
        return Payment(in_cash - rest, given.cash - in_cash, 0, 0)
    if given.cash >= rest:
        return Payment(given.cash - rest, 0, 0, 0)
    return Payment(0, 0, rest - given.cash, in_cash - given.cash)
