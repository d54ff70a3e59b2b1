"""Replays: what they choose, how they go on, and that nothing is sent on its way twice by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import pytest_asyncio

from actors.runtime.client import Refused
from actors.webhooks import replaying
from actors.webhooks.bodies import Bodies
from actors.webhooks.contract import (
    GET_REPLAY,
    LIST_REPLAYS,
    START_REPLAY,
    STOP_REPLAY,
    Chosen,
    GetReplay,
    ListReplays,
    Replay,
    StartReplay,
    StopReplay,
)
from tests.actors.webhooks.feeds import Listening, Sorted, add_endpoint, add_events, feed, member_of, open_quiet_house, trouble, troubles
from tests.actors.webhooks.listener import listen, register
from tests.actors.webhooks.watching import all_arrived, all_settled, deliveries, histories, told
from tests.support import House, Servers, eventually, some_id

NOW = datetime.now(UTC)
"""Events that are older than what is kept are not replayed."""
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


async def start(house: House, endpoint: Listening, *, rate: int = 1000, dry_run: bool = False, **chosen: Any) -> Replay:
    return await house.call(START_REPLAY, StartReplay(endpoint_id=endpoint.id, events=Chosen(**chosen), rate_per_second=rate, dry_run=dry_run))


async def now(house: House, replay: Replay) -> Replay:
    return await house.call(GET_REPLAY, GetReplay(endpoint_id=replay.endpoint_id, id=replay.id))


class Clock:
    """Moments as the one who carries out replays sees them."""

    def __init__(self, house: House) -> None:
        self.at = datetime.now(UTC) + timedelta(seconds=1)
        self._member = member_of(house)
        self._bodies = Bodies()

    async def step(self, seconds: float = 0.0) -> bool:
        self.at += timedelta(seconds=seconds)
        return await replaying.carry_on(self._member, self._bodies, self.at)

    async def to_the_end(self, house: House, endpoint: Listening) -> None:
        """With a listener that takes everything at once."""
        while await self.step(1):
            await delivered(house, endpoint)


async def delivered(house: House, endpoint: Listening) -> None:
    await house.fetch("DELETE FROM webhooks.troubles WHERE endpoint = $1 AND kind <> 'failed'", endpoint.number)
    await house.fetch("UPDATE webhooks.deliveries SET done = 'd' WHERE endpoint = $1", endpoint.number)
    await house.fetch("UPDATE webhooks.feeds SET done_to = seq WHERE endpoint = $1", endpoint.number)


async def whole_feed(house: House, endpoint: Listening) -> list[tuple[int, int]]:
    rows = await house.fetch("SELECT seq, event FROM webhooks.deliveries WHERE endpoint = $1 ORDER BY seq", endpoint.number)
    return [(row["seq"], row["event"]) for row in rows]


def places(events: list[Sorted], first: int = 1) -> list[tuple[int, int]]:
    return [(seq, one.position) for seq, one in enumerate(events, first)]


# --- what is in the feed ------------------------------------------------------------------------------------


async def test_what_is_in_the_feed_is_due_again_with_its_seq(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 10, at=NOW - MINUTE)
    await feed(quiet, endpoint, events)
    replay = await start(quiet, endpoint, from_time=events[2].at, until=events[7].at)
    assert ("running", 5, 0) == (replay.state, replay.total, replay.done)
    await Clock(quiet).step()
    assert [(seq, "retry") for seq in range(3, 8)] == await troubles(quiet, endpoint)
    ended = await now(quiet, replay)
    assert ("finished", 5, 0, True) == (ended.state, ended.done, ended.added, ended.finished_at is not None)


async def test_types_stores_keys_and_states_choose(quiet: House) -> None:
    endpoint, store = await add_endpoint(quiet), some_id()
    events = [
        *await add_events(quiet, type="order.created", key="a", at=NOW), *await add_events(quiet, type="order.cancelled", key="a", at=NOW),
        *await add_events(quiet, type="store.created", store_id=store, at=NOW), *await add_events(quiet, type="order.created", key="b", at=NOW),
    ]
    await feed(quiet, endpoint, events)
    await trouble(quiet, endpoint, 4, "failed")
    for chosen, total in (
        ({}, 4), ({"event_types": ["order.*"]}, 3), ({"event_types": ["order.created", "store.created"]}, 3), ({"store_id": store}, 1),
        ({"key": "a"}, 2), ({"states": ["failed"]}, 1), ({"states": ["delivered"]}, 3), ({"states": ["delivered", "failed"]}, 4),
        ({"states": ["never"]}, 0), ({"key": "a", "event_types": ["order.cancelled"]}, 1), ({"until": NOW - MINUTE}, 0),
    ):
        counted = await start(quiet, endpoint, dry_run=True, **chosen)
        assert (chosen, "counted", total) == (chosen, counted.state, counted.total)
    assert [] == (await quiet.call(LIST_REPLAYS, ListReplays(endpoint_id=endpoint.id))).items
    replay = await start(quiet, endpoint, key="a", event_types=["order.cancelled"])
    await Clock(quiet).step()
    assert [(2, "retry"), (4, "failed")] == await troubles(quiet, endpoint)
    assert 1 == (await now(quiet, replay)).done


async def test_what_is_about_the_same_thing_stays_in_order(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 3, key="one order", at=NOW))
    await feed(quiet, endpoint, await add_events(quiet, 2, at=NOW))
    await start(quiet, endpoint, rate=2)
    clock = Clock(quiet)
    for _ in range(3):
        await clock.step(1)
    assert [(1, "retry"), (2, "behind"), (3, "behind")] == await troubles(quiet, endpoint)


async def test_what_is_pending_goes_out_by_itself(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 2, at=NOW))
    await feed(quiet, endpoint, await add_events(quiet, 2, at=NOW), done="p")
    assert 2 == (await start(quiet, endpoint, dry_run=True)).total
    await quiet.fetch("UPDATE webhooks.feeds SET done_to = 3 WHERE endpoint = $1", endpoint.number)
    assert 3 == (await start(quiet, endpoint, dry_run=True)).total


# --- what is not --------------------------------------------------------------------------------------------


async def test_a_new_endpoint_gets_what_was_before_it_in_order_if_it_wants_it(quiet: House) -> None:
    store = some_id()
    endpoint = await add_endpoint(quiet, event_types=["order.*"], store_ids=[store])
    old = [
        *await add_events(quiet, 3, store_id=store, at=NOW - MINUTE), *await add_events(quiet, 3, store_id=some_id(), at=NOW - MINUTE),
        *await add_events(quiet, 2, type="stock.low", at=NOW - MINUTE), *await add_events(quiet, 2, at=NOW - MINUTE),
    ]
    await add_events(quiet, 2, type="webhook.digest", at=NOW - MINUTE)
    live = await add_events(quiet, 2, store_id=store, at=NOW)
    await feed(quiet, endpoint, live)
    replay = await start(quiet, endpoint, states=["never"])
    assert 5 == replay.total
    await Clock(quiet).step()
    assert places(live) + places(old[:3] + old[8:], 3) == await whole_feed(quiet, endpoint)
    assert [] == await troubles(quiet, endpoint)
    assert ("finished", 5, 5) == ((ended := await now(quiet, replay)).state, ended.done, ended.added)
    assert 0 == (await start(quiet, endpoint, states=["never"])).total


async def test_everything_is_what_is_there_and_what_is_not(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    old, live = await add_events(quiet, 2, at=NOW), await add_events(quiet, 2, at=NOW)
    await feed(quiet, endpoint, live)
    replay = await start(quiet, endpoint)
    await Clock(quiet).step()
    assert [(1, "retry"), (2, "retry")] == await troubles(quiet, endpoint)
    assert places([*live, *old]) == await whole_feed(quiet, endpoint)
    assert (4, 2) == ((ended := await now(quiet, replay)).done, ended.added)


async def test_the_endpoint_s_condition_holds_for_what_is_added(quiet: House) -> None:
    endpoint = await add_endpoint(quiet, condition="data.n >= `3`")
    events = await add_events(quiet, 5, at=NOW)
    counted = await start(quiet, endpoint, dry_run=True, states=["never"])
    assert (5, True) == (counted.total, counted.at_most)
    assert not (await start(quiet, await add_endpoint(quiet), dry_run=True)).at_most
    replay = await start(quiet, endpoint, states=["never"])
    assert (await now(quiet, replay)).at_most
    await Clock(quiet).step()
    wanted = [one for one in events if one.position >= 3]
    assert wanted
    assert places(wanted) == await whole_feed(quiet, endpoint)
    assert (5, len(wanted)) == ((ended := await now(quiet, replay)).total, ended.added)


async def test_a_feed_that_is_only_pulled_can_be_filled_up(quiet: House) -> None:
    endpoint = await add_endpoint(quiet, url=None)
    old, live = await add_events(quiet, 700, at=NOW), await add_events(quiet, 2, at=NOW)
    await feed(quiet, endpoint, live, done="p")
    await start(quiet, endpoint)
    clock = Clock(quiet)
    while await clock.step(1):
        pass
    assert places([*live, *old]) == await whole_feed(quiet, endpoint)
    assert [] == await troubles(quiet, endpoint)
    with pytest.raises(Refused, match=r"webhooks\.pull_only"):
        await start(quiet, endpoint, states=["delivered"])


async def test_what_is_older_than_what_is_kept_is_not_sent_as_new(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await add_events(quiet, 2, at=NOW - timedelta(days=91))
    await add_events(quiet, 2, at=NOW - timedelta(days=89))
    assert 2 == (await start(quiet, endpoint, states=["never"], dry_run=True)).total


# --- how it goes on -----------------------------------------------------------------------------------------


async def test_it_keeps_to_its_rate(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 100, at=NOW))
    replay = await start(quiet, endpoint, rate=10)
    clock, began = Clock(quiet), 0.0
    while began < 5:
        while await clock.step():
            await delivered(quiet, endpoint)
        began += 0.25
        clock.at += timedelta(seconds=0.25)
    assert 45 <= (await now(quiet, replay)).done <= 65


async def test_what_it_was_late_with_does_not_come_in_a_crowd(quiet: House) -> None:
    """A listener asked for ten a second, whoever was away for how long."""
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 100, at=NOW))
    replay = await start(quiet, endpoint, rate=10)
    clock = Clock(quiet)
    await clock.step()
    clock.at += timedelta(seconds=20)
    while await clock.step():
        await delivered(quiet, endpoint)
    assert (await now(quiet, replay)).done <= 8


async def test_no_more_gathers_than_goes_out_soon(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 300, at=NOW))
    replay = await start(quiet, endpoint, rate=20)
    clock = Clock(quiet)
    for _ in range(30):
        await clock.step(1)
    assert 40 == len(await troubles(quiet, endpoint)) == (await now(quiet, replay)).done
    await clock.to_the_end(quiet, endpoint)
    assert ("finished", 300) == ((ended := await now(quiet, replay)).state, ended.done)


async def test_nothing_is_added_to_a_feed_that_is_far_behind(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    old, live = await add_events(quiet, 2, at=NOW), await add_events(quiet, 505, at=NOW)
    await feed(quiet, endpoint, live, done="p")
    replay = await start(quiet, endpoint, rate=1, states=["never"])
    clock = Clock(quiet)
    await clock.step(10)
    assert (2, 0) == (replay.total, (await now(quiet, replay)).added)
    await delivered(quiet, endpoint)
    await clock.to_the_end(quiet, endpoint)
    assert places([*live, *old]) == await whole_feed(quiet, endpoint)


async def test_every_event_is_sent_once_by_however_many_members(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them look at the same moment, and one of them is too late, each time."""
    monkeypatch.setattr(replaying, "LOOKED_AT_MAX", 7)
    monkeypatch.setattr(replaying, "TAKEN", timedelta(0))
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 60, at=NOW)
    replay = await start(quiet, endpoint, rate=10_000)
    one, two = Clock(quiet), Clock(quiet)
    choose = replaying._chosen

    async def choose_late(*given: Any) -> Any:
        monkeypatch.setattr(replaying, "_chosen", choose)
        await two.step(1)
        return await choose(*given)

    while True:
        monkeypatch.setattr(replaying, "_chosen", choose_late)
        if not await one.step(1):
            break
    assert places(events) == await whole_feed(quiet, endpoint)
    assert ("finished", 60) == ((ended := await now(quiet, replay)).state, ended.added)


