"""A shop whose customers have accounts: a register, things to sell, and Kasir around them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from actors.customers import contract
from actors.customers.contract import (
    CREATE_CUSTOMER,
    GET_CREDIT,
    GET_POINTS,
    LIST_POINTS_ENTRIES,
    SET_CREDIT,
    SET_PROGRAM,
    CreateCustomer,
    CreditAccount,
    CustomersCheck,
    GetCredit,
    GetPoints,
    ListPointsEntries,
    PointsEntry,
    PointsProgram,
    Profile,
    SetCredit,
    SetProgram,
)
from actors.orders.contract import GET_ORDER, PLACE_ORDER, Customer, GetOrder, LineInput, Order, PlaceOrder, TenderInput
from actors.payments.contract import CREATE_INTENT, GET_INTENT, CreateIntent, GetIntent, Intent
from tests.pages import check_customers
from tests.support import House, Servers, eventually, open_house, rupiah

_names = itertools.count()


@dataclass
class Shop:
    """`sku` costs Rp 35,000; `tobacco`, of another category, Rp 20,000."""

    house: House
    register_id: UUID
    store_id: UUID
    sku: str
    tobacco: str

    async def customer(self, name: str = "", **given: Any) -> Profile:
        return await self.house.call(CREATE_CUSTOMER, CreateCustomer(name=name or f"Customer {next(_names)}", **given))

    async def program(self, **given: Any) -> PointsProgram:
        """A point for each Rp 10,000, worth Rp 100."""
        values = {"currency": "IDR", "earn_points": 1, "earn_per": rupiah(10_000), "point_value": rupiah(100), **given}
        return await self.house.call(SET_PROGRAM, SetProgram(**values))

    async def order(self, customer: Profile | None, quantity: int = 1, *, paid: bool = False, **given: Any) -> Order:
        lines = given.pop("lines", None) or [LineInput(sku=self.sku, quantity=quantity)]
        buyer = Customer(id=customer.id, group=given.pop("group", None)) if customer else None
        tenders = [TenderInput(type="cash", amount=rupiah(10_000_000))] if paid else []
        return await self.house.call(PLACE_ORDER, PlaceOrder(register_id=self.register_id, lines=lines, tenders=tenders, customer=buyer, **given))

    async def sale(self, customer: Profile | None, quantity: int = 1, **given: Any) -> Order:
        return await self.order(customer, quantity, paid=True, **given)

    async def begin(self, order: Order, method: str, rupiah_: int | None = None, **given: Any) -> Intent:
        amount = order.totals.missing if rupiah_ is None else rupiah(rupiah_)
        if method == "manual":
            given.setdefault("reference", "EDC 4711")
        return await self.house.call(CREATE_INTENT, CreateIntent(order_id=order.id, method=method, amount=amount, **given))

    async def ends(self, intent: Intent) -> Intent:
        """Not pending any more."""

        async def there() -> Intent | None:
            found = await self.house.call(GET_INTENT, GetIntent(id=intent.id))
            return found if found.state != "pending" else None

        found: Intent = await eventually(there)
        return found

    async def order_becomes(self, id: UUID, status: str) -> Order:
        async def there() -> Order | None:
            order = await self.house.call(GET_ORDER, GetOrder(id=id))
            return order if order.status == status else None

        found: Order = await eventually(there)
        return found

    async def credit(self, customer: Profile, limit: int | None = None) -> CreditAccount:
        """Opened with a limit, when one is given."""
        if limit is not None:
            return await self.house.call(SET_CREDIT, SetCredit(id=customer.id, limit=rupiah(limit)))
        return await self.house.call(GET_CREDIT, GetCredit(id=customer.id))

    async def owes(self, customer: Profile, rupiah_: int) -> None:
        async def there() -> bool:
            return (await self.credit(customer)).balance.amount == rupiah_ * 100

        await eventually(there)

    async def points(self, customer: Profile) -> int:
        return (await self.house.call(GET_POINTS, GetPoints(id=customer.id))).balance

    async def has_points(self, customer: Profile, points: int) -> None:
        async def there() -> bool:
            return await self.points(customer) == points

        await eventually(there)

    async def entries(self, customer: Profile) -> list[PointsEntry]:
        return (await self.house.call(LIST_POINTS_ENTRIES, ListPointsEntries(id=customer.id))).items

    async def has_caught_up(self) -> None:
        """All orders so far have been followed."""

        async def there() -> bool:
            rows = await self.house.fetch(
                "SELECT FROM customers.followed AS f, orders.log_head AS h WHERE f.log = 'orders' AND f.position >= h.position"
            )
            return bool(rows)

        await eventually(there)

    async def books_are_right(self) -> list[CustomersCheck]:
        """All pages of the check."""
        await self.has_caught_up()
        pages = await check_customers(self.house)
        findings = [finding for page in pages for finding in page.findings]
        assert not findings, findings
        return pages


@asynccontextmanager
async def open_shop(servers: Servers, **given: Any) -> AsyncIterator[Shop]:
    async with open_house(await servers.settings(**given)) as house:
        yield await furnish(house)


async def furnish(house: House) -> Shop:
    store, register = await house.open_store()
    product = await house.add_product(price=3_500_000, category="food")
    tobacco = await house.add_product("Gudang Garam", price=2_000_000, category="tobacco")
    return Shop(house, register.id, store.id, product.variants[0].sku, tobacco.variants[0].sku)


__all__ = ["Shop", "contract", "furnish", "open_shop"]
