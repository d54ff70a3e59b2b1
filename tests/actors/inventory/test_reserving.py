"""Goods that may not be oversold: kept back before the order is committed, all or nothing, and let go when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from actors.inventory import reserving
from actors.inventory.confirming import look_once
from actors.inventory.contract import RESERVE, Reserve, ReserveLine, ReserveMany, Short
from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    PLACE_ORDER,
    CancelOrder,
    ChangeOrder,
    LineInput,
    Order,
    OrderChanges,
    PlaceOrder,
    TenderInput,
)
from actors.runtime.actor import Asked
from actors.runtime.client import Refused
from actors.runtime.ids import now
from tests.actors.inventory.shop import Goods, Shop, Told, inventory_of, open_shop
from tests.pages import whole_check
from tests.support import House, eventually, rupiah, some_id

Lines = list[tuple[Goods, str]]


async def ask(shop: Shop, *wishes: tuple[UUID, Lines], version: int = 1) -> list[list[Short]]:
    """What each is short of; nothing when it was kept back."""
    told = await shop.house.call(RESERVE, ReserveMany(items=[reserve(shop, order_id, lines, version) for order_id, lines in wishes]))
    assert [one.order_id for one in told.items] == [order_id for order_id, _ in wishes]
    return [one.short for one in told.items]


def reserve(shop: Shop, order_id: UUID, lines: Lines, version: int = 1) -> Reserve:
    return Reserve(order_id=order_id, store_id=shop.store_id, version=version, lines=[
        ReserveLine(variant_id=goods.variant_id, product_id=goods.product_id, quantity=quantity) for goods, quantity in lines
    ])  # fmt: skip


async def numbers(shop: Shop, goods: Goods) -> tuple[str, str, str]:
    level = await shop.level(goods)
    return level.on_hand, level.reserved, level.available


async def settle(shop: Shop) -> None:
    """As the worker does it once the time is up."""
    await look_once(inventory_of(shop.house), now() + timedelta(seconds=1))


async def test_two_hundred_clients_get_exactly_the_last_fifty(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("50")

    told = await asyncio.gather(*(ask(shop, (some_id(), [(goods, "1")])) for _ in range(200)))

    assert sum(not short for (short,) in told) == 50
    assert {one.available for (short,) in told for one in short} == {"0"}
    assert await numbers(shop, goods) == ("50", "50", "0")


async def test_two_hundred_orders_of_which_some_travel_together_and_some_go_wrong(house: House) -> None:
    """Each wants two of this and one of that, in whatever order; those that let go leave room for others."""
    shop = await open_shop(house)
    this, that = await shop.goods("50"), await shop.goods("50")

    async def client(number: int) -> int:
        ids = [some_id() for _ in range(4)]
        lines = [(this, "2"), (that, "1")]
        told = await ask(shop, *((id, lines if number % 2 else lines[::-1]) for id in ids))
        kept = [id for id, short in zip(ids, told, strict=True) if not short]
        if kept and number % 5 == 0:
            await ask(shop, *((id, []) for id in kept))
            return 0
        return len(kept)

    kept = sum(await asyncio.gather(*(client(number) for number in range(50))))

    assert kept <= 25
    assert await numbers(shop, this) == ("50", str(2 * kept), str(50 - 2 * kept))
    assert await numbers(shop, that) == ("50", str(kept), str(50 - kept))


async def test_many_members_at_once_keep_back_no_more_than_there_is(house: House) -> None:
    """Batches side by side, each in its own transaction, that want the same goods in different orders."""
    shop = await open_shop(house)
    this, that = await shop.goods("50"), await shop.goods("50")

    async def batch(number: int) -> int:
        lines = [(this, "1"), (that, "1")][:: 1 if number % 2 else -1]
        async with inventory_of(house).transaction() as work:
            (told,) = await reserving.reserve([Asked(ReserveMany(items=[reserve(shop, some_id(), lines) for _ in range(10)]))], work)
        return sum(not one.short for one in told.items)

    kept = await asyncio.gather(*(batch(number) for number in range(20)))

    assert sum(kept) == 50
    assert await numbers(shop, this) == await numbers(shop, that) == ("50", "50", "0")


async def test_all_or_nothing_and_never_less_by_asking(house: House) -> None:
    """Who else asks for the same order at the same moment may be the one that commits."""
    shop = await open_shop(house)
    goods, scarce, never = await shop.goods("10"), await shop.goods("1"), await shop.goods()
    order_id = some_id()

    assert await ask(shop, (order_id, [(goods, "3"), (scarce, "1")])) == [[]]
    assert await ask(shop, (order_id, [(goods, "3"), (scarce, "1")])) == [[]]
    assert (await shop.level(goods)).reserved == "3"
    (short,) = await ask(shop, (order_id, [(goods, "4"), (scarce, "1.5"), (never, "1")]))
    assert {one.variant_id: one.available for one in short} == {scarce.variant_id: "1", never.variant_id: "0"}
    assert ((await shop.level(goods)).reserved, (await shop.level(scarce)).reserved) == ("3", "1")
    assert await ask(shop, (order_id, [(goods, "2"), (goods, "8")])) == [[]]
    assert ((await shop.level(goods)).reserved, (await shop.level(scarce)).reserved) == ("10", "1")
    assert await ask(shop, (order_id, [(goods, "1")])) == [[]]
    assert (await shop.level(goods)).reserved == "10"
    assert await ask(shop, (order_id, [])) == [[]]
    assert await ask(shop, (order_id, []), (some_id(), [])) == [[], []]
    assert await numbers(shop, goods) == ("10", "0", "10")


async def test_an_order_keeps_back_what_its_newest_version_says(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    first = Told(shop, 1, status="open", reserved=[goods.kept("3")])
    await ask(shop, (first.id, [(goods, "3")]))
    await ask(shop, (first.id, [(goods, "5")]), version=2)

    await shop.hear(first)
    assert (await shop.level(goods)).reserved == "5"
    await ask(shop, (first.id, []))
    assert (await shop.level(goods)).reserved == "5"
    await shop.hear(first.then(2, status="open", reserved=[goods.kept("2")]))
    assert (await shop.level(goods)).reserved == "2"
    await shop.hear(first.then(3, status="draft"))

    assert await numbers(shop, goods) == ("10", "0", "10")


async def test_lines_that_move_to_another_order_take_along_what_was_kept_back(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("5")
    first = Told(shop, 1, status="open", reserved=[goods.kept("5")])
    await ask(shop, (first.id, [(goods, "5")]))
    wish = Reserve(order_id=some_id(), store_id=shop.store_id, lent_by=first.id, lines=[
        ReserveLine(variant_id=goods.variant_id, product_id=goods.product_id, quantity="2")
    ])  # fmt: skip

    (told,) = (await house.call(RESERVE, ReserveMany(items=[wish]))).items
    assert told.short == []
    (short,) = (await house.call(RESERVE, ReserveMany(items=[reserve(shop, some_id(), [(goods, "1")])]))).items
    assert [one.available for one in short.short] == ["0"]
    await shop.hear(first.then(2, status="open", reserved=[goods.kept("3")]))

    assert await numbers(shop, goods) == ("5", "5", "0")


async def test_the_same_order_at_once_is_kept_back_once(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("100")
    order_id = some_id()
    member = inventory_of(house)

    async def one() -> None:
        """In a batch of its own, as from many members."""
        async with member.transaction() as work:
            await reserving.reserve([Asked(ReserveMany(items=[reserve(shop, order_id, [(goods, "7")])]))], work)

    await asyncio.gather(*(one() for _ in range(8)), return_exceptions=True)
    await asyncio.gather(*(ask(shop, (order_id, [(goods, "7")])) for _ in range(20)))

    assert await numbers(shop, goods) == ("100", "7", "93")


async def test_the_sale_takes_the_place_of_what_was_kept_back(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    sold, cancelled = Told(shop, 1, [goods.use("4")]), Told(shop, 1, status="open", reserved=[goods.kept("5")])
    await ask(shop, (sold.id, [(goods, "4")]), (cancelled.id, [(goods, "5")]))

    await shop.hear(sold, cancelled)
    assert await numbers(shop, goods) == ("6", "5", "1")
    await shop.hear(cancelled.then(2, status="cancelled"))

    assert await numbers(shop, goods) == ("6", "0", "6")
    kinds = [(one.kind, one.quantity, one.reserved) for one in await shop.movements(goods, reference_id=sold.id)]
    assert kinds == [("reservation", "0", "4"), ("reservation", "0", "-4"), ("sale", "-4", "0")]


# --- with real orders


async def place(shop: Shop, goods: Goods, quantity: int, paid: int = 1_000_000) -> Order:
    tenders = [TenderInput(type="cash", amount=rupiah(paid))] if paid else []
    lines = [LineInput(sku=goods.sku, quantity=quantity)]
    return await shop.house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register_id, lines=lines, tenders=tenders))


async def test_an_open_order_keeps_its_goods_and_lets_go_when_it_is_called_off(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("5", stock="deny")

    order = await place(shop, goods, 4, paid=0)
    await settle(shop)
    assert await numbers(shop, goods) == ("5", "4", "1")
    with pytest.raises(Refused, match=r"orders\.out_of_stock"):
        await place(shop, goods, 2)
    changed = await house.call(CHANGE_ORDER, ChangeOrder(
        id=order.id, if_version=order.version, changes=OrderChanges(lines=[LineInput(sku=goods.sku, quantity=1)])
    ))  # fmt: skip
    await eventually(lambda: _are(shop, goods, ("5", "1", "4")))
    check = await whole_check(house, shop.store_id)
    assert check.findings == []
    await house.call(CANCEL_ORDER, CancelOrder(id=changed.id, reason="gone"))

    await eventually(lambda: _are(shop, goods, ("5", "0", "5")))


async def _are(shop: Shop, goods: Goods, expected: tuple[str, str, str]) -> bool:
    return await numbers(shop, goods) == expected


async def test_what_no_order_follows_is_let_go_and_what_an_order_says_is_put_right(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10", stock="deny")
    order = await place(shop, goods, 3, paid=0)
    lost, other = some_id(), some_id()
    # As when the answer to a change got lost, and the change with it.
    await ask(shop, (lost, [(goods, "2")]), (other, [(goods, "1")]))
    await ask(shop, (order.id, [(goods, "5")]), version=2)
    await ask(shop, (other, []))
    assert (await shop.level(goods)).reserved == "7"

    await settle(shop)

    assert await numbers(shop, goods) == ("10", "3", "7")
    kept = await house.fetch("SELECT order_id, confirmed FROM inventory.reservations WHERE store_id = $1", shop.store_id)
    assert [tuple(row) for row in kept] == [(order.id, True)]


async def test_an_order_that_is_sold_is_not_let_go_before_its_sale_is_heard_of(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("5", stock="deny")
    order = await place(shop, goods, 2)
    await eventually(lambda: _are(shop, goods, ("3", "0", "3")))
    await house.fetch("UPDATE inventory.orders SET version = 0 WHERE order_id = $1", order.id)
    await ask(shop, (order.id, [(goods, "1")]))

    await settle(shop)
    assert (await shop.level(goods)).reserved == "1"
    await house.fetch("UPDATE inventory.orders SET version = $2 WHERE order_id = $1", order.id, order.version)
    await settle(shop)

    assert await numbers(shop, goods) == ("3", "0", "3")


async def test_there_is_a_time_after_which_they_let_go_by_themselves(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house(inventory_reserve_seconds=0.2)
    shop = await open_shop(house)
    goods = await shop.goods("10")

    await ask(shop, (some_id(), [(goods, "10")]))

    await eventually(lambda: _are(shop, goods, ("10", "0", "10")))
