"""What listeners get: posts a second, many feeds, long backlogs. How soon they get it: lags.py."""

from __future__ import annotations

import asyncio
import time
from statistics import median

import msgspec

from actors.webhooks.bodies import BYTES_MAX
from tests.bench import parts
from tests.bench.lags import lags_of, p99_of
from tests.bench.products import process_of, resident_mb
from tests.bench.receiver import NOBODY, Receiver, endpoints, wait_for
from tests.bench.rows import Row, batches
from tests.bench.world import World

BACKLOG = 1_000_000
FEEDS = 50
DRAIN_SECONDS = 20.0


async def webhook_posts(world: World, receiver: Receiver) -> list[Row]:
    """A backlog of four endpoints, drained after the last order is placed, against a bare client loop with as many in flight."""
    paths = [f"/rate{number}" for number in range(4)]
    async with endpoints(world, [receiver.url + path for path in paths]):
        body = msgspec.json.encode({"type": "order.created", "data": await world.post("/v1/orders", world.order())})
        bare = [await parts.bare_posts_per_second(receiver, body, 3)]
        calls, _ = await batches(world, 3.0)
        before, started = await _received(receiver, paths), time.perf_counter()
        total = 4 * (100 * calls)
        after = before
        while after < total * 0.97 and time.perf_counter() - started < 40:
            await asyncio.sleep(0.1)
            after = await _received(receiver, paths)
        rate = (after - before) / (time.perf_counter() - started)
    bare.append(await parts.bare_posts_per_second(receiver, body, 3))
    base = median(bare)
    return [Row("webhook posts, 4 endpoints, backlog", f"{rate:,.0f}/s", f"bare client loop: {base:,.0f}/s", rate / base, 0.5)]


async def _received(receiver: Receiver, paths: list[str]) -> int:
    counts = await receiver.counts()
    return sum(counts.get(path, 0) for path in paths)


async def many_feeds(world: World) -> list[Row]:
    """Fifty endpoints that only pull: what it takes until every event stands in every feed."""
    async with endpoints(world, [NOBODY] * FEEDS, paused=True) as ids:
        started = time.perf_counter()
        calls, _ = await batches(world, 3.0)
        placed = time.perf_counter() - started
        await _sorted(world, ids, 100 * calls)
        seconds = time.perf_counter() - started
    rows = 100 * calls * FEEDS / seconds
    return [Row(f"events sorted into {FEEDS} feeds", f"{100 * calls / seconds:,.0f} events/s, {rows:,.0f} deliveries/s", f"placed in {placed:.1f} of {seconds:.1f} s; 10,000/s", rows / 10_000, 1.0)]


async def _sorted(world: World, ids: list[str], count: int, within_seconds: float = 600) -> None:
    deadline = time.perf_counter() + within_seconds
    while True:
        health = await world.get(f"/v1/webhook-endpoints/{ids[-1]}/health")
        if health["last_seq"] >= count:
            return
        if time.perf_counter() > deadline:
            raise RuntimeError(f"only {health['last_seq']} of {count} are in the feed")
        await asyncio.sleep(0.1)


async def long_backlog(world: World, receiver: Receiver, count: int = BACKLOG) -> list[Row]:
    """Pending deliveries of fifty paused endpoints; then all of them are resumed at once, beside a register that sells and an endpoint that has all.

    What keeps bodies at hand is full before.
    """
    urls = [f"{receiver.url}/long{number}" for number in range(FEEDS)]
    webhooks = process_of("webhooks")
    async with endpoints(world, [f"{receiver.url}/warm"]):
        await _fill(world, receiver)
    async with endpoints(world, urls, paused=True) as ids:
        early = await _pile_up(world, ids, webhooks, count // 10)
        full = await _pile_up(world, ids, webhooks, count)
        for id in ids:
            await world.post(f"/v1/webhook-endpoints/{id}/resume", {"catch_up_per_second": 10_000})
        async with endpoints(world, [f"{receiver.url}/beside"]):
            selling = asyncio.create_task(_sell(world, DRAIN_SECONDS))
            rates, peak = await _drain(receiver, webhooks)
            sales = await selling
            lags = await lags_of(world, receiver, "/beside", len(sales))
    grown = f"{full:.0f} MB with {count:,} pending, at most {peak:.0f} MB while they go out"
    beside = f"with {count // 10:,}, caches full: {early:.0f} MB"
    return [
        Row("memory of the process that posts, over a long backlog", grown, beside, max(full, peak) / early, 1.2, more_is_better=False),
        Row("posts from a long backlog, after 20 s", f"{rates[-1]:,.0f}/s", f"in the first seconds: {rates[0]:,.0f}/s", rates[-1] / rates[0], 0.8),
        Row("an endpoint that has all, meanwhile, p50", f"{median(lags):.0f} ms (p99 {p99_of(lags):.0f})", "100 ms", median(lags) / 100, 1.0, more_is_better=False),
        Row("a sale meanwhile, p50", f"{median(sales):.0f} ms (p99 {p99_of(sales):.0f})", "100 ms", median(sales) / 100, 1.0, more_is_better=False),
    ]


async def _sell(world: World, seconds: float) -> list[float]:
    """One order after the other, with a pause between them: how long each took, in ms, sorted."""
    tooks, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        await world.post("/v1/orders", world.order())
        tooks.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.1)
    return sorted(tooks)


async def _fill(world: World, receiver: Receiver) -> None:
    """Orders, posted to one endpoint, until the bodies that are kept at hand are as many as may be (webhooks/bodies.py)."""
    placed, size = 0, len(msgspec.json.encode(await world.post("/v1/orders", world.order())))
    while placed * size < BYTES_MAX:
        placed += 100 * (await batches(world, 1.0))[0]
    await wait_for(receiver, {"/warm": placed})


async def _pile_up(world: World, ids: list[str], pid: int, count: int) -> float:
    """Orders until so many deliveries are pending; then the memory in MB."""
    placed = (await world.get(f"/v1/webhook-endpoints/{ids[-1]}/health"))["last_seq"]
    while placed * FEEDS < count:
        placed += 100 * (await batches(world, 1.0))[0]
    await _sorted(world, ids, placed)
    return resident_mb(pid)


async def _drain(receiver: Receiver, pid: int) -> tuple[list[float], float]:
    """Posts a second, in stretches of five seconds, and the most memory in between."""
    paths = [f"/long{number}" for number in range(FEEDS)]
    rates, peak = [], resident_mb(pid)
    await asyncio.sleep(2.0)
    for _ in range(int(DRAIN_SECONDS / 5)):
        before, started = await _received(receiver, paths), time.perf_counter()
        for _ in range(10):
            await asyncio.sleep(0.5)
            peak = max(peak, resident_mb(pid))
        rates.append((await _received(receiver, paths) - before) / (time.perf_counter() - started))
    return rates, peak