async def test_after_a_crash_another_one_goes_on_where_it_was(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PORTION_MAX", 4)
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 10, at=NOW)
    await start(quiet, endpoint)
    clock = Clock(quiet)
    await clock.step()
    send = replaying._send

    async def crash(*given: Any) -> None:
        await send(*given)
        raise RuntimeError("crash")

    monkeypatch.setattr(replaying, "_send", crash)
    with pytest.raises(RuntimeError):
        await clock.step(1)
    monkeypatch.setattr(replaying, "_send", send)
    assert not await clock.step(1)
    assert places(events[:4]) == await whole_feed(quiet, endpoint)
    clock.at += replaying.TAKEN
    await clock.to_the_end(quiet, endpoint)
    assert places(events) == await whole_feed(quiet, endpoint)


async def test_it_can_be_stopped(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 100, at=NOW))
    replay = await start(quiet, endpoint, rate=10)
    clock = Clock(quiet)
    await clock.step()
    stopped = await quiet.call(STOP_REPLAY, StopReplay(endpoint_id=endpoint.id, id=replay.id))
    assert ("stopped", 2) == (stopped.state, stopped.done)
    assert not await clock.step(10)
    assert stopped == await quiet.call(STOP_REPLAY, StopReplay(endpoint_id=endpoint.id, id=replay.id)) == await now(quiet, replay)


