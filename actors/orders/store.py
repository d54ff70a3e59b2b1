"""Rows <-> orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from actors.orders.contract import Line, LineTax, ListOrders, Order, Tender, Totals
from actors.orders.rules import quantity_milli, quantity_text, tax_summary
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Money, SignedMoney
from actors.runtime.work import Work

SQL = load_queries(__file__)
_TAXES = msgspec.json.Decoder(list[LineTax])
_encode = msgspec.json.encode


async def existing_contents(work: Work, ids: list[UUID]) -> dict[UUID, bytes]:
    """The `content` of those orders that are there already."""
    return {row["id"]: row["content"] for row in await work.read(SQL["existing_contents"], ids)}


async def take_receipt_numbers(work: Work, counts: dict[UUID, int]) -> dict[UUID, int]:
    """The first of the `counts[register]` next receipt numbers of each register, locked until the commit."""
    rows = await work.fetch(SQL["take_receipt_numbers"], list(counts), list(counts.values()))
    return {row["register_id"]: row["last"] - counts[row["register_id"]] + 1 for row in rows}


async def last_receipt_numbers(work: Work, register_ids: list[UUID]) -> dict[UUID, int]:
    rows = await work.read(SQL["last_receipt_numbers"], register_ids)
    return dict.fromkeys(register_ids, 0) | {row["register_id"]: row["last"] for row in rows}


def save_receipt_numbers(work: Work, lasts: dict[UUID, int]) -> None:
    work.write(SQL["save_receipt_numbers"], list(lasts), list(lasts.values()))


class _OrderRow(msgspec.Struct):
    id: UUID
    store_id: UUID
    register_id: UUID
    receipt_number: int
    receipt: str
    business_date: date
    sold_at: datetime
    offline: bool
    currency: str
    net: int
    tax: int
    total: int
    cash_rounding: int
    tendered: int
    change: int
    rounding: str
    note: str
    placed_by: str
    content: bytes


class _LineRow(msgspec.Struct):
    order_id: UUID
    number: int
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity_milli: int
    unit: str
    unit_price: int
    net: int
    tax: int
    taxes: msgspec.Raw
    note: str


class _TenderRow(msgspec.Struct):
    order_id: UUID
    number: int
    type: str
    amount: int
    reference: str


def insert_sales(work: Work, sales: Sequence[tuple[Order, bytes]]) -> None:
    """Orders with their `content`."""
    orders, lines, tenders = [], [], []
    for order, content in sales:
        totals = order.totals
        orders.append(_OrderRow(
            order.id, order.store_id, order.register_id, order.receipt_number, order.receipt, order.business_date, order.sold_at,
            order.offline, totals.total.currency, totals.net.amount, totals.tax.amount, totals.total.amount,
            totals.cash_rounding.amount, totals.tendered.amount, totals.change.amount, totals.rounding,
            order.note, order.placed_by, content,
        ))  # fmt: skip
        for line in order.lines:
            lines.append(_LineRow(
                order.id, line.number, line.product_id, line.variant_id, line.sku, line.name, quantity_milli(line.quantity), line.unit,
                line.unit_price.amount, line.net.amount, line.tax.amount, msgspec.Raw(_encode(line.taxes)), line.note,
            ))  # fmt: skip
        for number, tender in enumerate(order.tenders, start=1):
            tenders.append(_TenderRow(order.id, number, tender.type, tender.amount.amount, tender.reference))
    work.write(SQL["insert_orders"], work.now, _encode(orders).decode())
    work.write(SQL["insert_lines"], _encode(lines).decode())
    work.write(SQL["insert_tenders"], _encode(tenders).decode())


async def find_orders(work: Work, ids: list[UUID]) -> dict[UUID, Order]:
    return {order.id: order for order in await _complete(work, await work.read(SQL["find_orders"], ids))}


async def list_orders(work: Work, wish: ListOrders) -> tuple[list[Order], str | None]:
    """A page, and the cursor of the next. ValueError for a cursor that is not ours."""
    after: Any = read_cursor(wish.cursor, tuple[datetime, UUID]) if wish.cursor else (None, None)
    rows = await work.read(
        SQL["list_orders"], wish.store_id, wish.register_id, wish.status, wish.business_date, wish.sold_from, wish.sold_until,
        *after, wish.limit + 1,
    )
    orders = await _complete(work, rows[: wish.limit])
    last = orders[-1] if len(rows) > wish.limit else None
    return orders, write_cursor(last.sold_at.isoformat(), str(last.id)) if last else None


async def _complete(work: Work, rows: Sequence[Any]) -> list[Order]:
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    lines, tenders = defaultdict(list), defaultdict(list)
    for row in await work.read(SQL["find_lines"], ids):
        lines[row["order_id"]].append(row)
    for row in await work.read(SQL["find_tenders"], ids):
        tenders[row["order_id"]].append(row)
    return [_order(row, lines[row["id"]], tenders[row["id"]]) for row in rows]


def _order(row: Any, line_rows: list[Any], tender_rows: list[Any]) -> Order:
    currency = row["currency"]

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=currency)

    lines = [_line(line, currency) for line in line_rows]
    return Order(
        id=row["id"],
        version=row["version"],
        status=row["status"],
        store_id=row["store_id"],
        register_id=row["register_id"],
        receipt_number=row["receipt_number"],
        receipt=row["receipt"],
        business_date=row["business_date"],
        sold_at=row["sold_at"],
        offline=row["offline"],
        lines=lines,
        tenders=[Tender(type=tender["type"], amount=money(tender["amount"]), reference=tender["reference"]) for tender in tender_rows],
        totals=Totals(
            net=money(row["net"]),
            tax=money(row["tax"]),
            total=money(row["total"]),
            cash_rounding=SignedMoney(amount=row["cash_rounding"], currency=currency),
            due=money(row["total"] + row["cash_rounding"]),
            tendered=money(row["tendered"]),
            change=money(row["change"]),
            rounding=row["rounding"],
            taxes=tax_summary(lines, currency),
        ),
        note=row["note"],
        placed_by=row["placed_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _line(row: Any, currency: str) -> Line:
    return Line(
        number=row["number"],
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        sku=row["sku"],
        name=row["name"],
        quantity=quantity_text(row["quantity_milli"], row["unit"]),
        unit=row["unit"],
        unit_price=Money(amount=row["unit_price"], currency=currency),
        net=Money(amount=row["net"], currency=currency),
        tax=Money(amount=row["tax"], currency=currency),
        total=Money(amount=row["net"] + row["tax"], currency=currency),
        taxes=_TAXES.decode(row["taxes"]),
        note=row["note"],
    )
