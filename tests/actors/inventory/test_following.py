"""What orders take from stock and bring back is applied once, whatever comes twice, late or out of order."""

from __future__ import annotations

import asyncio

from actors.inventory.following import follow_orders
from actors.orders.contract import (
    CANCEL_ORDER,
    ORDER_CREATED,
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
from actors.runtime.actor import Happened
from tests.actors.inventory.shop import Goods, Shop, Told, ago, inventory_of, open_shop, stock_events
from tests.pages import whole_check
from tests.support import House, eventually, rupiah, some_id


async def sell(shop: Shop, goods: Goods, quantity: int) -> Order:
    return await shop.house.call(PLACE_ORDER, PlaceOrder(
        register_id=shop.register_id, lines=[LineInput(sku=goods.sku, quantity=quantity)],
        tenders=[TenderInput(type="cash", amount=rupiah(1_000_000))],
    ))  # fmt: skip


async def test_a_sale_takes_out_a_refund_and_a_cancel_bring_back(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")

    order = await sell(shop, goods, 3)
    await eventually(lambda: _is(shop, goods, "7"))
    await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], to="tenders"))
    await eventually(lambda: _is(shop, goods, "8"))
    await asyncio.gather(*(house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="wrong")) for _ in range(5)))
    await eventually(lambda: _is(shop, goods, "10"))

    movements = await shop.movements(goods, reference_id=order.id)
    assert [(one.kind, one.quantity, one.reference) for one in movements] == [
        ("sale", "-3", order.receipt), ("return", "1", order.receipt), ("return", "2", order.receipt),
    ]  # fmt: skip
    assert movements[0].at == order.sold_at
    assert [one.unit_cost for one in movements] == ["200000"] * 3
    check = await whole_check(house, shop.store_id)
    assert (check.findings, check.orders, check.behind) == ([], 1, 0)


async def _is(shop: Shop, goods: Goods, on_hand: str) -> bool:
    return await shop.on_hand(goods) == on_hand


async def test_what_comes_twice_or_late_changes_nothing(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    sold = Told(shop, 1, [goods.use("2")])
    back = sold.then(2, goods.use("2", "1"))
    all_back = sold.then(3, goods.use("2", "2"), status="cancelled")

    await shop.hear(sold, sold)
    await shop.hear(sold)
    assert await shop.on_hand(goods) == "8"
    await shop.hear(all_back, back)
    assert await shop.on_hand(goods) == "10"
    await shop.hear(back, sold)
    assert await shop.on_hand(goods) == "10"


async def test_a_log_that_is_followed_from_its_beginning_takes_nothing_a_second_time(house: House) -> None:
    """As where the stock was booked from JetStream's events, before there was a cursor."""
    shop = await open_shop(house)
    goods = await shop.goods("10")
    order = await sell(shop, goods, 3)
    await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], to="tenders"))
    await eventually(lambda: _is(shop, goods, "8"))
    before = await shop.movements(goods)

    (wound_back,) = await house.fetch("UPDATE inventory.followed SET position = 0 WHERE log = 'orders' RETURNING 1")
    await sell(shop, goods, 1)
    await eventually(lambda: _is_followed(house))

    assert wound_back
    assert await shop.on_hand(goods) == "7"
    assert (await shop.movements(goods))[:-1] == before
    assert (await whole_check(house, shop.store_id)).findings == []


async def _is_followed(house: House) -> bool:
    return bool(await house.fetch("SELECT FROM inventory.followed, orders.log_head WHERE log = 'orders' AND followed.position = log_head.position"))


