"""What the whole sale costs: stock, discounts and taxes beside a sale without any; and a very long cart."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import Any

from tests.bench.rows import SECONDS, WARM_SECONDS, Row
from tests.bench.world import World

CART_LINES, CARTS = 200, 60
LINES = 3
LAST_SKU, CATCH_UP_SECONDS = "TERAKHIR", 120


async def whole_sale(world: World) -> list[Row]:
    """In turns, so that a machine that slows down slows both. The plain ones are of a service: no tax, no stock, no discount."""
    await world.furnish_services()
    await world.post("/v1/promotions", {"name": "Sepuluh persen", "terms": {"kind": "percent", "percent": "10", "categories": ["Promo"]}})
    plain = [world.request("/v1/orders", world.order(LINES, world.services)) for _ in range(64)]
    whole = [world.request("/v1/orders", world.order(LINES, world.promoted, discounts=[{"percent": "5"}])) for _ in range(64)]
    await world.load(whole, clients=64, seconds=WARM_SECONDS)
    without, with_all = [], []
    for _ in range(2):
        without.append((await world.load(plain, clients=64, seconds=SECONDS)).per_second)
        with_all.append((await world.load(whole, clients=64, seconds=SECONDS)).per_second)
    base, reached = median(without), median(with_all)
    lag = await caught_up(world)
    return [
        Row(
            "orders with stock, discounts and tax, 64 clients", f"{reached:,.0f} orders/s; stock caught up {lag:.1f} s after the last",
            f"without any: {base:,.0f} orders/s", reached / base, 0.9,
        )
    ]


async def caught_up(world: World) -> float:
    """Seconds until inventory has heard of every order: of one more, of what nobody else has bought. It hears of them as they were placed."""
    started = time.perf_counter()
    product = {"name": "Terakhir", "variants": [{"sku": LAST_SKU, "price": {"amount": 100_00, "currency": "IDR"}}]}
    await world.post("/v1/products/batch", {"items": [product]})
    last = await world.post("/v1/orders", world.order(1, [LAST_SKU]))
    variant_id = last["lines"][0]["variant_id"]
    while not (await world.get(f"/v1/inventory/levels?variant_id={variant_id}"))["items"]:
        if time.perf_counter() - started > CATCH_UP_SECONDS:
            raise RuntimeError("inventory does not catch up")
        await asyncio.sleep(0.02)
    return time.perf_counter() - started


async def long_cart(world: World) -> list[Row]:
    """Its price, with a promotion and a discount for the whole order, as a register asks for it."""
    tooks: list[float] = []
    cart: dict[str, Any] = {**world.order(CART_LINES, world.skus), "discounts": [{"percent": "5"}], "tenders": []}
    for _ in range(CARTS):
        started = time.perf_counter()
        await world.post("/v1/orders/preview", cart)
        tooks.append((time.perf_counter() - started) * 1000)
    tooks.sort()
    p50 = median(tooks)
    return [Row("200-line cart priced, p50", f"{p50:.1f} ms (p99 {tooks[int(CARTS * 0.99)]:.1f})", "20 ms", p50 / 20, 1.0, more_is_better=False)]
