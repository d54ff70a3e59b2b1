"""Asking for a replay: one at a time, what makes no sense is refused, and all are listed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone

import pytest
import pytest_asyncio

from actors.runtime.client import Refused
from actors.webhooks.contract import GET_REPLAY, LIST_REPLAYS, START_REPLAY, GetReplay, ListReplays, StartReplay
from tests.actors.webhooks.feeds import Listening, add_endpoint, add_events, feed, open_quiet_house
from tests.actors.webhooks.replays import NOW, Clock, start
from tests.support import House, Servers, some_id


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


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
