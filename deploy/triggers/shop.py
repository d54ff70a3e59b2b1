"""The demo store: found, or made where it is missing. It is used as a register would use it, over the REST API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from deploy.api import Api, NotThere, Taken

STORE, WAREHOUSE, REGISTER = (f"01a00000-0000-7000-8000-0000000000d{number}" for number in (1, 2, 3))
SKU = "KASIR-DEMO"
PRICE = 1_850_000
Json = dict[str, Any]


def rupiah(amount: int) -> Json:
    """In minor units, as everywhere."""
    return {"amount": amount, "currency": "IDR"}


def new_name() -> str:
    """Something that nobody has used."""
    return uuid4().hex[:8]


class Shop:
    """What triggers do their work with. `endpoint`: the webhook endpoint that was named, for tests of it."""

    def __init__(self, kasir: Api, endpoint: str | None = None) -> None:
        self._kasir, self.endpoint = kasir, endpoint

    # --- talking -----------------------------------------------------------------------------------------------

    async def get(self, path: str) -> Json:
        answer: Json = await self._kasir.ask("GET", path)
        return answer

    async def post(self, path: str, body: Json | None = None) -> Json:
        answer: Json = await self._kasir.ask("POST", path, body, Idempotency_Key=f"trigger-{uuid4().hex}")
        return answer

    async def change(self, path: str, changes: Json) -> Json:
        answer: Json = await self._kasir.ask("PATCH", path, changes, If_Match=_etag(await self.get(path)))
        return answer

    async def delete(self, path: str, found: Json) -> Json:
        answer: Json = await self._kasir.ask("DELETE", path, If_Match=_etag(found))
        return answer

    async def post_to(self, path: str, found: Json, body: Json | None = None) -> Json:
        """For what must not have changed since it was `found`."""
        answer: Json = await self._kasir.ask("POST", path, body, Idempotency_Key=f"trigger-{uuid4().hex}", If_Match=_etag(found))
        return answer

    # --- what there is ---------------------------------------------------------------------------------------------

    async def store(self) -> Json:
        return await self._found(f"/v1/stores/{STORE}", lambda: self.open_store("Toko Contoh", STORE))

    async def warehouse(self) -> Json:
        return await self._found(f"/v1/stores/{WAREHOUSE}", lambda: self.open_store("Gudang Contoh", WAREHOUSE))

    async def open_store(self, name: str, id: str | None = None) -> Json:
        store = {"name": name, "currency": "IDR", "time_zone": "Asia/Jakarta", "cash_rounding": {"increment": 10_000}}
        taxes = [{"code": "ppn", "name": "PPN", "rate": "11", "included": True}]
        return await self.post("/v1/stores", {"id": id, **store, "taxes": taxes})

    async def register(self) -> Json:
        await self.store()
        return await self._found(f"/v1/registers/{REGISTER}", lambda: self.open_register("D1", REGISTER))

    async def open_register(self, code: str, id: str | None = None) -> Json:
        return await self.post("/v1/registers", {"id": id, "store_id": STORE, "code": code})

    async def product(self) -> Json:
        """Found by its SKU: whoever deletes it gets a new one."""
        found = await self.get(f"/v1/products?sku={SKU}&limit=1")
        if found["items"]:
            product: Json = found["items"][0]
            return product
        try:
            return await self.new_product(SKU)
        except Taken:  # at this moment, by somebody else
            return await self.product()

    async def new_product(self, sku: str) -> Json:
        product = {"name": "Kopi Contoh", "taxes": ["ppn"], "variants": [{"sku": sku, "price": rupiah(PRICE)}]}
        return await self.post("/v1/products", product)

    async def _found(self, path: str, make: Callable[[], Awaitable[Json]]) -> Json:
        try:
            return await self.get(path)
        except NotThere:
            try:
                return await make()
            except Taken:  # at this moment, by somebody else
                return await self.get(path)

    # --- what is often done ------------------------------------------------------------------------------------------

    async def order(self, *, paid: bool, quantity: int = 1) -> Json:
        """Of the demo product; paid in cash, or open."""
        register, product = await self.register(), await self.product()
        order: Json = {"register_id": register["id"], "lines": [{"variant_id": product["variants"][0]["id"], "quantity": quantity}]}
        if paid:
            order["tenders"] = [{"type": "cash", "amount": rupiah(quantity * PRICE)}]
        return await self.post("/v1/orders", order)

    async def completed(self, order_id: str) -> Json:
        """Waits until the order has the money that was approved for it."""
        patience = AsyncRetrying(retry=retry_if_result(_is_open), stop=stop_after_delay(30), wait=wait_fixed(0.05))
        order: Json = await patience(self.get, f"/v1/orders/{order_id}")
        return order

    async def stock_of(self, level: int) -> Json:
        """The demo product, of which there are so many in the demo store now."""
        await self.store()
        product = await self.product()
        variant = product["variants"][0]["id"]
        levels = (await self.get(f"/v1/inventory/levels?store_id={STORE}&variant_id={variant}"))["items"]
        missing = level - int(float(levels[0]["on_hand"]) if levels else 0)
        if missing:
            await self.adjust(product, missing)
        return product

    async def goods_of_its_own(self, level: int) -> Json:
        """A product that nobody sells, of which there are so many in the demo store."""
        await self.store()
        product = await self.new_product(f"{SKU}-{new_name()}")
        if level:
            await self.adjust(product, level)
        return product

    async def adjust(self, product: Json, quantity: int) -> Json:
        line = {"variant_id": product["variants"][0]["id"], "quantity": str(quantity)}
        return await self.post("/v1/inventory/adjustments", {"store_id": STORE, "lines": [line], "reason": "kasir trigger"})


def _is_open(order: Json) -> bool:
    return bool(order["status"] == "open")


def _etag(found: Json) -> str:
    return f'"{found["version"]}"'
