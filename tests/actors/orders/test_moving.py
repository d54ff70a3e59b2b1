"""Orders that are held and taken up again, prepared, delivered, looked at; one by one and many at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.orders.contract import (
    CHANGE_ORDER,
    MOVE_ORDER,
    MOVE_ORDERS,
    PAY_ORDER,
    ChangeOrder,
    MoveOrder,
    MoveOrders,
    Order,
    OrderChanges,
    PayOrder,
)
from actors.runtime.client import Refused
from actors.stores.contract import CREATE_REGISTER, CreateRegister
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, rupiah, some_id


async def move(shop: Shop, order: Order, **to: Any) -> Order:
    return await shop.house.call(MOVE_ORDER, MoveOrder(id=order.id, **to), by="waiter")


async def test_a_draft_is_parked_and_taken_up_at_another_register(house: House) -> None:
    shop = await open_shop(house)
    other = await house.call(CREATE_REGISTER, CreateRegister(store_id=shop.store.id, code="K2"))
    draft = await shop.place(hold=True)
    assert (draft.status, draft.payment, draft.receipt_number) == ("draft", "unpaid", None)

    there = await house.call(CHANGE_ORDER, ChangeOrder(id=draft.id, if_version=1, changes=OrderChanges(register_id=other.id)))
    taken_up = await move(shop, there, status="open", reason="back from the car")
    done = await house.call(PAY_ORDER, PayOrder(id=draft.id, tenders=[cash(7_000)]))

    assert (there.register_id, done.receipt, done.status) == (other.id, "K2-000001", "completed")
    last = taken_up.moves[-1]
    assert (last.by, last.reason, last.before.status, last.after.status) == ("waiter", "back from the car", "draft", "open")
    assert await shop.names_told(draft) == ["order.created", "order.updated", "order.status_updated", "order.paid"]


async def test_an_open_order_can_be_parked_until_something_is_paid_on_it(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place()
    assert (await move(shop, order, status="draft")).status == "draft"
    await move(shop, order, status="open")
    await house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(1_000)]))

    with pytest.raises(Refused, match="wrong_state") as refused:
        await move(shop, order, status="draft")

    assert "complete it, or cancel it" in refused.value.refusal.detail


async def test_fulfillment_goes_on_by_the_table_and_no_other_way(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    for step in ("preparing", "ready", "delivered"):
        order = await move(shop, order, fulfillment=step)
    assert [move.after.fulfillment for move in order.moves] == ["preparing", "ready", "delivered"]

    with pytest.raises(Refused, match="wrong_state") as refused:
        await move(shop, order, fulfillment="pending")
    assert refused.value.refusal.errors[0].pointer == "/fulfillment"

    draft = await shop.place(hold=True)
    with pytest.raises(Refused, match="wrong_state"):
        await move(shop, draft, fulfillment="preparing")
    with pytest.raises(Refused, match="wrong_state"):
        await move(shop, order, status="open")
    both = await move(shop, draft, status="open", fulfillment="preparing")
    assert (both.status, both.fulfillment, both.version) == ("open", "preparing", 2)


async def test_moving_to_where_it_is_changes_nothing_and_tells_nothing(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    ready = await move(shop, order, fulfillment="ready")

    assert await move(shop, order, fulfillment="ready") == ready
    assert await shop.names_told(order) == ["order.created", "order.status_updated"]
    with pytest.raises(Refused, match="invalid"):
        await move(shop, order)


async def test_many_move_at_once_each_with_its_own_outcome(house: House) -> None:
    shop = await open_shop(house)
    orders = await asyncio.gather(*(shop.place(cash(7_000)) for _ in range(5)))
    draft = await shop.place(hold=True)
    items = [MoveOrder(id=order.id, fulfillment="ready") for order in [*orders, orders[0], draft]]

    told = await house.call(MOVE_ORDERS, MoveOrders(items=[*items, MoveOrder(id=some_id(), fulfillment="ready")]))

    assert [item.outcome for item in told.items] == ["moved"] * 5 + ["unchanged", "refused", "refused"]
    assert [item.version for item in told.items] == [2] * 6 + [None, None]
    assert [item.problem.code for item in told.items if item.problem] == ["orders.wrong_state", "orders.not_found"]


async def test_two_steps_of_one_order_in_one_batch_are_two_versions(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    steps = [MoveOrder(id=order.id, fulfillment=step) for step in ("preparing", "ready", "delivered")]  # type: ignore[arg-type]

    told = await house.call(MOVE_ORDERS, MoveOrders(items=steps))

    assert [(item.outcome, item.version) for item in told.items] == [("moved", 2), ("moved", 3), ("moved", 4)]
    assert (await shop.read(order)).fulfillment == "delivered"
    assert [event.version for _, event in await shop.told(order)] == [1, 2, 3, 4]


async def test_what_was_free_is_paid_at_once(house: House) -> None:
    shop = await open_shop(house, price=0)
    order = await shop.place()
    assert (order.status, order.payment, order.totals.due) == ("completed", "paid", rupiah(0))
