"""Deriving again: whatever somebody has done to balances, lots and words, the ledgers and the profiles bring it back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from actors.customers.contract import (
    LIST_CUSTOMERS,
    MERGE_CUSTOMERS,
    ListCustomers,
    MergeCustomers,
    Profile,
)
from actors.customers.holding import Lot
from actors.customers.levelling import even_lots
from actors.orders.contract import REFUND_ORDER, RefundOrder, ReturnInput
from tests.actors.customers.support import Shop
from tests.pages import about, mended
from tests.support import eventually, some_id

NOW = datetime(2026, 2, 1, tzinfo=UTC)


async def buys(shop: Shop, quantity: int = 3) -> tuple[Profile, UUID]:
    """Somebody who has bought for Rp 105,000, and has 10 points for that."""
    customer = await shop.customer()
    order = await shop.sale(customer, quantity)
    await shop.has_points(customer, 3 * quantity + quantity // 2)
    return customer, order.id


async def lots(shop: Shop, customer: Profile) -> list[tuple[int, int, int]]:
    rows = await shop.house.fetch('SELECT earned, "left", expired FROM customers.lots WHERE customer_id = $1 ORDER BY at, id', customer.id)
    return [(row["earned"], row["left"], row["expired"]) for row in rows]


async def test_balances_come_back_changed_or_removed(shop: Shop) -> None:
    await shop.program()
    customer, order_id = await buys(shop)
    debtor = await shop.customer()
    await shop.credit(debtor, 500_000)
    await shop.ends(await shop.begin(await shop.order(debtor), "on_account"))
    await shop.has_points(debtor, 3)
    before = await shop.house.fetch("SELECT * FROM customers.balances WHERE customer_id = ANY ($1) ORDER BY customer_id", [customer.id, debtor.id])

    await shop.house.fetch("UPDATE customers.balances SET points = 99, points_number = 0 WHERE customer_id = $1", customer.id)
    await shop.house.fetch("UPDATE customers.balances SET owed = 0, credit_version = 1 WHERE customer_id = $1", debtor.id)
    await mended(shop.house, "customers")
    after = await shop.house.fetch("SELECT * FROM customers.balances WHERE customer_id = ANY ($1) ORDER BY customer_id", [customer.id, debtor.id])
    assert after == before

    await shop.house.fetch("DELETE FROM customers.balances WHERE customer_id = $1", debtor.id)
    assert (await mended(shop.house, "customers")).left == [f"customer {debtor.id}: the credit limit is gone, give it again"]
    assert (await shop.credit(debtor, 500_000)).balance.amount == 35_000_00
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order_id, lines=[ReturnInput(line=1, quantity=3)]))
    await shop.has_points(customer, 0)
    await shop.books_are_right()


async def test_lots_come_back_as_the_entries_have_them(shop: Shop) -> None:
    await shop.program()
    spoiled, _ = await buys(shop)
    robbed, _ = await buys(shop)
    moved, order_id = await buys(shop)
    await shop.house.fetch('UPDATE customers.lots SET earned = 100, "left" = 40 WHERE customer_id = $1', spoiled.id)
    await shop.house.fetch("DELETE FROM customers.lots WHERE customer_id = $1", robbed.id)
    await shop.house.fetch("UPDATE customers.lots SET customer_id = $2 WHERE customer_id = $1", moved.id, spoiled.id)

    await mended(shop.house, "customers")

    assert [await lots(shop, one) for one in (spoiled, robbed, moved)] == [[(10, 10, 0)]] * 3
    await shop.books_are_right()
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order_id, lines=[ReturnInput(line=1, quantity=1)]))
    await shop.has_points(moved, 7)
    assert about((await mended(shop.house, "customers")).mended, moved.id) == []


async def test_merged_points_stay_where_they_are(shop: Shop) -> None:
    await shop.program()
    (kept, _), (gone, _) = await buys(shop), await buys(shop)
    await shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=kept.id, other_id=gone.id))

    assert about((await mended(shop.house, "customers")).mended, kept.id, gone.id) == []
    await shop.house.fetch("DELETE FROM customers.lots WHERE customer_id = $1", kept.id)
    await mended(shop.house, "customers")

    assert (await lots(shop, kept), await lots(shop, gone)) == ([(10, 10, 0), (10, 10, 0)], [])
    await shop.books_are_right()


async def test_whoever_is_not_found_any_more_is_found_again(shop: Shop) -> None:
    sari = await shop.customer("Sari Wijayanti", phone="0812 7777 1234")
    await shop.house.fetch("DELETE FROM customers.finders WHERE customer_id = $1 AND word LIKE 'wij%'", sari.id)
    await shop.house.fetch("INSERT INTO customers.finders (customer_id, word, words) VALUES ($1, 'budi', ' budi')", sari.id)

    assert f"customer {sari.id}: found by its words again" in (await mended(shop.house, "customers")).mended

    assert sari.id in [one.id for one in (await shop.house.call(LIST_CUSTOMERS, ListCustomers(q="wijay sari"))).items]
    assert sari.id not in [one.id for one in (await shop.house.call(LIST_CUSTOMERS, ListCustomers(q="budi"))).items]
    assert about((await mended(shop.house, "customers")).mended, sari.id) == []


async def test_selling_goes_on_meanwhile(shop: Shop) -> None:
    await shop.program()

    async def clerk() -> list[Profile]:
        customers = [await shop.customer() for _ in range(8)]
        for customer in customers:
            await shop.sale(customer, 3)
        return customers

    async def vandal() -> None:
        for _ in range(5):
            await shop.house.fetch("UPDATE customers.balances SET points = points + 1")
            await shop.house.fetch('UPDATE customers.lots SET "left" = "left" - 1 WHERE "left" > 0')
            await mended(shop.house, "customers")

    *sold, _ = await asyncio.gather(*(clerk() for _ in range(3)), vandal())

    for customer in [one for some in sold if some for one in some]:
        await eventually(lambda id=customer.id: _earned(shop, id))  # type: ignore[misc]
    await mended(shop.house, "customers")
    await shop.books_are_right()
    for customer in [one for some in sold if some for one in some]:
        await shop.has_points(customer, 10)


async def _earned(shop: Shop, customer_id: UUID) -> bool:
    return bool(await shop.house.fetch("SELECT FROM customers.points_entries WHERE customer_id = $1", customer_id))


def lot(left: int, earned: int = 10, month: int | None = None) -> Lot:
    at = datetime(2026, month, 1, tzinfo=UTC) if month else None
    return Lot(id=some_id(), customer_id=some_id(), order_id=None, version=1, earned=earned, left=left, expired=0, expires_at=at, terms=None, at=NOW)


@pytest.mark.parametrize(("given", "points", "left"), [
    ([lot(5, month=3), lot(5, month=4)], 7, [2, 5]),
    ([lot(5, month=3), lot(5, month=4)], 12, [5, 7]),
    ([lot(5, month=3), lot(5)], 0, [0, 0]),
    ([lot(9), lot(9)], 25, [10, 10, 5]),
    ([], 3, [3]),
    ([], 0, []),
])  # fmt: skip
def test_what_is_left_comes_to_the_balance(given: list[Lot], points: int, left: list[int]) -> None:
    assert [one.left for one in even_lots(given, {}, points, lot(0, 0))] == left
