"""Three sets of books - the clerks', Postgres', the listener's - must agree to the last unit."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from actors.runtime.database import connect_alone
from tests.faults.clerks import Books
from tests.faults.stage import Stage
from tests.support import eventually

ARRIVE_SECONDS = 30.0
RECALLED = 10

PENDING = "SELECT count(*) FROM webhooks.deliveries WHERE state <> 'delivered'"
KEYS = "SELECT key FROM orders.idempotency_keys WHERE command IN ('orders.place', 'orders.place_batch')"
ORDERS = "SELECT id, register_id, receipt_number, total, total + cash_rounding AS due FROM orders.orders"
HALF_DONE = """
    SELECT id FROM orders.orders AS o
    WHERE total IS DISTINCT FROM (SELECT sum(net + tax) FROM orders.lines WHERE order_id = o.id)
       OR total + cash_rounding + change IS DISTINCT FROM (SELECT sum(amount) FROM orders.tenders WHERE order_id = o.id)
"""


async def audit(stage: Stage, books: Books) -> None:
    """Call it when nobody is selling."""
    listener = stage.listener
    await eventually(lambda: len(listener.bodies) >= len(books.orders), within_seconds=ARRIVE_SECONDS)
    connection = await connect_alone(stage.postgres.url)
    try:
        await eventually(lambda: _none(connection, PENDING), within_seconds=ARRIVE_SECONDS)
        rows = await connection.fetch(ORDERS)
        keys = {row["key"] for row in await connection.fetch(KEYS)}
        log = {str(row["id"]): row["body"] for row in await connection.fetch("SELECT id, body FROM orders.log")}
        assert await connection.fetch(HALF_DONE) == []
        assert await connection.fetchval("SELECT count(*) FROM webhooks.dead_letters") == 0
        assert await connection.fetchval("SELECT count(*) FROM webhooks.inbox JOIN orders.log ON id = event_id") == len(log)
    finally:
        await connection.close()
    assert books.wrong + listener.wrong == []
    _one_order_for_each_key(books, rows, keys)
    _receipts_without_gaps(rows)
    assert log == listener.bodies  # each event exactly once by id, byte for byte as it was logged
    _sums(books, rows, listener.events())
    await _keys_recalled(stage, books)


async def _none(connection: Any, count: str) -> bool:
    return await connection.fetchval(count) == 0


def _one_order_for_each_key(books: Books, rows: list[Any], keys: set[str]) -> None:
    assert keys == books.keys
    stored = {str(row["id"]): (str(row["register_id"]), row["receipt_number"], row["total"], row["due"]) for row in rows}
    assert stored == {id: told[1:] for id, told in books.orders.items()}


def _receipts_without_gaps(rows: list[Any]) -> None:
    numbers = defaultdict(list)
    for row in rows:
        numbers[row["register_id"]].append(row["receipt_number"])
    for register, given in numbers.items():
        assert sorted(given) == list(range(1, len(given) + 1)), f"receipts of {register}"


def _sums(books: Books, rows: list[Any], events: list[Any]) -> None:
    heard = {event["data"]["id"]: event["data"]["totals"] for event in events}
    assert len(heard) == len(events) == len(rows)
    told, stored = books.orders.values(), rows
    totals = sum(order.total for order in told), sum(row["total"] for row in stored), sum(order["total"]["amount"] for order in heard.values())
    dues = sum(order.due for order in told), sum(row["due"] for row in stored), sum(order["due"]["amount"] for order in heard.values())
    assert len(set(totals)) == 1, totals
    assert len(set(dues)) == 1, dues


async def _keys_recalled(stage: Stage, books: Books) -> None:
    """"Did my sale land?" has an answer, and no answer is still open."""
    for key in random.sample(sorted(books.keys), min(RECALLED, len(books.keys))):
        async with stage.http.get(f"{stage.url}/v1/idempotency-keys/{key}") as answer:
            assert answer.status == 200
            outcome = (await answer.json())["outcome"]
        told = [item["order"]["id"] for item in outcome["items"]] if "items" in outcome else [outcome["id"]]
        assert {books.orders[id].key for id in told} == {key}
