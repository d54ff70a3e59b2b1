"""The rows of the speed budget (DESIGN, section 9): each measures one thing, and tells what it reached against what."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import aiohttp
import msgspec
from uuid_utils.compat import uuid7

from tests.bench import parts, pgbench
from tests.bench.world import Kasir, World, start_kasir

WARM_SECONDS = 2.0
SECONDS = 6


class Row(msgspec.Struct):
    """`reached` against `beside`, as `ratio`; `at_least` or `at_most` is the budget."""

    work: str
    reached: str
    beside: str
    ratio: float
    budget: float
    more_is_better: bool = True

    @property
    def kept(self) -> bool:
        return self.ratio >= self.budget if self.more_is_better else self.ratio <= self.budget


async def placing(world: World) -> list[Row]:
    """Single and batch orders against pgbench, in turns, so that a machine that slows down slows both."""
    singles = [world.request("/v1/orders", world.order()) for _ in range(64)]
    order = msgspec.json.encode(await world.post("/v1/orders", world.order())).decode()
    await pgbench.prepare(world.postgres, order)
    await world.load(singles, clients=64, seconds=WARM_SECONDS)
    yardstick, single, batch, latencies = [], [], [], []
    for _ in range(2):
        yardstick.append(await pgbench.transactions_per_second(world.postgres, clients=64, seconds=SECONDS))
        result = await world.load(singles, clients=64, seconds=SECONDS)
        single.append(result.per_second)
        latencies.append((result.percentile(0.5), result.percentile(0.99)))
        calls, took = await batches(world, SECONDS)
        batch.append(100 * calls / took)
    base = median(yardstick)
    beside = f"pgbench, 64 clients: {base:,.0f} orders/s"
    p50, p99 = latencies[-1]
    return [
        Row("POST /v1/orders, 3 lines, 64 clients", f"{median(single):,.0f} orders/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms", beside, median(single) / base, 1.0),
        Row("POST /v1/orders/batch, 100 a call", f"{median(batch):,.0f} orders/s", beside, median(batch) / base, 3.0),
    ]


async def batches(world: World, seconds: float, clients: int = 4) -> tuple[int, float]:
    """How many calls in how many seconds. Every order has an id of its own, so each call is built anew, outside the load's process."""
    deadline = time.perf_counter() + seconds
    done = 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            body = msgspec.json.encode({"orders": [offline(world) for _ in range(100)]})
            headers = {"Idempotency-Key": os.urandom(12).hex(), "Content-Type": "application/json"}
            async with world.http.post(world.url + "/v1/orders/batch", data=body, headers=headers) as answer:
                told = await answer.read()
                if answer.status != 200 or told.count(b'"created"') < 100:
                    raise RuntimeError(told[:500])
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done, time.perf_counter() - started


def offline(world: World) -> dict[str, object]:
    return {**world.order(), "id": str(uuid7()), "sold_at": datetime.now(UTC).isoformat()}


async def one_order_alone(world: World) -> list[Row]:
    """An order every now and then, and its parts in the same rhythm: back to back, one order would meet the events of the last."""
    requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
    sums, alone = [], []
    for _ in range(2):
        ping = await parts.http_ping_ms(world, 2)
        round_trip = await parts.nats_round_trip_ms(world, 150)
        commit = await parts.commit_ms(world, 150)
        sums.append((ping + round_trip + commit, ping, round_trip, commit))
        alone.append((await world.load(requests, clients=1, seconds=3, pause_seconds=parts.PAUSE_SECONDS)).percentile(0.5))
    total, ping, round_trip, commit = min(sums)
    beside = f"ping {ping:.2f} + NATS {round_trip:.2f} + commit {commit:.2f} = {total:.2f} ms"
    return [Row("one order alone, p50", f"{min(alone):.2f} ms", beside, min(alone) / total, 1.5, more_is_better=False)]


async def starting() -> list[Row]:
    """`kasir up` on an empty disk, and again on what it left, each until the first sale is answered."""
    with tempfile.TemporaryDirectory() as folder:
        options = ("--data-dir", str(Path(folder) / "data"))
        first, kasir, shop = await _until_first_sale(options, None)
        await kasir.stop()
        again, kasir, _ = await _until_first_sale(options, shop)
        await kasir.stop()
    return [
        Row("first start on an empty disk, to the first sale", f"{first:.1f} s", "8 s", first / 8, 1.0, more_is_better=False),
        Row("later start, to the first sale", f"{again:.1f} s", "3 s", again / 3, 1.0, more_is_better=False),
    ]


async def _until_first_sale(options: tuple[str, ...], shop: dict[str, str] | None) -> tuple[float, Kasir, dict[str, str]]:
    started = time.perf_counter()
    kasir = await start_kasir(*options)
    key = kasir.key or (shop or {})["key"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        world = World(None, None, kasir.url, key, http, [], [])  # type: ignore[arg-type]
        if shop is None:
            store = await world.post("/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"})
            register = await world.post("/v1/registers", {"store_id": store["id"], "code": "K1"})
            sku = f"B{random.randint(1, 10**6)}"
            await world.post("/v1/products", {"name": "Teh", "variants": [{"sku": sku, "price": {"amount": 500000, "currency": "IDR"}}]})
            shop = {"register": register["id"], "sku": sku, "key": key}
        tender = {"type": "cash", "amount": {"amount": 500000, "currency": "IDR"}}
        await world.post("/v1/orders", {"register_id": shop["register"], "lines": [{"sku": shop["sku"]}], "tenders": [tender]})
    return time.perf_counter() - started, kasir, shop