async def test_one_that_was_heard_of_late_is_applied_as_it_is_by_then(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods("10")
    held = Told(shop, 1, status="open")

    await shop.hear(held.then(2, goods.use("4"), other.use("0.5", "0.25")), held)

    assert (await shop.on_hand(goods), await shop.on_hand(other)) == ("6", "9.75")
    assert [one.quantity for one in await shop.movements(other)] == ["10", "-0.5", "0.25"]


async def test_what_an_order_no_longer_says_is_taken_back(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods("10")
    first = Told(shop, 1, [goods.use("4")])

    await shop.hear(first)
    await shop.hear(first.then(2, other.use("1")))

    assert (await shop.on_hand(goods), await shop.on_hand(other)) == ("10", "9")


async def test_goods_that_nobody_has_received_go_below_zero(house: House) -> None:
    """They are in the customer's hand, whatever the books say."""
    shop = await open_shop(house)
    goods = await shop.goods()

    await shop.hear(Told(shop, 1, [goods.use("2")]))

    level = await shop.level(goods)
    assert (level.on_hand, level.available, level.average_cost, level.currency) == ("-2", "-2", "", "IDR")


async def test_many_members_at_once_follow_many_orders_of_the_same_goods(house: House) -> None:
    """Some of the levels are not there yet; whoever comes first makes them, and nobody waits for ever."""
    shop = await open_shop(house)
    shelf = [await shop.goods() for _ in range(6)]
    batches = [
        [Told(shop, 1, [goods.use("1") for goods in (shelf if number % 2 else shelf[::-1])]) for number in range(start, start + 20)]
        for start in range(0, 160, 20)
    ]

    await asyncio.gather(*(shop.hear(*batch) for batch in batches))

    assert [await shop.on_hand(goods) for goods in shelf] == ["-160"] * 6


async def test_crossings_are_told_once_each(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("5")
    assert await stock_events(house, goods) == ["stock.back"]
    await house.fetch("UPDATE inventory.levels SET reorder_point = 2000 WHERE variant_id = $1", goods.variant_id)

    first = Told(shop, 1, [goods.use("3")])
    await shop.hear(first)
    await shop.hear(Told(shop, 1, [goods.use("1")]))
    assert await stock_events(house, goods) == ["stock.back", "stock.low"]
    await shop.hear(Told(shop, 1, [goods.use("1")]))
    await shop.hear(Told(shop, 1, [goods.use("1")]))
    assert await stock_events(house, goods) == ["stock.back", "stock.low", "stock.out"]
    # One transaction: it comes to nothing.
    await shop.hear(first.then(2, goods.use("3", "3")), Told(shop, 1, [goods.use("3")]))
    assert await stock_events(house, goods) == ["stock.back", "stock.low", "stock.out"]
    await shop.hear(Told(shop, 1, [goods.use("1", "9")]))
    assert await stock_events(house, goods) == ["stock.back", "stock.low", "stock.out", "stock.back"]


async def test_of_an_order_that_is_told_late_only_what_nobody_has_counted_leaves_the_stock(house: House) -> None:
    shop = await open_shop(house)
    goods, counted = await shop.goods("10", cost=2000), await shop.goods("10", cost=3000)
    await house.fetch("UPDATE inventory.levels SET counted_at = now(), count_id = $2 WHERE variant_id = $1", counted.variant_id, some_id())
    told = Told(shop, 1, [goods.use("4"), counted.use("3")], sold_at=ago(hours=1))

    await shop.hear(told)

    assert (await shop.on_hand(goods), await shop.on_hand(counted)) == ("6", "10")
    (sale,) = await shop.movements(goods, reference_id=told.id)
    assert (sale.kind, sale.quantity, sale.at, sale.unit_cost) == ("sale", "-4", told.sold_at, "200000")
    assert (sale.reference, sale.by) == ("K1-000001", "key-1")
    _, *late = await shop.movements(counted)
    assert [(one.kind, one.quantity, one.reason) for one in late] == [("sale", "-3", ""), ("count", "3", "Seen by the count")]


async def test_nothing_happens_after_it_was_written_down(house: House) -> None:
    """A register's clock may be ahead."""
    shop = await open_shop(house)
    goods = await shop.goods()

    await shop.hear(Told(shop, 1, [goods.use("1")], sold_at=ago(hours=-2)))

    (sale,) = await shop.movements(goods)
    assert sale.at == sale.recorded_at


async def test_an_event_from_before_there_was_an_inventory_is_let_pass(house: House) -> None:
    """It carries the order itself, which took nothing."""
    order_id = some_id()
    body = f'{{"type":"order.created","timestamp":"2026-01-01T00:00:00Z","data":{{"id":"{order_id}","version":1,"lines":[]}}}}'.encode()

    async with inventory_of(house).transaction() as work:
        await follow_orders([Happened(str(some_id()), "order.created", str(order_id), 1, body, ORDER_CREATED)], work)

    assert await house.fetch("SELECT * FROM inventory.orders WHERE order_id = $1", order_id) == []
