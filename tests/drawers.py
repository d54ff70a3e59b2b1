"""What all drawers of a store have counted, and what its orders say: two ways to the same sums, for every test that does much at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from actors.orders.contract import LIST_ORDERS, ListOrders, Order
from actors.shifts.contract import (
    GET_X,
    LIST_SHIFTS,
    LIST_UNSHIFTED,
    LIST_Z_REPORTS,
    Figures,
    GetX,
    ListShifts,
    ListUnshifted,
    ListZReports,
    ZReport,
)
from tests.support import House

Sums = Counter[str]
PAGE = 100


async def all_booked(house: House) -> bool:
    """Whether all that orders and customers have told is in the drawers' figures."""
    rows = await house.fetch(
        "SELECT (SELECT position FROM shifts.followed AS f WHERE f.log = heads.log) AS until, head FROM ("
        "SELECT 'orders' AS log, (SELECT max(position) FROM orders.log) AS head "
        "UNION ALL SELECT 'customers', (SELECT max(position) FROM customers.log)) AS heads"
    )
    return all(row["head"] is None or row["until"] == row["head"] for row in rows)


async def in_drawers(house: House, store_id: UUID) -> Sums:
    """The sums of all Z reports, of what came late to them, of what is open still, and of what was sold without a shift."""
    sums: Sums = Counter()
    for report in await z_reports(house, store_id):
        _add(sums, report.figures, report.corrected)
    for shift in (await house.call(LIST_SHIFTS, ListShifts(store_id=store_id, status="open"))).items:
        _add(sums, (await house.call(GET_X, GetX(id=shift.id))).figures)
    for day in (await house.call(LIST_UNSHIFTED, ListUnshifted(store_id=store_id, limit=500))).items:
        _add(sums, day.figures)
    return +sums


async def z_reports(house: House, store_id: UUID) -> list[ZReport]:
    page = await house.call(LIST_Z_REPORTS, ListZReports(store_id=store_id, limit=PAGE))
    found = page.items
    while page.next_cursor is not None:
        page = await house.call(LIST_Z_REPORTS, ListZReports(store_id=store_id, limit=PAGE, cursor=page.next_cursor))
        found += page.items
    return found


def _add(sums: Sums, *several: Figures) -> None:
    for figures in several:
        sums["sales"] += figures.sales
        for name in ("due", "change", "tax", "net"):
            sums[name] += getattr(figures, name).amount
        for tender in figures.tenders:
            sums[f"in {tender.type}"] += tender.amount.amount
            sums["payments"] += tender.count
        for back in figures.refunded:
            sums[f"out {back.type}"] += back.amount.amount
        for kind in figures.returned:
            sums["refunds"] += kind.count
        for void in figures.voids:
            sums["voids"] += void.count


async def in_orders(house: House, store_id: UUID) -> Sums:
    """The same sums, of the orders as they are in the end."""
    page = await house.call(LIST_ORDERS, ListOrders(store_id=store_id, limit=PAGE))
    orders = page.items
    while page.next_cursor is not None:
        page = await house.call(LIST_ORDERS, ListOrders(store_id=store_id, limit=PAGE, cursor=page.next_cursor))
        orders += page.items
    return _sum_up(orders)


def _sum_up(orders: Iterable[Order]) -> Sums:
    sums: Sums = Counter()
    for order in orders:
        if order.receipt_number is not None:
            sums["sales"] += 1
            for name in ("due", "change", "tax", "net"):
                sums[name] += getattr(order.totals, name).amount
        sums["voids"] += order.status == "cancelled" and order.merged_into is None
        for tender in order.tenders:
            sums[f"in {tender.type}"] += tender.amount.amount
            sums["payments"] += 1
        for refund in order.refunds:
            sums["refunds"] += 1
            for back in refund.tenders:
                sums[f"out {back.type}"] += back.amount.amount
    return +sums
