"""How a replay goes on: at its rate, once for each event, after crashes and pauses, until it ends or is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
import pytest_asyncio

from actors.runtime import ids
from actors.webhooks import replaying
from actors.webhooks.contract import STOP_REPLAY, StopReplay
from tests.actors.webhooks.feeds import add_endpoint, add_events, feed, member_of, open_quiet_house, troubles
from tests.actors.webhooks.replays import NOW, Clock, delivered, now, places, start, whole_feed
from tests.support import House, Servers, eventually


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


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


async def test_a_clock_that_is_put_back_holds_nothing_up(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead:
        @staticmethod
        def now(tz: tzinfo) -> datetime:
            return datetime.now(tz) + timedelta(hours=1)

    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 40, at=NOW))
    monkeypatch.setattr(ids, "datetime", Ahead)
    replay = await start(quiet, endpoint, rate=20)
    carrying_on = asyncio.create_task(replaying.replay(member_of(quiet)))

    async def at_work() -> bool:
        return (await now(quiet, replay)).done > 0

    async def ended() -> bool:
        return (await now(quiet, replay)).state == "finished"

    await eventually(at_work)
    monkeypatch.undo()
    assert not await ended()
    await eventually(ended)
    carrying_on.cancel()


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
    monkeypatch.setattr(replaying, "TAKEN_SECONDS", 0.0)
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
    clock.at += timedelta(seconds=replaying.TAKEN_SECONDS)
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
