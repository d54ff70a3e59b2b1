"""Placing orders with everybody who reacts to them, and without anybody; and how long they need until they have caught up."""

from __future__ import annotations

import asyncio
import os
import socket
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
from tests.bench.load import Result
from tests.bench.rows import SECONDS, WARM_SECONDS, Row
from tests.bench.whole import caught_up
from tests.bench.world import ROOT, World, furnish, start_kasir
from tests.support import SECRET_KEY

ALONE = (("stores", "catalog", "staff", "edge"), ("orders",))
"""Who must be there to sell; in as many processes as with all."""
FOLLOWERS = ("customers", "shifts", "receipts", "reports", "webhooks")
PATIENCE_SECONDS = 600.0


async def all_reactors() -> list[Row]:
    """In turns: with all, with nobody, with all."""
    with tempfile.TemporaryDirectory() as folder:
        async with await start_postgres(Path(folder), settings={"track_commit_timestamp": "on"}) as postgres, await start_nats(Path(folder)) as nats:
            port = _free_port()
            options = ("--port", str(port), "--nats", nats.url, "--database", postgres.url, "--data-dir", f"{folder}/kasir", "--scale", "orders=1")
            kasir = await start_kasir(*options, KASIR_SECRET_KEY=SECRET_KEY)
            async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {kasir.key}"}) as http:
                world = World(postgres, nats, kasir.url, kasir.key, http, [], [])
                await furnish(world)
                first, first_lag = await _with_all(world)
                await kasir.stop()
                async with _sellers(world, port):
                    without = await _load(world)
                kasir = await start_kasir(*options, KASIR_SECRET_KEY=SECRET_KEY)
                await _all_caught_up(world)
                second, second_lag = await _with_all(world)
                await kasir.stop()
    return _rows([first, second], [first_lag, second_lag], without)


def _rows(with_all: list[Result], lags: list[dict[str, float]], without: Result) -> list[Row]:
    rate = median(result.per_second for result in with_all)
    whole = median(result.done / (result.seconds + max(lag.values())) for result, lag in zip(with_all, lags, strict=True))
    worst = {name: max(lag[name] for lag in lags) for name in lags[0]}
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in worst.items())
    beside = f"nobody reacts: {without.per_second:,.0f} orders/s"
    return [
        Row(f"orders with all who react; caught up after the last: {told}", f"{rate:,.0f} orders/s", beside, rate / without.per_second, 0.9),
        Row("the same, counted until all have caught up", f"{whole:,.0f} orders/s", beside, whole / without.per_second, 0.5),
    ]


async def _load(world: World) -> Result:
    requests = [world.request("/v1/orders", world.order()) for _ in range(64)]
    await world.load(requests, clients=64, seconds=WARM_SECONDS)
    return await world.load(requests, clients=64, seconds=2 * SECONDS)


async def _with_all(world: World) -> tuple[Result, dict[str, float]]:
    result = await _load(world)
    return result, await _all_caught_up(world)


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
async def _sellers(world: World, port: int) -> AsyncIterator[None]:
    """The processes that it takes to sell, as long as they are needed."""
    environ = {**os.environ, "KASIR_RATE_LIMIT_PER_SECOND": "0", "KASIR_LOG_LEVEL": "warning", "KASIR_SECRET_KEY": SECRET_KEY}
    processes = []
    for parts in ALONE:
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
