"""What is read next, out of a backlog of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from actors.webhooks.contract import CREATE_ENDPOINT, CreateEndpoint
from actors.webhooks.deliveries_store import SQL
from tests.support import House

FEEDS, ROOM = 5, 50


async def fill(house: House, first: int, last: int) -> None:
    """As many events in each feed; statistics stay as old as they are."""
    await house.fetch(
        "INSERT INTO webhooks.sorted (position, id, log, log_position, type, key, leaf, traceparent, at)"
        f" SELECT n, gen_random_uuid(), 'orders', n, 'order.created', 'k', '', '', now() FROM generate_series({first}, {last}) AS n"
    )
    await house.fetch(
        "INSERT INTO webhooks.deliveries (endpoint, seq, event, lane, at)"
        f" SELECT f, n, n, n, now() FROM generate_series({first}, {last}) AS n, generate_series(1, {FEEDS}) AS f"
    )
    await house.fetch("UPDATE webhooks.feeds SET seq = $1", last)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


async def plan_after(house: House, read_to: int) -> list[Any]:
    [row] = await house.fetch(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + SQL["read_fresh"], list(range(1, FEEDS + 1)), [read_to] * FEEDS, [ROOM] * FEEDS
    )
    return list(nodes(msgspec.json.decode(row[0])[0]["Plan"]))


def blocks(plan: list[Any]) -> int:
    """Looked at, in memory or not."""
    return int(plan[0]["Shared Hit Blocks"] + plan[0]["Shared Read Blocks"])


async def test_reading_costs_the_same_whatever_the_backlog(fresh_house: Any) -> None:
    house = await fresh_house(("webhooks",))
    for _ in range(FEEDS):
        await house.call(CREATE_ENDPOINT, CreateEndpoint(url="http://127.0.0.1:9/", paused=True))
    await fill(house, 1, 1000)
    short = blocks(await plan_after(house, 100))
    await fill(house, 1001, 20_000)
    for long in (await plan_after(house, 100), await plan_after(house, 19_000)):
        assert {one["Index Name"] for one in long if "Index Name" in one} == {"deliveries_pkey", "sorted_pkey"}
        assert long[0]["Actual Rows"] == FEEDS * ROOM
        assert blocks(long) <= 1.5 * short
    await house.fetch("ANALYZE webhooks.deliveries, webhooks.sorted")
    assert blocks(await plan_after(house, 10_000)) <= 1.5 * short
