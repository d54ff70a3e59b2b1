"""Profit by moving average cost, the stock's value, what lies too long, what is to be ordered."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from actors.inventory import valuing
from actors.inventory.contract import (
    ADJUST_STOCK,
    RECEIVE_GOODS,
    SET_REORDER_POINTS,
    AdjustmentLine,
    AdjustStock,
    ReceiptLine,
    ReceiveGoods,
    ReorderPoint,
    SetReorderPoints,
)
from actors.orders.contract import (
    PLACE_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    LineInput,
    OfflineOrder,
    Order,
    PlaceOrder,
    PlaceOrders,
    RefundOrder,
    ReturnInput,
)
from actors.reports.contract import (
    PROFIT,
    REORDER,
    SLOW_MOVERS,
    STOCK_VALUE,
    AskProfit,
    AskReorder,
    AskSlowMovers,
    AskStockValue,
    ProfitRow,
)
from actors.reports.costing import cost_once
from actors.reports.rules import lasting_days, order_quantity, value_of
from actors.runtime.client import Refused
from actors.runtime.ids import new_id, now
from tests.actors.inventory.shop import Goods, Shop, open_shop
from tests.actors.orders.shop import cash
from tests.actors.reports.support import caught_up, reports_of
from tests.support import House, Servers, eventually, open_house, rupiah

JAKARTA = timedelta(hours=7)
AN_HOUR_AGO = "UPDATE reports.uncosted_days SET changed_at = changed_at - interval '1 hour', costed_at = NULL WHERE store_id = $1"


async def sell(shop: Shop, goods: Goods, quantity: int) -> Order:
    lines = [LineInput(sku=goods.sku, quantity=quantity)]
    order = await shop.house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register_id, lines=lines, tenders=[cash(100_000)]))
    await heard(shop.house, order)
    return order


async def heard(house: House, order: Order) -> None:
    """Inventory and reports know this version."""
    await eventually(lambda: house.fetch("SELECT 1 FROM inventory.orders WHERE order_id = $1 AND version >= $2", order.id, order.version))
    await caught_up(house)


async def profit(shop: Shop, by: str = "store", **wish: Any) -> list[ProfitRow]:
    return (await shop.house.call(PROFIT, AskProfit(store_id=shop.store_id, by=by, **wish))).rows  # type: ignore[arg-type]


async def test_profit_is_what_was_sold_less_what_the_goods_had_cost(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10", cost=2000, taxes=[])
    order = await sell(shop, goods, 4)
    [row] = await profit(shop)
    assert (row.net, row.cost, row.profit, row.margin, row.uncosted) == (1_400_000, 800_000, 600_000, "42.9", "0")

    wish = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)])
    await heard(house, await house.call(REFUND_ORDER, wish))
    lost = AdjustStock(store_id=shop.store_id, lines=[AdjustmentLine(variant_id=goods.variant_id, quantity="-2")], reason="Broken", kind="waste")
    await house.call(ADJUST_STOCK, lost)
    [row] = await profit(shop, "product")
    assert (row.key, row.net, row.cost, row.profit) == (str(goods.variant_id), 1_050_000, 600_000, 450_000)

    async def noticed() -> bool:
        return (await profit(shop, "month"))[0].lost == 400_000

    await eventually(noticed)
    [row] = await profit(shop, "day")
    assert (row.cost, row.lost) == (600_000, 400_000)


async def test_a_day_is_asked_for_again_until_it_has_settled(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10", cost=1000, taxes=[])
    await sell(shop, goods, 1)
    await profit(shop)
    await house.fetch(AN_HOUR_AGO, shop.store_id)
    await cost_once(reports_of(house))
    assert await house.fetch("SELECT 1 FROM reports.uncosted_days WHERE store_id = $1", shop.store_id) == []
    [row] = await profit(shop)
    assert row.cost == 100_000
    await sell(shop, goods, 1)
    [row] = await profit(shop)
    assert row.cost == 200_000


async def test_what_was_sold_without_a_known_cost_is_told(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods(taxes=[])
    await sell(shop, goods, 3)
    [row] = await profit(shop)
    assert (row.cost, row.uncosted, row.profit) == (0, "3", row.net)


async def test_stock_is_worth_what_is_on_hand_at_its_average_cost(house: House) -> None:
    shop = await open_shop(house)
    await shop.goods("10", cost=2000)
    await shop.goods("2.500", cost=1001, unit="kg")
    await sell(shop, await shop.goods(taxes=[]), 1)
    [row] = (await house.call(STOCK_VALUE, AskStockValue(store_id=shop.store_id))).rows
    assert (row.variants, row.value, row.below_zero, row.uncosted, row.store) == (2, 2_250_250, 1, 0, "Toko Melati")


async def test_days_over_which_nobody_looked_are_told_by_the_ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await open_shop(house)
    goods = await shop.goods(taxes=[])
    noon = datetime.combine((now() + JAKARTA).date(), time(12), UTC) - JAKARTA
    days = [noon - timedelta(days=back) for back in range(40, -1, -1)]  # the last one is today
    for at, cost in ((days[1], 2000), (days[36], 3000)):
        line = ReceiptLine(variant_id=goods.variant_id, quantity="10", unit_cost=rupiah(cost))
        await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store_id, lines=[line], at=at))
    sale = OfflineOrder(
        id=new_id(), register_id=shop.register_id, lines=[LineInput(sku=goods.sku, quantity=4)], tenders=[cash(14_000)], sold_at=days[38],
    )  # fmt: skip
    await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))
    await eventually(lambda: house.fetch("SELECT 1 FROM inventory.orders WHERE order_id = $1", sale.id))

    async def told(unknown_until: date | None = None) -> dict[int, int]:
        wish = AskStockValue(store_id=shop.store_id, date_from=(days[0] + JAKARTA).date(), date_to=(days[40] + JAKARTA).date())
        report = await house.call(STOCK_VALUE, wish)
        assert [row.day for row in report.rows] == sorted(row.day for row in report.rows)
        assert report.unknown_until == unknown_until
        return {days.index(at): row.value for row in report.rows for at in days if (at + JAKARTA).date() == row.day}

    ten, twenty, sixteen = 2_000_000, 5_000_000, 4_000_000
    assert await told() == {0: 0} | dict.fromkeys(range(1, 36), ten) | dict.fromkeys(range(36, 38), twenty) | dict.fromkeys(range(38, 41), sixteen)
    monkeypatch.setattr(valuing, "LOOKED_AT_MAX", 1)
    assert await told((days[39] + JAKARTA).date()) == {40: sixteen}  # all else was written down today, before the newest


async def test_every_day_has_its_row_also_before_and_after_a_time_without_stock(house: House) -> None:
    """Asked 31 days at a time: a stretch that begins on a day without stock is not the beginning."""
    shop = await open_shop(house)
    goods = await shop.goods(taxes=[])
    today = (now() + JAKARTA).date()
    noon = datetime.combine(today, time(12), UTC) - JAKARTA
    for back in (60, 5):
        line = ReceiptLine(variant_id=goods.variant_id, quantity="10", unit_cost=rupiah(2000))
        await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store_id, lines=[line], at=noon - timedelta(days=back)))
    sale = OfflineOrder(
        id=new_id(), register_id=shop.register_id, lines=[LineInput(sku=goods.sku, quantity=10)], tenders=[cash(35_000)],
        sold_at=noon - timedelta(days=50),
    )  # fmt: skip
    await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))
    await eventually(lambda: house.fetch("SELECT 1 FROM inventory.orders WHERE order_id = $1", sale.id))

    wish = AskStockValue(store_id=shop.store_id, date_from=today - timedelta(days=200), date_to=today + timedelta(days=9))
    report = await house.call(STOCK_VALUE, wish)

    back = [(today - row.day).days for row in report.rows]
    assert back == list(range(200, -1, -1))
    assert [row.value for row in report.rows] == [2_000_000 if back <= 5 or 50 < back <= 60 else 0 for back in back]
    assert report.unknown_until is None


async def test_a_store_that_never_had_anything_has_its_rows(house: House) -> None:
    shop = await open_shop(house)
    today = (now() + JAKARTA).date()

    rows = (await house.call(STOCK_VALUE, AskStockValue(store_id=shop.store_id, date_from=today - timedelta(days=40)))).rows

    days = [today - timedelta(days=back) for back in range(40, -1, -1)]
    assert [(row.day, row.variants, row.value, row.currency) for row in rows] == [(day, 0, 0, "IDR") for day in days]


@pytest.mark.parametrize("days", [(0, 0), (40, 30)])
async def test_without_inventory_there_is_no_report_of_the_stock(servers: Servers, days: tuple[int, int]) -> None:
    """Days that are missing would look like days without stock."""
    async with open_house(await servers.settings(), ("stores", "reports")) as house:
        store, _ = await house.open_store()
        first, last = ((now() + JAKARTA).date() - timedelta(days=back) for back in days)

        with pytest.raises(Refused) as caught:
            await house.call(STOCK_VALUE, AskStockValue(store_id=store.id, date_from=first, date_to=last))

        assert (caught.value.refusal.code, caught.value.refusal.kind) == ("runtime.unavailable", "busy")


async def test_what_lies_too_long_and_what_is_to_be_ordered(house: House) -> None:
    shop = await open_shop(house)
    slow, quick = await shop.goods("500", name="Vas bunga", taxes=[]), await shop.goods("30", name="Roti", taxes=[])
    await sell(shop, quick, 28)
    [row] = (await house.call(SLOW_MOVERS, AskSlowMovers(store_id=shop.store_id))).rows
    assert (row.name, row.on_hand, row.value, row.sold, row.lasts, row.last_sold) == ("Vas bunga", "500", 100_000_000, "0", None, None)
    await sell(shop, slow, 1)
    [row] = (await house.call(SLOW_MOVERS, AskSlowMovers(store_id=shop.store_id))).rows
    assert (row.sold, row.lasts) == ("1", 499 * 30)
    assert row.last_sold is not None

    point = ReorderPoint(store_id=shop.store_id, variant_id=quick.variant_id, reorder_point="5")
    await house.call(SET_REORDER_POINTS, SetReorderPoints(items=[point]))
    [order] = (await house.call(REORDER, AskReorder(store_id=shop.store_id))).rows
    # 28 in 28 days is one a day: 14 for two weeks, and 5 that are to be left, less the 2 that are there.
    assert (order.name, order.on_hand, order.sold_a_day, order.order, order.cost) == ("Roti", "2", "1", "17", 3_400_000)


@given(st.integers(-5000, 50_000), st.integers(0, 9000), st.integers(0, 9000), st.integers(0, 90_000), st.integers(1, 60), st.integers(1, 60))
def test_an_order_lasts_for_as_long_as_it_should_and_not_a_unit_longer(on_hand: int, way: int, point: int, sold: int, days: int, cover: int) -> None:
    order = order_quantity(on_hand, way, point, sold, days, cover)
    assert order % 1000 == 0
    assert (on_hand + way + order - point) * days >= sold * cover or order == 0
    assert order == 0 or (on_hand + way + order - 1000 - point) * days < sold * cover


def test_small_rules() -> None:
    assert (lasting_days(5000, 1000, 30), lasting_days(5000, 0, 30)) == (150, None)
    assert (value_of(1500, "350000.5"), value_of(1000, "")) == (525_001, 0)
