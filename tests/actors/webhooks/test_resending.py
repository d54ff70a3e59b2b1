"""Whoever asks for a retry is told what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from actors.runtime import work
from actors.runtime.client import Reply
from actors.runtime.ids import now as clock
from actors.webhooks.contract import (
    GET_HEALTH,
    LIST_DELIVERIES,
    RESUME_ENDPOINT,
    Delivery,
    GetHealth,
    ListDeliveries,
    NewEndpoint,
    ResendDelivery,
    ResumeEndpoint,
)
from actors.webhooks.deliveries import send_again
from actors.webhooks.deliveries_store import find_feeds
from actors.webhooks.notes import Note
from actors.webhooks.postman import Postman
from actors.webhooks.recording import record_once
from http_edge import resending
from tests.actors.webhooks.feeds import (
    START,
    Listening,
    add_endpoint,
    add_events,
    feed,
    lane_of,
    member_of,
    open_quiet_house,
    trouble,
    troubles,
)
from tests.actors.webhooks.listener import listen, register, statuses
from tests.support import House, Servers, eventually, some_id

POSTED = '{"at":"2026-05-04T10:00:00Z","latency_ms":12,"status":%d,"error":null,"answer":"so"},'


@pytest_asyncio.fixture(scope="module")
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


async def one_delivery(house: House) -> tuple[Listening, ResendDelivery]:
    endpoint = await add_endpoint(house)
    [event] = await add_events(house)
    await feed(house, endpoint, [event])
    await post(house, endpoint, 500)
    return endpoint, ResendDelivery(endpoint_id=endpoint.id, id=event.id)


async def post(house: House, endpoint: Listening, status: int) -> None:
    """What whoever posts writes down."""
    await house.fetch("UPDATE webhooks.deliveries SET attempts = attempts || $2 WHERE endpoint = $1", endpoint.number, POSTED % status)


def delivery(reply: Reply) -> Delivery:
    return msgspec.json.decode(reply.body, type=Delivery)


async def test_the_answer_has_the_attempt_that_was_asked_for(quiet: House) -> None:
    endpoint, request = await one_delivery(quiet)
    asking = asyncio.create_task(resending.resend(quiet.client, request, None, gone=lambda: False))
    await eventually(lambda: troubles(quiet, endpoint))
    assert not asking.done()
    await post(quiet, endpoint, 200)
    assert [500, 200] == [one.status for one in delivery(await asking).attempts]


async def test_a_retry_that_has_not_been_made_in_time_is_told_as_it_stands(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "LOOKING_SECONDS", 0.1)
    _, request = await one_delivery(quiet)
    told = delivery(await resending.resend(quiet.client, request, None, gone=lambda: False))
    assert ("retrying", [500]) == (told.state, [one.status for one in told.attempts])


async def test_where_the_endpoint_is_probed_in_vain_nobody_is_kept_waiting(quiet: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another event, which goes first; the next probe is in hours."""
    monkeypatch.setattr(resending, "LOOKING_SECONDS", 3600.0)
    endpoint, request = await one_delivery(quiet)
    soon, late = (clock() + timedelta(hours=hours) for hours in (2, 3))
    health = "INSERT INTO webhooks.health (endpoint, circuit, consecutive_failures, next_attempt_at) VALUES ($1, 'open', 9, $2)"
    await quiet.fetch(health, endpoint.number, soon)
    asked = asyncio.create_task(resending.resend(quiet.client, request, None, gone=lambda: False))
    await eventually(lambda: troubles(quiet, endpoint))
    assert not asked.done()
    await quiet.fetch("UPDATE webhooks.health SET next_attempt_at = $2 WHERE endpoint = $1", endpoint.number, late)
    told = delivery(await asked)
    assert ("retrying", 1, late) == (told.state, len(told.attempts), told.next_attempt_at)


async def test_nobody_looks_for_a_caller_that_has_hung_up(quiet: House) -> None:
    _, request = await one_delivery(quiet)
    assert "retrying" == delivery(await resending.resend(quiet.client, request, None, gone=lambda: True)).state


@pytest.mark.parametrize("columns", [{"status": "paused"}, {"url": None}])
async def test_a_no_comes_at_once(quiet: House, columns: dict[str, Any]) -> None:
    endpoint = await add_endpoint(quiet, **columns)
    reply = await resending.resend(quiet.client, ResendDelivery(endpoint_id=endpoint.id, id=some_id()), None, gone=lambda: False)
    assert reply.refusal is not None


async def test_what_is_put_behind_another_one_never_waits_for_what_is_gone(quiet: House) -> None:
    """A replay comes to the second of a lane in the moment in which the first arrives: whoever comes second sees what the other did."""
    endpoint = await add_endpoint(quiet)
    seqs = await feed(quiet, endpoint, await add_events(quiet, 2, key="one"))
    await trouble(quiet, endpoint, seqs[0], "retry", START)
    member = member_of(quiet)
    postman: Postman = member.resource
    await quiet.fetch("INSERT INTO webhooks.charges VALUES ($1, $2)", endpoint.number, UUID(member.name))
    async with member.transaction() as turn:
        await send_again(turn, (await find_feeds(turn, [endpoint.id]))[endpoint.id], seqs[1:], hurry=False)
        postman.notes.add(Note(endpoint.number, seqs[0], lane_of("one"), "delivered", trouble=True, attempts=POSTED % 200))
        recording = asyncio.create_task(record_once(member, postman))
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

        async def done_or_waits() -> bool:
            return recording.done() or bool(await quiet.fetch(waiting))

        await eventually(done_or_waits)
    assert await recording
    assert [(seqs[1], "retry")] == await troubles(quiet, endpoint)


