"""Placing orders with everybody who reacts to them, and without anybody; and how long they need until they have caught up."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import aiohttp
import asyncpg

from deploy.crew import READY_FD
from deploy.embedded.nats import start_nats
from deploy.embedded.postgres import start_postgres
from deploy.ports import free_port
from tests.bench.load import Result
from tests.bench.rows import SECONDS, WARM_SECONDS, Row
from tests.bench.whole import caught_up
from tests.bench.world import ROOT, World, furnish, start_kasir
from tests.support import SECRET_KEY

ALONE = (("stores", "catalog", "staff", "edge"), ("orders",))
"""Who must be there to sell; in as many processes as with all."""
STOCKED = (("stores", "catalog", "staff", "inventory", "payments", "webhooks", "edge"), ("orders",))
"""All but those who keep the counter's figures."""
TURNS = 2
FOLLOWERS = ("customers", "shifts", "receipts", "reports", "webhooks")
PATIENCE_SECONDS = 600.0


async def all_reactors() -> list[Row]:
    """In turns, so that a machine that slows down slows all of them."""
    with tempfile.TemporaryDirectory() as folder:
        async with await start_postgres(Path(folder), settings={"track_commit_timestamp": "on"}) as postgres, await start_nats(Path(folder)) as nats:
            port = free_port()
            options = ("--port", str(port), "--nats", nats.url, "--database", postgres.url, "--data-dir", f"{folder}/kasir", "--scale", "orders=1")
            kasir = await start_kasir(*options, KASIR_SECRET_KEY=SECRET_KEY)
            async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {kasir.key}"}) as http:
                world = World(postgres, nats, kasir.url, kasir.key, http, [], [])
                await furnish(world)
                with_all, lags, stocked, alone = [], [], [], []
                for _ in range(TURNS):
                    with_all.append(await _load(world))
                    lags.append(await _all_caught_up(world))
                    await kasir.stop()
                    async with _only(world, port, STOCKED):
                        stocked.append((await _load(world)).per_second)
                    async with _only(world, port, ALONE):
                        alone.append((await _load(world)).per_second)
                    kasir = await start_kasir(*options, KASIR_SECRET_KEY=SECRET_KEY)
                    await _all_caught_up(world)
                await kasir.stop()
    return _rows(with_all, lags, median(stocked), median(alone))


def _rows(with_all: list[Result], lags: list[dict[str, float]], stocked: float, alone: float) -> list[Row]:
    """Orders a second, counted until the last one has been heard of by all."""
    rate = median(result.done / (result.seconds + max(lag.values())) for result, lag in zip(with_all, lags, strict=True))
    worst = {name: max(lag[name] for lag in lags) for name in lags[0]}
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in worst.items())
    work = f"orders until all who react have caught up ({told} after the last)"
    return [
        Row(work, f"{rate:,.0f} orders/s", f"without drawers, customers, receipts, reports: {stocked:,.0f} orders/s", rate / stocked, 0.9),
        Row("the same", f"{rate:,.0f} orders/s", f"nobody reacts: {alone:,.0f} orders/s", rate / alone, 0.9),
    ]


async def _load(world: World) -> Result:
    requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
    await world.load(requests, clients=64, seconds=WARM_SECONDS)
    return await world.load(requests, clients=64, seconds=2 * SECONDS)


async def _all_caught_up(world: World) -> dict[str, float]:
    """Seconds until each has heard of the last order there was."""
    started = time.perf_counter()
    lags: dict[str, float] = {}
    connection = await asyncpg.connect(world.postgres.url)
    try:
        head = await connection.fetchval("SELECT position FROM orders.log_head")
        inventory = asyncio.create_task(caught_up(world))
        while len(lags) < len(FOLLOWERS):
            for name in FOLLOWERS:
                at = await connection.fetchval(f"SELECT position FROM {name}.followed WHERE log = 'orders'")
                if name not in lags and (at or 0) >= head:
                    lags[name] = time.perf_counter() - started
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise RuntimeError(f"only {', '.join(lags) or 'nobody'} caught up")
            await asyncio.sleep(0.05)
        return {"inventory": await inventory, **lags}
    finally:
        await connection.close()


@asynccontextmanager
async def _only(world: World, port: int, parts_of: tuple[tuple[str, ...], ...]) -> AsyncIterator[None]:
    """Processes with these parts, as long as they are needed."""
    environ = {**os.environ, "KASIR_RATE_LIMIT_PER_SECOND": "0", "KASIR_LOG_LEVEL": "warning", "KASIR_SECRET_KEY": SECRET_KEY}
    processes = []
    for parts in parts_of:
        ours, theirs = os.pipe()
        argv = [sys.executable, "-m", "deploy", "run", *parts, "--nats", world.nats.url, "--database", world.postgres.url, "--port", str(port)]
        processes.append(await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env={**environ, READY_FD: str(theirs)}, pass_fds=(theirs,)))
        os.close(theirs)
        await asyncio.to_thread(os.read, ours, 1)
        os.close(ours)
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))
