"""Operators add members and take them away: the work spreads evenly, and no request fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from msgspec import json

from actors.runtime.client import Client, connect_client
from actors.runtime.database import connect_alone
from tests.faults.audit import audit
from tests.faults.clerks import Books, selling
from tests.faults.listener import Listener, listen
from tests.faults.stage import Process, Stage, open_stage
from tests.support import eventually

CLERKS = 6
CHANCE = 0.05
"""So much of its share chance alone may move a member: 200 requests for each of two, 300 for each of four. A quarter of what is uneven."""
SELLING = {"place", "place_batch", "pay", "move", "cancel", "refund", "get"}
"""Looking at what has been sold, too: whoever shares the work answers that as well, and it costs no deliveries."""
ANSWERS_PER_REQUEST = 1.1
"""Some are about payments, which others answer."""
HABITS = {"patient": True, "pause_seconds": 0.01, "batch_max": 3, "looks": 8, "timeout_seconds": 30.0}
"""What is spread are requests, however much is in one. Most of the many that it takes only look: what the rest sells makes posts enough."""
ANSWER_SECONDS = 20.0
"""Nobody is killed, so an answer that is lost never comes; one that is only late, because members start on a busy machine, is none that failed."""
MEASURED_MIN = 50
UNEVEN_MAX = 0.2
BEHIND_MAX = 5
SECONDS_MAX = 240.0
LISTENERS = 4
"""Each of them is in the charge of one member."""
CHARGES = "SELECT count(*) FROM webhooks.charges GROUP BY member"


@pytest_asyncio.fixture
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path_factory.mktemp("groups"), answer_seconds=ANSWER_SECONDS, orders=1, webhooks=1) as stage:
        yield stage


async def test_members_share_the_work_and_come_and_go_without_a_failed_request(stage: Stage) -> None:
    books = Books()
    async with AsyncExitStack() as stack:
        listeners = [stage.listener, *[await _open_listener(stage, stack) for _ in range(LISTENERS - 1)]]
        client = await stack.enter_async_context(connect_client(stage.settings))
        async with selling(stage, books, clerks=CLERKS, **HABITS):
            for count in (1, 2, 4, 1):
                await _become(stage, count)
                await _works_evenly(stage, client, books, listeners, count)
        assert books.failures == []
        await audit(stage, books)
    assert [(listener.doubles, listener.wrong) for listener in listeners] == [(0, [])] * LISTENERS
    assert {frozenset(listener.bodies) for listener in listeners} == {frozenset(stage.listener.bodies)}


async def _open_listener(stage: Stage, stack: AsyncExitStack) -> Listener:
    listener = await stack.enter_async_context(listen())
    endpoint = await stage.post("/v1/webhook-endpoints", {"url": listener.url, "event_types": ["order.*"]})
    listener.secret = endpoint["secret"]
    return listener


async def _become(stage: Stage, count: int) -> None:
    """That many of each, under load."""
    for part in ("orders", "webhooks"):
        there = stage.of(part)
        await asyncio.gather(*(process.leave() for process in there[count:]))
        await asyncio.gather(*(stage.join(part) for _ in range(count - len(there))))
    connection = await connect_alone(stage.postgres.url)
    try:
        await eventually(lambda: _charges(connection, [LISTENERS // count] * count), within_seconds=SECONDS_MAX)
    finally:
        await connection.close()


async def _charges(connection: Any, shares: list[int]) -> bool:
    return [row["count"] for row in await connection.fetch(CHARGES)] == shares


async def _works_evenly(stage: Stage, client: Client, books: Books, listeners: Sequence[Listener], count: int) -> None:
    await eventually(lambda: _nobody_is_behind(listeners), within_seconds=SECONDS_MAX)
    before = await _taken(client, count), await _posts(stage)
    enough = len(books.told_at) + max(MEASURED_MIN, round(ANSWERS_PER_REQUEST * (count - 1) / CHANCE**2))
    await eventually(lambda: len(books.told_at) >= enough, within_seconds=SECONDS_MAX)
    await eventually(lambda: _nobody_is_behind(listeners), within_seconds=SECONDS_MAX)
    after = await _taken(client, count), await _posts(stage)
    for what, then, now in zip(("orders", "posts"), before, after, strict=True):
        shares = {member: now[member] - then[member] for member in now}
        mean = sum(shares.values()) / count
        assert len(shares) == count
        assert mean > 0
        assert all(abs(share - mean) <= UNEVEN_MAX * mean for share in shares.values()), f"{what} of {count} members: {shares.values()}"


def _nobody_is_behind(listeners: Sequence[Listener]) -> bool:
    """Who has just got its charges may be a hundred posts behind: much of the few hundred that are counted."""
    heard = [len(listener.bodies) for listener in listeners]
    return max(heard) - min(heard) <= BEHIND_MAX


async def _taken(client: Client, count: int) -> Counter[str]:
    return await _requests(client, "orders", SELLING, count)


async def _requests(client: Client, actor: str, endpoints: set[str], count: int) -> Counter[str]:
    """By member, as `nats micro stats` shows it."""
    taken: Counter[str] = Counter()

    async def told(message: object) -> None:
        stats = json.decode(message.data)  # type: ignore[attr-defined]
        taken[stats["id"]] = sum(endpoint["num_requests"] for endpoint in stats["endpoints"] if endpoint["name"] in endpoints)

    nc = client.link.nc
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox, cb=told)
    await nc.publish(f"$SRV.STATS.{actor}", b"", reply=inbox)
    await eventually(lambda: len(taken) >= count)
    await subscription.unsubscribe()
    return taken


async def _posts(stage: Stage) -> Counter[Process]:
    posts: Counter[Process] = Counter()
    for process in stage.of("webhooks"):
        posts[process] = int(await stage.metric(process, r"kasir_webhook_attempts_total\{.*\}"))
    return posts
