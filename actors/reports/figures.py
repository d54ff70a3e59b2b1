"""What an order adds to the figures. Pure: orders in, sums out.

A figure is a row of eight measures: count, quantity, gross, discount, service, net, tax, total. It stands under the day, the store, the
side from which it is seen (`kind`), what it is there (`key`), and whether it was sold or came back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from actors.reports.heard import HeardLine, HeardOrder, HeardRefund, HeardTax, HeardTender, RefundedLine

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


class _Cell(NamedTuple):
    """What the whole order, or refund, counts under, from all sides at once: most orders of a page share a few of these."""

    back: bool
    day: date
    store_id: str
    currency: str
    hour: int
    register_id: str
    by: str
    group: str


HourOf = Callable[[str, datetime], int]
"""The hour on the clock of a store."""
DayOf = Callable[[str, datetime], date]
"""The business date of a store."""


class Figures:
    """The sums of a page of the log."""

    def __init__(self, hour_of: HourOf, day_of: DayOf) -> None:
        self._hour_of = hour_of
        self._day_of = day_of
        self._cells: dict[_Cell, Measures] = {}
        self._rows: dict[Figure, Measures] = {}
        self.names: dict[tuple[str, str], tuple[str, str]] = {}
        """(kind, key) -> name, code"""
        self.changed: set[tuple[str, date]] = set()
        """Stores and days of which goods have left, or come back."""

    def rows(self) -> dict[Figure, Measures]:
        """All of them; those of cells are spread over their sides."""
        rows = {place: list(measures) for place, measures in self._rows.items()}
        for cell, measures in self._cells.items():
            for kind, key in _sides(cell):
                _add(rows, Figure(cell.back, cell.day, cell.store_id, kind, key, cell.currency), measures)
        return rows

    # --- sold

    def sell(self, order: HeardOrder) -> None:
        day, store_id, totals = order.business_date, order.store_id, order.totals
        currency = totals.due.currency
        quantity = 0
        for line in order.lines:
            milli = read_milli(line.quantity)
            quantity += milli
            self._sell_line(day, store_id, currency, line, milli)
        hour = self._hour_of(store_id, order.sold_at)
        group = order.customer.group if order.customer is not None else None
        cell = _Cell(False, day, store_id, currency, hour, order.register_id, order.placed_by, group or "")
        whole = [
            1, quantity, totals.gross.amount, totals.discount.amount, totals.service.amount, totals.net.amount, totals.tax.amount,
            totals.total.amount,
        ]  # fmt: skip
        _add(self._cells, cell, whole)
        for tender in order.tenders:
            self._take(day, store_id, currency, tender)
        if totals.change.amount:
            # Only cash gives change: what stays in the drawer counts.
            _add(self._rows, Figure(False, day, store_id, "tender", "cash", currency), [0, 0, 0, 0, 0, 0, 0, -totals.change.amount])
        self.changed.add((store_id, day))

    def _sell_line(self, day: date, store_id: str, currency: str, line: HeardLine, milli: int) -> None:
        measures = [
            1, milli, line.gross.amount, line.discount.amount, line.service.amount, line.net.amount, line.tax.amount, line.total.amount,
        ]  # fmt: skip
        _add(self._rows, Figure(False, day, store_id, "product", line.variant_id, currency), measures)
        _add(self._rows, Figure(False, day, store_id, "category", line.category or "", currency), measures)
        self.names["product", line.variant_id] = line.name, line.sku
        for tax in line.taxes:
            self._tax(False, day, store_id, currency, tax, line.net.amount)
        for discount in line.discounts:
            key = f"{discount.kind}:{discount.code or discount.promotion_id or discount.name}"[:KEY_MAX]
            self.names["discount", key] = discount.name, discount.code or ""
            _add(self._rows, Figure(False, day, store_id, "discount", key, currency), [1, 0, 0, discount.amount.amount, 0, 0, 0, 0])

    def _take(self, day: date, store_id: str, currency: str, tender: HeardTender) -> None:
        _add(self._rows, Figure(False, day, store_id, "tender", tender.type, currency), [1, 0, 0, 0, 0, 0, 0, tender.amount.amount])
        if tender.tip is not None:
            _add(self._rows, Figure(False, day, store_id, "tip", tender.type, currency), [1, 0, 0, 0, 0, 0, 0, tender.tip.amount])

    # --- back

    def give_back(self, order: HeardOrder, refund: HeardRefund) -> None:
        store_id, currency = order.store_id, order.totals.due.currency
        day = refund.business_date or self._day_of(store_id, refund.at)
        lines = {line.number: line for line in order.lines}
        quantity = net = tax = 0
        for back in refund.lines:
            milli = read_milli(back.quantity)
            quantity, net, tax = quantity + milli, net + back.net.amount, tax + back.tax.amount
            self._return_line(day, store_id, currency, back, lines[back.line], milli)
        measures = [1, quantity, 0, 0, 0, net, tax, refund.amount.amount]
        group = order.customer.group if order.customer is not None else None
        hour = self._hour_of(store_id, refund.at)
        _add(self._cells, _Cell(True, day, store_id, currency, hour, refund.register_id or order.register_id, refund.by, group or ""), measures)
        # By the day on which it was sold, too: so that the check can hold it to the orders of that day.
        for kind, key in (("refund", refund.kind), ("reason", refund.reason[:KEY_MAX]), ("sold_on", str(order.business_date))):
            _add(self._rows, Figure(True, day, store_id, kind, key, currency), measures)
        for tender in refund.tenders:
            _add(self._rows, Figure(True, day, store_id, "tender", tender.type, currency), [1, 0, 0, 0, 0, 0, 0, tender.amount.amount])
            if tender.tip is not None:
                _add(self._rows, Figure(True, day, store_id, "tip", tender.type, currency), [1, 0, 0, 0, 0, 0, 0, tender.tip.amount])
        self.changed.add((store_id, day))

    def _return_line(self, day: date, store_id: str, currency: str, back: RefundedLine, line: HeardLine, milli: int) -> None:
        measures = [1, milli, 0, 0, 0, back.net.amount, back.tax.amount, back.total.amount]
        _add(self._rows, Figure(True, day, store_id, "product", line.variant_id, currency), measures)
        _add(self._rows, Figure(True, day, store_id, "category", line.category or "", currency), measures)
        for tax in back.taxes:
            self._tax(True, day, store_id, currency, tax, back.net.amount)

    def _tax(self, back: bool, day: date, store_id: str, currency: str, tax: HeardTax, net: int) -> None:
        key = f"{tax.code}|{tax.rate}|{'included' if tax.included else 'added'}"
        self.names["tax", key] = tax.name, tax.code
        _add(self._rows, Figure(back, day, store_id, "tax", key, currency), [1, 0, 0, 0, 0, net, tax.amount.amount, 0])

    # --- called off before it was sold

    def void(self, order: HeardOrder) -> None:
        totals = order.totals
        place = Figure(True, order.business_date, order.store_id, "void", order.cancel_reason[:KEY_MAX], totals.due.currency)
        _add(self._rows, place, [1, 0, 0, 0, 0, totals.net.amount, totals.tax.amount, totals.total.amount])


def _sides(cell: _Cell) -> Iterator[tuple[str, str]]:
    yield "total", ""
    yield "hour", f"{cell.hour:02}"
    yield "register", cell.register_id
    yield "cashier", cell.by
    yield "group", cell.group


def _add(rows: dict, place: object, measures: Measures) -> None:  # type: ignore[type-arg]
    known = rows.get(place)
    if known is None:
        rows[place] = measures[:]
        return
    for at, measure in enumerate(measures):
        if measure:
            known[at] += measure


def read_milli(text: str) -> int:
    """ "0.750" is 750. The contract of orders has checked the form: up to three decimals."""
    if "." not in text:
        return int(text) * 1000
    whole, _, decimals = text.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0"))


def write_milli(milli: int) -> str:
    """The shortest text: "24", "0.75", "-2"."""
    whole, rest = divmod(abs(milli), 1000)
    text = f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)
    return f"-{text}" if milli < 0 else text
