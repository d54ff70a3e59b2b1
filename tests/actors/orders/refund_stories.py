"""Orders to give something back of, made from what matters for it: plain numbers, in minor units of IDR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from actors.orders.amounts import milli_text
from actors.orders.contract import Line, LineTax, Order, StockUse, Tender, Totals
from actors.orders.refunding import Occasion
from actors.runtime.words import Money, SignedMoney

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
OCCASION = Occasion(AT, "key-1", "as in the story")


def idr(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")


def signed(amount: int) -> SignedMoney:
    return SignedMoney(amount=amount, currency="IDR")


def fixed_id(number: int) -> UUID:
    return UUID(int=number)


class Ids:
    """New ids, as stories need them: always the same ones."""

    def __init__(self) -> None:
        self.last = 1000

    def __call__(self) -> UUID:
        self.last += 1
        return fixed_id(self.last)


def order_of(
    lines: Sequence[Mapping[str, Any]], tenders: Sequence[Mapping[str, Any]], *, adjustment: int = 0, cash_rounding: int = 0,
    uses: Mapping[int, Mapping[UUID, int]] | None = None, status: Any = "completed",
) -> Order:  # fmt: skip
    """`lines`: {"quantity", "net", "taxes"}, `unit` a piece when missing. `tenders`: {"type", "amount"}, perhaps a `tip`."""
    sold = [_line(number, line) for number, line in enumerate(lines, start=1)]
    net, tax = sum(line.net.amount for line in sold), sum(line.tax.amount for line in sold)
    due = net + tax + adjustment + cash_rounding
    given = [_tender(number, tender) for number, tender in enumerate(tenders, start=1)]
    tendered = sum(tender.amount.amount for tender in given)
    totals = Totals(
        gross=idr(net + tax), discount=idr(0), service=idr(0), net=idr(net), tax=idr(tax), total=idr(net + tax + adjustment),
        adjustment=signed(adjustment), cash_rounding=signed(cash_rounding), due=idr(due), tendered=idr(tendered),
        change=idr(max(tendered - due, 0)), tips=idr(0), missing=idr(max(due - tendered, 0)), missing_in_cash=idr(max(due - tendered, 0)),
        refunded=idr(0), rounding="", taxes=[],
    )  # fmt: skip
    return Order(
        id=fixed_id(1), version=1, status=status, fulfillment="pending", payment="paid" if status == "completed" else "partially_paid",
        store_id=fixed_id(2), register_id=fixed_id(3), receipt_number=1, receipt="K1-000001", business_date=AT.date(), sold_at=AT,
        offline=False, lines=sold, tenders=given, totals=totals, note="", placed_by="key-1", created_at=AT, updated_at=AT,
        stock=stock_of(uses or {}),
    )  # fmt: skip


def stock_of(uses: Mapping[int, Mapping[UUID, int]]) -> list[StockUse]:
    sums: dict[UUID, int] = {}
    for line in uses.values():
        for variant_id, milli in line.items():
            sums[variant_id] = sums.get(variant_id, 0) + milli
    return [StockUse(variant_id=variant_id, product_id=variant_id, sold=milli_text(milli)) for variant_id, milli in sums.items()]


def _line(number: int, line: Mapping[str, Any]) -> Line:
    taxes = [
        LineTax(code=f"tax{index}", name=f"Tax {index}", rate="1", included=True, amount=idr(amount))
        for index, amount in enumerate(line.get("taxes", []))
    ]
    tax = sum(entry.amount.amount for entry in taxes)
    return Line(
        number=number, product_id=fixed_id(100 + number), variant_id=fixed_id(200 + number), sku=f"S{number}", name=f"Thing {number}",
        quantity=line["quantity"], unit=line.get("unit", "piece"), unit_price=idr(0), net=idr(line["net"]), tax=idr(tax),
        total=idr(line["net"] + tax), taxes=taxes, note="", gross=idr(line["net"] + tax), discount=idr(0), service=idr(0), refunded=idr(0),
    )  # fmt: skip


def _tender(number: int, tender: Mapping[str, Any]) -> Tender:
    tip = tender.get("tip")
    return Tender(
        number=number, type=tender["type"], amount=idr(tender["amount"]), reference="", at=AT, refunded=idr(0), tip=idr(tip) if tip else None
    )
