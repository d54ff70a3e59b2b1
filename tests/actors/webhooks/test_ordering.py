"""What is about one thing arrives in order; everything else overtakes."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest
from aiohttp import web

from actors.webhooks import bag
from actors.webhooks.contract import RESEND_DELIVERY, RESUME_ENDPOINT, ResendDelivery, ResumeEndpoint
from tests.actors.webhooks.listener import listen, register, statuses
from tests.actors.webhooks.watching import SMALL, all_arrived, all_settled, deliveries, histories, open_store, rename, told
from tests.support import House, eventually, open_house


def flaky(seed: int, statuses: list[int]) -> Any:
    """Answers by chance, now and then slowly."""
    dice = random.Random(seed)

    async def answer(request: web.Request, before: int) -> web.StreamResponse:
        if dice.random() < 0.1:
            await asyncio.sleep(dice.random() / 20)
        return web.Response(status=dice.choice(statuses))

    return answer


async def test_versions_arrive_in_order_although_every_third_post_fails(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="0.1,0.2,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3")
    async with listen(flaky(1, [200, 200, 200, 200, 500, 404])) as listener:
        await register(house, listener.url, "store.*")
        ids = await histories(house, 30, 6)
        await eventually(lambda: [len(versions) for versions in told(listener.arrived).values()] == [6] * 30, within_seconds=60)
        await all_settled(house)
    ok = told(listener.arrived)
    assert ok == {id: [1, 2, 3, 4, 5, 6] for id in ids}


async def test_a_version_is_not_posted_before_the_one_before_it_has_arrived(fresh_house: Any) -> None:
    """The listener's own books: it takes version n + 1 only after n, and would see a gap."""
    house = await fresh_house(SMALL, webhooks_schedule_seconds=",".join(["0.2"] * 20))
    taken: dict[str, int] = {}
    gaps: list[tuple[str, int]] = []
    dice = random.Random(7)

    async def keep_books(request: web.Request, before: int) -> web.StreamResponse:
        store = msgspec.json.decode(await request.read())["data"]
        if store["version"] > taken.get(store["id"], 0) + 1:
            gaps.append((store["id"], store["version"]))
        if dice.random() < 0.25:
            return web.Response(status=dice.choice([404, 503, 400]))
        taken[store["id"]] = max(taken.get(store["id"], 0), store["version"])
        return web.Response()

    async with listen(keep_books) as listener, open_house(house.settings, ("webhooks",)):
        await register(house, listener.url, "store.*")
        ids = await histories(house, 20, 8)
        await eventually(lambda: taken == dict.fromkeys(ids, 8), within_seconds=60)
    assert gaps == []


async def stuck_store(house: House, listener_url: str) -> Any:
    endpoint = await register(house, listener_url, "store.*")
    return endpoint, await open_store(house)


async def test_others_overtake_what_is_tried_again_much_later(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600")
    bad: set[str] = set()

    async def refuse_one(request: web.Request, before: int) -> web.StreamResponse:
        store = msgspec.json.decode(await request.read())["data"]["id"]
        bad.add(store) if not bad else None
        return web.Response(status=404 if store in bad and repaired is False else 200)

    repaired = False
    async with listen(refuse_one) as listener:
        endpoint, store = await stuck_store(house, listener.url)
        await eventually(lambda: bad)
        for _ in range(3):
            store = await rename(house, store)
        ids = await histories(house, 5, 3)
        await eventually(lambda: {id: versions for id, versions in told(listener.arrived).items() if id in ids} == {key: [1, 2, 3] for key in ids})

        async def states() -> Any:
            found = [one.state for one in await deliveries(house, endpoint) if one.key == str(store.id)]
            return found if found == ["waiting"] * 3 + ["retrying"] else None

        await eventually(states)
        assert told(listener.arrived)[str(store.id)] == [1]
        repaired = True
        [first] = await deliveries(house, endpoint, state="retrying")
        await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=first.id))
        await eventually(lambda: told(listener.arrived)[str(store.id)] == [1, 2, 3, 4])
        await all_settled(house)
        store = await rename(house, store)
        await eventually(lambda: told(listener.arrived)[str(store.id)] == [1, 2, 3, 4, 5])


async def test_however_many_lanes_wait_each_is_tried_in_its_time(fresh_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many of them nothing fresh is read; what they wait for is."""
    monkeypatch.setattr(bag, "BLOCKED_MAX", 2)
    house = await fresh_house(SMALL, webhooks_schedule_seconds="1,1,1")
    seen: set[str] = set()

    async def not_at_first(request: web.Request, before: int) -> web.StreamResponse:
        id = request.headers["webhook-id"]
        known = id in seen
        seen.add(id)
        return web.Response(status=200 if known else 404)

    async with listen(not_at_first) as listener:
        endpoint = await register(house, listener.url, "store.*")
        for _ in range(5):
            await open_store(house)

        async def all_there() -> bool:
            return [one.state for one in await deliveries(house, endpoint)] == ["delivered"] * 5

        await eventually(all_there)


async def test_what_waits_no_more_is_in_nobody_s_way(fresh_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many lanes wait, and somebody says that all of it need not be sent: what comes next goes out."""
    monkeypatch.setattr(bag, "BLOCKED_MAX", 2)
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600")
    async with listen(statuses(404, 404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.*")
        for _ in range(3):
            await open_store(house)

        async def all_wait() -> bool:
            return [one.state for one in await deliveries(house, endpoint)] == ["retrying"] * 3

        await eventually(all_wait)
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, skip_missed=True))
        store = await open_store(house)
        await eventually(lambda: told(listener.arrived).get(str(store.id)) == [1])


async def test_two_members_send_each_event_once_and_in_order(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as one, listen() as other, open_house(house.settings, ("webhooks",)):
        for listener in (one, other):
            await register(house, listener.url, "store.*")
        ids = await histories(house, 40, 5)
        for listener in (one, other):
            await all_arrived(listener.arrived, ids, 5)
            assert len(listener.arrived) == 200
