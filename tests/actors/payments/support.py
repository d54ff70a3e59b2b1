"""A Kasir with the simulated provider, whose reports come in through the REST API."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from actors.orders.contract import GET_ORDER, PAY_ORDER, PLACE_ORDER, GetOrder, LineInput, Order, PayOrder, PlaceOrder, TenderInput
from actors.payments.contract import (
    CREATE_INTENT,
    GET_INTENT,
    ISSUE_GIFT_CARD,
    CreateIntent,
    GetIntent,
    Intent,
    IssueGiftCard,
    NewGiftCard,
    PaymentsCheck,
)
from actors.runtime.client import Refused
from deploy import compose
from deploy.ports import free_port
from deploy.simulated_provider import SimulatedProvider
from tests.pages import check_money
from tests.support import House, Servers, eventually, open_house, rupiah

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass
class Shop:
    """A house with a register, something to sell for Rp 35,000 and, if it wants one, a provider."""

    house: House
    register_id: UUID
    store_id: UUID
    sku: str
    provider: SimulatedProvider | None

    async def order(self, quantity: int = 1) -> Order:
        """Open: nothing is paid yet."""
        lines = [LineInput(sku=self.sku, quantity=quantity)]
        return await self.house.call(PLACE_ORDER, PlaceOrder(register_id=self.register_id, lines=lines))

    async def begin(self, order: Order, method: str = "qris", rupiah_: int | None = None, **given: Any) -> Intent:
        amount = order.totals.missing if rupiah_ is None else rupiah(rupiah_)
        if method == "manual":
            given.setdefault("reference", "EDC 4711")
        return await self.house.call(CREATE_INTENT, CreateIntent(order_id=order.id, method=method, amount=amount, **given))

    async def intent(self, id: UUID) -> Intent:
        return await self.house.call(GET_INTENT, GetIntent(id=id))

    async def card(self, rupiah_: int, **given: Any) -> NewGiftCard:
        return await self.house.call(ISSUE_GIFT_CARD, IssueGiftCard(amount=rupiah(rupiah_), **given))

    async def becomes(self, id: UUID, state: str, **also: Any) -> Intent:
        async def there() -> Intent | None:
            intent = await self.intent(id)
            return intent if intent.state == state and all(getattr(intent, name) == value for name, value in also.items()) else None

        found: Intent = await eventually(there)
        return found

    async def order_becomes(self, id: UUID, status: str, payment: str) -> Order:
        async def there() -> Order | None:
            order = await self.house.call(GET_ORDER, GetOrder(id=id))
            return order if (order.status, order.payment) == (status, payment) else None

        found: Order = await eventually(there)
        return found

    async def reaches_provider(self, id: UUID) -> None:
        """Begun there, and its answer is booked."""

        async def there() -> bool:
            rows = await self.house.fetch("SELECT FROM payments.intents WHERE id = $1 AND at_provider = 'there' AND leased_until IS NULL", id)
            return bool(rows)

        await eventually(there)

    async def pay_some_cash(self, order: Order, rupiah_: int) -> None:
        await self.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[TenderInput(type="cash", amount=rupiah(rupiah_))]))

    async def pay_in_cash(self, order: Order) -> None:
        tender = TenderInput(type="cash", amount=order.totals.missing)
        await self.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[tender]))

    async def books_are_right(self) -> PaymentsCheck:
        """Settled, and nothing differs."""

        async def settled() -> PaymentsCheck | None:
            check = await check_money(self.house)
            return check if not check.unsettled else None

        check: PaymentsCheck = await eventually(settled)
        assert check.findings == []
        return check


async def refused(asking: Coroutine[Any, Any, Any]) -> str:
    """The code of the "no"."""
    try:
        told = await asking
    except Refused as no:
        return no.refusal.code
    raise AssertionError(f"not refused: {told}")


@asynccontextmanager
async def open_shop(servers: Servers, **given: Any) -> AsyncIterator[Shop]:
    """With the simulated provider, and with the REST API that it reports to."""
    provider = SimulatedProvider(SECRET)
    await provider.start()
    settings = await servers.settings(**{
        "payments_providers": "simulated", "payments_simulated_url": provider.url, "payments_simulated_secret": SECRET,
        "payments_timeout_seconds": 1.5, "payments_look_up_seconds": 0.3, **given,
    })  # fmt: skip
    settings = replace(settings, http_port=free_port())
    settings = replace(settings, payments_callback_url=compose.url_of(settings))
    try:
        async with open_house(settings) as house, compose.edge(settings, house.client):
            store, register = await house.open_store()
            product = await house.add_product(price=3_500_000)
            yield Shop(house, register.id, store.id, product.variants[0].sku, provider)
    finally:
        await provider.stop()
