"""Replays over real HTTP: what comes again is what came before, and new events come meanwhile."""

from __future__ import annotations

from typing import Any

from actors.webhooks.contract import START_REPLAY, Chosen, Replay, StartReplay
from tests.actors.webhooks.listener import listen, register
from tests.actors.webhooks.replays import now
from tests.actors.webhooks.watching import all_arrived, all_settled, deliveries, histories, told
from tests.support import House, eventually


async def finished(house: House, replay: Replay) -> Replay:
    async def ended() -> Replay | None:
        found = await now(house, replay)
        return found if found.state == "finished" else None

    found: Replay = await eventually(ended)
    return found


async def test_a_range_comes_again_in_order_with_the_same_ids_and_seqs(fresh_house: Any) -> None:
    house = await fresh_house(("webhooks", "stores"))
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.*")
        ids = await histories(house, stores=6, versions=4)
        await all_arrived(listener.arrived, ids, 4)
        await all_settled(house)
        first = {one.id: (one.headers["webhook-seq"], one.body) for one in listener.arrived}
        listener.arrived.clear()
        replay = await house.call(START_REPLAY, StartReplay(endpoint_id=endpoint.id, rate_per_second=200))
        ended = await finished(house, replay)
        assert (24, 24, 0) == (ended.total, ended.done, ended.added)
        await eventually(lambda: len({one.id for one in listener.arrived}) == 24)
        assert first == {one.id: (one.headers["webhook-seq"], one.body) for one in listener.arrived}
        assert {id_: [1, 2, 3, 4] for id_ in ids} == told(listener.arrived)
        await all_settled(house)
        assert {("delivered", 2)} == {(one.state, len(one.attempts)) for one in await deliveries(house, endpoint)}


async def test_a_new_endpoint_is_filled_up_while_new_events_come(fresh_house: Any) -> None:
    house = await fresh_house(("webhooks", "stores"))
    old = await histories(house, stores=5, versions=3)
    async with listen() as old_listener, listen() as listener:
        await register(house, old_listener.url, "store.*")
        await eventually(lambda: sorted_all(house, 15))
        endpoint = await register(house, listener.url, "store.*")
        replay = await house.call(
            START_REPLAY, StartReplay(endpoint_id=endpoint.id, events=Chosen(states=["never"]), rate_per_second=20)
        )
        new = await histories(house, stores=3, versions=3)
        await all_arrived(listener.arrived, [*old, *new], 3)
        ended = await finished(house, replay)
        assert (15, 15) == (ended.done, ended.added)
        assert {id_: [1, 2, 3] for id_ in (*old, *new)} == told(listener.arrived)
        assert list(range(1, 25)) == sorted(int(one.headers["webhook-seq"]) for one in listener.arrived)


async def sorted_all(house: House, count: int) -> bool:
    [row] = await house.fetch("SELECT count(*) AS count FROM webhooks.sorted")
    return bool(row["count"] >= count)
