"""Several members of webhooks: each has its share in charge, and who leaves, or dies, takes nothing along."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from actors.webhooks.telling import save_health
from tests.actors.webhooks.feeds import member_of
from tests.actors.webhooks.listener import Listener, listen, register
from tests.actors.webhooks.watching import SMALL, all_arrived, all_settled, histories, open_stores, postman_of, told
from tests.support import House, eventually, open_house


async def shares(*houses: House) -> list[int]:
    return sorted(sum(not bag.shut for bag in postman_of(house).bags.values()) for house in houses)


async def slowly(request: web.Request, before: int) -> web.StreamResponse:
    await asyncio.sleep(0.02)
    return web.Response()


async def test_each_has_a_fair_share_and_who_comes_gets_one(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        for _ in range(5):
            await register(house, listener.url, "store.created")
        await eventually(lambda: len(postman_of(house).bags) == 5)
        async with open_house(house.settings, ("webhooks",)) as second:

            async def shared() -> bool:
                return await shares(house, second) == [2, 3]

            await eventually(shared)
            await open_stores(house, 20)
            await eventually(lambda: len(listener.arrived) == 100)
        await eventually(lambda: len(postman_of(house).bags) == 5)


async def test_a_member_that_leaves_hands_over_at_once_in_the_middle_of_its_work(fresh_house: Any) -> None:
    """Leases are a minute long: whoever waits for one to end fails here."""
    house = await fresh_house(SMALL, webhooks_lease_seconds=60)
    async with listen(slowly) as listener:
        for _ in range(2):
            await register(house, listener.url, "store.*")
        async with open_house(house.settings, ("webhooks",)) as second:
            await eventually(lambda: len(postman_of(second).bags) == 1)
            making = asyncio.create_task(histories(house, 20, 10))
            await eventually(lambda: len(listener.arrived) > 60)
        ids = await making
        await all_settled(house)
    assert told(listener.arrived) == {id: list(range(1, 11)) for id in ids}
    # Twice each, because there are two endpoints; and no more than that.
    assert len(listener.arrived) == 400


async def test_who_takes_over_knows_how_an_endpoint_fared_last(fresh_house: Any) -> None:
    """It failed, which was saved; it works again, which was not yet: a member is told to leave in the same seconds."""
    house = await fresh_house(("stores",))
    answers = [500]

    async def answer(request: web.Request, before: int) -> web.StreamResponse:
        return web.Response(status=answers[0])

    async with listen(answer) as listener:
        async with open_house(house.settings, ("webhooks",)) as first:
            await register(house, listener.url, "store.*")
            await open_stores(house, 1)
            await eventually(lambda: listener.arrived)
            [bag] = postman_of(first).bags.values()
            await eventually(lambda: bag.vitals.failing_since)
            await save_health(member_of(first), [bag])
            answers[0] = 200
            await eventually(lambda: bag.vitals.is_back)
        [saved] = await house.fetch("SELECT failing_since, last_success_at = last_attempt_at AS back FROM webhooks.health")
        assert (None, True) == (saved["failing_since"], saved["back"])


async def test_a_member_that_dies_is_replaced_when_its_lease_ends(fresh_house: Any) -> None:
    """It can reach its listeners, but not the database any more: it stops by itself when its lease has run out."""
    house = await fresh_house(SMALL, webhooks_lease_seconds=1.5)
    listeners: list[Listener] = []
    async with listen(slowly) as one, listen(slowly) as other:
        listeners += [one, other]
        for listener in listeners:
            await register(house, listener.url, "store.*")
        async with open_house(house.settings, ("webhooks",)) as dying:
            await eventually(lambda: len(postman_of(dying).bags) == 1)
            making = asyncio.create_task(histories(house, 20, 10))
            await eventually(lambda: len(one.arrived) > 30 and len(other.arrived) > 30)
            await dying.database.disconnect()
            ids = await making
            for listener in listeners:
                await all_arrived(listener.arrived, ids, 10)
            await eventually(lambda: postman_of(dying).held_back)
            await all_settled(house)


async def test_what_could_not_be_recorded_is_recorded_later_and_not_sent_again(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        await register(house, listener.url, "store.created")
        await eventually(lambda: postman_of(house).bags)
        await house.fetch("ALTER TABLE webhooks.deliveries ADD CONSTRAINT away CHECK (done = 'p')")
        await open_stores(house, 20)
        await eventually(lambda: len(listener.arrived) == 20)
        await house.fetch("ALTER TABLE webhooks.deliveries DROP CONSTRAINT away")
        await all_settled(house)
        assert len(listener.arrived) == 20


async def test_how_far_it_has_come_is_saved(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        await register(house, listener.url, "store.created")
        await open_stores(house, 20)

        async def saved() -> bool:
            [row] = await house.fetch("SELECT done_to FROM webhooks.feeds")
            return bool(row["done_to"] == 20)

        await eventually(saved)
        assert len(listener.arrived) == 20
