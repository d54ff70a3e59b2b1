"""Goods that come in, corrections, reorder points; and the ledger that nobody edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.catalog.contract import DELETE_PRODUCT, DeleteProduct
from actors.inventory.contract import (
    ADJUST_STOCK,
    CLOSE_COUNT,
    OPEN_COUNT,
    RECEIVE_GOODS,
    RECORD_COUNT,
    SET_REORDER_POINTS,
    AdjustmentLine,
    AdjustStock,
    CloseCount,
    CountedLine,
    OpenCount,
    ReceiptLine,
    ReceiveGoods,
    RecordCount,
    ReorderPoint,
    SetReorderPoints,
)
from actors.runtime.client import Refused
from actors.runtime.ids import now
from actors.runtime.words import Command, Money
from tests.actors.inventory.shop import Goods, Shop, Told, inventory_of, open_shop, stock_events
from tests.support import House, rupiah, some_id, unique


async def receive(shop: Shop, *lines: ReceiptLine, **said: Any) -> Any:
    return await shop.house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store_id, lines=list(lines), **said), by="key-7")


async def refused(house: House, command: Command[Any, Any], request: Any) -> tuple[str, list[str]]:
    """The code of the refusal, and what it points to."""
    with pytest.raises(Refused) as caught:
        await house.call(command, request)
    return caught.value.refusal.code, [error.pointer for error in caught.value.refusal.errors]


async def test_the_moving_average_is_exact(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods()

    told = await receive(
        shop, ReceiptLine(variant_id=goods.variant_id, quantity="2", unit_cost=rupiah(1000)),
        ReceiptLine(variant_id=goods.variant_id, quantity="1", unit_cost=rupiah(2000)), reference="DN-17", note="Monday",
    )  # fmt: skip
    assert [(one.quantity, one.unit_cost, one.reference, one.reason, one.by) for one in told.items] == [
        ("2", "100000", "DN-17", "Monday", "key-7"), ("1", "200000", "DN-17", "Monday", "key-7"),
    ]  # fmt: skip
    assert (await shop.level(goods)).average_cost == "133333.3333"
    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="7"))
    assert (await shop.level(goods)).average_cost == "133333.3333"
    await shop.hear(Told(shop, 1, [goods.use("12")]))
    assert [one.unit_cost for one in await shop.movements(goods, kind="sale")] == ["133333.3333"]
    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="4", unit_cost=rupiah(500)))

    level = await shop.level(goods)
    assert (level.on_hand, level.average_cost) == ("2", "50000")


async def test_the_same_key_takes_goods_in_once(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods()
    ask = ReceiveGoods(store_id=shop.store_id, lines=[ReceiptLine(variant_id=goods.variant_id, quantity="3")])
    key = unique()

    first = await house.call(RECEIVE_GOODS, ask, key=key)

    assert await house.call(RECEIVE_GOODS, ask, key=key) == first
    assert await shop.on_hand(goods) == "3"


async def test_a_correction_and_what_is_written_off_say_why(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")

    await house.call(ADJUST_STOCK, AdjustStock(store_id=shop.store_id, lines=[line(goods, "2")], reason="found behind the shelf"))
    await house.call(ADJUST_STOCK, AdjustStock(store_id=shop.store_id, lines=[line(goods, "-12")], reason="mice", kind="waste"))

    told = [(one.kind, one.quantity, one.reason) for one in await shop.movements(goods)]
    assert told == [("receipt", "10", ""), ("adjustment", "2", "found behind the shelf"), ("waste", "-12", "mice")]
    assert await stock_events(house, goods) == ["stock.back", "stock.out"]


async def test_waste_is_taken_away_never_added(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    asked = AdjustStock(store_id=shop.store_id, lines=[line(goods, "-1"), line(goods, "1")], reason="mice", kind="waste")

    assert await refused(house, ADJUST_STOCK, asked) == ("inventory.wrong_quantity", ["/lines/1/quantity"])
    assert await shop.on_hand(goods) == "10"


def line(goods: Goods, quantity: str) -> AdjustmentLine:
    return AdjustmentLine(variant_id=goods.variant_id, quantity=quantity)


async def test_everything_that_is_wrong_is_told_at_once(house: House) -> None:
    shop = await open_shop(house)
    pieces, service = await shop.goods(), await shop.goods(stock="untracked")
    dollars = Money(amount=100, currency="USD")
    asked = ReceiveGoods(store_id=shop.store_id, lines=[
        ReceiptLine(variant_id=pieces.variant_id, quantity="0.5", unit_cost=dollars), ReceiptLine(variant_id=service.variant_id, quantity="1"),
        ReceiptLine(variant_id=some_id(), quantity="1"),
    ])  # fmt: skip

    assert await refused(house, RECEIVE_GOODS, asked) == (
        "inventory.wrong_quantity", ["/lines/0/quantity", "/lines/0/unit_cost/currency", "/lines/1/variant_id", "/lines/2/variant_id"],
    )  # fmt: skip
    nowhere = AdjustStock(store_id=some_id(), lines=[line(pieces, "-0.5")], reason="x")
    assert await refused(house, ADJUST_STOCK, nowhere) == ("inventory.unknown_store", ["/store_id", "/lines/0/quantity"])
    assert await house.fetch("SELECT * FROM inventory.levels WHERE store_id = $1", shop.store_id) == []


async def test_goods_in_kilograms_have_decimals(house: House) -> None:
    shop = await open_shop(house)
    beans = await shop.goods(unit="kg")

    await receive(shop, ReceiptLine(variant_id=beans.variant_id, quantity="2.500", unit_cost=rupiah(90_000)))
    await shop.hear(Told(shop, 1, [beans.use("0.018")]))

    assert await shop.on_hand(beans) == "2.482"


async def test_what_is_left_of_a_product_that_is_gone_can_be_written_off(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("4")
    await house.call(DELETE_PRODUCT, DeleteProduct(id=goods.product_id, if_version=1))

    await house.call(ADJUST_STOCK, AdjustStock(store_id=shop.store_id, lines=[line(goods, "-4")], reason="sold off", kind="waste"))

    assert await shop.on_hand(goods) == "0"


async def test_low_is_told_when_a_level_comes_down_to_its_reorder_point(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods()
    items = [point(shop, goods, "4"), point(shop, other, "2")]

    told = await house.call(SET_REORDER_POINTS, SetReorderPoints(items=items))
    assert [(one.on_hand, one.reorder_point) for one in told.items] == [("10", "4"), ("0", "2")]
    await shop.hear(Told(shop, 1, [goods.use("6")]))
    await house.call(SET_REORDER_POINTS, SetReorderPoints(items=[point(shop, goods, None)]))
    await shop.hear(Told(shop, 1, [goods.use("1")]))

    assert await stock_events(house, goods) == ["stock.back", "stock.low"]
    twice = SetReorderPoints(items=[point(shop, goods, "4"), point(shop, goods, "5")])
    assert await refused(house, SET_REORDER_POINTS, twice) == ("inventory.invalid", ["/items/1/variant_id"])


def point(shop: Shop, goods: Goods, milli: str | None) -> ReorderPoint:
    return ReorderPoint(store_id=shop.store_id, variant_id=goods.variant_id, reorder_point=milli)


@pytest.mark.parametrize("edit", [
    "UPDATE inventory.movements SET quantity = 0", "DELETE FROM inventory.movements", "TRUNCATE inventory.movements",
    "UPDATE inventory.movements SET quantity = 0 WHERE false",
])  # fmt: skip
async def test_nobody_edits_the_ledger(house: House, edit: str) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("1")

    with pytest.raises(Exception, match="the ledger is never edited"):
        async with inventory_of(house).transaction() as work:
            await work.execute(edit)

    assert [one.quantity for one in await shop.movements(goods)] == ["1"]


async def test_what_came_before_the_last_count_was_seen_by_it(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods()
    count = await house.call(OPEN_COUNT, OpenCount(store_id=shop.store_id, variant_ids=[goods.variant_id]))
    count = await house.call(RECORD_COUNT, RecordCount(id=count.id, lines=[CountedLine(variant_id=goods.variant_id, quantity="5")]))
    counted_at = count.lines[0].counted_at
    assert counted_at is not None
    await house.call(CLOSE_COUNT, CloseCount(id=count.id, if_version=count.version))
    an_hour = timedelta(hours=1)

    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="5", unit_cost=rupiah(900)), at=counted_at - an_hour)
    waste = AdjustmentLine(variant_id=goods.variant_id, quantity="-2")
    await house.call(ADJUST_STOCK, AdjustStock(store_id=shop.store_id, lines=[waste], reason="Broken", kind="waste", at=counted_at - an_hour))
    assert await shop.on_hand(goods) == "5"
    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="3"), at=counted_at + timedelta(microseconds=1))

    assert await shop.on_hand(goods) == "8"
    assert {one.at for one in await shop.movements(goods, kind="receipt")} == {counted_at - an_hour, counted_at + timedelta(microseconds=1)}


@pytest.mark.parametrize("at", [now() + timedelta(hours=1), datetime(1999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
async def test_nothing_comes_in_at_an_impossible_time(house: House, at: datetime) -> None:
    shop = await open_shop(house)
    goods = await shop.goods()
    receipt = ReceiveGoods(store_id=shop.store_id, lines=[ReceiptLine(variant_id=goods.variant_id, quantity="1")], at=at)
    loss = AdjustStock(store_id=shop.store_id, lines=[AdjustmentLine(variant_id=goods.variant_id, quantity="-1")], reason="Lost", at=at)

    assert await refused(house, RECEIVE_GOODS, receipt) == ("inventory.invalid", ["/at"])
    assert await refused(house, ADJUST_STOCK, loss) == ("inventory.invalid", ["/at"])
