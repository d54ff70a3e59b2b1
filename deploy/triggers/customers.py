"""What happens to customers. Each gives what it made, in words."""

from __future__ import annotations

from deploy.triggers.shop import Json, Shop, rupiah


async def created(shop: Shop) -> str:
    return told(await _customer(shop))


async def updated(shop: Shop) -> str:
    customer = await _customer(shop)
    return told(await shop.change(f"/v1/customers/{customer['id']}", {"note": "Changed by kasir trigger"}))


async def merged(shop: Shop) -> str:
    kept, other = await _customer(shop), await _customer(shop)
    await shop.post(f"/v1/customers/{kept['id']}/merge", {"other_id": other["id"], "note": "kasir trigger"})
    return told(other)


async def erased(shop: Shop) -> str:
    customer = await _customer(shop)
    return told(await shop.post(f"/v1/customers/{customer['id']}/erase", {"reason": "kasir trigger"}))


async def credit_changed(shop: Shop) -> str:
    customer = await _customer(shop)
    await shop.post(f"/v1/customers/{customer['id']}/credit", {"limit": rupiah(50_000_000)})
    return f"the credit account of {told(customer)}"


async def points_changed(shop: Shop) -> str:
    customer = await _customer(shop)
    await shop.post(f"/v1/customers/{customer['id']}/points", {"points": 100, "reason": "kasir trigger"})
    return f"the points of {told(customer)}"


def told(customer: Json) -> str:
    return f"customer {customer['id']}"


async def _customer(shop: Shop) -> Json:
    return await shop.post("/v1/customers", {"name": "Pelanggan Contoh", "note": "kasir trigger"})
