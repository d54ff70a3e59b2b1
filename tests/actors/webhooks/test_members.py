"""Several members of webhooks: work is shared, and who leaves takes nothing along."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from aiohttp import web

from actors.stores.contract import CREATE_STORE, CreateStore
from actors.webhooks.contract import DELETE_ENDPOINT, UPDATE_ENDPOINT, DeleteEndpoint, EndpointChanges, UpdateEndpoint
from actors.webhooks.postman import Postman
from actors.webhooks.store import Outcome
from tests.actors.webhooks.listener import listen, register
from tests.support import House, eventually, open_house, unique

SMALL = ("webhooks", "stores")


async def open_stores(house: House, count: int) -> set[str]:
    """Their ids."""
    asks = [CreateStore(name=unique(), currency="IDR", time_zone="Asia/Jakarta") for _ in range(count)]
    return {str(store.id) for store in await asyncio.gather(*(house.call(CREATE_STORE, ask) for ask in asks))}


def postman_of(house: House) -> Postman:
    [postman] = [member.resource for member in house.runtime._members if member.actor.name == "webhooks"]
    assert isinstance(postman, Postman)
    return postman


async def test_two_members_send_each_event_once(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener, open_house(house.settings, ("webhooks",)):
        await register(house, listener.url, "store.created")
        stores = await open_stores(house, 200)
        await eventually(lambda: {one.event["data"]["id"] for one in listener.arrived} == stores)
        assert len(listener.arrived) == 200


async def test_a_member_that_leaves_hands_its_work_over_at_once(fresh_house: Any) -> None:
    """Leases are 30 s: whoever waits for one to end fails here."""
    house = await fresh_house(SMALL)

    async def slowly(request: web.Request, before: int) -> web.StreamResponse:
        await asyncio.sleep(0.05)
        return web.Response()

    async with listen(slowly) as listener:
        endpoint = await register(house, listener.url, "store.created", active=False)
        await house.fetch(
            "WITH e AS (INSERT INTO webhooks.events SELECT gen_random_uuid(), 'store.created', '', '{}', '', now()"
            " FROM generate_series(1, 600) RETURNING id)"
            " INSERT INTO webhooks.deliveries (endpoint_id, id, event_type, due_at, created_at)"
            " SELECT $1, id, 'store.created', now(), now() FROM e",
            endpoint.id,
        )
        async with open_house(house.settings, ("webhooks",)):
            await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(active=True)))
            await eventually(lambda: len(listener.arrived) > 50)
        await eventually(lambda: len(set(listener.ids())) == 600, within_seconds=10)
        assert len(listener.arrived) == 600


async def test_what_could_not_be_recorded_is_recorded_later(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        await register(house, listener.url, "store.created")
        await house.fetch("ALTER TABLE webhooks.deliveries RENAME COLUMN attempts TO hidden")
        await open_stores(house, 20)
        await eventually(lambda: len(listener.arrived) == 20)
        await house.fetch("ALTER TABLE webhooks.deliveries RENAME COLUMN hidden TO attempts")

        async def recorded() -> bool:
            [row] = await house.fetch("SELECT count(*) AS n FROM webhooks.deliveries WHERE state = 'delivered'")
            return bool(row["n"] == 20)

        await eventually(recorded)
        assert len(listener.arrived) == 20


async def test_outcomes_put_back_merge_with_newer_ones(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    postman = postman_of(house)
    pair = (UUID(int=1), UUID(int=2))
    older, newer = Outcome("pending", 5.0, 1, [1]), Outcome("delivered", 0.0, 1, [2])  # type: ignore[list-item]
    postman._outcomes[pair] = newer
    postman.put_back([(pair, older)], set())
    assert postman.take_outcomes() == ([(pair, Outcome("delivered", 0.0, 1, [1, 2]))], set())  # type: ignore[list-item]


async def test_with_no_listener_nothing_is_written(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    await open_stores(house, 3)

    async def seen() -> bool:
        [row] = await house.fetch("SELECT count(*) AS n FROM webhooks.inbox")
        return bool(row["n"] >= 3)

    await eventually(seen)
    assert await house.fetch("SELECT FROM webhooks.events") == []


async def test_a_deleted_endpoint_gets_nothing_more_and_its_lane_is_forgotten(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener, listen() as other:
        endpoint = await register(house, listener.url, "store.created")
        await register(house, other.url, "store.created")
        await open_stores(house, 1)
        await eventually(lambda: listener.arrived)
        await house.call(DELETE_ENDPOINT, DeleteEndpoint(id=endpoint.id, if_version=1))
        later = await open_stores(house, 1)
        await eventually(lambda: later <= {one.event["data"]["id"] for one in other.arrived})
        assert postman_of(house).lanes.find(endpoint.id) is None
        assert len(listener.arrived) == 1
