"""Orders are found by what a person knows of them, and by what other actors need."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actors.orders.contract import (
    CANCEL_ORDER,
    LIST_ORDERS,
    LIST_STOCK_USES,
    MOVE_ORDER,
    PLACE_ORDERS,
    CancelOrder,
    Customer,
    LineInput,
    ListOrders,
    ListStockUses,
    MoveOrder,
    OfflineOrder,
    Order,
    PlaceOrders,
)
from actors.orders.store import HOURS_AFTER, HOURS_BEFORE
from actors.runtime.days import day_begins
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, some_id


async def test_each_filter_finds_what_it_names_and_nothing_else(house: House) -> None:
    shop = await open_shop(house)
    ani = Customer(id=some_id(), name="Ani")
    draft, opened, part = await shop.place(hold=True), await shop.place(customer=ani), await shop.place(cash(1_000))
    sold, gone = await shop.place(cash(7_000), customer=ani), await shop.place(cash(7_000))
    ready = await house.call(MOVE_ORDER, MoveOrder(id=sold.id, fulfillment="ready"))
    gone = await house.call(CANCEL_ORDER, CancelOrder(id=gone.id, reason="wrong table"))
    old = OfflineOrder(
        id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(3_500)], receipt="A-99",
        sold_at=datetime(2026, 1, 31, 17, 30, tzinfo=UTC),
    )  # fmt: skip
    late = (await house.call(PLACE_ORDERS, PlaceOrders(orders=[old]))).items[0].order

    async def found(**wish: Any) -> list[Order]:
        return (await house.call(LIST_ORDERS, ListOrders(store_id=shop.store.id, **wish))).items

    assert await found() == [gone, ready, part, opened, draft, late]
    assert await found(status="draft") == [draft]
    assert await found(status="open") == [part, opened]
    assert await found(status="cancelled") == [gone]
    assert await found(payment="partially_paid") == [part]
    assert await found(fulfillment="ready") == [ready]
    assert await found(customer_id=ani.id) == [ready, opened]
    assert await found(receipt="A-99") == [late]
    assert await found(receipt=ready.receipt, register_id=shop.register.id) == [ready]
    assert await found(business_date=date(2026, 2, 1)) == [late]
    assert await found(business_from=date(2026, 2, 1), business_until=date(2026, 2, 1)) == [late]
    assert await found(business_until=date(2026, 1, 31)) == []
    assert await found(business_from=date(2026, 2, 2)) == [gone, ready, part, opened, draft]
    assert await found(business_from=date.min, business_until=date.max, register_id=shop.register.id) == await found()
    assert await found(sold_from=datetime.min.replace(tzinfo=UTC), sold_until=datetime.max.replace(tzinfo=UTC)) == await found()
    assert await found(customer_id=ani.id, status="open", payment="unpaid") == [opened]
    assert await found(status="draft", flag="any") == []


async def test_a_page_that_would_not_fit_into_a_message_ends_early_and_goes_on(house: House) -> None:
    shop = await open_shop(house)
    lines = [LineInput(sku=shop.sku, note="n" * 500)] * 500
    orders = [(await house.call(PLACE_ORDERS, PlaceOrders(orders=[_offline(shop, lines)]))).items[0].id for _ in range(9)]

    seen: list[Order] = []
    cursor, pages = None, 0
    while pages == 0 or cursor is not None:
        page = await house.call(LIST_ORDERS, ListOrders(store_id=shop.store.id, cursor=cursor))
        seen, cursor, pages = [*seen, *page.items], page.next_cursor, pages + 1

    assert pages > 1
    assert sorted(order.id for order in seen) == sorted(orders)


def _offline(shop: Shop, lines: list[LineInput]) -> OfflineOrder:
    return OfflineOrder(id=some_id(), register_id=shop.register.id, lines=lines, tenders=[cash(2_000_000)], sold_at=datetime.now(UTC))


async def test_others_read_what_orders_have_taken_and_keep_back(house: House) -> None:
    shop = await open_shop(house)
    sold = await shop.place(cash(7_000))
    gone = await house.call(CANCEL_ORDER, CancelOrder(id=(await shop.place(cash(7_000))).id, reason="wrong table"))
    opened = await shop.place()

    told = (await house.call(LIST_STOCK_USES, ListStockUses(ids=[sold.id, gone.id, opened.id, some_id()]))).items
    assert [(one.id, one.version, one.status, one.stock, one.reserved) for one in told] == [
        (sold.id, 1, "completed", sold.stock, []), (gone.id, 2, "cancelled", gone.stock, []), (opened.id, 1, "open", [], []),
    ]  # fmt: skip
    assert [(use.sold, use.returned) for one in told for use in one.stock] == [("2", "0"), ("2", "2")]

    first = await house.call(LIST_STOCK_USES, ListStockUses(after=_before(sold), limit=2))
    rest = await house.call(LIST_STOCK_USES, ListStockUses(after=first.items[-1].id))
    # Others sell in this house, too, under ids of their own choice.
    assert [one.id for one in [*first.items, *rest.items] if one.id in (sold.id, gone.id, opened.id)] == [sold.id, gone.id, opened.id]
    assert (first.more, rest.more) == (True, False)


def _before(order: Order) -> Any:
    return type(order.id)(int=order.id.int - 1)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Jakarta", "America/St_Johns"])
@pytest.mark.parametrize("starts_at", [time(), time(4), time(23, 59)])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_the_hours_that_are_searched_hold_the_whole_business_date(zone: str, starts_at: time, day: date) -> None:
    begins = day_begins(day, ZoneInfo(zone), starts_at).astimezone(UTC)
    ends = day_begins(day + timedelta(days=1), ZoneInfo(zone), starts_at).astimezone(UTC)
    midnight = datetime.combine(day, time(), UTC)

    assert midnight - HOURS_BEFORE <= begins < ends <= midnight + HOURS_AFTER
