"""How an endpoint fares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.runtime.client import Refused
from actors.webhooks.contract import GET_HEALTH, Endpoint, GetHealth, Health
from actors.webhooks.health import ATTEMPTS_MAX, Vitals
from tests.actors.webhooks.listener import listen, register, statuses
from tests.actors.webhooks.watching import SMALL, open_stores
from tests.support import House, eventually, some_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_rates_are_those_of_the_last_attempts() -> None:
    vitals = Vitals()
    for number in range(1, 101):
        vitals.note(NOON, number, None if number > 10 else "it answered 500")
    assert vitals.rates(NOON) == (0.9, 50, 99)
    for _ in range(ATTEMPTS_MAX):
        vitals.note(NOON, 7, None)
    assert vitals.rates(NOON) == (1.0, 7, 7)


def test_what_is_older_than_an_hour_says_nothing_any_more() -> None:
    vitals = Vitals()
    vitals.note(NOON, 5, "it answered 500")
    vitals.note(NOON + timedelta(minutes=50), 7, None)
    assert vitals.rates(NOON + timedelta(minutes=70)) == (1.0, 7, 7)
    assert vitals.rates(NOON + timedelta(days=1)) == (None, None, None)


def test_it_fails_since_the_first_failure_after_its_last_success() -> None:
    vitals = Vitals()
    vitals.note(NOON, 5, None)
    for minute in (1, 2, 3):
        vitals.note(NOON + timedelta(minutes=minute), 5, "it answered 500")
    assert (vitals.consecutive_failures, vitals.failing_since) == (3, NOON + timedelta(minutes=1))
    assert vitals.failing_seconds(NOON + timedelta(minutes=5)) == 240
    vitals.note(NOON + timedelta(minutes=6), 5, None)
    assert (vitals.consecutive_failures, vitals.failing_since, vitals.last_error) == (0, None, "it answered 500")


async def the_health(house: House, endpoint: Endpoint, **wanted: Any) -> Health:
    """Once it is as wanted: the member in charge saves it every few seconds."""

    async def found() -> Health | None:
        health = await house.call(GET_HEALTH, GetHealth(id=endpoint.id))
        return health if all(getattr(health, name) == value for name, value in wanted.items()) else None

    health: Health = await eventually(found)
    return health


async def test_one_that_works(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        fresh = await house.call(GET_HEALTH, GetHealth(id=endpoint.id))
        assert (fresh.circuit, fresh.success_rate, fresh.last_seq, fresh.lag_seconds) == ("closed", None, 0, 0)
        await open_stores(house, 10)
        health = await the_health(house, endpoint, pending=0, last_seq=10, success_rate=1.0)
        assert (health.status, health.circuit, health.consecutive_failures, health.retrying, health.failed) == ("active", "closed", 0, 0, 0)
        assert health.latency_ms_p50 is not None
        assert health.last_success_at == health.last_attempt_at
        assert (health.failing_since, health.next_attempt_at, health.lag_seconds) == (None, None, 0)


async def test_one_that_does_not(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600", webhooks_probe_seconds_max=60)
    async with listen(statuses(500)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_stores(house, 30)
        health = await the_health(house, endpoint, circuit="open", last_seq=30)
        assert health.success_rate == 0.0
        assert health.consecutive_failures >= 8
        assert health.pending == 30
        assert health.lag_seconds > 0
        assert health.last_error == "it answered 500"
        assert health.next_attempt_at is not None
        assert health.failing_since is not None


async def test_one_that_refuses_some(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600")
    async with listen(statuses(404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[])
        await open_stores(house, 10)
        health = await the_health(house, endpoint, retrying=2, pending=2, success_rate=0.8)
        assert (health.circuit, health.failed) == ("closed", 0)


async def test_nobody_knows_an_endpoint_that_is_not_there(house: House) -> None:
    with pytest.raises(Refused) as no:
        await house.call(GET_HEALTH, GetHealth(id=some_id()))
    assert no.value.refusal.code == "webhooks.not_found"
