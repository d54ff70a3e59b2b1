"""What happens to the stock of the demo product. Each gives what it made, in words."""

from __future__ import annotations

from deploy.triggers.shop import STORE, Json, Shop

REORDER_POINT = 5


def told(product: Json) -> str:
    return f"variant {product['variants'][0]['id']}"


# What crosses a mark are goods of its own: sales of the demo product come into its books a moment later, and may cross it meanwhile, or
# leave nothing to cross.


async def low(shop: Shop) -> str:
    product = await shop.goods_of_its_own(REORDER_POINT + 3)
    point = {"store_id": STORE, "variant_id": product["variants"][0]["id"], "reorder_point": str(REORDER_POINT)}
    await shop.post("/v1/inventory/reorder-points", {"items": [point]})
    await shop.adjust(product, -4)
    return told(product)


async def out(shop: Shop) -> str:
    product = await shop.goods_of_its_own(2)
    await shop.adjust(product, -2)
    return told(product)


async def back(shop: Shop) -> str:
    product = await shop.goods_of_its_own(0)
    await _receive(shop, product, 12)
    return told(product)


async def received(shop: Shop) -> str:
    await shop.store()
    product = await shop.product()
    await _receive(shop, product, 24)
    return told(product)


async def adjusted(shop: Shop) -> str:
    await shop.store()
    product = await shop.product()
    await shop.adjust(product, 1)
    return told(product)


async def counted(shop: Shop) -> str:
    product = await shop.stock_of(10)
    variant = product["variants"][0]["id"]
    opened = await shop.post("/v1/inventory/counts", {"store_id": STORE, "variant_ids": [variant], "note": "kasir trigger"})
    count = await shop.post(f"/v1/inventory/counts/{opened['id']}/lines", {"lines": [{"variant_id": variant, "quantity": "9"}]})
    await shop.post_to(f"/v1/inventory/counts/{count['id']}/close", count)
    return f"count {count['id']}"


async def sent(shop: Shop) -> str:
    return f"transfer {(await _send(shop))['id']}"


async def arrived(shop: Shop) -> str:
    transfer = await _send(shop)
    await shop.post_to(f"/v1/inventory/transfers/{transfer['id']}/receive", transfer, {})
    return f"transfer {transfer['id']}"


async def called_off(shop: Shop) -> str:
    transfer = await _send(shop)
    await shop.post_to(f"/v1/inventory/transfers/{transfer['id']}/cancel", transfer)
    return f"transfer {transfer['id']}"


async def _receive(shop: Shop, product: Json, quantity: int) -> None:
    line = {"variant_id": product["variants"][0]["id"], "quantity": str(quantity), "unit_cost": {"amount": 900_000, "currency": "IDR"}}
    await shop.post("/v1/inventory/receipts", {"store_id": STORE, "lines": [line], "reference": "DN-7781"})


async def _send(shop: Shop) -> Json:
    """Two of ten to the warehouse."""
    warehouse, product = await shop.warehouse(), await shop.stock_of(10)
    line = {"variant_id": product["variants"][0]["id"], "quantity": "2"}
    return await shop.post("/v1/inventory/transfers", {"from_store_id": STORE, "to_store_id": warehouse["id"], "lines": [line]})
