"""What an event about an order means for the drawers: facts, each of one register and one moment. Pure.

A sale counts once, when its order completes. A tender counts when it is given, at the register that took it; that may be long
before. Change is given when the order completes. A refund counts where and when it is given back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.runtime.envelopes import decode_event
from actors.shifts.tally import AMOUNTS, Row, tax_name

# --- what of an event concerns drawers; the rest is not even decoded


class _Money(Struct, gc=False):
    amount: int


class _Tender(Struct, gc=False):
    type: str
    amount: _Money
    at: datetime
    tip: _Money | None = None


class _Tax(Struct, gc=False):
    code: str
    name: str
    rate: str
    amount: _Money


class _Currency(Struct, gc=False):
    amount: int
    currency: str


class _Totals(Struct, gc=False):
    gross: _Money
    discount: _Money
    service: _Money
    net: _Money
    tax: _Money
    total: _Money
    cash_rounding: _Money
    due: _Currency
    change: _Money
    taxes: list[_Tax]

    def amounts(self) -> tuple[int, ...]:
        """In the order of `AMOUNTS`."""
        return (
            self.gross.amount, self.discount.amount, self.service.amount, self.net.amount, self.tax.amount, self.total.amount,
            self.cash_rounding.amount,
        )  # fmt: skip


class _Back(Struct, gc=False):
    type: str
    amount: _Money
    tip: _Money | None = None


class _RefundLine(Struct, gc=False):
    taxes: list[_Tax]


class _Refund(Struct, gc=False):
    kind: str
    at: datetime
    lines: list[_RefundLine]
    amount: _Money
    tenders: list[_Back]
    register_id: UUID | None = None
    business_date: str | None = None


class _Order(Struct, gc=False):
    id: UUID
    status: str
    store_id: UUID
    register_id: UUID
    receipt: str
    business_date: str
    sold_at: datetime
    updated_at: datetime
    tenders: list[_Tender]
    totals: _Totals
    refunds: list[_Refund] = []
    merged_into: UUID | None = None


class _State(Struct, gc=False):
    status: str


class Told(Struct, gc=False):
    order: _Order
    before: _State | None
    changed: list[str]


class _Discount(Struct, gc=False):
    kind: str
    amount: _Money


class _Line(Struct, gc=False):
    discounts: list[_Discount] = []


class _Lines(Struct, gc=False):
    lines: list[_Line]


class _LinesTold(Struct, gc=False):
    order: _Lines


# --- facts

Kind = Literal["sale", "payment", "refund", "void", "debt"]


class Fact(NamedTuple):
    """`amount`: of the sale, of what was paid, be it a debt, of what was given back (below zero); of a void nothing."""

    kind: Kind
    register_id: UUID
    at: datetime
    business_date: str
    amount: int
    rows: list[Row]


class News(NamedTuple):
    """An event, read. `paid`: it may have brought tenders, so that it must be known how many of them have been counted."""

    told: Told
    body: bytes
    paid: bool

    @property
    def order_id(self) -> UUID:
        return self.told.order.id


def read_news(body: bytes) -> News:
    told: Told = decode_event(Told, body)
    changed = told.changed
    paid = bool(told.order.tenders) and (told.before is None or ("tenders" in changed and "refunds" not in changed))
    return News(told, body, paid)


def facts_of(news: News, counted: int) -> tuple[list[Fact], int]:
    """What happened, and how many of the order's tenders have been counted by now. `counted`: how many had been before."""
    order, before = news.told.order, news.told.before
    if before is None and order.status == "completed":
        return _sold_at_once(news), len(order.tenders)
    facts: list[Fact] = []
    if order.status == "completed" and before is not None and before.status != "completed":
        facts.append(_sale(news))
    if news.paid:
        # A merge brings lines and tenders at once: what was given for the other order has been counted there.
        moved = before is not None and "lines" in news.told.changed
        if not moved:
            facts += _payments(order, counted)
        counted = len(order.tenders)
    if before is not None and "refunds" in news.told.changed:
        facts.append(_refund(order, before.status))
    if before is not None and before.status != order.status == "cancelled" and order.merged_into is None:
        rows: list[Row] = [(f"void:{before.status}", 1, order.totals.due.amount, 0)]
        # With money that goes back, it happened when and where that did.
        back = order.refunds[-1] if "refunds" in news.told.changed else None
        at = min(back.at, order.updated_at) if back else order.updated_at
        facts.append(Fact("void", (back and back.register_id) or order.register_id, at, _day_of_change(order), 0, rows))
    return _joined(facts), counted


