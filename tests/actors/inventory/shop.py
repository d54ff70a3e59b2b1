"""A shop with goods on its shelves, and orders as inventory hears of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from actors.inventory.contract import (
    LIST_LEVELS,
    LIST_MOVEMENTS,
    RECEIVE_GOODS,
    Level,
    ListLevels,
    ListMovements,
    Movement,
    ReceiptLine,
    ReceiveGoods,
)
from actors.inventory.following import follow_orders
from actors.orders.contract import ORDER_CREATED, ORDER_UPDATED, Reserved, StockUse
from actors.runtime.actor import Happened
from actors.runtime.envelopes import encode_event
from actors.runtime.member import Member
from tests.support import House, rupiah, some_id


@dataclass
class Shop:
    house: House
    store_id: UUID
    register_id: UUID

    async def goods(self, on_hand: str = "", cost: int = 2000, **product: Any) -> Goods:
        """A variant, with so much of it received at so many rupiah."""
        made = await self.house.add_product(**product)
        goods = Goods(made.variants[0].id, made.id, made.variants[0].sku)
        if on_hand:
            lines = [ReceiptLine(variant_id=goods.variant_id, quantity=on_hand, unit_cost=rupiah(cost))]
            await self.house.call(RECEIVE_GOODS, ReceiveGoods(store_id=self.store_id, lines=lines))
        return goods

    async def level(self, goods: Goods, store_id: UUID | None = None) -> Level:
        page = await self.house.call(LIST_LEVELS, ListLevels(store_id=store_id or self.store_id, variant_id=goods.variant_id))
        return page.items[0]

    async def on_hand(self, goods: Goods) -> str:
        return (await self.level(goods)).on_hand

    async def movements(self, goods: Goods, **wish: Any) -> list[Movement]:
        """Oldest first."""
        page = await self.house.call(LIST_MOVEMENTS, ListMovements(**{"store_id": self.store_id, **wish}, variant_id=goods.variant_id))
        return page.items[::-1]

    async def hear(self, *told: Told) -> None:
        """Follows these events as one batch, in this order; nobody has published them."""
        async with inventory_of(self.house).transaction() as work:
            await follow_orders([one.happened() for one in told], work)


@dataclass
class Goods:
    variant_id: UUID
    product_id: UUID
    sku: str

    def use(self, sold: str, returned: str = "0") -> StockUse:
        return StockUse(variant_id=self.variant_id, product_id=self.product_id, sold=sold, returned=returned)

    def kept(self, quantity: str) -> Reserved:
        return Reserved(variant_id=self.variant_id, product_id=self.product_id, quantity=quantity)


@dataclass
class Told:
    """One version of an order, as its event tells it, with as much of it as inventory reads."""

    shop: Shop
    version: int = 1
    stock: Sequence[StockUse] = ()
    status: str = "completed"
    id: UUID = field(default_factory=some_id)
    sold_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    reserved: Sequence[Reserved] = ()

    def then(self, version: int, *stock: StockUse, status: str = "completed", reserved: Sequence[Reserved] = ()) -> Told:
        return Told(self.shop, version, stock, status, self.id, self.sold_at, reserved)

    def happened(self) -> Happened[Any]:
        order = {
            "id": self.id, "version": self.version, "store_id": self.shop.store_id, "status": self.status, "receipt": "K1-000001",
            "sold_at": self.sold_at, "updated_at": datetime.now(UTC), "totals": {"due": rupiah(0)},
            "stock": list(self.stock), "reserved": list(self.reserved), "moves": [],
        }  # fmt: skip
        data = msgspec.Raw(msgspec.json.encode({"version": self.version, "by": "key-1", "order": order}))
        event = ORDER_CREATED if self.version == 1 else ORDER_UPDATED
        body = encode_event(event.name, datetime.now(UTC), data)
        return Happened(str(some_id()), event.name, str(self.id), self.version, body, event)


async def open_shop(house: House) -> Shop:
    store, register = await house.open_store()
    return Shop(house, store.id, register.id)


def inventory_of(house: House) -> Member:
    return next(member for member in house.runtime._members if member.actor.name == "inventory")


async def stock_events(house: House, goods: Goods) -> list[str]:
    """What was told about crossings of this variant, in order."""
    rows = await house.fetch("SELECT name FROM inventory.log WHERE key = $1 ORDER BY position", str(goods.variant_id))
    return [row["name"] for row in rows]


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


