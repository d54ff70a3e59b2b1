"""An order after a refund: its lines, tenders, totals and stock. Pure; minor units, thousandths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from actors.orders.amounts import milli_text, quantity_milli, quantity_text, round_half_up
from actors.orders.contract import Line, Order, Refund, StockUse, Tender
from actors.orders.taken import Taken
from actors.runtime.words import Money


def apply_refund(order: Order, refund: Refund, taken: Taken) -> Order:
    """The order with this refund. Its version and its state follow in `moved`."""
    refunds = [*order.refunds, refund]
    amount = order.totals.refunded.amount + sum(tender.amount.amount for tender in refund.tenders)
    return replace(
        order,
        refunds=refunds,
        lines=_lines_after(order.lines, refund),
        tenders=_tenders_after(order.tenders, refund),
        totals=replace(order.totals, refunded=Money(amount=amount, currency=order.totals.due.currency)),
        stock=_stock_after(order, refunds, taken),
    )


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


def _stock_after(order: Order, refunds: Sequence[Refund], taken: Taken) -> list[StockUse]:
    """Computed anew from all that was restocked of each line: what came back as a whole gives back what it had taken, exactly."""
    restocked: Counter[int] = Counter()
    for refund in refunds:
        for back in refund.lines:
            if back.restock:
                restocked[back.line] += quantity_milli(back.quantity)
    returned: Counter[UUID] = Counter()
    for line in order.lines:
        for variant_id, milli in taken.get(line.number, {}).items():
            returned[variant_id] += round_half_up(milli * restocked[line.number], quantity_milli(line.quantity))
    return [replace(use, returned=milli_text(returned[use.variant_id])) for use in order.stock]
