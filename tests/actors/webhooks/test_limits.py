"""An endpoint's own limits hold: posts a second, posts at once, seconds for an answer."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from actors.webhooks.contract import RESUME_ENDPOINT, UPDATE_ENDPOINT, Endpoint, EndpointChanges, ResumeEndpoint, UpdateEndpoint
from actors.webhooks.rates import Rate
from tests.actors.webhooks.listener import listen, register
from tests.actors.webhooks.watching import SMALL, deliveries, open_stores, postman_of, the_delivery
from tests.support import House, eventually, open_house


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(start <= at < start + 1 for at in moments) for start in moments)


async def sent(house: House, endpoint: Endpoint) -> list[float]:
    """When each was posted, by the sender's own record: a listener that is held up sees them come together."""
    return [one.at.timestamp() for delivery in await deliveries(house, endpoint, limit=100) for one in delivery.attempts]


async def all_sent(house: House, endpoint: Endpoint, count: int) -> list[float]:
    async def recorded() -> bool:
        return len(await sent(house, endpoint)) == count

    await eventually(recorded)
    return await sent(house, endpoint)


@given(st.integers(1, 20), st.lists(st.integers(0, 500), max_size=60))
def test_no_second_sees_more_than_the_rate(per_second: int, pauses_ms: list[int]) -> None:
    rate, now, went = Rate(per_second), 0.0, []
    for pause in pauses_ms:
        now += pause / 1000
        now += rate.wait(now)
        rate.went(now)
        went.append(now)
    assert not went or most_in_a_second(went) <= per_second


async def test_not_more_posts_a_second_than_the_endpoint_wants(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created", rate_per_second=10)
        await open_stores(house, 35)
        assert most_in_a_second(await all_sent(house, endpoint, 35)) <= 10


async def test_nor_when_another_member_takes_over_or_the_rate_is_changed(fresh_house: Any) -> None:
    """Neither knows what has gone out just before."""
    house = await fresh_house(SMALL, webhooks_lease_seconds=60)
    async with listen() as listener, listen() as other:
        endpoints = [await register(house, one.url, "store.created", rate_per_second=10) for one in (listener, other)]
        async with open_house(house.settings, ("webhooks",)) as second:
            await eventually(lambda: all(len(postman_of(one).bags) == 1 for one in (house, second)))
            making = asyncio.create_task(open_stores(house, 35))
            await eventually(lambda: min(len(listener.arrived), len(other.arrived)) >= 20)
        await making
        for endpoint in endpoints:
            assert most_in_a_second(await all_sent(house, endpoint, 35)) <= 10
        await open_stores(house, 15)
        await eventually(lambda: len(listener.arrived) >= 45)
        await change(house, endpoints[0], rate_per_second=9)
        assert most_in_a_second(await all_sent(house, endpoints[0], 50)) <= 10


async def change(house: House, endpoint: Endpoint, **changes: Any) -> Endpoint:
    return await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=endpoint.version, changes=EndpointChanges(**changes)))


async def test_what_was_missed_comes_at_a_rate_of_its_own(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created", paused=True)
        await open_stores(house, 35)

        async def sorted_in() -> bool:
            return len(await deliveries(house, endpoint)) == 35

        await eventually(sorted_in)
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, catch_up_per_second=10))
        assert most_in_a_second(await all_sent(house, endpoint, 35)) <= 10
        await open_stores(house, 30)
        assert most_in_a_second(await all_sent(house, endpoint, 65)) > 10


async def test_not_more_posts_at_once_than_the_endpoint_wants(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    at_once = most = 0

    async def count(request: web.Request, before: int) -> web.StreamResponse:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return web.Response()

    async with listen(count) as listener:
        await register(house, listener.url, "store.created", concurrency=3)
        await open_stores(house, 60)
        await eventually(lambda: len(listener.arrived) == 60)
    assert most == 3


async def test_an_answer_may_take_as_long_as_the_endpoint_says(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600", webhooks_timeout_seconds=60)

    async def hang(request: web.Request, before: int) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with listen(hang) as listener:
        endpoint = await register(house, listener.url, "store.created", timeout_seconds=1)
        await open_stores(house, 1)
        delivery = await the_delivery(house, endpoint, "retrying")
        assert [(one.status, one.error) for one in delivery.attempts] == [(None, "no answer in time")]
        assert 1000 <= delivery.attempts[0].latency_ms
