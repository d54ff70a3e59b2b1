"""What was sold before orders became JSON bodies is there afterwards, and can be read, found and called off."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import actors.orders
from actors.orders.contract import CANCEL_ORDER, GET_ORDER, LIST_ORDERS, CancelOrder, GetOrder, LineTax, ListOrders
from actors.runtime.database import Database
from actors.runtime.migrations import migrate
from actors.runtime.words import Money
from tests.support import Servers, open_house, some_id

SOLD_AT = datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)


async def test_old_orders_are_read_as_new_ones(servers: Servers, tmp_path: Path) -> None:
    settings = await servers.settings(empty=True)
    order_id, store_id, register_id, fish, rice = (some_id() for _ in range(5))
    await _first_schema(settings.database_url, tmp_path, [
        ("""INSERT INTO orders.orders VALUES ($1, 1, 'completed', $2, $3, 7, 'K1-000007', $4, $5, true, 'IDR', 900, 90, 990, 10, 1500, 500,
             'line:half_up tax:line:half_up cash:half_up/100', 'with care', 'key-1', decode('01', 'hex'), $5, $5)""",
         (order_id, store_id, register_id, date(2026, 2, 3), SOLD_AT)),
        ("INSERT INTO orders.lines VALUES ($1, 1, $2, $2, 'F', 'Fish', 750, 'kg', 667, 450, 50, $3, 'fresh')",
         (order_id, fish, json.dumps([_tax(50)]))),
        ("INSERT INTO orders.lines VALUES ($1, 2, $2, $2, 'R', 'Rice', 2000, 'piece', 245, 450, 40, $3, '')",
         (order_id, rice, json.dumps([_tax(40)]))),
        ("INSERT INTO orders.tenders VALUES ($1, 1, 'card', 500, 'T-9'), ($1, 2, 'cash', 1000, '')", (order_id,)),
    ])

    async with open_house(settings, ("stores", "catalog", "orders")) as house:
        order = await house.call(GET_ORDER, GetOrder(id=order_id))
        assert (await house.call(LIST_ORDERS, ListOrders(store_id=store_id, payment="paid", receipt="K1-000007"))).items == [order]
        gone = await house.call(CANCEL_ORDER, CancelOrder(id=order_id, reason="long ago"))

    assert (order.version, order.status, order.fulfillment, order.payment) == (1, "completed", "delivered", "paid")
    assert (order.receipt_number, order.business_date, order.sold_at, order.offline) == (7, date(2026, 2, 3), SOLD_AT, True)
    assert [(line.number, line.quantity, line.unit, line.gross.amount, line.total.amount) for line in order.lines] == [
        (1, "0.750", "kg", 500, 500), (2, "2", "piece", 490, 490),
    ]  # fmt: skip
    assert [(tender.number, tender.type, tender.amount, tender.at) for tender in order.tenders] == [
        (1, "card", _idr(500), SOLD_AT), (2, "cash", _idr(1000), SOLD_AT),
    ]  # fmt: skip
    totals = order.totals
    assert [money.amount for money in (totals.gross, totals.net, totals.tax, totals.total, totals.due, totals.tendered, totals.change)] == [
        990, 900, 90, 990, 1000, 1500, 500,
    ]  # fmt: skip
    assert totals.taxes == [LineTax(code="ppn", name="PPN", rate="11", included=True, amount=_idr(90))]
    # No inventory has ever heard of it, so nothing comes back into the stock.
    assert (order.stock, order.moves, order.flags, order.refunds) == ([], [], [], [])
    assert (gone.status, gone.payment, gone.totals.refunded, gone.stock) == ("cancelled", "refunded", _idr(1000), [])


async def _first_schema(url: str, folder: Path, rows: list[tuple[str, tuple[Any, ...]]]) -> None:
    """As the first version has left it."""
    first = Path(actors.orders.__file__).parent / "migrations" / "0001_orders.sql"
    (folder / first.name).write_text(first.read_text())
    database = Database(url, pool=2)
    await database.connect()
    try:
        await migrate(database, "orders", folder)
        async with database.connection() as connection:
            for sql, values in rows:
                await connection.execute(sql, *values)
    finally:
        await database.disconnect()


def _tax(amount: int) -> dict[str, Any]:
    return {"code": "ppn", "name": "PPN", "rate": "11", "included": True, "amount": {"amount": amount, "currency": "IDR"}}


def _idr(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")
