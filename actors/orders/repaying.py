"""Where the money of a refund goes: back to the tenders, to store credit, or as it was asked for. Pure; minor units.

Money that was paid with another order's returns (an exchange) goes back as store credit: that order has it no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from actors.orders import contract
from actors.orders.amounts import round_cash
from actors.orders.contract import Order, RefundedTender, RefundTender, Tender
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal
from actors.stores.contract import CashRounding

NewId = Callable[[], UUID]


class Repaid(NamedTuple):
    """`cash_rounding`: what the tenders are more, or less, than what was to be given back."""

    tenders: list[RefundedTender]
    cash_rounding: int


class Purse(NamedTuple):
    """What a refund is paid from. `left`: all that may still be given back; when it is all given back, nothing is rounded."""

    order: Order
    left: int
    cash: CashRounding | None
    new_id: NewId


def open_purse(order: Order, cash: CashRounding | None, new_id: NewId) -> Purse:
    return Purse(order, left_of(order), cash, new_id)


def left_of(order: Order) -> int:
    """What was paid and has not been given back. Of an open order, what has been paid on it."""
    paid = sum(tender.amount.amount for tender in order.tenders) - order.totals.change.amount
    return paid - order.totals.refunded.amount


def tenders_left(order: Order) -> dict[int, int]:
    """What can still go back to each tender, by its number: without its change, which the last cash has given, and without tips."""
    change = order.totals.change.amount
    tips = _tips_gone(order)
    left: dict[int, int] = {}
    for tender in reversed(order.tenders):
        given = min(change, tender.amount.amount) if tender.type == "cash" else 0
        change -= given
        left[tender.number] = tender.amount.amount - given - tender.refunded.amount + tips.get(tender.number, 0)
    return left


def _tips_gone(order: Order) -> dict[int | None, int]:
    return {part.tender: part.tip.amount for refund in order.refunds for part in refund.tenders if part.tip is not None}


def back_to_tenders(purse: Purse, amount: int) -> Repaid:
    """The last tender first. What falls to cash is rounded as the store rounds cash, within what is left."""
    left = tenders_left(purse.order)
    other, in_cash = 0, 0
    parts: dict[int, int] = {}
    for tender in reversed(purse.order.tenders):
        parts[tender.number] = min(left[tender.number], amount - other - in_cash)
        if tender.type == "cash":
            in_cash += parts[tender.number]
        else:
            other += parts[tender.number]
    rounded = _rounded_cash(purse, in_cash, other)
    parts |= _over_cash(purse.order, left, rounded)
    repaid = [_repaid(purse, tender, parts[tender.number]) for tender in reversed(purse.order.tenders) if parts[tender.number]]
    return Repaid(repaid, rounded - in_cash)


def _rounded_cash(purse: Purse, in_cash: int, other: int) -> int:
    """All that goes back in cash is rounded as one sum, less what has been paid of it: in many parts it comes to the same as in one."""
    if not in_cash or in_cash + other == purse.left:
        return in_cash
    left = tenders_left(purse.order)
    drawer = sum(left[tender.number] for tender in purse.order.tenders if tender.type == "cash")
    paid = sum(part.amount.amount for refund in purse.order.refunds for part in refund.tenders if part.type == "cash")
    rounded_by = sum(refund.cash_rounding.amount for refund in purse.order.refunds)
    return max(min(round_cash(paid - rounded_by + in_cash, purse.cash) - paid, drawer, purse.left - other), 0)


def _over_cash(order: Order, left: dict[int, int], amount: int) -> Iterator[tuple[int, int]]:
    for tender in reversed(order.tenders):
        if tender.type == "cash":
            part = min(left[tender.number], amount)
            amount -= part
            yield tender.number, part


def as_credit(purse: Purse, amount: int, account_id: UUID | None = None) -> Repaid:
    if not amount:
        return Repaid([], 0)
    money = Money(amount=amount, currency=purse.order.totals.due.currency)
    return Repaid([RefundedTender(type="store_credit", amount=money, account_id=account_id or purse.new_id())], 0)


def as_named(purse: Purse, amount: int, named: Sequence[RefundTender]) -> Repaid | Refusal:
    """As it was asked for, when that comes to exactly `amount`, of which the part in cash is rounded. Pointers: /tenders/N/..."""
    wrongs = list(_wrong_names(purse.order, named))
    if wrongs:
        return refuse(wrongs)
    tenders = {tender.number: tender for tender in purse.order.tenders}
    other = sum(wish.amount.amount for wish in named if wish.tender is None or tenders[wish.tender].type != "cash")
    given = sum(wish.amount.amount for wish in named)
    in_cash = amount - other
    if in_cash and given == other:
        return _wrong_sum(purse, amount)
    rounded = _rounded_cash(purse, in_cash, other) if in_cash > 0 else in_cash
    if given != other + rounded:
        return _wrong_sum(purse, other + rounded if rounded > 0 else amount)
    repaid = []
    for wish in named:
        if wish.tender is None:
            repaid += as_credit(purse, wish.amount.amount, wish.account_id).tenders
        else:
            repaid.append(_repaid(purse, tenders[wish.tender], wish.amount.amount, wish.account_id))
    return Repaid(repaid, rounded - in_cash)


def _wrong_sum(purse: Purse, amount: int) -> Refusal:
    detail = f"The tenders must come to {shown(amount, purse.order.totals.due.currency)}."
    return contract.WRONG_REFUND.refuse_at("/tenders", detail)


def _wrong_names(order: Order, named: Sequence[RefundTender]) -> Iterator[Wrong]:
    left = tenders_left(order)
    currency = order.totals.due.currency
    types = {tender.number: tender.type for tender in order.tenders}
    for index, wish in enumerate(named):
        at = f"/tenders/{index}"
        if wish.amount.currency != currency:
            yield Wrong(contract.WRONG_CURRENCY, f"{at}/amount/currency", f"The order is in {currency}. Give the amount in that.")
        elif not wish.amount.amount:
            yield Wrong(contract.WRONG_REFUND, f"{at}/amount", "Leave out what gets nothing.")
        elif wish.tender is None:
            continue
        elif wish.tender not in left:
            yield Wrong(contract.WRONG_REFUND, f"{at}/tender", f"The order has no tender {wish.tender}. Take the `number` of one that it has.")
        elif wish.account_id is not None and types[wish.tender] != "exchange":
            yield Wrong(contract.WRONG_REFUND, f"{at}/account_id", "Name a tender, or an account: not both.")
        elif wish.amount.amount > left[wish.tender]:
            detail = f"Only {shown(left[wish.tender], currency)} can still go back to tender {wish.tender}."
            yield Wrong(contract.REFUNDED_ALREADY, f"{at}/amount", detail)
        else:
            left[wish.tender] -= wish.amount.amount


def _repaid(purse: Purse, tender: Tender, amount: int, account_id: UUID | None = None, tip: Money | None = None) -> RefundedTender:
    """`account_id` only where nobody else credits it: a payment intent knows its account by itself."""
    money = Money(amount=amount, currency=tender.amount.currency)
    if tender.type == "exchange":
        return RefundedTender(type="store_credit", amount=money, tender=tender.number, account_id=account_id or purse.new_id(), tip=tip)
    return RefundedTender(type=tender.type, amount=money, tender=tender.number, tip=tip)


def everything(purse: Purse) -> Repaid:
    """All that is left, and the tips that have not gone back."""
    parts = {part.tender: part for part in back_to_tenders(purse, purse.left).tenders}
    tips_gone = _tips_gone(purse.order)
    repaid = []
    for tender in reversed(purse.order.tenders):
        tip = tender.tip if tender.number not in tips_gone and tender.tip is not None and tender.tip.amount else None
        part = parts.get(tender.number)
        if part is not None or tip is not None:
            repaid.append(_repaid(purse, tender, part.amount.amount if part else 0, part.account_id if part else None, tip))
    return Repaid(repaid, 0)
