"""A dead endpoint costs a probe now and then, and gets everything, in order, once it is back."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from actors.webhooks.contract import (
    GET_HEALTH,
    RESEND_DELIVERY,
    RESUME_ENDPOINT,
    UPDATE_ENDPOINT,
    Endpoint,
    EndpointChanges,
    GetHealth,
    Health,
    ResendDelivery,
    ResumeEndpoint,
    UpdateEndpoint,
)
from actors.webhooks.telling import save_health, tell
from tests.actors.webhooks.feeds import member_of
from tests.actors.webhooks.listener import Listener, listen, register
from tests.actors.webhooks.watching import SMALL, all_settled, deliveries, histories, open_stores, postman_of, told
from tests.support import House, eventually


class Switch:
    """Answers 500 until it is put on."""

    def __init__(self) -> None:
        self.status = 500

    async def __call__(self, request: web.Request, before: int) -> web.StreamResponse:
        return web.Response(status=self.status)


async def health(house: House, endpoint: Endpoint) -> Health:
    return await house.call(GET_HEALTH, GetHealth(id=endpoint.id))


async def all_held_back(house: House, listener: Listener, count: int) -> None:
    async def is_open() -> bool:
        rows = await house.fetch("SELECT seq FROM webhooks.feeds WHERE seq = $1", count)
        return bool(rows) and [bag.circuit.closed for bag in postman_of(house).bags.values()] == [False]

    await eventually(is_open)


async def test_a_dead_endpoint_costs_few_attempts_and_then_gets_all_of_it_in_order(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600", webhooks_probe_seconds_max=1)
    switch = Switch()
    async with listen(switch) as listener:
        await register(house, listener.url, "store.*")
        ids = await histories(house, 40, 5)
        await all_held_back(house, listener, 200)
        before = len(listener.arrived)
        [bag] = postman_of(house).bags.values()
        await eventually(lambda: len(listener.arrived) >= before + 2)
        # Not one for each event, and not in a hurry: all that came were the first ones and probes.
        assert len(listener.arrived) < 60
        assert bag.lanes.held <= 1
        assert await house.fetch("SELECT FROM webhooks.troubles") == []
        switch.status = 200
        arrived = len(listener.arrived)
        await eventually(lambda: len({one.id for one in listener.arrived[arrived:]}) == 200)
        await all_settled(house)
        assert told(listener.arrived[arrived:]) == {id: [1, 2, 3, 4, 5] for id in ids}


async def test_an_endpoint_that_hangs_is_given_up_after_three_timeouts(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_probe_seconds_max=60)

    async def hang(request: web.Request, before: int) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with listen(hang) as listener:
        await register(house, listener.url, "store.*", timeout_seconds=1)
        await open_stores(house, 30)
        await all_held_back(house, listener, 30)
        assert len(listener.arrived) == 3


async def test_who_sends_one_again_probes_with_it(fresh_house: Any) -> None:
    """The next probe by itself would be a minute away."""
    house = await fresh_house(SMALL, webhooks_schedule_seconds="1,3600", webhooks_probe_seconds_max=60)
    switch = Switch()
    async with listen(switch) as listener:
        endpoint = await register(house, listener.url, "store.*")
        switch.status = 404
        await open_stores(house, 7)

        async def all_retrying() -> bool:
            return len(await deliveries(house, endpoint, state="retrying")) == 7

        await eventually(all_retrying)
        await open_stores(house, 10)
        await eventually(lambda: [bag.circuit.closed for bag in postman_of(house).bags.values()] == [False])
        [bag] = postman_of(house).bags.values()
        bag.circuit.probe_at += 60
        switch.status = 200
        wanted = (await deliveries(house, endpoint, state="retrying"))[3]
        await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=wanted.id))
        before = len(listener.arrived)
        await eventually(lambda: len(listener.arrived) > before)
        assert listener.arrived[before].id == str(wanted.id)
        await eventually(lambda: len(listener.arrived) >= before + 11)


async def test_listeners_hear_that_one_of_them_fails_and_that_it_is_back(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_failing_after_seconds=0.5, webhooks_probe_seconds_max=1)
    switch = Switch()
    async with listen(switch) as listener, listen() as admin:
        endpoint = await register(house, listener.url, "store.*", description="Books")
        await register(house, admin.url, "webhook.endpoint_failing", "webhook.endpoint_recovered")
        await open_stores(house, 20)
        await eventually(lambda: admin.arrived)
        failing = admin.arrived[0].event
        assert (failing["type"], failing["data"]["endpoint_id"], failing["data"]["description"]) == (
            "webhook.endpoint_failing", str(endpoint.id), "Books",
        )
        assert failing["data"]["last_error"] == "it answered 500"
        switch.status = 200
        await eventually(lambda: len(admin.arrived) == 2)
        assert admin.arrived[1].event["type"] == "webhook.endpoint_recovered"
        await all_settled(house)


async def test_nobody_is_told_that_it_is_back_because_somebody_has_tried_to_bring_it_back(fresh_house: Any) -> None:
    """It worked once, fails, and hangs by now: `resume` forgets its failures, and nothing has arrived."""
    house = await fresh_house(SMALL, webhooks_failing_after_seconds=0.5, webhooks_probe_seconds_max=1)
    answers, hangs = [200], asyncio.Event()

    async def answer(request: web.Request, before: int) -> web.StreamResponse:
        if not answers:
            hangs.set()
            await asyncio.Event().wait()
        return web.Response(status=answers[0])

    async with listen(answer) as listener, listen() as admin:
        endpoint = await register(house, listener.url, "store.*")
        await register(house, admin.url, "webhook.endpoint_failing", "webhook.endpoint_recovered")
        await open_stores(house, 1)
        await eventually(lambda: listener.arrived)
        await all_settled(house)
        answers[0] = 500
        await open_stores(house, 5)
        await eventually(lambda: admin.arrived)

        async def saved() -> bool:
            seen = await health(house, endpoint)
            return seen.last_success_at is not None and seen.failing_since is not None

        await eventually(saved)
        answers.clear()
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id))
        await hangs.wait()
        # Once more by hand: what is told is looked at again and again, by the one in charge.
        [bag] = [bag for bag in postman_of(house).bags.values() if bag.target.endpoint_id == endpoint.id]
        await eventually(lambda: not bag.shut)
        await tell(member_of(house), postman_of(house))
        assert bag.vitals.told_failing
        assert ["webhook.endpoint_failing"] == [one.event["type"] for one in admin.arrived]


async def test_who_is_back_stays_so_when_the_endpoint_is_changed(fresh_house: Any) -> None:
    """What was saved last is that it fails."""
    house = await fresh_house(SMALL, webhooks_probe_seconds_max=1)
    switch = Switch()
    async with listen(switch) as listener:
        endpoint = await register(house, listener.url, "store.*")
        await open_stores(house, 1)
        await eventually(lambda: listener.arrived)
        [bag] = postman_of(house).bags.values()
        await eventually(lambda: bag.vitals.failing_since)
        await save_health(member_of(house), [bag])
        switch.status = 200
        await eventually(lambda: bag.vitals.is_back)
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(description="Books")))
        await eventually(lambda: bag.target.version == 2)
        assert bag.vitals.is_back


async def test_failing_for_days_disables(fresh_house: Any) -> None:
    """Days are short here."""
    house = await fresh_house(SMALL, webhooks_disable_after_days=1 / 86_400, webhooks_probe_seconds_max=1)
    async with listen(Switch()) as listener, listen() as admin:
        endpoint = await register(house, listener.url, "store.*")
        await register(house, admin.url, "webhook.endpoint_disabled")
        await open_stores(house, 20)
        await eventually(lambda: admin.arrived)
        assert admin.arrived[0].event["data"]["reason"].startswith("It has been failing for 0 days: it answered 500")

        async def disabled() -> bool:
            return (await health(house, endpoint)).status == "disabled"

        await eventually(disabled)
        [row] = await house.fetch("SELECT seq FROM webhooks.feeds WHERE endpoint = 1")
        await open_stores(house, 1)

        async def goes_on() -> bool:
            return bool(await house.fetch("SELECT FROM webhooks.feeds WHERE endpoint = 1 AND seq = $1", row["seq"] + 1))

        await eventually(goes_on)
