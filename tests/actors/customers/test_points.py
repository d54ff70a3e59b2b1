"""Points follow sales: earned once, taken back exactly, paid with and given back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from actors.customers import contract
from actors.customers.contract import ADJUST_POINTS, CREATE_GROUP, GET_POINTS, AdjustPoints, CreateGroup, GetPoints
from actors.orders.contract import CANCEL_ORDER, REFUND_ORDER, CancelOrder, LineInput, RefundOrder, ReturnInput
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.support import rupiah, unique


async def test_a_sale_earns_and_what_comes_back_of_it_is_taken_back(shop: Shop) -> None:
    await shop.program()
    sari = await shop.customer()
    order = await shop.sale(sari, 3)
    await shop.has_points(sari, 10)
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)]))
    await shop.has_points(sari, 7)
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="All of it"))
    await shop.has_points(sari, 0)
    assert [-7, -3, 10] == [entry.points for entry in await shop.entries(sari)]
    await shop.books_are_right()


async def test_groups_earn_more_and_some_goods_earn_nothing(shop: Shop) -> None:
    await shop.program(excluded_categories=["tobacco"], minimum=rupiah(30_000))
    group = f"gold-{unique()}"
    await shop.house.call(CREATE_GROUP, CreateGroup(code=group, name="Gold", points_factor="1.5"))
    sari = await shop.customer(group=group)
    await shop.sale(sari, lines=[LineInput(sku=shop.sku, quantity=2), LineInput(sku=shop.tobacco, quantity=5)], group=group)
    await shop.has_points(sari, 10)
    await shop.sale(sari, lines=[LineInput(sku=shop.tobacco, quantity=9)], group=group)
    await shop.has_caught_up()
    assert 10 == await shop.points(sari)


async def test_sales_without_a_customer_or_with_one_who_is_not_known_earn_nothing(shop: Shop) -> None:
    await shop.program()
    await shop.sale(None)
    await shop.sale(contract.Profile(**(_fields(await shop.customer()) | {"id": shop.store_id})))
    await shop.books_are_right()
    assert not await shop.house.fetch("SELECT FROM customers.balances WHERE customer_id = $1", shop.store_id)


async def test_points_pay_and_come_back_once(shop: Shop) -> None:
    await shop.program()
    sari = await shop.customer()
    await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=400, reason="Welcome"))
    order = await shop.order(sari, 2)
    intent = await shop.ends(await shop.begin(order, "points", 35_000))
    assert ("approved", "points", sari.id) == (intent.state, intent.tender_type, intent.customer_id)
    assert 50 == await shop.points(sari)
    await shop.ends(await shop.begin(order, "manual", 35_000))
    paid = await shop.order_becomes(order.id, "completed")
    # What was paid with points earns none: Rp 35,000 are left, which is three points.
    await shop.has_points(sari, 53)
    tender = next(tender.number for tender in paid.tenders if tender.type == "points")
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(10_000), tenders=[_to(tender, 10_000)]))
    await shop.has_points(sari, 153)
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="All of it"))
    await shop.has_points(sari, 400)
    await shop.books_are_right()


async def test_nobody_pays_with_points_that_are_not_there(shop: Shop) -> None:
    await shop.program()
    sari = await shop.customer()
    await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=349, reason="Welcome"))
    order = await shop.order(sari)
    intent = await shop.ends(await shop.begin(order, "points"))
    assert ("declined", "It takes 350 points, and there are 349.") == (intent.state, intent.failure)
    assert "payments.no_customer" == await refused(shop.begin(await shop.order(None), "points"))


async def test_points_expire_the_earliest_first(shop: Shop) -> None:
    await shop.program()
    sari = await shop.customer()
    soon = datetime.now(UTC) + timedelta(hours=1)
    for points, at in ((100, soon + timedelta(days=1)), (50, soon), (30, None)):
        await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=points, reason="Welcome", expires_at=at))
    account = await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=40, kind="take", reason="Mistake"))
    assert (140, [10, 100]) == (account.balance, [one.points for one in account.expiring])
    await shop.house.fetch("UPDATE customers.lots SET expires_at = now() WHERE customer_id = $1 AND expires_at = $2", sari.id, soon)
    order = await shop.order(sari)
    assert "declined" == (await shop.ends(await shop.begin(order, "points"))).state
    assert 130 == await shop.points(sari)
    assert ["expired", -10] == [(entry := (await shop.entries(sari))[0]).kind, entry.points]
    assert [100] == [one.points for one in (await shop.house.call(GET_POINTS, GetPoints(id=sari.id))).expiring]


async def test_spent_points_that_are_taken_back_are_a_debt_that_the_next_ones_fill(shop: Shop) -> None:
    await shop.program()
    sari = await shop.customer()
    order = await shop.sale(sari, 10)
    await shop.has_points(sari, 35)
    await shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=20, kind="take", reason="Gift shop"))
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="All of it"))
    await shop.has_points(sari, -20)
    assert contract.TOO_MUCH.code == await refused(shop.house.call(ADJUST_POINTS, AdjustPoints(id=sari.id, points=1, kind="take", reason="No")))
    await shop.sale(sari, 10)
    await shop.has_points(sari, 15)
    await shop.books_are_right()


def _fields(profile: contract.Profile) -> dict[str, object]:
    return {name: getattr(profile, name) for name in profile.__struct_fields__}


def _to(tender: int, amount: int) -> object:
    from actors.orders.contract import RefundTender

    return RefundTender(tender=tender, amount=rupiah(amount))
