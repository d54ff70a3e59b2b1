"""Whom an order is for: as customers knows them, and as the client says where it does not."""

from __future__ import annotations

from typing import Any

from actors.customers.contract import CREATE_CUSTOMER, CREATE_GROUP, CreateCustomer, CreateGroup, Profile
from actors.orders.contract import (
    CHANGE_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    PREVIEW_ORDER,
    ChangeOrder,
    Customer,
    LineInput,
    OfflineOrder,
    Order,
    OrderChanges,
    PlaceOrder,
    PlaceOrders,
    PreviewOrder,
)
from actors.runtime.ids import now
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, some_id, unique


async def member(house: House, **given: Any) -> Profile:
    return await house.call(CREATE_CUSTOMER, CreateCustomer(name="Ani Wijaya", **given), key=unique())


def claims(profile: Profile) -> Customer:
    return Customer(id=profile.id, name="Somebody", group="wholesale", tax_exempt=True)


async def place(shop: Shop, customer: Customer, **more: Any) -> Order:
    ask = PlaceOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], customer=customer, **more)
    return await shop.house.call(PLACE_ORDER, ask)


async def test_group_and_exemption_are_those_of_the_profile(house: House) -> None:
    shop = await open_shop(house)
    group = unique()
    await house.call(CREATE_GROUP, CreateGroup(code=group, name="Staff"), key=unique())
    ani, exempt = await member(house, group=group), await member(house, tax_exempt=True)

    order = await place(shop, claims(ani))
    assert order.customer == Customer(id=ani.id, name="Somebody", group=group), "the name is the client's"
    assert order.totals.tax.amount > 0
    assert (await place(shop, Customer(id=exempt.id), tenders=[cash(3_500)])).totals.tax.amount == 0

    ask = PreviewOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], customer=claims(ani))
    assert (await house.call(PREVIEW_ORDER, ask)).totals.tax.amount > 0
    changes = OrderChanges(customer=Customer(id=exempt.id))
    changed = await house.call(CHANGE_ORDER, ChangeOrder(id=order.id, if_version=1, changes=changes))
    assert changed.customer == Customer(id=exempt.id, tax_exempt=True), "and none is filled in"
    assert changed.totals.tax.amount == 0


async def test_who_is_not_known_is_who_the_client_says(house: House) -> None:
    shop = await open_shop(house)
    stranger, nameless = Customer(id=some_id(), name="Budi", tax_exempt=True), Customer(name="Citra", tax_exempt=True)

    assert (await place(shop, stranger)).customer == stranger
    assert (await place(shop, nameless)).customer == nameless


async def test_what_was_sold_offline_stays_as_the_register_says(house: House) -> None:
    shop = await open_shop(house)
    ani = await member(house)
    sale = OfflineOrder(
        id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(3_500)], sold_at=now(), customer=claims(ani)
    )

    [told] = (await house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))).items

    assert told.order is not None
    assert told.order.customer == claims(ani)


async def test_a_sale_waits_for_nobody_who_is_away(fresh_house: Any) -> None:
    house = await fresh_house(actors=("stores", "catalog", "orders", "payments", "inventory"))
    shop = await open_shop(house)
    stranger = Customer(id=some_id(), name="Budi")

    for _ in range(20):
        assert (await place(shop, stranger, tenders=[cash(3_500)])).status == "completed"
