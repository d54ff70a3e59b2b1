"""Three sets of books - the clerks', Postgres', the listener's - must agree to the last unit."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any
from uuid import UUID

import msgspec

from actors.orders.contract import ORDER_EVENTS, Order
from actors.runtime.database import connect_alone
from tests.books import wrong_with
from tests.faults.clerks import Books
from tests.faults.stage import Stage
from tests.support import eventually

ARRIVE_SECONDS = 30.0
EVENTS = [event.name for event in ORDER_EVENTS]
RECALLED = 10

PENDING = "SELECT count(*) FROM webhooks.deliveries WHERE done <> 'd'"
KEYS = """
    SELECT key FROM orders.idempotency_keys WHERE command IN ('orders.place', 'orders.place_batch', 'orders.pay', 'orders.refund')
    UNION SELECT key FROM payments.idempotency_keys WHERE command = 'payments.create_intent'
"""
DEAD = """
    SELECT (SELECT count(*) FROM webhooks.dead_letters) + (SELECT count(*) FROM inventory.dead_letters)
         + (SELECT count(*) FROM payments.dead_letters) + (SELECT count(*) FROM orders.dead_letters)
         + (SELECT count(*) FROM customers.dead_letters) + (SELECT count(*) FROM shifts.dead_letters)
         + (SELECT count(*) FROM receipts.dead_letters) + (SELECT count(*) FROM reports.dead_letters)
"""


async def audit(stage: Stage, books: Books) -> None:
    """Call it when nobody is selling."""
    listener = stage.listener
    connection = await connect_alone(stage.postgres.url)
    try:
        await eventually(lambda: _paid_by_card(connection, books), within_seconds=ARRIVE_SECONDS)
        await eventually(lambda: _stock_and_money_agree(stage), within_seconds=ARRIVE_SECONDS)
        await eventually(lambda: _all_arrived(connection, listener.bodies), within_seconds=ARRIVE_SECONDS)
        await eventually(lambda: _none(connection, PENDING), within_seconds=ARRIVE_SECONDS)
        orders = {row["id"]: msgspec.json.decode(row["body"], type=Order) for row in await connection.fetch("SELECT id, body FROM orders.bodies")}
        keys = {row["key"] for row in await connection.fetch(KEYS)}
        log = {str(row["id"]): row["body"] for row in await connection.fetch("SELECT id, body FROM orders.log WHERE name = ANY ($1)", EVENTS)}
        assert await connection.fetchval(DEAD) == 0
        assert await connection.fetchval("SELECT count(*) FROM webhooks.sorted JOIN orders.log USING (id)") == len(log)
    finally:
        await connection.close()
    assert books.wrong + listener.wrong == []
    assert keys >= books.keys - books.unkeyed
    assert [words for order in orders.values() for words in wrong_with(order)] == []
    _as_told(books, list(orders.values()))
    _receipts_without_gaps(list(orders.values()))
    assert log == listener.bodies  # each event exactly once by id, byte for byte as it was logged
    _as_heard(list(orders.values()), listener.events())
    await _nothing_oversold(stage)
    await _keys_recalled(stage, books)


async def _none(connection: Any, count: str) -> bool:
    return await connection.fetchval(count) == 0


async def _paid_by_card(connection: Any, books: Books) -> bool:
    ids = list(map(UUID, books.awaited))
    return await connection.fetchval("SELECT count(*) FROM orders.orders WHERE id = ANY ($1) AND status = 'completed'", ids) == len(ids)


async def _stock_and_money_agree(stage: Stage) -> bool:
    """What differs is wrong at once; what has not been heard of yet may take a moment."""
    behind, cursor = 0, ""
    while cursor is not None:
        page = await stage.get(f"/v1/inventory/check?cursor={cursor}" if cursor else "/v1/inventory/check")
        assert page["findings"] == []
        behind, cursor = behind + page["behind"], page["next_cursor"]
    money = await stage.get("/v1/payments/check")
    assert money["findings"] == []
    return not behind and money["unsettled"] == 0


async def _all_arrived(connection: Any, bodies: dict[str, bytes]) -> bool:
    return await connection.fetchval("SELECT count(*) FROM orders.log WHERE name = ANY ($1)", EVENTS) == len(bodies)


def _as_told(books: Books, orders: list[Order]) -> None:
    """One order for each key, and each as its clerk was told last; what a gift card has paid since is further on."""
    stored = {str(order.id): _told(order) for order in orders}
    told = {id: tuple(order[1:]) for id, order in books.orders.items()}
    assert stored.keys() == told.keys()
    assert {id: told[id] for id in told.keys() - books.awaited} == {id: stored[id] for id in stored.keys() - books.awaited}


def _told(order: Order) -> tuple[object, ...]:
    totals = order.totals
    amounts = totals.total.amount, totals.due.amount, totals.refunded.amount
    return order.version, order.status, str(order.register_id), order.receipt_number, *amounts


def _receipts_without_gaps(orders: list[Order]) -> None:
    numbers = defaultdict(list)
    for order in orders:
        if order.receipt_number is not None:
            numbers[order.register_id].append(order.receipt_number)
    for register, given in numbers.items():
        assert sorted(given) == list(range(1, len(given) + 1)), f"receipts of {register}"


def _as_heard(orders: list[Order], events: list[Any]) -> None:
    """Each version of each order was told once, the listener's last one is ours, and the sums are the same."""
    heard: dict[str, dict[int, Any]] = defaultdict(dict)
    for event in events:
        heard[event["data"]["order"]["id"]][event["data"]["version"]] = event["data"]["order"]
    assert {str(order.id): list(range(1, order.version + 1)) for order in orders} == {id: sorted(versions) for id, versions in heard.items()}
    last = [max(versions.items())[1] for versions in heard.values()]
    for name in ("total", "due", "refunded"):
        assert sum(getattr(order.totals, name).amount for order in orders) == sum(order["totals"][name]["amount"] for order in last)


async def _nothing_oversold(stage: Stage) -> None:
    levels = (await stage.get(f"/v1/inventory/levels?variant_id={stage.scarce_id}"))["items"]
    assert levels
    assert all(float(level["available"]) >= 0 for level in levels)


async def _keys_recalled(stage: Stage, books: Books) -> None:
    """"Did my sale land?" has an answer, and no answer is still open."""
    keyed = sorted(books.keys - books.unkeyed)
    for key in random.sample(keyed, min(RECALLED, len(keyed))):
        async with stage.http.get(f"{stage.url}/v1/idempotency-keys/{key}") as answer:
            assert answer.status == 200
            outcome = (await answer.json())["outcome"]
        told = [item["order"]["id"] for item in outcome["items"]] if "items" in outcome else [outcome.get("order_id", outcome["id"])]
        assert set(told) <= books.orders.keys()