async def test_what_was_skipped_while_it_was_under_way_is_not_tried_again(quiet: House) -> None:
    """Its outcome is recorded after that: of what had not been tried before, of what waited behind it, and of what had been tried."""
    endpoint = await add_endpoint(quiet)
    tried, fresh, behind = await feed(quiet, endpoint, await add_events(quiet, 3, key="one"), done="p")
    await trouble(quiet, endpoint, tried, "retry", START)
    member = member_of(quiet)
    postman: Postman = member.resource
    await quiet.fetch("INSERT INTO webhooks.charges VALUES ($1, $2)", endpoint.number, UUID(member.name))
    await quiet.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, skip_missed=True))
    [new] = await feed(quiet, endpoint, await add_events(quiet), done="p")
    for seq, became, was_trouble in ((tried, "retry", True), (fresh, "retry", False), (behind, "behind", False), (new, "retry", False)):
        postman.notes.add(Note(endpoint.number, seq, lane_of("one"), became, trouble=was_trouble, attempts=POSTED % 500))
    assert await record_once(member, postman)
    assert [(new, "retry")] == await troubles(quiet, endpoint)


# --- over real HTTP -----------------------------------------------------------------------------------------


async def sent(house: House, endpoint: NewEndpoint) -> Delivery:
    """Its newest delivery that was tried."""

    async def tried() -> Delivery | None:
        items = (await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id))).items
        return next((one for one in items if one.attempts), None)

    delivery: Delivery = await eventually(tried)
    return delivery


async def resend(house: House, one: Delivery) -> Delivery:
    return delivery(await resending.resend(house.client, ResendDelivery(endpoint_id=one.endpoint_id, id=one.id), None, gone=lambda: False))


async def test_what_was_delivered_is_posted_again_with_the_same_id_and_seq(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        await house.open_store()
        first = await sent(house, endpoint)
        again = await resend(house, first)
        assert ("delivered", [200, 200]) == (again.state, [one.status for one in again.attempts])
        one, two = listener.arrived
        assert (one.id, one.headers["webhook-seq"], one.body) == (two.id, two.headers["webhook-seq"], two.body)


async def test_a_failed_retry_is_told_too_and_one_that_is_mended_goes_through(house: House) -> None:
    async with listen(statuses(404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[86_400])
        await house.open_store()
        first = await sent(house, endpoint)
        assert "retrying" == first.state
        failed = await resend(house, first)
        assert ("retrying", [404, 404]) == (failed.state, [one.status for one in failed.attempts])
        mended = await resend(house, failed)
        assert ("delivered", [404, 404, 200]) == (mended.state, [one.status for one in mended.attempts])


async def test_now_is_now_whatever_the_clock_of_whoever_was_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listen(statuses(404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[86_400])
        await house.open_store()
        first = await sent(house, endpoint)
        for ahead, status in ((timedelta(hours=1), 404), (timedelta(hours=-1), 200)):
            monkeypatch.setattr(work, "now", lambda ahead=ahead: clock() + ahead)
            told = await resend(house, first)
            assert status == told.attempts[-1].status


async def test_a_retry_is_told_however_many_came_before_it(house: House) -> None:
    """Who was down for hours has hundreds of tries on record, and says a kilobyte each time: the newest are what somebody looks for."""
    async with listen(statuses(404, 404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[86_400])
        await house.open_store()
        first = await sent(house, endpoint)
        long_ago = '{"at":"2026-05-04T10:00:00Z","latency_ms":12,"status":500,"error":null,"answer":"},{\\"at\\":'
        many = 30 * (long_ago.ljust(1087, "x") + '"},')
        assert len(many) < 32_768
        mine = "event = (SELECT position FROM webhooks.sorted WHERE id = $1)"
        await house.fetch(f"UPDATE webhooks.deliveries SET attempts = $2 WHERE {mine}", first.id, many)
        [tried] = await read(house, first)
        assert [500] * 30 == statuses_of(tried)
        failed = await resend(house, first)
        assert [*[500] * 30, 404] == statuses_of(failed)
        failed = await resend(house, first)
        assert ([500] * 14 + [404] * 2, "retrying") == (statuses_of(failed), failed.state)
        mended = await resend(house, failed)
        assert ([500] * 14 + [404] * 2 + [200], "delivered") == (statuses_of(mended), mended.state)


async def read(house: House, one: Delivery) -> list[Delivery]:
    return (await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=one.endpoint_id))).items


def statuses_of(one: Delivery) -> list[int | None]:
    return [attempt.status for attempt in one.attempts]


async def test_a_retry_probes_an_endpoint_that_is_taken_for_dead(house: House) -> None:
    async with listen(statuses(*[404] * 12, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[86_400])
        for _ in range(12):
            await house.open_store()
        await eventually(lambda: len(listener.arrived) >= 8)
        await eventually(lambda: opened(house, endpoint))
        first = await sent(house, endpoint)
        before = len(first.attempts)
        again = await resend(house, first)
        assert len(again.attempts) > before


async def opened(house: House, endpoint: NewEndpoint) -> bool:
    return (await house.call(GET_HEALTH, GetHealth(id=endpoint.id))).circuit == "open"
