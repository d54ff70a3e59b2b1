"""Deriving again: whatever somebody has done to levels, reservations and what is known of orders, the ledger and the orders bring it back."""

from __future__ import annotations

import asyncio

from actors.inventory.contract import (
    CLOSE_COUNT,
    OPEN_COUNT,
    RECEIVE_GOODS,
    RECORD_COUNT,
    CloseCount,
    CountedLine,
    OpenCount,
    ReceiptLine,
    ReceiveGoods,
    RecordCount,
)
from actors.orders.contract import PLACE_ORDER, REFUND_ORDER, LineInput, PlaceOrder, RefundOrder, ReturnInput, TenderInput
from tests.actors.inventory.shop import Goods, Shop, Told, open_shop
from tests.actors.inventory.test_checking import check, heard, sell
from tests.pages import about, mended
from tests.support import House, eventually, rupiah


async def test_a_level_that_was_changed_or_removed_is_what_the_ledger_says(house: House) -> None:
    shop = await open_shop(house)
    goods, gone = await shop.goods("10"), await shop.goods("10", cost=1000)
    order = await sell(shop, goods, gone)
    await heard(shop, order)
    await count(shop, gone, "7")
    lines = [ReceiptLine(variant_id=gone.variant_id, quantity="7", unit_cost=rupiah(2000))]
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store_id, lines=lines))
    before = await shop.level(goods), await shop.level(gone)
    kept = await house.fetch("SELECT * FROM inventory.levels WHERE variant_id = $1", gone.variant_id)

    await house.fetch("UPDATE inventory.levels SET on_hand = on_hand + 1500, reserved = 7, in_transit = -1 WHERE variant_id = $1", goods.variant_id)
    await house.fetch("DELETE FROM inventory.levels WHERE variant_id = $1", gone.variant_id)
    assert (await check(shop)).findings != []
    words = (await mended(house, "inventory")).mended

    assert about(words, goods.variant_id) == [
        f"level of variant {goods.variant_id} in store {shop.store_id}: on hand 9.5, reserved 0.007, in transit -0.001, "
        "by the ledger on hand 8, reserved 0, in transit 0"
    ]
    assert len(about(words, gone.variant_id)) == 1
    after = await shop.level(goods), await shop.level(gone)
    assert [(one.on_hand, one.available, one.average_cost) for one in after] == [(one.on_hand, one.available, one.average_cost) for one in before]
    [again] = await house.fetch("SELECT * FROM inventory.levels WHERE variant_id = $1", gone.variant_id)
    assert {**again, "updated_at": None} == {**kept[0], "updated_at": None}
    assert (await check(shop)).findings == []
    assert about((await mended(house, "inventory")).mended, shop.store_id) == []


async def test_what_the_ledger_lacks_of_an_order_or_has_too_much_is_a_further_movement(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods("10")
    order, second = await sell(shop, goods), await sell(shop, goods, other, quantity=1)
    await heard(shop, order, second)
    # Both tell of versions that there are not: too much in one, too little in the other.
    await shop.hear(Told(shop, 99, [goods.use("3")], id=order.id), Told(shop, 99, [goods.use("1")], id=second.id))
    await house.fetch("UPDATE inventory.orders SET version = $2 WHERE order_id = $1", order.id, order.version)

    words = (await mended(house, "inventory")).mended

    assert about(words, order.id) == [f"order {order.id}: heard of again, at version 1"]
    assert (await shop.on_hand(goods), await shop.on_hand(other)) == ("7", "9")
    told = await check(shop)
    assert (told.findings, told.behind) == ([], 0)


async def test_an_order_of_which_nothing_is_known_any_more_is_not_booked_twice(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    order = await sell(shop, goods)
    await heard(shop, order)
    await house.fetch("DELETE FROM inventory.orders WHERE order_id = $1", order.id)

    await mended(house, "inventory")
    await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)]))

    assert await eventually(lambda: _is(shop, goods, "9"))
    told = await check(shop)
    assert (told.findings, told.behind) == ([], 0)


async def test_what_is_kept_back_is_what_orders_say(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10", stock="deny"), await shop.goods("10", stock="deny")
    order, second = await sell(shop, goods, quantity=3, paid=False), await sell(shop, other, quantity=4, paid=False)
    await heard(shop, order, second)
    await house.fetch("UPDATE inventory.reservations SET confirmed = true WHERE store_id = $1", shop.store_id)
    await house.fetch("UPDATE inventory.reservations SET lines = replace(lines, '3000', '1000') WHERE order_id = $1", order.id)
    await house.fetch("DELETE FROM inventory.reservations WHERE order_id = $1", second.id)
    assert (await check(shop)).findings != []

    await mended(house, "inventory")

    assert (await check(shop)).findings == []
    assert [(await shop.level(one)).available for one in (goods, other)] == ["7", "6"]


async def test_selling_goes_on_while_everything_is_derived_again(house: House) -> None:
    shop = await open_shop(house)
    goods, scarce = await shop.goods("1000"), await shop.goods("20", stock="deny")
    tables = ("UPDATE inventory.levels SET on_hand = on_hand - 500 WHERE store_id = $1", "DELETE FROM inventory.levels WHERE store_id = $1")

    async def clerk() -> None:
        for _ in range(15):
            lines = [LineInput(sku=goods.sku), LineInput(sku=scarce.sku)]
            cash = TenderInput(type="cash", amount=rupiah(1_000_000))
            await house.client.ask(PLACE_ORDER, PlaceOrder(register_id=shop.register_id, lines=lines, tenders=[cash]))
            await sell(shop, goods, quantity=1)

    async def vandal() -> None:
        for harm in tables:
            await house.fetch(harm, shop.store_id)
            await mended(house, "inventory")

    await asyncio.gather(*(clerk() for _ in range(4)), vandal())

    await eventually(lambda: _nobody_behind(shop))
    await mended(house, "inventory")
    assert (await check(shop)).findings == []
    [sold] = await house.fetch("SELECT count(*) FROM orders.orders WHERE store_id = $1", shop.store_id)
    assert await shop.on_hand(goods) == str(1000 - sold["count"])
    assert await shop.on_hand(scarce) == "0"


async def _is(shop: Shop, goods: Goods, quantity: str) -> bool:
    return await shop.on_hand(goods) == quantity


async def _nobody_behind(shop: Shop) -> bool:
    return not (await check(shop)).behind


async def count(shop: Shop, goods: Goods, quantity: str) -> None:
    opened = await shop.house.call(OPEN_COUNT, OpenCount(store_id=shop.store_id))
    lines = [CountedLine(variant_id=goods.variant_id, quantity=quantity)]
    counted = await shop.house.call(RECORD_COUNT, RecordCount(id=opened.id, lines=lines))
    await shop.house.call(CLOSE_COUNT, CloseCount(id=opened.id, if_version=counted.version))
