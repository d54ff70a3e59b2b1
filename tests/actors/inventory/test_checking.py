"""The proof: it finds nothing while everything goes on, and it finds each record that somebody has tampered with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from actors.inventory import checking
from actors.inventory.contract import CHECK_STOCK, CheckStock, StockCheck
from actors.orders.contract import (
    CANCEL_ORDER,
    PLACE_ORDER,
    REFUND_ORDER,
    CancelOrder,
    LineInput,
    Order,
    PlaceOrder,
    RefundOrder,
    ReturnInput,
    TenderInput,
)
from actors.runtime.client import Refused
from actors.runtime.envelopes import decoder
from tests.actors.inventory.shop import Goods, Shop, Told, open_shop
from tests.pages import whole_check
from tests.support import House, eventually, rupiah, some_id


async def check(shop: Shop) -> StockCheck:
    return await whole_check(shop.house, shop.store_id)


async def sell(shop: Shop, *goods: Goods, quantity: int = 2, paid: bool = True) -> Order:
    lines = [LineInput(sku=one.sku, quantity=quantity) for one in goods]
    tenders = [TenderInput(type="cash", amount=rupiah(1_000_000))] if paid else []
    return await shop.house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register_id, lines=lines, tenders=tenders))


async def heard(shop: Shop, *orders: Order) -> None:
    """Inventory knows of them."""
    ids = [order.id for order in orders]
    await eventually(lambda: _all_there(shop.house, ids))


async def _all_there(house: House, ids: list[UUID]) -> bool:
    return len(await house.fetch("SELECT 1 FROM inventory.orders WHERE order_id = ANY ($1)", ids)) == len(ids)


@asynccontextmanager
async def tampered(house: House, change: str, back: str, *ids: Any) -> AsyncIterator[None]:
    """Somebody has been at the tables; afterwards it is as it was."""
    await house.fetch(change, *ids)
    try:
        yield
    finally:
        await house.fetch(back, *ids)


async def test_nothing_is_found_while_selling_returning_and_cancelling_goes_on(house: House) -> None:
    shop = await open_shop(house)
    goods, scarce = await shop.goods("1000"), await shop.goods("40", stock="deny")

    async def clerk(number: int) -> Order | None:
        reply = await house.client.ask(PLACE_ORDER, PlaceOrder(
            register_id=shop.register_id, lines=[LineInput(sku=goods.sku, quantity=2), LineInput(sku=scarce.sku)],
            tenders=[TenderInput(type="cash", amount=rupiah(1_000_000))] if number % 4 else [],
        ), key=str(some_id()))  # fmt: skip
        if reply.refusal is not None:
            return None
        order: Order = decoder(Order).decode(reply.body)
        if number % 3 == 0:
            await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="changed their mind"))
        elif number % 5 == 0 and order.status == "completed":
            await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)]))
        return order

    async def auditor() -> list[StockCheck]:
        return [await check(shop) for _ in range(5)]

    *orders, checks = await asyncio.gather(*(clerk(number) for number in range(60)), auditor())

    assert [one.findings for one in checks] == [[]] * 5
    sold = [order for order in orders if order is not None]
    assert len(sold) <= 60
    done = await eventually(lambda: _nobody_behind(shop))
    assert (done.findings, done.orders, done.levels) == ([], len(sold), 2)
    level = await shop.level(scarce)
    assert float(level.available) >= 0


async def _nobody_behind(shop: Shop) -> StockCheck | None:
    done = await check(shop)
    return None if done.behind else done


async def test_a_level_that_is_not_the_sum_of_the_ledger_is_named(house: House) -> None:
    shop = await open_shop(house)
    goods, _ = await shop.goods("10"), await shop.goods("10")

    change = "UPDATE inventory.levels SET on_hand = on_hand + 1500, in_transit = in_transit - 1000 WHERE variant_id = $1"
    back = "UPDATE inventory.levels SET on_hand = on_hand - 1500, in_transit = in_transit + 1000 WHERE variant_id = $1"
    async with tampered(house, change, back, goods.variant_id):
        findings = (await check(shop)).findings

    assert [(one.what, one.variant_id, one.expected, one.found) for one in findings] == [
        ("level", goods.variant_id, "10", "11.5"), ("level", goods.variant_id, "0", "-1"),
    ]  # fmt: skip
    assert (await check(shop)).findings == []


async def test_an_order_whose_stock_the_ledger_has_not_is_named(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods("10")
    order, late = await sell(shop, goods, other), await sell(shop, other)
    await heard(shop, order, late)
    # Both are movements that nobody should have written.
    await shop.hear(Told(shop, 99, [goods.use("3"), other.use("2")], id=order.id))
    await house.fetch("UPDATE inventory.orders SET version = $2 WHERE order_id = $1", order.id, order.version)

    told = await check(shop)

    assert [(one.what, one.order_id, one.variant_id, one.expected, one.found) for one in told.findings] == [
        ("order", order.id, goods.variant_id, "2", "3"),
    ]  # fmt: skip
    assert (told.orders, told.behind) == (2, 0)
    await house.fetch("UPDATE inventory.orders SET version = 0 WHERE order_id = $1", order.id)
    behind = await check(shop)
    assert (behind.findings, behind.behind) == ([], 1)
    await shop.hear(Told(shop, order.version, [goods.use("2"), other.use("2")], id=order.id))
    assert (await check(shop)).findings == []


async def test_a_sale_of_an_order_that_nobody_has_is_named(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    nobodys = Told(shop, 1, [goods.use("4")])
    await shop.hear(nobodys)

    told = await check(shop)

    assert [(one.what, one.order_id, one.expected, one.found) for one in told.findings] == [("order", nobodys.id, "0", "4")]
    await shop.hear(nobodys.then(2, goods.use("4", "4")))
    assert (await check(shop)).findings == []


async def test_what_is_kept_back_for_nobody_or_not_kept_back_is_named(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10", stock="deny")
    order = await sell(shop, goods, quantity=3, paid=False)
    await heard(shop, order)
    await house.fetch("UPDATE inventory.reservations SET confirmed = true WHERE order_id = $1", order.id)
    assert (await check(shop)).findings == []

    change = "UPDATE inventory.reservations SET lines = replace(lines, '3000', '1000') WHERE order_id = $1"
    back = "UPDATE inventory.reservations SET lines = replace(lines, '1000', '3000') WHERE order_id = $1"
    async with tampered(house, change, back, order.id):
        findings = (await check(shop)).findings

    assert [(one.what, one.order_id, one.expected, one.found) for one in findings] == [
        ("reservation", None, "1", "3"), ("reservation", order.id, "3", "1"),
    ]  # fmt: skip


async def test_a_page_goes_on_where_the_last_one_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr(checking, "FIRST_STEP", 2)
    shop = await open_shop(house)
    goods = [await shop.goods("10") for _ in range(5)]
    orders = [await sell(shop, one) for one in goods]
    await heard(shop, *orders)
    # A level without movements, and movements without a level.
    await house.fetch("UPDATE inventory.levels SET variant_id = $2 WHERE variant_id = $1", goods[1].variant_id, (ghost := some_id()))

    pages = [await house.call(CHECK_STOCK, CheckStock(store_id=shop.store_id))]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(await house.call(CHECK_STOCK, CheckStock(store_id=shop.store_id, cursor=cursor)))
    await house.fetch("UPDATE inventory.levels SET variant_id = $2 WHERE variant_id = $1", ghost, goods[1].variant_id)

    assert [page.levels for page in pages[:4]] in ([2, 1, 2, 0], [1, 2, 2, 0])
    assert all(page.levels + page.orders <= 2 for page in pages)
    assert (sum(page.levels for page in pages), sum(page.movements for page in pages), sum(page.orders for page in pages)) == (5, 10, 5)
    found = [(finding.variant_id, finding.expected, finding.found) for page in pages for finding in page.findings]
    assert found == [(goods[1].variant_id, "8", "0"), (ghost, "0", "8")]


async def test_more_findings_than_fit_are_told_on_more_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "FINDINGS_MAX", 2)
    shop = await open_shop(house)
    goods = [await shop.goods("10") for _ in range(5)]
    ids = [one.variant_id for one in goods]
    change = "UPDATE inventory.levels SET on_hand = 0 WHERE variant_id = ANY ($1)"
    back = "UPDATE inventory.levels SET on_hand = 10000 WHERE variant_id = ANY ($1)"
    async with tampered(house, change, back, ids):
        page = await house.call(CHECK_STOCK, CheckStock(store_id=shop.store_id))
        findings = (await check(shop)).findings

    assert (len(page.findings), page.next_cursor is not None) == (2, True)
    assert [one.variant_id for one in findings] == sorted(ids)


async def test_a_cursor_that_is_not_ours_is_refused(house: House) -> None:
    with pytest.raises(Refused, match=r"inventory\.invalid"):
        await house.call(CHECK_STOCK, CheckStock(cursor="WyJ4Il0"))


async def test_only_stores_that_there_are_can_be_checked(house: House) -> None:
    with pytest.raises(Refused, match=r"inventory\.unknown_store"):
        await house.call(CHECK_STOCK, CheckStock(store_id=some_id()))
