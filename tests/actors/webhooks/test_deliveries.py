"""What is told of deliveries, and what a wish to send one again does to them. Nothing is posted here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from actors.runtime.client import Refused
from actors.webhooks import deliveries
from actors.webhooks.contract import (
    DUE_SUBJECT,
    GET_DELIVERY,
    GET_HEALTH,
    LIST_DELIVERIES,
    RESEND_DELIVERY,
    START_REPLAY,
    Attempt,
    Chosen,
    Delivery,
    Due,
    GetDelivery,
    GetHealth,
    ListDeliveries,
    ResendDelivery,
    StartReplay,
)
from tests.actors.webhooks.feeds import START, Listening, add_endpoint, add_events, feed, open_quiet_house, trouble, troubles
from tests.support import House, Servers, eventually, some_id

LATER = START + timedelta(days=36_500)


@pytest_asyncio.fixture(scope="module")
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


async def listed(house: House, endpoint: Listening, **given: Any) -> list[Delivery]:
    """All pages."""
    found, cursor = [], None
    while True:
        page = await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, cursor=cursor, **given))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_each_delivery_is_in_the_state_that_it_is_in(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 6)
    await feed(quiet, endpoint, events[:4])
    await feed(quiet, endpoint, events[4:5], done="f")
    await feed(quiet, endpoint, events[5:], done="p")
    await trouble(quiet, endpoint, 2, "retry", LATER)
    await trouble(quiet, endpoint, 3, "behind")
    await trouble(quiet, endpoint, 5, "failed")
    everything = await listed(quiet, endpoint)
    states = ["pending", "failed", "delivered", "waiting", "retrying", "delivered"]
    assert states == [one.state for one in everything]
    assert [6, 5, 4, 3, 2, 1] == [one.seq for one in everything]
    assert [None, None, None, None, LATER, None] == [one.next_attempt_at for one in everything]
    for state in set(states):
        assert [one for one in everything if one.state == state] == await listed(quiet, endpoint, state=state)
    for one in everything:
        assert one == await quiet.call(GET_DELIVERY, GetDelivery(endpoint_id=endpoint.id, id=one.id))


async def test_nothing_is_due_before_a_listener_that_is_down_is_probed(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    sooner = LATER - timedelta(hours=1)
    await feed(quiet, endpoint, await add_events(quiet, 2))
    await feed(quiet, endpoint, await add_events(quiet, 1), done="p")
    await trouble(quiet, endpoint, 1, "behind")
    await trouble(quiet, endpoint, 2, "retry", sooner)
    health = "INSERT INTO webhooks.health (endpoint, circuit, consecutive_failures, next_attempt_at) VALUES ($1, 'throttled', 1, $2)"
    await quiet.fetch(health, endpoint.number, LATER)
    assert [("pending", LATER), ("retrying", LATER), ("waiting", None)] == [(one.state, one.next_attempt_at) for one in await listed(quiet, endpoint)]
    await quiet.fetch("UPDATE webhooks.endpoints SET status = 'paused' WHERE number = $1", endpoint.number)
    assert [None, sooner, None] == [one.next_attempt_at for one in await listed(quiet, endpoint)]
    await quiet.fetch("UPDATE webhooks.endpoints SET status = 'active' WHERE number = $1", endpoint.number)
    await quiet.fetch("UPDATE webhooks.health SET circuit = 'closed' WHERE endpoint = $1", endpoint.number)
    assert [None, sooner, None] == [one.next_attempt_at for one in await listed(quiet, endpoint)]


async def test_attempts_are_numbered_in_order(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    [event] = await add_events(quiet)
    await feed(quiet, endpoint, [event])
    first = '{"at":"2026-05-04T10:00:00Z","latency_ms":12,"status":500,"error":null,"answer":"no"},'
    second = '{"at":"2026-05-04T10:00:05Z","latency_ms":7,"status":null,"error":"timeout","answer":""},'
    await quiet.fetch("UPDATE webhooks.deliveries SET attempts = attempts || $2 WHERE endpoint = $1", endpoint.number, first + second)
    [told] = await listed(quiet, endpoint)
    assert [
        Attempt(number=1, at=START, latency_ms=12, status=500, error=None, answer="no"),
        Attempt(number=2, at=START + timedelta(seconds=5), latency_ms=7, status=None, error="timeout", answer=""),
    ] == told.attempts
    assert (event.id, endpoint.id, event.type, event.key, START) == (told.id, told.endpoint_id, told.event_type, told.key, told.created_at)


async def test_what_is_pulled_has_arrived_once_the_listener_says_so(quiet: House) -> None:
    endpoint = await add_endpoint(quiet, url=None)
    await feed(quiet, endpoint, await add_events(quiet, 3), done="p")
    await quiet.fetch("UPDATE webhooks.feeds SET pulled_to = 2 WHERE endpoint = $1", endpoint.number)
    assert ["pending", "delivered", "delivered"] == [one.state for one in await listed(quiet, endpoint)]
    assert [3] == [one.seq for one in await listed(quiet, endpoint, state="pending")]
    assert [2, 1] == [one.seq for one in await listed(quiet, endpoint, state="delivered")]


async def test_types_are_found_by_patterns_and_pages_follow_each_other(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    for _ in range(3):
        await feed(quiet, endpoint, [*await add_events(quiet, 2), *await add_events(quiet, type="store.created")])
    await trouble(quiet, endpoint, 3, "failed")
    await trouble(quiet, endpoint, 4, "failed")
    assert [8, 7, 5, 4, 2, 1] == [one.seq for one in await listed(quiet, endpoint, event_type="order.*", limit=2)]
    assert [9, 6, 3] == [one.seq for one in await listed(quiet, endpoint, event_type="store.created", limit=1)]
    assert [4] == [one.seq for one in await listed(quiet, endpoint, event_type="order.*", state="failed")]
    assert 9 == len(await listed(quiet, endpoint, limit=2))


async def test_a_page_looks_at_so_many_and_says_where_to_go_on(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "LOOKED_AT_MAX", 4)
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, type="store.created"))
    await feed(quiet, endpoint, await add_events(quiet, 9))
    first = await quiet.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, event_type="store.created"))
    assert ([], True) == (first.items, first.next_cursor is not None)
    assert [1] == [one.seq for one in await listed(quiet, endpoint, event_type="store.created")]


async def test_what_is_not_there_is_not_found(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    gone = await add_endpoint(quiet, deleted_at=START)
    with pytest.raises(Refused, match=r"webhooks\.not_found"):
        await quiet.call(GET_DELIVERY, GetDelivery(endpoint_id=endpoint.id, id=some_id()))
    for absent in (some_id(), gone.id):
        with pytest.raises(Refused, match=r"webhooks\.not_found"):
            await quiet.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=absent))
    with pytest.raises(Refused, match=r"webhooks\.invalid"):
        await quiet.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, cursor="abc"))


# --- sending again ------------------------------------------------------------------------------------------


async def resend(house: House, endpoint: Listening, seq: int) -> Delivery:
    [row] = await house.fetch(
        "SELECT s.id FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event WHERE endpoint = $1 AND seq = $2",
        endpoint.number, seq,
    )
    return await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=row["id"]))


async def test_what_was_delivered_or_given_up_is_due_now_and_whoever_posts_is_told(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 2))
    await trouble(quiet, endpoint, 2, "failed")
    told: list[Due] = []
    await quiet.client.on_hint(DUE_SUBJECT, Due, told.append)
    await quiet.client.link.nc.flush()
    for seq in (1, 2):
        assert "retrying" == (await resend(quiet, endpoint, seq)).state
    assert [(1, "retry"), (2, "retry")] == await troubles(quiet, endpoint)
    await eventually(lambda: [one.endpoint_ids for one in told].count([endpoint.id]) == 2)
    rows = await quiet.fetch("SELECT round, due_at <= now() AS due FROM webhooks.troubles WHERE endpoint = $1", endpoint.number)
    assert [(0, True), (0, True)] == [(row["round"], row["due"]) for row in rows]


async def test_what_goes_before_it_in_its_lane_goes_first_and_now(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 3, key="one order"))
    await feed(quiet, endpoint, await add_events(quiet, 1, key="another"))
    await trouble(quiet, endpoint, 1, "retry", LATER)
    assert "waiting" == (await resend(quiet, endpoint, 3)).state
    assert "retrying" == (await resend(quiet, endpoint, 4)).state
    assert [(1, "retry"), (3, "behind"), (4, "retry")] == await troubles(quiet, endpoint)
    assert [] == await quiet.fetch("SELECT FROM webhooks.troubles WHERE endpoint = $1 AND due_at > now()", endpoint.number)


async def test_what_was_not_tried_yet_goes_in_its_turn(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 1), done="p")
    assert "pending" == (await resend(quiet, endpoint, 1)).state
    assert [] == await troubles(quiet, endpoint)


async def test_what_was_passed_over_can_be_sent_after_all(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 1), done="p")
    await quiet.fetch("UPDATE webhooks.feeds SET done_to = 1 WHERE endpoint = $1", endpoint.number)
    assert "retrying" == (await resend(quiet, endpoint, 1)).state


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"status": "paused"}, "inactive"), ({"status": "disabled"}, "inactive"), ({"url": None}, "pull_only"), ({"deleted_at": START}, "not_found")],
)
async def test_nothing_is_sent_where_nothing_is_posted(quiet: House, columns: dict[str, Any], code: str) -> None:
    endpoint = await add_endpoint(quiet, **columns)
    await feed(quiet, endpoint, await add_events(quiet))
    with pytest.raises(Refused, match=rf"webhooks\.{code}"):
        await resend(quiet, endpoint, 1)
    assert [] == await troubles(quiet, endpoint)


async def test_what_a_clock_that_is_ahead_has_written_is_not_late(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, at=LATER), done="p")
    health = await quiet.call(GET_HEALTH, GetHealth(id=endpoint.id))
    assert (1, 0.0) == (health.pending, health.lag_seconds)


async def test_what_was_skipped_is_told_apart_from_what_is_to_come_and_can_be_replayed(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 1))
    await feed(quiet, endpoint, await add_events(quiet, 3), done="p")
    await quiet.fetch("UPDATE webhooks.feeds SET done_to = 3 WHERE endpoint = $1", endpoint.number)
    assert ["pending", "skipped", "skipped", "delivered"] == [one.state for one in await listed(quiet, endpoint)]
    assert [4] == [one.seq for one in await listed(quiet, endpoint, state="pending")]
    assert [3, 2] == [one.seq for one in await listed(quiet, endpoint, state="skipped")]
    replay = await quiet.call(START_REPLAY, StartReplay(endpoint_id=endpoint.id, events=Chosen(states=["skipped"]), dry_run=True))
    assert 2 == replay.total
