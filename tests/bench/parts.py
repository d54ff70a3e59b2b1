"""What the parts of one order's way do alone: an HTTP ping, a NATS round trip, one commit; and a bare loop of posts."""

from __future__ import annotations

import asyncio
import time
from statistics import median

import aiohttp
import asyncpg
import nats

from actors.webhooks.signing import secret_key, sign_v1
from tests.bench.receiver import Receiver
from tests.bench.world import World

PAUSE_SECONDS = 0.01
"""Between one try and the next: each meets a machine at rest, as one order alone does."""


async def http_ping_ms(world: World, seconds: float) -> float:
    host = world.url.removeprefix("http://")
    ping = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"
    return (await world.load([ping], clients=1, seconds=seconds, pause_seconds=PAUSE_SECONDS)).percentile(0.5)


async def nats_round_trip_ms(world: World, count: int) -> float:
    """Between two connections, as between an edge and a member."""
    asker, answerer = await nats.connect(world.nats.url), await nats.connect(world.nats.url)

    async def answer(message: nats.aio.msg.Msg) -> None:
        await message.respond(message.data)

    await answerer.subscribe("bench.echo", cb=answer)
    await answerer.flush()
    took = []
    for _ in range(count):
        await asyncio.sleep(PAUSE_SECONDS)
        started = time.perf_counter()
        await asker.request("bench.echo", b"x" * 400)
        took.append((time.perf_counter() - started) * 1000)
    await asker.close()
    await answerer.close()
    return median(took)


async def commit_ms(world: World, count: int) -> float:
    """One row of the size of an order, one commit, over the same socket."""
    connection = await asyncpg.connect(world.postgres.url)
    await connection.execute("CREATE TABLE IF NOT EXISTS public.bench_commit (id bigint, body bytea)")
    took = []
    for number in range(count):
        await asyncio.sleep(PAUSE_SECONDS)
        started = time.perf_counter()
        await connection.execute("INSERT INTO public.bench_commit VALUES ($1, $2)", number, b"x" * 2000)
        took.append((time.perf_counter() - started) * 1000)
    await connection.execute("DROP TABLE public.bench_commit")
    await connection.close()
    return median(took)


async def bare_posts_per_second(receiver: Receiver, body: bytes, seconds: float, in_flight: int = 32) -> float:
    """aiohttp's client in a loop, signing each post as a webhook is signed; nothing stored, nothing retried."""
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    deadline = time.perf_counter() + seconds
    done = 0

    async def loop(session: aiohttp.ClientSession, number: int) -> None:
        nonlocal done
        count = 0
        while time.perf_counter() < deadline:
            count += 1
            message_id, now = f"msg-{number}-{count}", int(time.time())
            headers = {
                "content-type": "application/json", "webhook-id": message_id, "webhook-timestamp": str(now),
                "webhook-signature": sign_v1(key, message_id, str(now), body),
            }
            async with session.post(receiver.url + "/bare", data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
            done += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        started = time.perf_counter()
        await asyncio.gather(*(loop(session, number) for number in range(in_flight)))
        return done / (time.perf_counter() - started)
