"""How soon a listener gets it: from Postgres's own commit timestamp to the first receipt; alone, in a crowd, beside bad neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median

import asyncpg

from tests.bench.flushing import Flushes
from tests.bench.receiver import NOBODY, Receiver, endpoints, wait_for
from tests.bench.rows import Row
from tests.bench.world import World

STEADY_CLIENTS, STEADY_PAUSE_SECONDS, STEADY_SECONDS = 4, 0.0105, 8.0
"""About 200 orders a second."""
TURNS, THOUSAND_TURNS = 5, 3
ENDPOINTS, HANGING, REFUSING, EVENTS = 1_000, 100, 100, 16


async def committed_to_received(world: World, receiver: Receiver) -> list[Row]:
    """What a commit of its own would have waited for this disk in the same seconds is told beside: a share of the p99 is the disk's."""
    async with endpoints(world, [receiver.url + "/quiet"]):
        for _ in range(150):
            await world.post("/v1/orders", world.order())
            await asyncio.sleep(0.02)
        lags = await lags_of(world, receiver, "/quiet", 150)
    quiet, (rate, p50, p99, flush) = median(lags), await _steady(world, receiver)
    told = f"{p50:.1f} ms (p99 {p99:.1f}; a lone flush to this disk meanwhile: p99 {flush:.1f})"
    return [
        Row("order committed to webhook received, p50", f"{quiet:.1f} ms (p99 {p99_of(lags):.1f})", "10 ms", quiet / 10, 1.0, more_is_better=False),
        Row(f"the same at {rate:.0f} orders a second, to two endpoints, p50", told, "10 ms", p50 / 10, 1.0, more_is_better=False),
    ]


async def received_in_memory(world: World, receiver: Receiver) -> list[Row]:
    """The p99 that is Kasir's own: the disk has no say in it."""
    await _steady(world, receiver)
    rate, p50, p99, flush = await _steady(world, receiver)
    told = f"{p99:.1f} ms (p50 {p50:.1f}; a lone flush: p99 {flush:.1f})"
    return [Row(f"at {rate:.0f} orders a second, data in memory, p99", told, "50 ms", p99 / 50, 1.0, more_is_better=False)]


async def _steady(world: World, receiver: Receiver) -> tuple[float, float, float, float]:
    """Orders a second; p50 and p99 from commit to receipt; p99 of a flush where the data is, all in ms."""
    await receiver.forget()
    async with endpoints(world, [receiver.url + "/steady", receiver.url + "/steady2"]):
        requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
        with Flushes(world.postgres.log.parent) as flushes:
            result = await world.load(requests, clients=STEADY_CLIENTS, seconds=STEADY_SECONDS, pause_seconds=STEADY_PAUSE_SECONDS)
        lags = await lags_of(world, receiver, "/steady", result.done)
    return result.per_second, median(lags), p99_of(lags), flushes.percentile(0.99)


async def lags_of(world: World, receiver: Receiver, path: str, count: int) -> list[float]:
    """From Postgres's own commit timestamp to the first receipt, in ms, sorted."""
    await wait_for(receiver, {path: count})
    seen = (await receiver.seen())[path]
    connection = await asyncpg.connect(world.postgres.url)
    rows = await connection.fetch("SELECT id::text, pg_xact_commit_timestamp(xmin) AS at FROM orders.log WHERE id = ANY ($1::uuid[])", list(seen))
    await connection.close()
    return sorted((seen[row["id"]] - row["at"].timestamp()) * 1000 for row in rows)


async def hanging_endpoint(world: World, receiver: Receiver) -> list[Row]:
    """Ten endpoints, and in turns one of them hangs: the p99 of the nine others over all turns of each kind. A few slow moments of the machine would decide one turn."""
    healthy = [f"/h{number}" for number in range(9)]
    quiet: list[float] = []
    hanging: list[float] = []
    async with endpoints(world, [f"{receiver.url}/h{number}" for number in range(10)]) as ids:
        for _ in range(TURNS):
            quiet += await _heard(world, receiver, healthy, 250)
            await world.patch(f"/v1/webhook-endpoints/{ids[9]}", {"url": f"{receiver.url}/hang"})
            hanging += await _heard(world, receiver, healthy, 250)
            await world.patch(f"/v1/webhook-endpoints/{ids[9]}", {"url": f"{receiver.url}/h9"})
    with_one, without = p99_of(hanging), p99_of(quiet)
    return [Row("9 healthy endpoints' p99 while 1 of 10 hangs", f"{with_one:.1f} ms", f"without: {without:.1f} ms", with_one / without, 1.2, more_is_better=False)]


async def _heard(world: World, receiver: Receiver, paths: list[str], count: int, pause_seconds: float = 0.01) -> list[float]:
    """So many orders, one after the other, and how late each path heard of each, in ms."""
    await receiver.forget()
    for _ in range(count):
        await world.post("/v1/orders", world.order())
        await asyncio.sleep(pause_seconds)
    lags: list[float] = []
    for path in paths:
        lags += await lags_of(world, receiver, path, count)
    return lags


def p99_of(lags: list[float]) -> float:
    return sorted(lags)[int(len(lags) * 0.99)]


async def a_thousand_endpoints(world: World, receiver: Receiver) -> list[Row]:
    """Every event goes to a thousand; in turns a hundred of them hang, and a hundred refuse. The slowest event of many decides, not that of a few."""
    good = [f"/t{number}" for number in range(ENDPOINTS - HANGING - REFUSING)]
    well = [f"{receiver.url}/u{number}" for number in range(HANGING + REFUSING)]
    bad = [f"{receiver.url}/hang" if number < HANGING else f"{NOBODY}/{number}" for number in range(HANGING + REFUSING)]
    quiet: list[float] = []
    troubled: list[float] = []
    async with endpoints(world, [*(receiver.url + path for path in good), *well]) as ids:
        await _heard(world, receiver, good, 3, 0.5)
        for _ in range(THOUSAND_TURNS):
            quiet += await _heard(world, receiver, good, EVENTS, 1.0)
            await _turn(world, ids[len(good) :], bad)
            troubled += await _heard(world, receiver, good, EVENTS, 1.0)
            await _turn(world, ids[len(good) :], well)
    work = f"p99 of {len(good)} endpoints while {HANGING} hang and {REFUSING} refuse"
    beside = f"all {ENDPOINTS} well: {p99_of(quiet):.0f} ms"
    return [Row(work, f"{p99_of(troubled):.0f} ms", beside, p99_of(troubled) / p99_of(quiet), 1.2, more_is_better=False)]


async def _turn(world: World, ids: Sequence[str], urls: Sequence[str]) -> None:
    for id, url in zip(ids, urls, strict=True):
        await world.patch(f"/v1/webhook-endpoints/{id}", {"url": url})
