"""What must be true of an order's books at every moment, whatever was done to it. Used by every test that does much at once."""

from __future__ import annotations

from decimal import Decimal

from actors.orders.contract import Order, Refund, Tender
from actors.orders.rules import STATUS_MOVES


def wrong_with(order: Order) -> list[str]:
    """In words; nothing when the books are right."""
    return [f"{order.id} v{order.version}: {words}" for words, right in _facts(order) if not right]


def _facts(order: Order) -> list[tuple[str, bool]]:
    totals = order.totals
    given_back = sum(_sum(refund) for refund in order.refunds)
    settled = order.status == "completed" or order.refunds != []
    return [
        ("lines: net + tax = total", all(line.net.amount + line.tax.amount == line.total.amount for line in order.lines)),
        ("lines: taxes sum up", all(sum(tax.amount.amount for tax in line.taxes) == line.tax.amount for line in order.lines)),
        ("lines: discounts sum up", all(sum(d.amount.amount for d in line.discounts) == line.discount.amount for line in order.lines)),
        ("net is the sum of the lines", totals.net.amount == sum(line.net.amount for line in order.lines)),
        ("tax is the sum of the lines", totals.tax.amount == sum(line.tax.amount for line in order.lines)),
        ("total = net + tax + adjustment", totals.total.amount == totals.net.amount + totals.tax.amount + totals.adjustment.amount),
        ("due = total + cash rounding", totals.due.amount == totals.total.amount + totals.cash_rounding.amount),
        ("tendered is the sum of the tenders", totals.tendered.amount == sum(tender.amount.amount for tender in order.tenders)),
        ("paid: tendered = due + change", not settled or totals.tendered.amount - totals.change.amount in _paid(order)),
        ("nothing is missing of what is completed", order.status != "completed" or totals.missing.amount == 0),
        ("refunded is the sum of the refunds", totals.refunded.amount == given_back),
        ("never more goes back than was paid", given_back <= totals.tendered.amount - totals.change.amount),
        ("each refund goes to tenders as a whole", all(_sum(r) == r.amount.amount + r.cash_rounding.amount for r in order.refunds)),
        ("each tender's refunds sum up", all(tender.refunded.amount == _back_to(order, tender) for tender in order.tenders)),
        ("no tender gives back more than it has", all(_given(order, tender) >= tender.refunded.amount for tender in order.tenders)),
        ("no more comes back than was sold", all(Decimal(line.returned) <= Decimal(line.quantity) for line in order.lines)),
        ("no more stock comes back than went", all(Decimal(use.returned) <= Decimal(use.sold) for use in order.stock)),
        ("only what is completed has taken stock", order.status in ("completed", "cancelled") or order.stock == []),
        ("a receipt for each completed sale", order.status != "completed" or order.receipt_number is not None),
        ("paid as the sums say", order.payment == _payment(order)),
        ("states only by the table", _by_the_table(order)),
    ]


def _sum(refund: Refund) -> int:
    return sum(tender.amount.amount for tender in refund.tenders)


def _paid(order: Order) -> tuple[int, ...]:
    """An order that was called off before it was paid in full has given back what had come in."""
    due = order.totals.due.amount
    return (due,) if order.status == "completed" else (due, order.totals.tendered.amount)


def _back_to(order: Order, tender: Tender) -> int:
    back = [given for refund in order.refunds for given in refund.tenders if given.tender == tender.number]
    return sum(given.amount.amount + (given.tip.amount if given.tip else 0) for given in back)


def _given(order: Order, tender: Tender) -> int:
    return tender.amount.amount + (tender.tip.amount if tender.tip else 0)


def _payment(order: Order) -> str:
    totals = order.totals
    paid = totals.tendered.amount - totals.change.amount
    if order.status == "cancelled":
        return "refunded" if paid or totals.tips.amount or order.receipt_number is not None else "unpaid"
    if order.status != "completed":
        return "partially_paid" if paid else "unpaid"
    if not totals.refunded.amount:
        return "paid"
    return "refunded" if totals.refunded.amount >= paid else "partially_refunded"


def _by_the_table(order: Order) -> bool:
    """Each move begins where the last one ended, and goes where it may; the last one ends where the order is."""
    chained = all(one.after == next_.before for one, next_ in zip(order.moves, order.moves[1:], strict=False))
    allowed = all(
        move.before.status == move.after.status or move.after.status in STATUS_MOVES[move.before.status] for move in order.moves
    )
    last = order.moves[-1].after if order.moves else None
    return chained and allowed and (last is None or (last.status, last.payment) == (order.status, order.payment))
