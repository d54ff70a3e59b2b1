"""Days that are over are added up into longer spans, once; what comes later for them is added to both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from actors.orders.contract import PLACE_ORDERS, LineInput, OfflineOrder, PlaceOrders
from actors.reports import closing
from actors.reports.contract import GET_REBUILD, REBUILD, GetRebuild, Rebuild
from actors.reports.spans import ONE
from actors.runtime.ids import new_id, now
from tests.actors.inventory import shop as inventory
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.actors.reports.support import caught_up, reports_of, sales, whole_check
from tests.actors.reports.test_stock import profit, sell
from tests.support import House, eventually, rupiah

CLOSED = "SELECT books, until FROM reports.closed WHERE store_id = $1 ORDER BY books"
SPANS = "SELECT span, total FROM reports.sums, reports.state WHERE sums.generation = state.generation AND store_id = $1 AND kind = 'total'"


async def sell_back_then(shop: Shop, days_ago: int) -> date:
    """An offline register hands in one sale."""
    sold_at = now() - timedelta(days=days_ago)
    order = OfflineOrder(
        id=new_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(3_500)], sold_at=sold_at, total=rupiah(3_500)
    )
    await shop.house.call(PLACE_ORDERS, PlaceOrders(orders=[order]))
    return (sold_at + timedelta(hours=7)).date()


async def reopened(house: House, shop: Shop) -> None:
    """As it was before any of its days was added up, in the same moment for whoever counts."""
    async with house.database.transaction() as connection:
        await connection.execute("SELECT FROM reports.followed WHERE log = 'orders' FOR UPDATE")
        for table in ("closed", "sums", "cost_sums"):
            await connection.execute(f"DELETE FROM reports.{table} WHERE store_id = $1", shop.store.id)


async def asked(house: House, shop: Shop, first: date, last: date) -> list[Any]:
    """The same, from several sides."""
    days = {"store_id": shop.store.id, "date_from": first, "date_to": last}
    return [(await sales(house, by=by, **days)).totals for by in ("month", "product", "store", "tender", "day")]


async def test_the_answer_is_the_same_before_and_after_and_spans_are_the_sums_of_their_days(house: House) -> None:
    shop = await open_shop(house)
    days = [await sell_back_then(shop, ago) for ago in (1, 3, 4, 30, 45, 45, 70)]
    await caught_up(house)
    await reopened(house, shop)
    spans = [(min(days), max(days)), (days[4], days[2]), (days[3] + ONE, days[0])]
    before = [await asked(house, shop, *span) for span in spans]

    await closing.close_all(reports_of(house))
    assert [row["until"] for row in await house.fetch(CLOSED, shop.store.id)] == [max(days) - 2 * ONE] * 2
    assert [await asked(house, shop, *span) for span in spans] == before
    assert before[0][0][0].total == 7 * 350_000
    assert await whole_check(house, store_id=shop.store.id) == []
    # It is done once.
    kept = await house.fetch(SPANS, shop.store.id)
    await closing.close_all(reports_of(house))
    assert await house.fetch(SPANS, shop.store.id) == kept


async def test_what_comes_late_for_a_day_that_is_over_is_added_to_its_spans(house: House) -> None:
    shop = await open_shop(house)
    day = await sell_back_then(shop, 40)
    await caught_up(house)
    await closing.close_all(reports_of(house))
    await sell_back_then(shop, 40)
    await caught_up(house)
    spans = {row["span"]: row["total"] for row in await house.fetch(SPANS, shop.store.id)}
    assert (spans[f"{day:%Y-%m}"], spans[f"{day:%Y}"]) == (700_000, 700_000)
    assert await whole_check(house, store_id=shop.store.id) == []

    update = "UPDATE reports.sums SET total = total + 1 WHERE store_id = $1 AND kind = 'tender' AND span = $2"
    await house.fetch(update, shop.store.id, f"{day:%Y-%m}")
    findings = await whole_check(house, store_id=shop.store.id)
    assert {(one.expected.split(", ")[-1], one.found.split(", ")[-1]) for one in findings} == {("700000", "700001"), ("700001", "700000")}
    await house.call(REBUILD, Rebuild())
    await eventually(lambda: _rebuilt(house))
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_days_are_closed_while_orders_of_those_days_come_in(fresh_house: Callable[..., Awaitable[House]]) -> None:
    """Members, and closings, step on each other's toes; nothing counts twice, and nothing is forgotten."""
    house = await fresh_house()
    shop = await open_shop(house)
    member = reports_of(house)

    async def close_again_and_again() -> None:
        for _ in range(10):
            await reopened(house, shop)
            await asyncio.gather(closing.close_all(member), closing.close_all(member))

    await asyncio.gather(close_again_and_again(), *(sell_back_then(shop, 2 + at % 9) for at in range(40)))
    await caught_up(house)
    assert await whole_check(house, only_reports=False) == []
    [total] = (await sales(house, by="product", date_from=now().date() - timedelta(days=20))).totals
    assert (total.orders, total.total) == (40, 40 * 350_000)


async def test_costs_are_added_up_too(house: House) -> None:
    stock = await inventory.open_shop(house)
    goods = await stock.goods("10", cost=2000, taxes=[])
    await sell(stock, goods, 3)
    assert (await profit(stock))[0].cost == 600_000
    for table in ("cost_days", "days"):
        await house.fetch(f"UPDATE reports.{table} SET day = day - 40 WHERE store_id = $1", stock.store_id)
    [row] = await house.fetch("SELECT day FROM reports.cost_days WHERE store_id = $1 LIMIT 1", stock.store_id)
    day = row["day"]
    await house.fetch("DELETE FROM reports.closed WHERE store_id = $1", stock.store_id)
    await closing.close_all(reports_of(house))
    for by in ("store", "product", "month", "day"):
        rows = await profit(stock, by, date_from=day.replace(day=1), date_to=day)
        assert sum(one.cost for one in rows) == 600_000
    assert await whole_check_of_costs(house, stock.store_id) == []

    # The ledger knows of no sale on that day: what is asked for again takes it back, from the day and from its spans.
    await house.fetch("INSERT INTO reports.uncosted_days (store_id, day, changed_at) VALUES ($1, $2, now())", stock.store_id, day)
    assert sum(one.cost for one in await profit(stock, "product", date_from=day.replace(day=1), date_to=day)) == 0
    assert await whole_check_of_costs(house, stock.store_id) == []
    await house.fetch("UPDATE reports.cost_sums SET cost = cost + 1 WHERE store_id = $1 AND span = $2", stock.store_id, f"{day:%Y}")
    assert await whole_check_of_costs(house, stock.store_id) != []


async def whole_check_of_costs(house: House, store_id: UUID) -> list[str]:
    return [one.name for one in await whole_check(house, store_id=store_id) if "costs of" in one.name]


async def _rebuilt(house: House) -> bool:
    return not (await house.call(GET_REBUILD, GetRebuild())).running