async def test_it_waits_while_the_endpoint_is_paused_and_ends_when_it_is_removed(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 20, at=NOW))
    replay = await start(quiet, endpoint, rate=10)
    clock = Clock(quiet)
    await clock.step()
    await quiet.fetch("UPDATE webhooks.endpoints SET status = 'paused' WHERE number = $1", endpoint.number)
    assert not await clock.step(10)
    assert ("running", 2) == ((still := await now(quiet, replay)).state, still.done)
    await quiet.fetch("UPDATE webhooks.endpoints SET status = 'active' WHERE number = $1", endpoint.number)
    assert await clock.step(10)
    assert 4 == (await now(quiet, replay)).done
    await quiet.fetch("UPDATE webhooks.endpoints SET deleted_at = now() WHERE number = $1", endpoint.number)
    assert await clock.step(10)
    [row] = await quiet.fetch("SELECT state FROM webhooks.replays WHERE id = $1", replay.id)
    assert "stopped" == row["state"]


# --- asking for one -----------------------------------------------------------------------------------------


async def test_one_at_a_time(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 5, at=NOW))
    running = await start(quiet, endpoint)
    with pytest.raises(Refused, match=rf"webhooks\.replaying.*{running.id}"):
        await start(quiet, endpoint)
    assert 5 == (await start(quiet, endpoint, dry_run=True)).total
    await Clock(quiet).to_the_end(quiet, endpoint)
    await start(quiet, endpoint)


