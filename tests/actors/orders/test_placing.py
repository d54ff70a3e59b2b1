"""Placing orders: what a register relies on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from actors.orders.contract import (
    GET_ORDER,
    LIST_ORDERS,
    PAY_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    PREVIEW_ORDER,
    GetOrder,
    LineInput,
    ListOrders,
    OfflineOrder,
    Order,
    PayOrder,
    PlaceOrder,
    PlaceOrders,
    PreviewOrder,
    TenderInput,
)
from actors.orders.handlers import place_orders
from actors.runtime.actor import Asked
from actors.runtime.client import Refused
from actors.runtime.work import Work
from tests.support import House, rupiah, some_id, unique


def cash(amount: int) -> list[TenderInput]:
    return [TenderInput(type="cash", amount=rupiah(amount))]


async def test_a_sale_is_priced_numbered_and_gives_change(house: House) -> None:
    store, register = await house.open_store()
    product = await house.add_product(price=350000)
    sku = product.variants[0].sku

    order = await house.call(
        PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku, quantity=3)], tenders=cash(20_000)), by="key-1"
    )

    assert (order.receipt, order.receipt_number, order.version, order.status) == ("K1-000001", 1, 1, "completed")
    assert (order.store_id, order.placed_by) == (store.id, "key-1")
    assert order.totals.total == rupiah(10_500)
    assert order.totals.change == rupiah(9_500)
    assert order.totals.tax.amount == 104054
    assert await house.call(GET_ORDER, GetOrder(id=order.id)) == order


async def test_the_same_key_gives_the_same_order_however_often(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000))
    key = unique()

    replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, ask, key=key) for _ in range(20)))

    assert len({reply.body for reply in replies}) == 1
    assert sum(not reply.replayed for reply in replies) == 1
    orders = await house.call(LIST_ORDERS, ListOrders(register_id=register.id))
    assert len(orders.items) == 1


async def test_a_key_used_for_another_order_is_refused(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    key = unique()
    await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000)), key=key)

    with pytest.raises(Refused, match="key_reused"):
        await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku, quantity=2)], tenders=cash(9_000)), key=key)


async def test_receipt_numbers_have_no_gaps_when_others_are_refused(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    good = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000))
    bad = PlaceOrder(register_id=register.id, lines=[LineInput(sku="nothing-has-this")], tenders=cash(5_000))

    await asyncio.gather(*(house.client.ask(PLACE_ORDER, bad if index % 3 else good, key=unique()) for index in range(90)))

    orders = await house.call(LIST_ORDERS, ListOrders(register_id=register.id, limit=500))
    assert sorted(order.receipt_number for order in orders.items) == list(range(1, 31))


async def test_a_price_that_changed_is_refused_online_and_kept_offline(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product(price=350000)).variants[0].sku
    line = LineInput(sku=sku, unit_price=rupiah(3_000))

    with pytest.raises(Refused) as refused:
        await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[line], tenders=cash(5_000)))
    assert refused.value.refusal.code == "orders.price_changed"
    assert [error.pointer for error in refused.value.refusal.errors] == ["/lines/0/unit_price"]

    sold_at = datetime.now(UTC) - timedelta(hours=3)
    offline = OfflineOrder(id=some_id(), register_id=register.id, lines=[line], tenders=cash(5_000), sold_at=sold_at)
    outcomes = await house.call(PLACE_ORDERS, PlaceOrders(orders=[offline]))
    assert [outcome.outcome for outcome in outcomes.items] == ["created"]
    assert outcomes.items[0].order is not None
    assert (outcomes.items[0].order.totals.total, outcomes.items[0].order.sold_at) == (rupiah(3_000), sold_at)


async def test_an_offline_batch_sent_again_doubles_nothing(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product(price=350000)).variants[0].sku
    sold_at = datetime.now(UTC)
    sales = [
        OfflineOrder(id=some_id(), register_id=register.id, lines=[LineInput(sku=sku, quantity=n)], tenders=cash(50_000), sold_at=sold_at)
        for n in range(1, 6)
    ]
    bad = msgspec.structs.replace(sales[0], id=some_id(), lines=[LineInput(sku="nothing-has-this")])

    first = await house.call(PLACE_ORDERS, PlaceOrders(orders=[*sales, bad]))
    again = await house.call(PLACE_ORDERS, PlaceOrders(orders=[bad, *sales]))

    assert [outcome.outcome for outcome in first.items] == ["created"] * 5 + ["refused"]
    assert [outcome.outcome for outcome in again.items] == ["refused"] + ["existing"] * 5
    assert [outcome.order for outcome in again.items[1:]] == [outcome.order for outcome in first.items[:5]]


async def test_an_id_is_for_one_sale(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product(price=350000)).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000), id=some_id())
    order = await house.call(PLACE_ORDER, ask)

    assert await house.call(PLACE_ORDER, ask, key=unique()) == order
    with pytest.raises(Refused, match="id_taken"):
        await house.call(PLACE_ORDER, msgspec.structs.replace(ask, lines=[LineInput(sku=sku, quantity=2)], tenders=cash(7_000)))


async def test_a_preview_computes_the_same_and_stores_nothing(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product(price=333300, unit="kg")).variants[0].sku
    lines = [LineInput(sku=sku, quantity="0.750", note="ripe")]

    preview = await house.call(PREVIEW_ORDER, PreviewOrder(register_id=register.id, lines=lines))
    assert preview.missing == preview.totals.total
    assert (await house.call(LIST_ORDERS, ListOrders(register_id=register.id))).items == []
    order = await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=lines, tenders=cash(5_000)))
    assert (order.lines, order.totals.total) == (preview.lines, preview.totals.total)


async def test_lists_go_newest_first_and_pages_lose_nothing(house: House) -> None:
    store, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000))
    for _ in range(7):
        await house.call(PLACE_ORDER, ask)

    seen: list[Order] = []
    cursor = None
    while True:
        page = await house.call(LIST_ORDERS, ListOrders(store_id=store.id, limit=3, cursor=cursor))
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [order.receipt_number for order in seen] == [7, 6, 5, 4, 3, 2, 1]
    only = await house.call(LIST_ORDERS, ListOrders(store_id=store.id, sold_from=seen[2].sold_at, sold_until=seen[0].sold_at))
    assert [order.receipt_number for order in only.items] == [6, 5]


async def test_what_is_created_can_be_sold_at_once(house: House) -> None:
    """The price list follows the catalog by events, but nobody who creates and sells can tell."""
    for _ in range(20):
        _, register = await house.open_store()
        sku = (await house.add_product()).variants[0].sku
        await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000)))


@pytest.mark.parametrize("sold_at", ["0001-01-01T00:00:00+23:59", "1999-12-31T23:59:59Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"])
async def test_an_impossible_time_of_sale_is_refused(house: House, sold_at: str) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    moment = msgspec.convert(sold_at, datetime)
    sale = OfflineOrder(id=some_id(), register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000), sold_at=moment)

    outcomes = await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))

    assert outcomes.items[0].problem is not None
    assert outcomes.items[0].problem.code == "orders.wrong_time"


async def test_an_order_that_is_held_takes_no_money_and_does_not_expire(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    for given, pointer in (({"tenders": cash(5_000)}, "/tenders"), ({"pay_within_seconds": 60}, "/pay_within_seconds")):
        with pytest.raises(Refused, match="invalid") as refused:
            await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], hold=True, **given))  # type: ignore[arg-type]
        assert [error.pointer for error in refused.value.refusal.errors] == [pointer]


async def test_an_open_order_sent_again_is_told_as_it_is_now(house: House) -> None:
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], id=some_id())
    order = await house.call(PLACE_ORDER, ask)
    paid = await house.call(PAY_ORDER, PayOrder(id=order.id, tenders=cash(5_000)))

    assert (order.status, order.totals.missing, paid.status) == ("open", rupiah(3_500), "completed")
    assert await house.call(PLACE_ORDER, ask) == paid


async def test_without_inventory_only_what_must_not_be_oversold_is_not_sold(fresh_house: Any) -> None:
    house = await fresh_house(("stores", "catalog", "orders"))
    _, register = await house.open_store()
    scarce, plenty = [(await house.add_product(stock=stock)).variants[0].sku for stock in ("deny", "allow")]

    async def sell(sku: str | None) -> Order:
        return await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(10_000)))

    with pytest.raises(Refused, match=r"runtime\.unavailable"):
        await sell(scarce)
    assert (await sell(plenty)).status == "completed"


async def test_a_plain_sale_asks_the_database_for_nothing_and_begins_no_transaction(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it goes out in one statement, which is its own commit."""
    _, register = await house.open_store()
    sku = (await house.add_product()).variants[0].sku
    ask = PlaceOrder(register_id=register.id, lines=[LineInput(sku=sku)], tenders=cash(5_000))
    orders = next(member for member in house.runtime._members if member.actor.name == "orders")
    # Whatever the tests before have made collide: from now on the register's last number is known, and the product to every view.
    monkeypatch.setattr(orders.resource.numbering, "_careful_until", 0.0)
    await house.call(PLACE_ORDER, ask)

    async def never(*_: Any) -> Any:
        raise AssertionError("a plain sale needs no more than what is in memory")

    work = Work(orders)
    monkeypatch.setattr(work, "read", never)
    monkeypatch.setattr(work, "_transaction", never)
    try:
        [order] = await place_orders([Asked(ask)], work)
        await work.commit()
    except BaseException as error:
        await work.rollback(error)
        raise

    assert msgspec.json.decode(order, type=Order).receipt_number == 2  # type: ignore[arg-type]
