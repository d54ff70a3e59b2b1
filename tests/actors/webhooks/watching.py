"""What tests of posting share: things that happen, and what became of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from actors.stores.contract import CREATE_STORE, UPDATE_STORE, CreateStore, Store, StoreChanges, UpdateStore
from actors.webhooks.contract import LIST_DELIVERIES, Delivery, Endpoint, ListDeliveries
from actors.webhooks.postman import Postman
from tests.actors.webhooks.listener import Arrived
from tests.support import House, eventually, unique

SMALL = ("webhooks", "stores")


async def open_store(house: House) -> Store:
    return await house.call(CREATE_STORE, CreateStore(name=f"Toko {unique()}", currency="IDR", time_zone="Asia/Jakarta"))


async def open_stores(house: House, count: int) -> list[Store]:
    return await asyncio.gather(*(open_store(house) for _ in range(count)))


async def rename(house: House, store: Store) -> Store:
    return await house.call(UPDATE_STORE, UpdateStore(id=store.id, if_version=store.version, changes=StoreChanges(name=f"Toko {unique()}")))


async def histories(house: House, stores: int, versions: int) -> list[str]:
    """So many stores, each changed until it has so many versions, side by side. Their ids."""

    async def history() -> str:
        store = await open_store(house)
        while store.version < versions:
            store = await rename(house, store)
        return str(store.id)

    return await asyncio.gather(*(history() for _ in range(stores)))


def told(arrived: Sequence[Arrived]) -> dict[str, list[int]]:
    """By store: its versions in the order in which they came first."""
    seen: set[str] = set()
    versions: dict[str, list[int]] = defaultdict(list)
    for one in arrived:
        if one.id not in seen:
            seen.add(one.id)
            versions[one.event["data"]["id"]].append(one.event["data"]["version"])
    return versions


async def all_arrived(arrived: Sequence[Arrived], ids: Sequence[str], versions: int, within_seconds: float = 30) -> None:
    """Every version of every store, each store's in order."""
    await eventually(lambda: len({one.id for one in arrived}) >= len(ids) * versions, within_seconds=within_seconds)
    assert told(arrived) == {id: list(range(1, versions + 1)) for id in ids}


async def deliveries(house: House, endpoint: Endpoint, **filters: Any) -> list[Delivery]:
    return (await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, **filters))).items


async def the_delivery(house: House, endpoint: Endpoint, state: str, attempts: int = 1) -> Delivery:
    """The endpoint's only delivery, once it is in this state."""

    async def found() -> Delivery | None:
        items = await deliveries(house, endpoint)
        return items[0] if len(items) == 1 and items[0].state == state and len(items[0].attempts) >= attempts else None

    delivery: Delivery = await eventually(found)
    return delivery


async def all_settled(house: House) -> None:
    """Everything is recorded as delivered, nothing is among the troubles."""

    async def settled() -> bool:
        [row] = await house.fetch(
            "SELECT (SELECT count(*) FROM webhooks.deliveries WHERE done <> 'd') + (SELECT count(*) FROM webhooks.troubles) AS n"
        )
        return bool(row["n"] == 0)

    await eventually(settled)


def postman_of(house: House) -> Postman:
    [postman] = [member.resource for member in house.runtime._members if member.actor.name == "webhooks"]
    assert isinstance(postman, Postman)
    return postman
