"""Figures stay exact while everything happens at once, are counted again while selling goes on, and say what was tampered with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from actors.orders.contract import (
    CANCEL_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    CancelOrder,
    LineInput,
    OfflineOrder,
    Order,
    PlaceOrders,
    RefundOrder,
    ReturnInput,
    TenderInput,
)
from actors.reports import closing, rebuilding
from actors.reports.contract import GET_REBUILD, REBUILD, GetRebuild, Rebuild
from actors.runtime.ids import new_id, now
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.actors.reports.support import caught_up, reports_of, sales, whole_check
from tests.support import House, eventually, open_house, rupiah

FIGURES = """
SELECT back, {when}, store_id, kind, key, currency, count, quantity, gross, discount, service, net, tax, total FROM reports.{table}, reports.state
WHERE state.generation = {table}.generation AND (count, total, net, discount) <> (0, 0, 0, 0)
"""
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kasir follower' AND datname = current_database()"
GONE = ("orders.refunded_already", "orders.wrong_state", "orders.wrong_quantity")


async def figures(house: House) -> list[list[tuple[str, ...]]]:
    """Days, and spans of days that are over."""
    tables = [await house.fetch(FIGURES.format(when=when, table=table)) for when, table in (("day", "days"), ("span", "sums"))]
    return [sorted(tuple(map(str, row)) for row in rows) for rows in tables]


async def clerk(shop: Shop, chance: random.Random, times: int) -> None:
    """Sells, takes back, calls off, hands in late, as it comes."""
    sold: list[Order] = []
    for _ in range(times):
        wish = chance.random()
        if wish < 0.5 or not sold:
            sold.append(await shop.place(cash(20_000), quantity=chance.randint(1, 5)))
        elif wish < 0.7:
            await back(shop, chance.choice(sold))
        elif wish < 0.8:
            await shop.house.call(CANCEL_ORDER, CancelOrder(id=chance.choice(sold).id, reason="Wrong"), by="boss")
        else:
            late = OfflineOrder(
                id=new_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[TenderInput(type="card", amount=rupiah(3500))],
                sold_at=now() - timedelta(hours=chance.randint(1, 300)), total=rupiah(chance.choice([3500, 3400])),
            )  # fmt: skip
            await shop.house.call(PLACE_ORDERS, PlaceOrders(orders=[late]), by="late")


async def back(shop: Shop, order: Order) -> None:
    wish = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], reason="Broken")
    reply = await shop.house.client.ask(REFUND_ORDER, wish, key=str(new_id()), by="boss")
    assert reply.refusal is None or reply.refusal.code in GONE


async def test_the_figures_agree_with_the_orders_while_members_come_and_go_and_after_counting_again(
    fresh_house: Callable[..., Awaitable[House]],
) -> None:
    house = await fresh_house()
    shops = [await open_shop(house), await open_shop(house)]
    selling = asyncio.gather(*(clerk(shop, random.Random(nr), 40) for nr, shop in enumerate([*shops, *shops])))
    async with open_house(house.settings, ("reports",)):
        for _ in range(5):
            # Whoever follows loses its right to, in the middle of it: the other member, or the same one, goes on.
            await house.fetch(CUT_OFF)
            await sales(house)
        await house.call(REBUILD, Rebuild())
        await selling
        await eventually(lambda: _rebuilt(house))
        assert await whole_check(house, only_reports=False) == []
        await closing.close_all(reports_of(house))
        kept = await figures(house)
        await house.call(REBUILD, Rebuild())
        await eventually(lambda: _rebuilt(house))
        await caught_up(house)
        await closing.close_all(reports_of(house))
        assert await figures(house) == kept
        assert all(kept)


async def _rebuilt(house: House) -> bool:
    return not (await house.call(GET_REBUILD, GetRebuild())).running


async def test_what_was_tampered_with_is_named_and_counting_again_puts_it_right(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    await back(shop, order)
    await caught_up(house)
    assert await whole_check(house, store_id=shop.store.id) == []

    update = "UPDATE reports.days SET total = total + 1 WHERE store_id = $1 AND kind = 'tender' AND key = 'cash' AND NOT back"
    await house.fetch(update, shop.store.id)
    findings = await whole_check(house, store_id=shop.store.id)
    assert all("tender cash" in one.name and str(shop.store.id) in one.name for one in findings)
    [wrong] = [one for one in findings if one.name.endswith("sold, tender cash: total")]
    assert (wrong.expected, wrong.found) == ("700000", "700001")

    await house.call(REBUILD, Rebuild())
    await eventually(lambda: _rebuilt(house))
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_nothing_is_left_to_a_follower_who_is_further_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sells, so it would not look."""
    monkeypatch.setattr(rebuilding, "PAGE", 2)
    shop = await open_shop(house)
    for _ in range(3):
        await shop.place(cash(7_000))
    await caught_up(house)

    await house.call(REBUILD, Rebuild())
    await eventually(lambda: _rebuilt(house), within_seconds=30)

    assert await whole_check(house, store_id=shop.store.id) == []


async def test_an_order_that_reports_have_never_heard_of_is_named(house: House) -> None:
    shop = await open_shop(house)
    await shop.place(cash(7_000))
    await caught_up(house)
    await house.fetch("DELETE FROM reports.days WHERE store_id = $1", shop.store.id)
    findings = await whole_check(house, store_id=shop.store.id)
    assert any(one.name.endswith("sold, total: total") and (one.expected, one.found) == ("700000", "0") for one in findings)
    await house.call(REBUILD, Rebuild())
    await eventually(lambda: _rebuilt(house))


async def test_an_offline_sale_counts_on_the_day_on_which_it_was_sold(house: House) -> None:
    shop = await open_shop(house)
    sold_at = now() - timedelta(days=40)
    late = OfflineOrder(
        id=new_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(3_500)], sold_at=sold_at, total=rupiah(3_400)
    )
    await house.call(PLACE_ORDERS, PlaceOrders(orders=[late]))
    day = (sold_at + timedelta(hours=7)).date()
    [row] = (await sales(house, by="day", store_id=shop.store.id, date_from=day, date_to=day)).rows
    assert (row.key, row.total, row.net + row.tax) == (str(day), 340_000, 350_000)
    [total] = (await sales(house, by="month", store_id=shop.store.id, date_from=day - timedelta(days=60), date_to=day)).totals
    assert total.total == 340_000
    assert await whole_check(house, store_id=shop.store.id) == []
