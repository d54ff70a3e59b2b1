"""Which events a replay chooses: what is in the feed is due again with its seq, what never was is added to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from actors.runtime.client import Refused
from actors.webhooks.contract import LIST_REPLAYS, ListReplays
from tests.actors.webhooks.feeds import add_endpoint, add_events, feed, open_quiet_house, trouble, troubles
from tests.actors.webhooks.replays import MINUTE, NOW, Clock, now, places, start, whole_feed
from tests.support import House, Servers, some_id


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


# --- what is in the feed --------------------------------------------------------------------------------------


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


# --- what is not ----------------------------------------------------------------------------------------------


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
