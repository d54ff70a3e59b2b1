"""What happens to goods, price lists, promotions, stores, registers, and to an endpoint that is tried. Each gives what it made, in words."""

from __future__ import annotations

from deploy.triggers.shop import REGISTER, SKU, STORE, Json, Shop, new_name
from deploy.trouble import WrongUse


async def product_created(shop: Shop) -> str:
    return f"product {(await _new_product(shop))['id']}"


async def product_updated(shop: Shop) -> str:
    product = await shop.product()
    await shop.change(f"/v1/products/{product['id']}", {"external_ids": {"kasir-trigger": new_name()}})
    return f"product {product['id']}"


async def product_deleted(shop: Shop) -> str:
    product = await _new_product(shop)
    await shop.delete(f"/v1/products/{product['id']}", product)
    return f"product {product['id']}"


async def price_list_created(shop: Shop) -> str:
    return f"price list {(await _price_list(shop))['code']}"


async def price_list_updated(shop: Shop) -> str:
    code = (await _price_list(shop))["code"]
    await shop.change(f"/v1/price-lists/{code}", {"name": "Contoh, changed"})
    return f"price list {code}"


async def promotion_created(shop: Shop) -> str:
    return f"promotion {(await _promotion(shop))['id']}"


async def promotion_updated(shop: Shop) -> str:
    promotion = await _promotion(shop)
    await shop.change(f"/v1/promotions/{promotion['id']}", {"name": "Contoh, changed"})
    return f"promotion {promotion['id']}"


async def store_created(shop: Shop) -> str:
    return f"store {(await shop.open_store(f'Toko Contoh {new_name()}'))['id']}"


async def store_updated(shop: Shop) -> str:
    await shop.store()
    await shop.change(f"/v1/stores/{STORE}", {"address": f"Jalan Contoh {new_name()}"})
    return f"store {STORE}"


async def register_created(shop: Shop) -> str:
    await shop.store()
    return f"register {(await shop.open_register(f'D{new_name()}'))['id']}"


async def register_updated(shop: Shop) -> str:
    await shop.register()
    await shop.change(f"/v1/registers/{REGISTER}", {"name": f"Contoh {new_name()}"})
    return f"register {REGISTER}"


async def webhook_test(shop: Shop) -> str:
    if not shop.endpoint:
        raise WrongUse("webhook.test needs to know whom to test: --endpoint ID.")
    delivery = await shop.post(f"/v1/webhook-endpoints/{shop.endpoint}/test")
    return f"event {delivery['id']}"


async def _new_product(shop: Shop) -> Json:
    return await shop.new_product(f"{SKU}-{new_name()}")


async def _price_list(shop: Shop) -> Json:
    """For nobody: it is not active."""
    return await shop.post("/v1/price-lists", {"code": f"contoh-{new_name()}", "name": "Contoh", "store_ids": [STORE], "active": False})


async def _promotion(shop: Shop) -> Json:
    """For nobody: it is not active."""
    terms = {"kind": "percent", "percent": "10", "store_ids": [STORE]}
    return await shop.post("/v1/promotions", {"name": "Contoh", "terms": terms, "active": False})
