"""The same figures counted from whole orders, as plainly as can be: what the check compares with. Pure.

Nothing of it is shared with how figures are kept up: a mistake in one of the two shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from actors.orders.contract import LineTax, Order, Refund

MEASURES = ("count", "quantity", "gross", "discount", "service", "net", "tax", "total")


class Line(NamedTuple):
    """One measure of one figure."""

    back: bool
    day: date
    kind: str
    key: str
    measure: str


Sums = Counter[Line]
HourOf = Callable[[datetime], int]
DayOf = Callable[[datetime], date]


def recount(orders: Iterable[Order], hour_of: HourOf, day_of: DayOf) -> Sums:
    """Of one store's orders; `hour_of` and `day_of` are its clock and its calendar. Measures that are zero are left out."""
    sums = Sums()
    for order in orders:
        if was_sold(order):
            _sold(sums, order, hour_of)
            for refund in order.refunds:
                _went_back(sums, order, refund, hour_of, day_of)
        elif order.status == "cancelled" and order.merged_into is None:
            _put(sums, True, order.business_date, "void", order.cancel_reason[:100], count=1, **_amounts(order.totals, "net", "tax", "total"))
    return Sums({line: sum for line, sum in sums.items() if sum})


def was_sold(order: Order) -> bool:
    states = [state.status for move in order.moves for state in (move.before, move.after)]
    return "completed" in [order.status, *states]


def _sold(sums: Sums, order: Order, hour_of: HourOf) -> None:
    day = order.business_date
    whole = {"count": 1, "quantity": sum(_milli(line.quantity) for line in order.lines)}
    whole |= _amounts(order.totals, *MEASURES[2:])
    for kind, key in _sides(order, order.sold_at, order.register_id, order.placed_by, hour_of):
        _put(sums, False, day, kind, key, **whole)
    for line in order.lines:
        of_line = {"count": 1, "quantity": _milli(line.quantity), **_amounts(line, *MEASURES[2:])}
        _put(sums, False, day, "product", str(line.variant_id), **of_line)
        _put(sums, False, day, "category", line.category or "", **of_line)
        for tax in line.taxes:
            _put(sums, False, day, "tax", _tax_key(tax, order), count=1, net=(tax.taxable or line.net).amount, tax=tax.amount.amount)
        for one in line.discounts:
            named = one.code or str(one.promotion_id or one.name)
            _put(sums, False, day, "discount", f"{one.kind}:{named}"[:100], count=1, discount=one.amount.amount)
    if adjustment := order.totals.adjustment.amount:
        _put(sums, False, day, "adjustment", "", count=1, total=adjustment)
    for tender in order.tenders:
        _put(sums, False, day, "tender", tender.type, count=1, total=tender.amount.amount)
        if tender.tip is not None:
            _put(sums, False, day, "tip", tender.type, count=1, total=tender.tip.amount)
    _put(sums, False, day, "tender", "cash", total=-order.totals.change.amount)


def _went_back(sums: Sums, order: Order, refund: Refund, hour_of: HourOf, day_of: DayOf) -> None:
    day = refund.business_date or day_of(refund.at)
    whole = {
        "count": 1, "quantity": sum(_milli(line.quantity) for line in refund.lines), "net": sum(line.net.amount for line in refund.lines),
        "tax": sum(line.tax.amount for line in refund.lines), "total": refund.amount.amount,
    }  # fmt: skip
    for kind, key in _sides(order, refund.at, refund.register_id or order.register_id, refund.by, hour_of):
        _put(sums, True, day, kind, key, **whole)
    _put(sums, True, day, "refund", refund.kind, **whole)
    _put(sums, True, day, "reason", refund.reason[:100], **whole)
    _put(sums, True, day, "sold_on", str(order.business_date), **whole)
    for back in refund.lines:
        [line] = [line for line in order.lines if line.number == back.line]
        of_line = {"count": 1, "quantity": _milli(back.quantity), **_amounts(back, "net", "tax", "total")}
        _put(sums, True, day, "product", str(line.variant_id), **of_line)
        _put(sums, True, day, "category", line.category or "", **of_line)
        for tax in back.taxes:
            _put(sums, True, day, "tax", _tax_key(tax, order), count=1, net=(tax.taxable or back.net).amount, tax=tax.amount.amount)
    if adjustment := refund.adjustment.amount:
        _put(sums, True, day, "adjustment", "", count=1, total=adjustment)
    for tender in refund.tenders:
        _put(sums, True, day, "tender", tender.type, count=1, total=tender.amount.amount)
        if tender.tip is not None:
            _put(sums, True, day, "tip", tender.type, count=1, total=tender.tip.amount)


def _sides(order: Order, at: datetime, register_id: object, by: str, hour_of: HourOf) -> list[tuple[str, str]]:
    group = order.customer.group if order.customer and order.customer.group else ""
    return [("total", ""), ("hour", f"{hour_of(at):02}"), ("register", str(register_id)), ("cashier", by), ("group", group)]


def _amounts(of: object, *names: str) -> dict[str, int]:
    return {name: getattr(of, name).amount for name in names}


def _put(sums: Sums, back: bool, day: date, kind: str, key: str, **measures: int) -> None:
    for measure, amount in measures.items():
        sums[Line(back, day, kind, key, measure)] += amount


def _tax_key(tax: LineTax, order: Order) -> str:
    exempt = order.customer is not None and order.customer.tax_exempt
    parts = [tax.code, "0" if exempt else tax.rate, "included" if tax.included else "added"]
    return "|".join(parts if exempt or tax.base == "1" else [*parts, tax.base])


def _milli(quantity: str) -> int:
    return int(Decimal(quantity) * 1000)
