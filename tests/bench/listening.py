"""What listeners get, and how soon: posts a second, from commit to receipt, many feeds, long backlogs, bad neighbours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import asyncpg
import msgspec

from actors.webhooks.bodies import BYTES_MAX
from tests.bench import parts
from tests.bench.products import process_of, resident_mb
from tests.bench.receiver import Receiver
from tests.bench.rows import Row, batches
from tests.bench.world import World

BACKLOG = 1_000_000
FEEDS = 50
ENDPOINTS, HANGING, REFUSING, EVENTS = 1_000, 100, 100, 12
STEADY_CLIENTS, STEADY_PAUSE_SECONDS, STEADY_SECONDS = 4, 0.0105, 8.0
"""About 200 orders a second."""
DRAIN_SECONDS = 20.0
NOBODY = "http://127.0.0.1:9"
"""Nobody listens there: refused at once."""


@asynccontextmanager
async def endpoints(world: World, urls: list[str], **wishes: Any) -> AsyncIterator[list[str]]:
    """Ids of endpoints for order.created, as long as they are needed."""
    ids = []
    for url in urls:
        ids.append((await world.post("/v1/webhook-endpoints", {"url": url, "event_types": ["order.created"], **wishes}))["id"])
    try:
        yield ids
    finally:
        for id in ids:
            await world.remove(f"/v1/webhook-endpoints/{id}")


async def committed_to_received(world: World, receiver: Receiver) -> list[Row]:
    async with endpoints(world, [receiver.url + "/quiet"]):
        for _ in range(150):
            await world.post("/v1/orders", world.order())
            await asyncio.sleep(0.02)
        lags = await _lags(world, receiver, "/quiet", 150)
    async with endpoints(world, [receiver.url + "/steady", receiver.url + "/steady2"]):
        requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
        result = await world.load(requests, clients=STEADY_CLIENTS, seconds=STEADY_SECONDS, pause_seconds=STEADY_PAUSE_SECONDS)
        steady = await _lags(world, receiver, "/steady", result.done)
    p50, busy, busy99 = median(lags), median(steady), steady[int(len(steady) * 0.99)]
    work = f"the same at {result.per_second:.0f} orders a second, to two endpoints"
    return [
        Row("order committed to webhook received, p50", f"{p50:.1f} ms (p99 {lags[int(len(lags) * 0.99)]:.1f})", "10 ms", p50 / 10, 1.0, more_is_better=False),
        Row(f"{work}, p50", f"{busy:.1f} ms", "10 ms", busy / 10, 1.0, more_is_better=False),
        Row(f"{work}, p99", f"{busy99:.1f} ms", "50 ms", busy99 / 50, 1.0, more_is_better=False),
    ]


async def _lags(world: World, receiver: Receiver, path: str, count: int) -> list[float]:
    """From Postgres's own commit timestamp to the first receipt, in ms, sorted."""
    await _wait_for(receiver, {path: count})
    seen = (await receiver.seen())[path]
    connection = await asyncpg.connect(world.postgres.url)
    rows = await connection.fetch("SELECT id::text, pg_xact_commit_timestamp(xmin) AS at FROM orders.log WHERE id = ANY ($1::uuid[])", list(seen))
    await connection.close()
    return sorted((seen[row["id"]] - row["at"].timestamp()) * 1000 for row in rows)


async def _wait_for(receiver: Receiver, wanted: dict[str, int], within_seconds: float = 60) -> None:
    deadline = time.perf_counter() + within_seconds
    while True:
        counts = await receiver.counts()
        if all(counts.get(path, 0) >= count for path, count in wanted.items()):
            return
        if time.perf_counter() > deadline:
            raise RuntimeError(f"wanted {wanted}, got {counts}")
        await asyncio.sleep(0.05)


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


