"""What comes back of an order, and what that is worth: goods by their exact share, or an amount. Pure: docs/refunds.md has the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.orders import contract
from actors.orders.amounts import MEASURED, quantity_milli, quantity_text, round_half_up, spread
from actors.orders.contract import Order, RefundLine, ReturnInput
from actors.orders.repaying import left_of
from actors.orders.shares import LineLeft, lines_left
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Money, Refusal


class Given(NamedTuple):
    """What is given back: `amount` = the lines' totals + `adjustment`, the part that belongs to no line."""

    lines: list[RefundLine]
    adjustment: int

    @property
    def amount(self) -> int:
        return sum(line.total.amount for line in self.lines) + self.adjustment


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
        return Wrong(contract.WRONG_REFUND, f"{at}/line", f"The order has no line {wish.line}. Take the `number` of one that it has.")
    milli = quantity_milli(wish.quantity)
    if milli > line.quantity_left:
        detail = f"Only {quantity_text(line.quantity_left, line.line.unit)} of line {wish.line} can still come back."
        return Wrong(contract.REFUNDED_ALREADY, f"{at}/quantity", detail)
    if milli % 1000 and line.line.unit not in MEASURED and milli != line.quantity_left:
        return Wrong(contract.WRONG_QUANTITY, f"{at}/quantity", f"{line.line.name} comes back by the piece. Give a whole number.")
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
        detail = f"The order is in {currency}. Give the amount in that."
        return contract.WRONG_CURRENCY.refuse_at("/amount/currency", detail)
    if not amount.amount:
        return contract.WRONG_REFUND.refuse("Give back more than nothing.", FieldError(pointer="/amount", detail="More than nothing."))
    if amount.amount > left:
        detail = f"Only {shown(left, currency)} can still be given back."
        return contract.REFUNDED_ALREADY.refuse_at("/amount", detail)
    lines = list(lines_left(order).values())
    on_lines = sum(line.total for line in lines)
    parts = spread(on_lines if amount.amount == left else min(amount.amount, on_lines), [line.total for line in lines])
    given = [line.take_amount(part) for line, part in zip(lines, parts, strict=True) if part]
    return Given(given, amount.amount - sum(parts))
