"""Whoever asks for a retry is told what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from actors.runtime.client import Reply
from actors.webhooks.contract import Delivery, ResendDelivery
from http_edge import resending
from tests.actors.webhooks.feeds import Listening, add_endpoint, add_events, feed, open_quiet_house, troubles
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


async def test_nobody_looks_for_a_caller_that_has_hung_up(quiet: House) -> None:
    _, request = await one_delivery(quiet)
    assert "retrying" == delivery(await resending.resend(quiet.client, request, None, gone=lambda: True)).state


@pytest.mark.parametrize("columns", [{"status": "paused"}, {"url": None}])
async def test_a_no_comes_at_once(quiet: House, columns: dict[str, Any]) -> None:
    endpoint = await add_endpoint(quiet, **columns)
    reply = await resending.resend(quiet.client, ResendDelivery(endpoint_id=endpoint.id, id=some_id()), None, gone=lambda: False)
    assert reply.refusal is not None