async def hanging_endpoint(world: World, receiver: Receiver) -> list[Row]:
    """Ten endpoints, then one of them hangs; the p99 of the nine others, in both cases."""
    healthy = [f"/h{number}" for number in range(9)]
    quiet, hanging = [], []
    async with endpoints(world, [f"{receiver.url}/h{number}" for number in range(10)]) as ids:
        for _ in range(2):
            quiet.append(await _p99(world, receiver, healthy, 250))
            await world.patch(f"/v1/webhook-endpoints/{ids[9]}", {"url": f"{receiver.url}/hang"})
            hanging.append(await _p99(world, receiver, healthy, 250))
            await world.patch(f"/v1/webhook-endpoints/{ids[9]}", {"url": f"{receiver.url}/h9"})
    with_one, without = median(hanging), median(quiet)
    return [Row("9 healthy endpoints' p99 while 1 of 10 hangs", f"{with_one:.1f} ms", f"without: {without:.1f} ms", with_one / without, 1.2, more_is_better=False)]


async def _p99(world: World, receiver: Receiver, paths: list[str], count: int, pause_seconds: float = 0.01) -> float:
    await receiver.forget()
    for _ in range(count):
        await world.post("/v1/orders", world.order())
        await asyncio.sleep(pause_seconds)
    lags: list[float] = []
    for path in paths:
        lags += await _lags(world, receiver, path, count)
    lags.sort()
    return lags[int(len(lags) * 0.99)]


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
    """Pending deliveries of fifty paused endpoints; then all of them are resumed at once. What keeps bodies at hand is full before."""
    urls = [f"{receiver.url}/long{number}" for number in range(FEEDS)]
    webhooks = process_of("webhooks")
    async with endpoints(world, [f"{receiver.url}/warm"]):
        await _fill(world, receiver)
    async with endpoints(world, urls, paused=True) as ids:
        early = await _pile_up(world, ids, webhooks, count // 10)
        full = await _pile_up(world, ids, webhooks, count)
        for id in ids:
            await world.post(f"/v1/webhook-endpoints/{id}/resume", {"catch_up_per_second": 10_000})
        rates, peak = await _drain(receiver, webhooks)
    grown = f"{full:.0f} MB with {count:,} pending, at most {peak:.0f} MB while they go out"
    beside = f"with {count // 10:,}, caches full: {early:.0f} MB"
    return [
        Row("memory of the process that posts, over a long backlog", grown, beside, max(full, peak) / early, 1.2, more_is_better=False),
        Row("posts from a long backlog, after 20 s", f"{rates[-1]:,.0f}/s", f"in the first seconds: {rates[0]:,.0f}/s", rates[-1] / rates[0], 0.8),
    ]


async def _fill(world: World, receiver: Receiver) -> None:
    """Orders, posted to one endpoint, until the bodies that are kept at hand are as many as may be (webhooks/bodies.py)."""
    placed, size = 0, len(msgspec.json.encode(await world.post("/v1/orders", world.order())))
    while placed * size < BYTES_MAX:
        placed += 100 * (await batches(world, 1.0))[0]
    await _wait_for(receiver, {"/warm": placed})


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


async def a_thousand_endpoints(world: World, receiver: Receiver) -> list[Row]:
    """Every event goes to a thousand; then a hundred of them hang, and a hundred refuse."""
    good = [f"/t{number}" for number in range(ENDPOINTS - HANGING - REFUSING)]
    bad = [f"/u{number}" for number in range(HANGING + REFUSING)]
    async with endpoints(world, [receiver.url + path for path in good + bad]) as ids:
        await _p99(world, receiver, good, 3, 0.5)
        quiet = await _p99(world, receiver, good, EVENTS, 1.0)
        for number, id in enumerate(ids[len(good) :]):
            await world.patch(f"/v1/webhook-endpoints/{id}", {"url": f"{receiver.url}/hang" if number < HANGING else f"{NOBODY}/{number}"})
        troubled = await _p99(world, receiver, good, EVENTS, 1.0)
    work = f"p99 of {len(good)} endpoints while {HANGING} hang and {REFUSING} refuse"
    return [Row(work, f"{troubled:.0f} ms", f"all {ENDPOINTS} well: {quiet:.0f} ms", troubled / quiet, 1.2, more_is_better=False)]
