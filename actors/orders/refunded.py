"""An order after a refund: its lines, tenders, totals, stock and state of payment. Pure; minor units, thousandths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from actors.orders.amounts import milli_text, quantity_milli, quantity_text, round_half_up
from actors.orders.contract import Line, Order, Payment, Refund, StockUse, Tender
from actors.orders.repaying import left_of
from actors.runtime.words import Money

Uses = Mapping[int, Mapping[UUID, int]]
"""What each line took out of stock, by its number: thousandths of each variant's own unit."""


def apply_refund(order: Order, refund: Refund, uses: Uses) -> Order:
    """The order with this refund. Its status, version and times are the caller's."""
    refunds = [*order.refunds, refund]
    amount = order.totals.refunded.amount + sum(tender.amount.amount for tender in refund.tenders)
    after = replace(
        order,
        refunds=refunds,
        lines=_lines_after(order.lines, refund),
        tenders=_tenders_after(order.tenders, refund),
        totals=replace(order.totals, refunded=Money(amount=amount, currency=order.totals.due.currency)),
        stock=_stock_after(order, refunds, uses),
    )
    return replace(after, payment=payment_after(after))


def payment_after(order: Order) -> Payment:
    """What cost nothing is refunded when all of it has come back."""
    gone = order.totals.refunded.amount or all(quantity_milli(line.returned) == quantity_milli(line.quantity) for line in order.lines)
    if gone and not left_of(order):
        return "refunded"
    return "partially_refunded" if order.totals.refunded.amount else order.payment


def _lines_after(lines: Sequence[Line], refund: Refund) -> list[Line]:
    quantities: Counter[int] = Counter()
    amounts: Counter[int] = Counter()
    for back in refund.lines:
        quantities[back.line] += quantity_milli(back.quantity)
        amounts[back.line] += back.total.amount
    return [
        replace(
            line,
            returned=quantity_text(quantity_milli(line.returned) + quantities[line.number], line.unit) if quantities[line.number] else line.returned,
            refunded=Money(amount=line.refunded.amount + amounts[line.number], currency=line.refunded.currency),
        )
        for line in lines
    ]


def _tenders_after(tenders: Sequence[Tender], refund: Refund) -> list[Tender]:
    back: Counter[int | None] = Counter()
    for part in refund.tenders:
        back[part.tender] += part.amount.amount + (part.tip.amount if part.tip else 0)
    return [
        replace(tender, refunded=Money(amount=tender.refunded.amount + back[tender.number], currency=tender.refunded.currency))
        for tender in tenders
    ]


def _stock_after(order: Order, refunds: Sequence[Refund], uses: Uses) -> list[StockUse]:
    """Computed anew from all that was restocked of each line: what came back as a whole gives back what it had taken, exactly."""
    restocked: Counter[int] = Counter()
    for refund in refunds:
        for back in refund.lines:
            if back.restock:
                restocked[back.line] += quantity_milli(back.quantity)
    returned: Counter[UUID] = Counter()
    for line in order.lines:
        for variant_id, milli in uses.get(line.number, {}).items():
            returned[variant_id] += round_half_up(milli * restocked[line.number], quantity_milli(line.quantity))
    return [replace(use, returned=milli_text(returned[use.variant_id])) for use in order.stock]
