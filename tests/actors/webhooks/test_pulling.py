"""Pulling: the same bytes, ids and signatures as a post now would have; what was pulled is known; everything can be read by one cursor."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from actors.runtime.client import Refused
from actors.webhooks import pulling
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    PULL_EVENTS,
    READ_EVENTS,
    UPDATE_ENDPOINT,
    CreateEndpoint,
    EndpointChanges,
    KeptEvents,
    NewEndpoint,
    PulledEvents,
    PullEvents,
    ReadEvents,
    UpdateEndpoint,
)
from actors.webhooks.signing import verify
from tests.actors.webhooks.listener import listen
from tests.actors.webhooks.watching import SMALL, deliveries, open_store
from tests.support import House, eventually, some_id

PULLED_TO = "SELECT f.pulled_to FROM webhooks.feeds AS f JOIN webhooks.endpoints AS e ON e.number = f.endpoint WHERE e.id = $1"


async def test_what_is_pulled_is_what_would_be_posted(house: House) -> None:
    endpoint = await _register(house, signatures=["v1", "v1a"])
    products = [await house.add_product() for _ in range(5)]
    pulled = await _when_there(house, endpoint, 5)

    assert [event.seq for event in pulled.items] == [1, 2, 3, 4, 5]
    assert (pulled.first_seq, pulled.last_seq) == (1, 5)
    logged = {row["key"]: row for row in await house.fetch("SELECT key, id, body FROM catalog.log")}
    for event, product in zip(pulled.items, products, strict=True):
        row = logged[str(product.id)]
        assert (event.type, event.id, event.body.encode()) == ("product.created", row["id"], row["body"])
        for trusted in (endpoint.secret, endpoint.public_keys[0].key):
            assert verify([trusted], str(event.id), str(event.timestamp), event.signature, row["body"], time.time())


async def test_asking_for_more_says_that_the_rest_has_arrived(house: House) -> None:
    endpoint = await _register(house)
    for _ in range(4):
        await house.add_product()
    await _when_there(house, endpoint, 4)

    async def pull(after: int, limit: int = 100) -> tuple[list[int], int]:
        pulled = await _pull(house, endpoint, after, limit)
        return [event.seq for event in pulled.items], (await house.fetch(PULLED_TO, endpoint.id))[0][0]

    assert await pull(0, 2) == ([1, 2], 0)
    assert await pull(2) == ([3, 4], 2)
    assert await pull(1) == ([2, 3, 4], 2)
    assert await pull(4) == ([], 4)


async def test_a_cursor_from_elsewhere_is_refused_and_nothing_counts_as_pulled(house: House) -> None:
    """Else its owner would hear nothing before as much has happened as the cursor skips, and what was pending would be delivered."""
    endpoint = await _register(house)
    await house.add_product()
    await _when_there(house, endpoint, 1)

    with pytest.raises(Refused, match=r"webhooks.invalid: The feed of this endpoint goes up to 1, so nobody can have got 2"):
        await _pull(house, endpoint, 2)
    assert [0] == [row[0] for row in await house.fetch(PULLED_TO, endpoint.id)]
    newest = (await house.fetch("SELECT position FROM webhooks.sorted_head"))[0][0]
    with pytest.raises(Refused, match=r"webhooks.invalid: The list of all events goes up to"):
        await house.call(READ_EVENTS, ReadEvents(after=newest + 1000))
    assert [] == (await house.call(READ_EVENTS, ReadEvents(after=newest))).items


async def test_what_is_gone_is_said_to_be_gone_and_nobody_is_nobody(house: House) -> None:
    endpoint = await _register(house)
    for _ in range(3):
        await house.add_product()
    await _when_there(house, endpoint, 3)
    await house.fetch(
        "UPDATE webhooks.feeds SET first_seq = 3 FROM webhooks.endpoints AS e WHERE e.number = endpoint AND e.id = $1", endpoint.id
    )

    with pytest.raises(Refused, match=r"webhooks.gone: .* comes after 2"):
        await _pull(house, endpoint, 1)
    assert [event.seq for event in (await _pull(house, endpoint, 2)).items] == [3]
    with pytest.raises(Refused, match=r"webhooks.not_found"):
        await house.call(PULL_EVENTS, PullEvents(id=some_id()))


async def test_what_was_pulled_is_not_posted_when_there_is_a_url(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await _register(house, event_types=["store.*"])
        for _ in range(3):
            await open_store(house)
        await _when_there(house, endpoint, 3)
        await _pull(house, endpoint, 2)
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(url=listener.url)))
        await open_store(house)

        async def states() -> bool:
            return [one.state for one in await deliveries(house, endpoint)] == ["delivered"] * 4

        await eventually(states)
        assert {"3", "4"} == {one.headers["webhook-seq"] for one in listener.arrived}


async def test_an_answer_holds_what_fits_and_at_least_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = await _register(house)
    await asyncio.gather(*(house.add_product() for _ in range(12)))
    whole = await _when_there(house, endpoint, 12)
    size = len(whole.items[0].body)
    before = (await house.call(READ_EVENTS, ReadEvents(event_types=["product.created"], limit=1000))).items[-12].position - 1

    monkeypatch.setattr(pulling, "PORTION", 2)
    monkeypatch.setattr(pulling, "BYTES_MAX", int(size * 5.5))
    assert [event.seq for event in (await _pull(house, endpoint)).items] == [1, 2, 3, 4, 5]
    kept = await house.call(READ_EVENTS, ReadEvents(event_types=["product.created"], after=before))
    assert (len(kept.items), kept.position) == (5, kept.items[-1].position)
    monkeypatch.setattr(pulling, "BYTES_MAX", 1)
    assert [event.seq for event in (await _pull(house, endpoint, 7)).items] == [8]


async def test_everything_can_be_read_by_one_cursor(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "WINDOW", 3)
    start = (await _read_all(house, 0))[-1]
    (store, _), product = await house.open_store(), await house.add_product()
    await eventually(lambda: _has_read(house, start.position, 3))

    everything, products = await _read_all(house, start.position), await _read_all(house, start.position, ["product.*"])
    mine = [item for page in everything for item in page.items]
    assert sorted(item.type for item in mine) == ["product.created", "register.created", "store.created"]
    assert [item.position for item in mine] == sorted(item.position for item in mine)
    assert [str(product.id) in item.body for page in products for item in page.items] == [True]
    assert products[-1].position == everything[-1].position
    assert any(str(store.id) in item.body for item in mine)
    with pytest.raises(Refused, match=r"webhooks.invalid"):
        await house.call(READ_EVENTS, ReadEvents(event_types=["prodcut.*"]))


async def _register(house: House, **given: Any) -> NewEndpoint:
    return await house.call(CREATE_ENDPOINT, CreateEndpoint(**{"event_types": ["product.created"], **given}))


async def _pull(house: House, endpoint: NewEndpoint, after: int = 0, limit: int = 100) -> PulledEvents:
    return await house.call(PULL_EVENTS, PullEvents(id=endpoint.id, after=after, limit=limit))


async def _when_there(house: House, endpoint: NewEndpoint, count: int) -> PulledEvents:
    async def there() -> PulledEvents | None:
        pulled = await _pull(house, endpoint)
        return pulled if len(pulled.items) == count else None

    pulled: PulledEvents = await eventually(there)
    return pulled


async def _read_all(house: House, after: int, event_types: list[str] | None = None) -> list[KeptEvents]:
    """Pages, until one comes no further."""
    pages = [await house.call(READ_EVENTS, ReadEvents(after=after, event_types=event_types))]
    while pages[-1].position > after:
        after = pages[-1].position
        pages.append(await house.call(READ_EVENTS, ReadEvents(after=after, event_types=event_types)))
    return pages


async def _has_read(house: House, after: int, count: int) -> bool:
    return sum(len(page.items) for page in await _read_all(house, after)) >= count