def _sold_at_once(news: News) -> list[Fact]:
    """Nearly all of them: placed and paid at one moment, so it is one fact."""
    order, sale = news.told.order, _sale(news)
    rows = sale.rows
    for tender in order.tenders:
        if tender.at != order.sold_at:
            return _joined([sale, *_payments(order, 0)])
    for tender in order.tenders:
        rows.append((_TENDER[tender.type], 1, tender.amount.amount, tender.tip.amount if tender.tip else 0))
    return [sale]


class _Names(dict[str, str]):
    """Each name is made once."""

    def __missing__(self, kind: str) -> str:
        return self.setdefault(kind, f"tender:{kind}")


_TENDER = _Names()


def _joined(facts: list[Fact]) -> list[Fact]:
    """A sale that is paid at once is one fact, not several: what is of one register and one moment belongs together."""
    if len(facts) < 2:
        return facts
    joined: list[Fact] = []
    for fact in facts:
        last = joined[-1] if joined else None
        if last is not None and last[1:4] == fact[1:4]:
            amount = last.amount if last.kind in ("sale", "refund") else last.amount + fact.amount
            joined[-1] = last._replace(rows=last.rows + fact.rows, amount=amount)
        else:
            joined.append(fact)
    return joined


def _sale(news: News) -> Fact:
    order = news.told.order
    totals = order.totals
    due, change = totals.due.amount, totals.change.amount
    rows: list[Row] = [("sales", 1, due, 0)]
    for name, amount in zip(AMOUNTS, totals.amounts(), strict=True):
        if amount:
            rows.append((name, 1, amount, 0))
    if change:
        rows.append(("change", 1, change, 0))
    for tax in totals.taxes:
        rows.append((tax_name(tax.code, tax.rate, tax.name), 1, tax.amount.amount, 0))
    if totals.discount.amount:
        rows += _discounts(news.body)
    return Fact("sale", order.register_id, min(order.sold_at, order.updated_at), order.business_date, due, rows)


def _discounts(body: bytes) -> Iterator[Row]:
    """Seldom, so they are decoded only where there are some."""
    told: _LinesTold = decode_event(_LinesTold, body)
    for line in told.order.lines:
        for discount in line.discounts:
            yield f"discount:{discount.kind}", 1, discount.amount.amount, 0


def _payments(order: _Order, counted: int) -> Iterator[Fact]:
    for tender in order.tenders[counted:]:
        amount, tip = tender.amount.amount, tender.tip.amount if tender.tip else 0
        at = min(tender.at, order.updated_at)
        yield Fact("payment", order.register_id, at, order.business_date, amount + tip, [(_TENDER[tender.type], 1, amount, tip)])


def _refund(order: _Order, status_before: str) -> Fact:
    """The newest: each refund has a version of the order, and an event, of its own."""
    refund = order.refunds[-1]
    kind = refund.kind if status_before == "completed" else "unfinished"
    rows: list[Row] = [(f"returned:{kind}", 1, refund.amount.amount, 0)]
    back = 0
    for part in refund.tenders:
        tip = part.tip.amount if part.tip else 0
        back += part.amount.amount + tip
        rows.append((f"refunded:{part.type}", 1, part.amount.amount, tip))
    for line in refund.lines:
        rows += [(tax_name(tax.code, tax.rate, tax.name), 0, 0, tax.amount.amount) for tax in line.taxes]
    register_id = refund.register_id or order.register_id
    return Fact("refund", register_id, min(refund.at, order.updated_at), refund.business_date or order.business_date, -back, rows)


def _day_of_change(order: _Order) -> str:
    """A void comes with the refund of what had been paid, if anything had; that one knows its day."""
    return (order.refunds[-1].business_date if order.refunds else None) or order.business_date


def count_before(news: News, known: Mapping[UUID, int]) -> int:
    return known.get(news.order_id, 0) if news.told.before is not None else 0
