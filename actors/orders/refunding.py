"""What comes back of an order, and what is given back for it. Pure: docs/refunds.md has the rules; minor units, thousandths."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from actors.orders import contract
from actors.orders.amounts import MEASURED, quantity_milli, quantity_text, round_half_up, spread
from actors.orders.contract import Order, Refund, RefundLine, RefundOrder, ReturnInput
from actors.orders.repaying import NewId, Purse, Repaid, as_credit, as_named, back_to_tenders, everything, left_of, open_purse
from actors.orders.shares import LineLeft, lines_left
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Money, Refusal, SignedMoney
from actors.stores.contract import CashRounding


class Occasion(NamedTuple):
    """When, by whom, why, where something is given back."""

    at: datetime
    by: str
    reason: str = ""
    register_id: UUID | None = None


class Given(NamedTuple):
    """What is given back: `amount` = the lines' totals + `adjustment`, the part that belongs to no line."""

    lines: list[RefundLine]
    adjustment: int

    @property
    def amount(self) -> int:
        return sum(line.total.amount for line in self.lines) + self.adjustment


# --- what comes back ----------------------------------------------------------------------------------------


def check_refundable(order: Order) -> Refusal | None:
    if order.status == "completed":
        return None
    advice = "It is cancelled: everything has been given back." if order.status == "cancelled" else "It is not completed: cancel it instead."
    return contract.WRONG_STATE.refuse(advice)


def return_lines(order: Order, returns: Sequence[ReturnInput], at: str = "/lines") -> Given | Refusal:
    """The exact share of each line, as far as it has not been given back as an amount. With the last of it comes all that is left."""
    lines = lines_left(order)
    wrongs: list[Wrong] = []
    given: list[RefundLine] = []
    for index, wish in enumerate(returns):
        line = lines.get(wish.line)
        wrong = _wrong_return(line, wish, f"{at}/{index}")
        if wrong is not None:
            wrongs.append(wrong)
        elif line is not None:
            given.append(line.take_quantity(quantity_milli(wish.quantity), wish.restock))
    if wrongs:
        return refuse(wrongs)
    return _within(order, given, last=not any(line.total or line.quantity_left for line in lines.values()))


def _wrong_return(line: LineLeft | None, wish: ReturnInput, at: str) -> Wrong | None:
    if line is None:
        return Wrong(contract.WRONG_REFUND, f"{at}/line", f"The order has no line {wish.line}.")
    milli = quantity_milli(wish.quantity)
    if milli > line.quantity_left:
        detail = f"Only {quantity_text(line.quantity_left, line.line.unit)} of line {wish.line} can still come back."
        return Wrong(contract.REFUNDED_ALREADY, f"{at}/quantity", detail)
    if milli % 1000 and line.line.unit not in MEASURED and milli != line.quantity_left:
        return Wrong(contract.WRONG_QUANTITY, f"{at}/quantity", f"{line.line.name} comes back by the piece.")
    return None


def _within(order: Order, lines: list[RefundLine], *, last: bool) -> Given:
    """Never more than what is left of what was paid; and all of it when nothing of the order is left."""
    left = left_of(order)
    total = sum(line.total.amount for line in lines)
    share = left - total if last else min(_adjustment_share(order, total), left - total)
    return Given(lines, max(share, -total))


def _adjustment_share(order: Order, total: int) -> int:
    """What an offline register charged more or less than the lines come to is like a discount: it comes back in its share."""
    adjustment = order.totals.adjustment.amount
    lines = sum(line.total.amount for line in order.lines)
    if not adjustment or not lines:
        return 0
    back = total + sum(line.refunded.amount for line in order.lines)
    share = round_half_up(abs(adjustment) * back, lines)
    return (share if adjustment > 0 else -share) - sum(refund.adjustment.amount for refund in order.refunds)


def refund_amount(order: Order, amount: Money) -> Given | Refusal:
    """Over the lines in proportion to what is left on them, then what belongs to no line; no goods come back."""
    currency = order.totals.due.currency
    left = left_of(order)
    if amount.currency != currency:
        detail = f"The order is in {currency}."
        return contract.WRONG_CURRENCY.refuse(detail, FieldError(pointer="/amount/currency", detail=detail))
    if not amount.amount:
        return contract.WRONG_REFUND.refuse("Give back more than nothing.", FieldError(pointer="/amount", detail="More than nothing."))
    if amount.amount > left:
        detail = f"Only {shown(left, currency)} can still be given back."
        return contract.REFUNDED_ALREADY.refuse(detail, FieldError(pointer="/amount", detail=detail))
    lines = list(lines_left(order).values())
    on_lines = sum(line.total for line in lines)
    parts = spread(on_lines if amount.amount == left else min(amount.amount, on_lines), [line.total for line in lines])
    given = [line.take_amount(part) for line, part in zip(lines, parts, strict=True) if part]
    return Given(given, amount.amount - sum(parts))


# --- the refund ---------------------------------------------------------------------------------------------


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
    return compose_refund(order, "return" if wish.amount is None else "amount", given, repaid, occasion)


def _unclear(wish: RefundOrder) -> Refusal | None:
    if bool(wish.lines) == (wish.amount is not None):
        detail = "Say what comes back, by lines, or an amount: one of them."
        return contract.WRONG_REFUND.refuse(detail, FieldError(pointer="", detail=detail))
    if wish.tenders and wish.to == "store_credit":
        detail = "Name tenders, or store credit for all of it: not both."
        return contract.WRONG_REFUND.refuse(detail, FieldError(pointer="/to", detail=detail))
    return None


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
    )
