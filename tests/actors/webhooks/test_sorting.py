"""Feeds: each endpoint gets what it wants, once, numbered without gaps, in the order of each log, whoever sorts and whenever it was registered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import msgspec
import pytest_asyncio

from actors.catalog.contract import UPDATE_PRODUCT, Product, ProductChanges, UpdateProduct
from actors.runtime.ids import now
from actors.stores.contract import CREATE_REGISTER, CreateRegister
from actors.webhooks import sorting
from actors.webhooks.bodies import Bodies, Kept, asking
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    PAUSE_ENDPOINT,
    PULL_EVENTS,
    CreateEndpoint,
    DeleteEndpoint,
    NewEndpoint,
    PauseEndpoint,
    PulledEvent,
    PullEvents,
)
from tests.support import House, Servers, eventually, open_house, unique

FEED = """
    SELECT d.seq, d.lane, s.position, s.id, s.type, s.key, s.log, s.log_position
    FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event
    JOIN webhooks.endpoints AS e ON e.number = d.endpoint WHERE e.id = $1 ORDER BY d.seq
"""


@pytest_asyncio.fixture
async def two(servers: Servers) -> AsyncIterator[tuple[House, House]]:
    """All actors, and a second member of webhooks."""
    settings = await servers.settings()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(open_house(settings))
        yield one, await stack.enter_async_context(open_house(settings, ("webhooks",)))


async def test_feeds_have_no_gaps_and_keep_the_order_of_every_log(two: tuple[House, House]) -> None:
    """Several logs at once, endpoints with different wishes; whoever sorts is told twice that it has lost the right to."""
    house, _ = two
    everything, products, registers = [await _register(house, types) for types in (["*"], ["product.*"], ["register.created"])]
    store, _ = await house.open_store()

    for start in (0, 20):
        trading = asyncio.gather(*(_trade(house, number, store.id) for number in range(start, start + 20)))
        sorted_before = await _count(house)
        await eventually(lambda known=sorted_before: _more_than(house, known))
        await house.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kasir follower'")
        await trading
    await _sorted_all(house)

    logged = {
        log: [row[0] for row in await house.fetch(f"SELECT id FROM {log}.log ORDER BY position")] for log in ("catalog", "stores")
    }
    for endpoint, logs in ((everything, ("catalog", "stores")), (products, ("catalog",))):
        feed = await house.fetch(FEED, endpoint.id)
        assert [row["seq"] for row in feed] == list(range(1, len(feed) + 1))
        for log in logs:
            assert [row["id"] for row in feed if row["log"] == log] == logged[log]
    assert {row["type"] for row in await house.fetch(FEED, products.id)} == {"product.created", "product.updated"}
    assert len(await house.fetch(FEED, registers.id)) == 41
    positions = [row[0] for row in await house.fetch("SELECT position FROM webhooks.sorted ORDER BY position")]
    assert positions == list(range(1, len(positions) + 1))


async def test_what_is_about_one_thing_shares_a_lane_and_is_in_the_order_of_its_versions(house: House) -> None:
    endpoint = await _register(house, ["product.*"])
    products = await asyncio.gather(*(_trade(house, number) for number in range(5)))
    await _sorted_all(house)

    lanes, versions = defaultdict(set), defaultdict(list)
    for row, event in zip(await house.fetch(FEED, endpoint.id), await _pull(house, endpoint), strict=True):
        lanes[row["key"]].add(row["lane"])
        versions[row["key"]].append(msgspec.json.decode(event.body)["data"]["version"])
    for product in products:
        assert len(lanes[str(product.id)]) == 1
        assert versions[str(product.id)] == [1, 2, 3]


async def test_an_endpoint_that_is_registered_while_events_flow_misses_nothing_after_that(house: House) -> None:
    trading = asyncio.gather(*(_trade(house, number) for number in range(60)))
    known: list[tuple[NewEndpoint, list[Product]]] = []
    for _ in range(5):
        endpoint = await _register(house, ["product.created"])
        known.append((endpoint, [await house.add_product() for _ in range(3)]))
    await trading
    await _sorted_all(house)

    for endpoint, products in known:
        keys = [row["key"] for row in await house.fetch(FEED, endpoint.id)]
        assert len(keys) == len(set(keys))
        assert {str(product.id) for product in products} <= set(keys)


async def test_what_somebody_else_has_sorted_meanwhile_is_left_alone(fresh_house: Any) -> None:
    """Of two members that both believe to follow a log, the second finds that it has been followed further. Moved by hand here."""
    house: House = await fresh_house()
    endpoint = await _register(house, ["product.created"])
    first = await house.add_product()
    await _sorted_all(house)
    async with house.runtime.database.transaction() as connection:
        await connection.execute("UPDATE webhooks.followed SET position = 3 WHERE log = 'catalog'")
        for _ in range(2):
            await house.add_product()
        await eventually(lambda: _somebody_waits(connection))
    last = await house.add_product()
    await _sorted_all(house)

    feed = await house.fetch(FEED, endpoint.id)
    assert [(row["seq"], row["key"]) for row in feed] == [(1, str(first.id)), (2, str(last.id))]


async def test_what_was_long_before_an_endpoint_is_not_for_it(house: House) -> None:
    """As where a log is read that webhooks was behind with."""
    endpoint = await _register(house, ["product.created"])
    an_hour_ago = b'{"type":"product.created","timestamp":"%s","data":{}}' % (now() - timedelta(hours=1)).isoformat().encode()
    await house.fetch(
        "WITH head AS (UPDATE catalog.log_head SET position = position + 1 RETURNING position) "
        "INSERT INTO catalog.log SELECT position, gen_random_uuid(), 'product.created', 'before', '', now(), $1 FROM head", an_hour_ago,
    )
    product = await house.add_product()
    await _sorted_all(house)
    assert [row["key"] for row in await house.fetch(FEED, endpoint.id)] == [str(product.id)]


async def test_what_is_older_than_anything_is_kept_is_passed_over(fresh_house: Any) -> None:
    """Where webhooks come to a shop that has sold for years, its first event is not behind all of these."""
    house: House = await fresh_house()
    endpoint = await _register(house, ["product.created"])
    await house.fetch("UPDATE webhooks.endpoints SET listens_from = 'epoch'")
    old = b'{"type":"product.created","timestamp":"2020-01-01T00:00:00Z","data":{}}'
    await house.fetch(
        "WITH head AS (UPDATE catalog.log_head SET position = position + 1 RETURNING position) "
        "INSERT INTO catalog.log SELECT position, gen_random_uuid(), 'product.created', 'old', '', now(), $1 FROM head", old,
    )
    product = await house.add_product()
    await house.open_store()
    await _sorted_all(house)
    assert [row["key"] for row in await house.fetch(FEED, endpoint.id)] == [str(product.id)]


async def test_stores_and_conditions_choose_and_the_paused_get_theirs_and_the_deleted_nothing(house: House) -> None:
    (mine, _), (other, _) = await house.open_store(), await house.open_store()
    # Their registers were made before anybody listened: sorted later, they would still be for those who come within a minute.
    await _sorted_all(house)
    of_mine = await _register(house, ["register.created"], store_ids=[mine.id])
    of_a_code = await _register(house, ["register.created"], condition="data.code == 'C7'")
    paused = await _register(house, ["register.created"])
    deleted = await _register(house, ["register.created"])
    await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=paused.id))
    await house.call(DELETE_ENDPOINT, DeleteEndpoint(id=deleted.id, if_version=1))
    made = [
        await house.call(CREATE_REGISTER, CreateRegister(store_id=store.id, code=code)) for store in (mine, other) for code in ("C7", "C8")
    ]
    await _sorted_all(house)

    async def keys(endpoint: NewEndpoint) -> list[str]:
        return [row["key"] for row in await house.fetch(FEED, endpoint.id)]

    assert await keys(of_mine) == [str(one.id) for one in made[:2]]
    assert await keys(of_a_code) == [str(made[0].id), str(made[2].id)]
    assert await keys(paused) == [str(one.id) for one in made]
    assert await keys(deleted) == []


async def test_bodies_are_had_from_the_logs_and_kept_at_hand(house: House) -> None:
    endpoint = await _register(house, ["product.created"])
    await asyncio.gather(*(house.add_product() for _ in range(30)))
    await _sorted_all(house)
    feed = await house.fetch(FEED, endpoint.id)
    wanted = [Kept(row["position"], row["log"], row["log_position"]) for row in feed]
    bodies = Bodies(bytes_max=10_000)

    found = await bodies.fetch(asking(house.client), wanted)
    again = await bodies.fetch(asking(house.client), reversed(wanted))

    logged = {row["position"]: row["body"] for row in await house.fetch("SELECT position, body FROM catalog.log")}
    assert found == again == {row["position"]: logged[row["log_position"]] for row in feed}


def test_a_lane_is_a_signed_number_of_32_bits() -> None:
    lanes = {sorting.lane_of(str(number)) for number in range(1000)}
    assert min(lanes) < 0 < max(lanes)
    assert all(-(2**31) <= lane < 2**31 for lane in lanes)


async def _register(house: House, event_types: list[str], **given: Any) -> NewEndpoint:
    """For pulling only."""
    return await house.call(CREATE_ENDPOINT, CreateEndpoint(event_types=event_types, **given))


async def _trade(house: House, number: int, store_id: Any = None) -> Product:
    """A product of three versions, and perhaps a register."""
    product = await house.add_product(f"Product {number}")
    if store_id is not None:
        await house.call(CREATE_REGISTER, CreateRegister(store_id=store_id, code=f"R{number}"))
    for version in (1, 2):
        product = await house.call(UPDATE_PRODUCT, UpdateProduct(id=product.id, if_version=version, changes=ProductChanges(name=unique())))
    return product


async def _sorted_all(house: House) -> None:
    async def followed() -> bool:
        rows = await house.fetch("SELECT log, position FROM webhooks.followed WHERE log IN ('catalog', 'stores')")
        heads = [(await house.fetch(f"SELECT position FROM {row['log']}.log_head"))[0][0] for row in rows]
        return len(rows) == 2 and [row["position"] for row in rows] == heads

    await eventually(followed)


async def _somebody_waits(connection: Any) -> bool:
    return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"))


async def _count(house: House) -> int:
    return int((await house.fetch("SELECT count(*) FROM webhooks.sorted"))[0][0])


async def _more_than(house: House, count: int) -> bool:
    return await _count(house) > count


async def _pull(house: House, endpoint: NewEndpoint, after: int = 0) -> list[PulledEvent]:
    return (await house.call(PULL_EVENTS, PullEvents(id=endpoint.id, after=after, limit=1000))).items
