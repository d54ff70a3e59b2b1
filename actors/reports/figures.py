"""What an order adds to the figures. Pure: orders in, sums out.

A figure is a row of eight measures: count, quantity, gross, discount, service, net, tax, total. It stands under the day, the store, the
side from which it is seen (`kind`), what it is there (`key`), and whether it was sold or came back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from actors.reports.heard import Amount, HeardLine, HeardOrder, HeardRefund, HeardTax, HeardTender, RefundedLine
from actors.runtime.quantities import read_milli

KEY_MAX = 100
"""Reasons are free text: longer ones are cut."""
Measures = list[int]


class Figure(NamedTuple):
    """Where a row stands."""

    back: bool
    day: date
    store_id: str
    kind: str
    key: str
    currency: str


class Place(NamedTuple):
    """What all figures of one order, or refund, have in common."""

    back: bool
    day: date
    store_id: str
    currency: str


_Cell = tuple[str, str, str, str]
"""Hour, register, who sold it, customer group: what a whole order counts under from all sides at once. Most orders of a page share a few."""
_Side = tuple[str, str]
"""Kind and key."""


class _Sums:
    """Of one place. Plain tuples in plain dicts: this is the hot part of following."""

    __slots__ = ("cells", "rows")

    def __init__(self) -> None:
        self.cells: dict[_Cell, Measures] = {}
        self.rows: dict[_Side, Measures] = {}


HourOf = Callable[[str, datetime], int]
"""The hour on the clock of a store."""
DayOf = Callable[[str, datetime], date]
"""The business date of a store."""


class Figures:
    """The sums of a page of the log."""

    def __init__(self, hour_of: HourOf, day_of: DayOf) -> None:
        self._hour_of = hour_of
        self._day_of = day_of
        self._sums: dict[Place, _Sums] = {}
        self.names: dict[tuple[str, str], tuple[str, str]] = {}
        """(kind, key) -> name, code"""
        self.changed: set[tuple[str, date]] = set()
        """Stores and days of which goods have left, or come back."""

    def rows(self) -> dict[Figure, Measures]:
        """All of them; those of cells are spread over their sides."""
        found: dict[Figure, Measures] = {}
        for place, sums in self._sums.items():
            rows = {side: list(measures) for side, measures in sums.rows.items()}
            for cell, measures in sums.cells.items():
                for side in zip(_SIDES, ("", *cell), strict=True):
                    _add(rows, side, list(measures))
            for (kind, key), measures in rows.items():
                found[Figure(place.back, place.day, place.store_id, kind, key, place.currency)] = measures
        return found

    def _at(self, place: Place) -> _Sums:
        sums = self._sums.get(place)
        if sums is None:
            sums = self._sums[place] = _Sums()
        return sums

    # --- sold

    def sell(self, order: HeardOrder) -> None:
        day, store_id, totals = order.business_date, order.store_id, order.totals
        sums = self._at(Place(False, day, store_id, totals.due.currency))
        rows = sums.rows
        quantity = 0
        exempt = order.customer is not None and order.customer.tax_exempt
        for line in order.lines:
            milli = read_milli(line.quantity)
            quantity += milli
            self._sell_line(rows, line, milli, exempt)
        _adjust(rows, totals.adjustment)
        group = order.customer.group if order.customer is not None else None
        hour = self._hour_of(store_id, order.sold_at)
        whole = [
            1, quantity, totals.gross.amount, totals.discount.amount, totals.service.amount, totals.net.amount, totals.tax.amount,
            totals.total.amount,
        ]  # fmt: skip
        _add(sums.cells, (f"{hour:02}", order.register_id, order.placed_by, group or ""), whole)
        for tender in order.tenders:
            _take(rows, tender)
        if totals.change.amount:
            # Only cash gives change: what stays in the drawer counts.
            _add(rows, ("tender", "cash"), [0, 0, 0, 0, 0, 0, 0, -totals.change.amount])
        self.changed.add((store_id, day))

    def _sell_line(self, rows: dict[_Side, Measures], line: HeardLine, milli: int, exempt: bool) -> None:
        net = line.net.amount
        measures = [1, milli, line.gross.amount, line.discount.amount, line.service.amount, net, line.tax.amount, line.total.amount]
        _add(rows, ("category", line.category or ""), list(measures))
        product = ("product", line.variant_id)
        _add(rows, product, measures)
        self.names[product] = line.name, line.sku
        for tax in line.taxes:
            self._tax(rows, tax, net, exempt)
        for discount in line.discounts:
            key = f"{discount.kind}:{discount.code or discount.promotion_id or discount.name}"[:KEY_MAX]
            self.names["discount", key] = discount.name, discount.code or ""
            _add(rows, ("discount", key), [1, 0, 0, discount.amount.amount, 0, 0, 0, 0])

    # --- back

    def give_back(self, order: HeardOrder, refund: HeardRefund) -> None:
        store_id = order.store_id
        day = refund.business_date or self._day_of(store_id, refund.at)
        sums = self._at(Place(True, day, store_id, order.totals.due.currency))
        lines = {line.number: line for line in order.lines}
        quantity = net = tax = 0
        exempt = order.customer is not None and order.customer.tax_exempt
        for back in refund.lines:
            milli = read_milli(back.quantity)
            quantity, net, tax = quantity + milli, net + back.net.amount, tax + back.tax.amount
            self._return_line(sums.rows, back, lines[back.line], milli, exempt)
        _adjust(sums.rows, refund.adjustment)
        measures = [1, quantity, 0, 0, 0, net, tax, refund.amount.amount]
        group = order.customer.group if order.customer is not None else None
        hour = self._hour_of(store_id, refund.at)
        _add(sums.cells, (f"{hour:02}", refund.register_id or order.register_id, refund.by, group or ""), list(measures))
        # By the day on which it was sold, too: so that the check can hold it to the orders of that day.
        for side in (("refund", refund.kind), ("reason", refund.reason[:KEY_MAX]), ("sold_on", str(order.business_date))):
            _add(sums.rows, side, list(measures))
        for tender in refund.tenders:
            _take(sums.rows, tender)
        self.changed.add((store_id, day))

    def _return_line(self, rows: dict[_Side, Measures], back: RefundedLine, line: HeardLine, milli: int, exempt: bool) -> None:
        measures = [1, milli, 0, 0, 0, back.net.amount, back.tax.amount, back.total.amount]
        _add(rows, ("product", line.variant_id), list(measures))
        _add(rows, ("category", line.category or ""), measures)
        for tax in back.taxes:
            self._tax(rows, tax, back.net.amount, exempt)

    def _tax(self, rows: dict[_Side, Measures], tax: HeardTax, net: int, exempt: bool) -> None:
        """What it was due on is kept for each rate and base: one times the other is the tax. To who was exempt it was sold at 0 %."""
        how = "included" if tax.included else "added"
        side = ("tax", f"{tax.code}|0|{how}" if exempt else f"{tax.code}|{tax.rate}|{how}{f'|{tax.base}' if tax.base != '1' else ''}")
        self.names[side] = tax.name, tax.code
        _add(rows, side, [1, 0, 0, 0, 0, net if tax.taxable is None else tax.taxable.amount, tax.amount.amount, 0])

    # --- called off before it was sold

    def void(self, order: HeardOrder) -> None:
        totals = order.totals
        sums = self._at(Place(True, order.business_date, order.store_id, totals.due.currency))
        measures = [1, 0, 0, 0, 0, totals.net.amount, totals.tax.amount, totals.total.amount]
        _add(sums.rows, ("void", order.cancel_reason[:KEY_MAX]), measures)


_SIDES = ("total", "hour", "register", "cashier", "group")
"""The sides of a cell."""


def _adjust(rows: dict[_Side, Measures], adjustment: Amount) -> None:
    """What belongs to no line, and to the whole all the same."""
    if adjustment.amount:
        _add(rows, ("adjustment", ""), [1, 0, 0, 0, 0, 0, 0, adjustment.amount])


def _take(rows: dict[_Side, Measures], tender: HeardTender) -> None:
    _add(rows, ("tender", tender.type), [1, 0, 0, 0, 0, 0, 0, tender.amount.amount])
    if tender.tip is not None:
        _add(rows, ("tip", tender.type), [1, 0, 0, 0, 0, 0, 0, tender.tip.amount])


Key = TypeVar("Key")


def _add(rows: dict[Key, Measures], place: Key, more: Measures) -> None:
    """`more` may become the row itself. Written out, because it is done a dozen times for each sale."""
    known = rows.get(place)
    if known is None:
        rows[place] = more
        return
    known[0] += more[0]
    known[1] += more[1]
    known[2] += more[2]
    known[3] += more[3]
    known[4] += more[4]
    known[5] += more[5]
    known[6] += more[6]
    known[7] += more[7]
