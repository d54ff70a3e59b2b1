"""The refund as it is told: what comes back, what is given back for it, and where to. Pure: docs/refunds.md has the rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from actors.orders import contract
from actors.orders.contract import Order, Refund, RefundLine, RefundOrder
from actors.orders.giving_back import Given, check_refundable, refund_amount, return_lines
from actors.orders.repaying import NewId, Purse, Repaid, as_credit, as_named, back_to_tenders, everything, left_of, open_purse
from actors.orders.shares import lines_left
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal, SignedMoney
from actors.stores.contract import CashRounding


class Occasion(NamedTuple):
    """When, by whom, why, where something is given back, and on which business date of the store."""

    at: datetime
    by: str
    reason: str = ""
    register_id: UUID | None = None
    business_date: date | None = None


def make_refund(order: Order, wish: RefundOrder, occasion: Occasion, cash: CashRounding | None, new_id: NewId) -> Refund | Refusal:
    """The refund as it will be told, or why there is none. `cash`: how the store rounds cash."""
    problem = check_refundable(order) or _unclear(wish)
    if problem is not None:
        return problem
    given = return_lines(order, wish.lines) if wish.amount is None else refund_amount(order, wish.amount)
    if isinstance(given, Refusal):
        return given
    purse = open_purse(order, cash, new_id)
    repaid = as_named(purse, given.amount, wish.tenders) if wish.tenders else pay_back(purse, given.amount, wish.to)
    if isinstance(repaid, Refusal):
        return repaid
    if wish.amount is not None and not repaid.tenders:
        return _too_little(wish.amount)
    return compose_refund(order, "return" if wish.amount is None else "amount", given, repaid, occasion)


def _unclear(wish: RefundOrder) -> Refusal | None:
    if bool(wish.lines) == (wish.amount is not None):
        detail = "Say what comes back, by lines, or an amount: one of them."
        return contract.WRONG_REFUND.refuse_at("", detail)
    if wish.tenders and wish.to == "store_credit":
        detail = "Name tenders, or store credit for all of it: not both."
        return contract.WRONG_REFUND.refuse_at("/to", detail)
    return None


def _too_little(amount: Money) -> Refusal:
    """Goods that come back are worth something whether it can be paid now or not. Money that nobody gets is not given back."""
    given = shown(amount.amount, amount.currency)
    detail = f"Nothing would be paid of {given}: all that goes back in cash is rounded, as one sum. Give back more at once, or as store credit."
    return contract.WRONG_REFUND.refuse_at("/amount", detail)


def pay_back(purse: Purse, amount: int, to: Literal["tenders", "store_credit"]) -> Repaid:
    return as_credit(purse, amount) if to == "store_credit" else back_to_tenders(purse, amount)


def cancel_refund(order: Order, occasion: Occasion, new_id: NewId) -> Refund | None:
    """All that is left of an order that is called off, tips included; None when there is nothing to give back.

    Of a completed one all goods come back, too. What was paid on an open one belongs to no line.
    """
    repaid = everything(open_purse(order, None, new_id))
    lines: list[RefundLine] = []
    if order.status == "completed":
        left = [line for line in lines_left(order).values() if line.quantity_left or line.total]
        lines = [line.take_quantity(line.quantity_left, True) if line.quantity_left else line.take_amount(line.total) for line in left]
    if not lines and not repaid.tenders:
        return None
    given = Given(lines, left_of(order) - sum(line.total.amount for line in lines))
    return compose_refund(order, "cancel", given, repaid, occasion)


def compose_refund(
    order: Order, kind: Literal["return", "amount", "exchange", "cancel"], given: Given, repaid: Repaid, occasion: Occasion
) -> Refund:
    currency = order.totals.due.currency
    return Refund(
        number=len(order.refunds) + 1,
        kind=kind,
        at=occasion.at,
        by=occasion.by,
        reason=occasion.reason,
        lines=given.lines,
        adjustment=SignedMoney(amount=given.adjustment, currency=currency),
        amount=Money(amount=given.amount, currency=currency),
        cash_rounding=SignedMoney(amount=repaid.cash_rounding, currency=currency),
        tenders=repaid.tenders,
        register_id=occasion.register_id,
        business_date=occasion.business_date,
    )
