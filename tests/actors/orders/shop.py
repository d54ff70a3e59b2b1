"""A shop that the stories about orders take place in: a store, a register, something to sell, and what was told of each order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from actors.orders.contract import (
    GET_ORDER,
    PLACE_ORDER,
    GetOrder,
    LineInput,
    Order,
    OrderTold,
    PlaceOrder,
    TenderInput,
)
from actors.payments.contract import PAYMENT_APPROVED, Intent
from actors.runtime.envelopes import decode_event
from actors.runtime.ids import new_id, now
from actors.runtime.words import Money
from actors.stores.contract import Register, Store
from tests.support import House, rupiah


@dataclass
class Shop:
    house: House
    store: Store
    register: Register
    sku: str

    async def place(self, *tenders: TenderInput, quantity: int = 2, sku: str = "", by: str = "clerk", **given: Any) -> Order:
        """Two things at Rp 3.500, unless told otherwise."""
        ask = PlaceOrder(
            register_id=self.register.id, lines=[LineInput(sku=sku or self.sku, quantity=quantity)], tenders=list(tenders), **given
        )
        return await self.house.call(PLACE_ORDER, ask, by=by)

    async def read(self, order: Order) -> Order:
        return await self.house.call(GET_ORDER, GetOrder(id=order.id))

    async def told(self, order: Order) -> list[tuple[str, OrderTold]]:
        """The events about an order, in their order."""
        rows = await self.house.fetch("SELECT name, body FROM orders.log WHERE key = $1 ORDER BY position", str(order.id))
        return [(row["name"], decode_event(OrderTold, row["body"])) for row in rows if row["name"] != "order.payment_returned"]

    async def names_told(self, order: Order) -> list[str]:
        return [name for name, _ in await self.told(order)]

    async def approve(self, order_id: UUID, amount: Money, **given: Any) -> Intent:
        """What payments tells when the money is there."""
        intent = Intent(
            id=new_id(), version=2, order_id=order_id, method="qris", state="approved", amount=amount, reference="T-1",
            refunded=msgspec.structs.replace(amount, amount=0), refund_due=msgspec.structs.replace(amount, amount=0), tender_type="qris",
            expires_at=now(), created_at=now(), updated_at=now(), **given,
        )  # fmt: skip
        await self.tell(intent)
        return intent

    async def tell(self, intent: Intent) -> None:
        payments = next(member for member in self.house.runtime._members if member.actor.name == "payments")
        async with payments.transaction() as work:
            work.record(PAYMENT_APPROVED, intent.id, intent)


async def open_shop(house: House, *, day_starts_at: str = "00:00", **product: Any) -> Shop:
    store, register = await house.open_store(day_starts_at=day_starts_at)
    return Shop(house, store, register, (await house.add_product(**product)).variants[0].sku)


def cash(amount: int, tip: int | None = None) -> TenderInput:
    return TenderInput(type="cash", amount=rupiah(amount), tip=None if tip is None else rupiah(tip))


def card(amount: int, tip: int | None = None) -> TenderInput:
    return TenderInput(type="card", amount=rupiah(amount), tip=None if tip is None else rupiah(tip))