async def test_what_makes_no_sense_is_refused(quiet: House) -> None:
    endpoint, paused = await add_endpoint(quiet), await add_endpoint(quiet, status="paused")
    with pytest.raises(Refused, match=r"webhooks\.invalid"):
        await start(quiet, endpoint, event_types=["order.exploded"])
    with pytest.raises(Refused, match=r"webhooks\.invalid"):
        await start(quiet, endpoint, from_time=NOW, until=NOW)
    for moment in (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), datetime.max.replace(tzinfo=timezone(-timedelta(hours=14)))):
        with pytest.raises(Refused, match=r"webhooks\.invalid"):
            await start(quiet, endpoint, from_time=moment)
        with pytest.raises(Refused, match=r"webhooks\.invalid"):
            await start(quiet, endpoint, from_time=NOW, until=moment)
    with pytest.raises(Refused, match=r"edge\.|runtime\.|offset|timezone"):
        await start(quiet, endpoint, from_time=NOW.replace(tzinfo=None), until=NOW)
    with pytest.raises(Refused, match=r"webhooks\.inactive"):
        await start(quiet, paused)
    with pytest.raises(Refused, match=r"webhooks\.not_found"):
        await start(quiet, Listening(some_id(), 0))
    with pytest.raises(Refused, match=r"webhooks\.not_found"):
        await quiet.call(GET_REPLAY, GetReplay(endpoint_id=endpoint.id, id=some_id()))


async def test_an_id_of_ones_own_is_taken_once(quiet: House) -> None:
    endpoint, id_ = await add_endpoint(quiet), some_id()
    request = StartReplay(endpoint_id=endpoint.id, id=id_)
    assert id_ == (await quiet.call(START_REPLAY, request)).id
    with pytest.raises(Refused, match=r"webhooks\.invalid"):
        await quiet.call(START_REPLAY, request)


async def test_replays_are_listed_newest_first(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    made = [(await start(quiet, endpoint)).id for _ in range(5)]
    first = await quiet.call(LIST_REPLAYS, ListReplays(endpoint_id=endpoint.id, limit=3))
    rest = await quiet.call(LIST_REPLAYS, ListReplays(endpoint_id=endpoint.id, limit=3, cursor=first.next_cursor))
    assert (made[::-1], None) == ([one.id for one in (*first.items, *rest.items)], rest.next_cursor)


# --- over real HTTP -----------------------------------------------------------------------------------------


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
