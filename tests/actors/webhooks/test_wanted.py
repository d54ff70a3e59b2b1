"""What an endpoint hears: what it asked for, with its headers, also after a pause."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from actors.webhooks.contract import (
    GET_DELIVERY,
    GET_ENDPOINT,
    PAUSE_ENDPOINT,
    RESUME_ENDPOINT,
    ROTATE_SECRET,
    SEND_TEST,
    UPDATE_ENDPOINT,
    EndpointChanges,
    GetDelivery,
    GetEndpoint,
    PauseEndpoint,
    ResumeEndpoint,
    RotateSecret,
    SendTest,
    UpdateEndpoint,
)
from tests.actors.webhooks.listener import Listener, listen, register, statuses
from tests.support import House, eventually, unique


def names(listener: Listener) -> list[str]:
    """Of the products that it heard of, or the types of other events."""
    return [one.event["data"].get("name", one.event["type"]) for one in listener.arrived]


async def hears(listener: Listener, *wanted: str) -> None:
    """These, in any order: they are about different things."""
    await eventually(lambda: sorted(names(listener)) == sorted(wanted))


async def test_conditions_types_and_stores_decide(house: House) -> None:
    mine = unique()
    async with listen() as all_of_it, listen() as dear, listen() as orders, listen() as here:
        await register(house, dear.url, "product.*", condition=f"data.variants[0].price.amount > `500000` && contains(data.name, '{mine}')")
        await register(house, orders.url, "order.*")
        store, _ = await house.open_store()
        await register(house, here.url, "store.*", "product.*", store_ids=[store.id], condition=f"contains(data.name, '{mine}')")
        await register(house, all_of_it.url, "product.*", "store.*", condition=f"contains(data.name, '{mine}')")
        await house.open_store(name=f"elsewhere {mine}")
        await house.add_product(name=f"cheap {mine}", price=1000)
        await house.add_product(name=f"dear {mine}", price=600_000)
        await eventually(lambda: f"dear {mine}" in names(all_of_it))
        await hears(dear, f"dear {mine}")
        # A product belongs to no store; the other store is not the one that was named.
        await hears(here, f"cheap {mine}", f"dear {mine}")
        assert orders.arrived == []


async def test_its_own_headers_come_along_and_ours_stay_ours(house: House) -> None:
    async with listen() as listener:
        made = await register(house, listener.url, "order.*", headers={"X-Shop": "Toko Maju", "Authorization": "Bearer abc"})
        sent = await house.call(SEND_TEST, SendTest(endpoint_id=made.id))
        [arrived] = await eventually(lambda: listener.arrived)
        assert (arrived.headers["x-shop"], arrived.headers["authorization"]) == ("Toko Maju", "Bearer abc")
        assert (arrived.headers["webhook-id"], arrived.headers["webhook-seq"]) == (str(sent.id), "1")
        assert (arrived.headers["content-type"], arrived.event["type"]) == ("application/json", "webhook.test")
        arrived.verify(made.secret)
        changed = EndpointChanges(headers={"X-Other": "1"})
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=changed))
        await house.call(SEND_TEST, SendTest(endpoint_id=made.id))
        second = await eventually(lambda: listener.arrived[1:])
        assert (second[0].headers["x-other"], "x-shop" in second[0].headers) == ("1", False)


async def test_a_new_url_gets_what_comes_next(house: House) -> None:
    async with listen() as old, listen() as new:
        made = await register(house, old.url, "order.*")
        await house.call(SEND_TEST, SendTest(endpoint_id=made.id))
        await eventually(lambda: old.arrived)
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=EndpointChanges(url=new.url)))
        await house.call(SEND_TEST, SendTest(endpoint_id=made.id))
        await eventually(lambda: new.arrived)
        assert [one.headers["webhook-seq"] for one in (*old.arrived, *new.arrived)] == ["1", "2"]


async def paused_with_three(house: House, url: str, mine: str) -> Any:
    made = await register(house, url, "product.*", condition=f"contains(data.name, '{mine}')")
    await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=made.id))
    async with listen() as witness:
        await register(house, witness.url, "product.*", condition=f"contains(data.name, '{mine}')")
        for number in range(3):
            await house.add_product(name=f"{number} {mine}")
        await eventually(lambda: f"2 {mine}" in names(witness))
    return made


async def test_what_was_missed_comes_after_a_pause(house: House) -> None:
    mine = unique()
    async with listen() as listener:
        made = await paused_with_three(house, listener.url, mine)
        assert listener.arrived == []
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id, catch_up_per_second=100))
        await hears(listener, *(f"{number} {mine}" for number in range(3)))
        assert sorted(one.headers["webhook-seq"] for one in listener.arrived) == ["1", "2", "3"]


async def test_what_was_missed_can_be_skipped_and_keeps_its_numbers(house: House) -> None:
    mine = unique()
    async with listen() as listener:
        made = await paused_with_three(house, listener.url, mine)
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id, skip_missed=True))
        await house.add_product(name=f"3 {mine}")
        await hears(listener, f"3 {mine}")
        assert listener.arrived[0].headers["webhook-seq"] == "4"


async def test_gone_disables_and_one_call_brings_it_back_with_what_was_missed(house: House) -> None:
    async with listen(statuses(410, 200)) as listener:
        made = await register(house, listener.url, "order.*")
        sent = await house.call(SEND_TEST, SendTest(endpoint_id=made.id))

        async def disabled() -> bool:
            return (await house.call(GET_ENDPOINT, GetEndpoint(id=made.id))).status == "disabled"

        await eventually(disabled)
        assert (await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id))).disabled_reason is None

        async def delivered() -> bool:
            return (await house.call(GET_DELIVERY, GetDelivery(endpoint_id=made.id, id=sent.id))).state == "delivered"

        await eventually(delivered)
        assert listener.ids() == [str(sent.id)] * 2


async def test_much_at_the_same_time_locks_nobody_out(house: House) -> None:
    """Endpoints made, paused, resumed, rotated and tried, while events are sorted: everything is answered, feeds have no gap."""
    mine = unique()
    async with listen() as listener:
        made = [await register(house, listener.url, "product.*", condition=f"contains(data.name, '{mine}')") for _ in range(4)]

        async def meddle(endpoint_id: UUID) -> None:
            for _ in range(5):
                await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=endpoint_id))
                await house.call(ROTATE_SECRET, RotateSecret(id=endpoint_id, overlap_seconds=0))
                await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint_id))
                await house.call(SEND_TEST, SendTest(endpoint_id=endpoint_id))

        sales = (house.add_product(name=f"{number} {mine}") for number in range(20))
        await asyncio.gather(*(meddle(one.id) for one in made), *sales)
        wanted = set(range(1, 26))

        async def complete() -> bool:
            sql = "SELECT d.seq FROM webhooks.deliveries AS d JOIN webhooks.endpoints AS e ON e.number = d.endpoint WHERE e.id = $1 AND d.done = 'd'"
            return all([{row["seq"] for row in await house.fetch(sql, one.id)} == wanted for one in made])

        await eventually(complete)
        assert len(set(listener.ids())) == 20 + 4 * 5
