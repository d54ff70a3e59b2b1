"""Digests: what anybody can make of ids and bodies, and where days end."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from actors.runtime.days import business_date
from actors.webhooks.contract import Sum, TypeSum
from actors.webhooks.digests import Part, day_end, hour_end, leaf, rolling, type_sums

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_leaf_is_the_sha256_of_id_dot_body() -> None:
    assert hashlib.sha256(f'{ID}.{{"type":"order.created"}}'.encode()).digest() == leaf(ID, b'{"type":"order.created"}')


@given(some.lists(some.binary(min_size=32, max_size=32)), some.integers(1, 5))
def test_leaves_may_be_hashed_one_by_one_or_in_portions(leaves: list[bytes], size: int) -> None:
    portions = [b"".join(leaves[i : i + size]) for i in range(0, len(leaves), size)]
    assert hashlib.sha256(b"".join(leaves)).hexdigest() == rolling(leaves) == rolling(portions)


def test_order_matters() -> None:
    one, two = leaf(ID, b"1"), leaf(ID, b"2")
    assert rolling([one, two]) != rolling([two, one])


def test_sums_are_by_type_and_currency() -> None:
    parts = [
        Part("order.created", "IDR", 2, 300),
        Part("order.created", "CHF", 1, 7),
        Part("order.created", "IDR", 1, 50),
        Part("webhook.test", None, 4, 0),
    ]
    assert [
        TypeSum(type="order.created", count=4, amounts=[Sum(currency="CHF", amount=7), Sum(currency="IDR", amount=350)]),
        TypeSum(type="webhook.test", count=4, amounts=[]),
    ] == type_sums(parts)


def test_nothing_sums_up_to_nothing() -> None:
    assert [] == type_sums([])
    assert hashlib.sha256().hexdigest() == rolling([])


# --- windows ------------------------------------------------------------------------------------------------


def test_hours_are_full_hours() -> None:
    assert at("2026-11-22T02:00") == hour_end(at("2026-11-22T01:46:34.5"))
    assert at("2026-11-22T02:00") == hour_end(at("2026-11-22T01:00"))


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("Asia/Jakarta", "2026-11-21T17:00", "2026-11-22T17:00"),
        ("Asia/Kathmandu", "2026-11-21T18:15", "2026-11-22T18:15"),
        ("Europe/Zurich", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("Europe/Zurich", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("America/Havana", "2026-11-01T04:00", "2026-11-02T05:00"),  # midnight comes twice
        ("America/Sao_Paulo", "2018-11-03T03:00", "2018-11-04T03:00"),  # the next midnight does not come
        ("America/Sao_Paulo", "2018-11-04T03:00", "2018-11-05T02:00"),  # ... and its day has 23 hours
        ("Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00"),  # the next day is left out
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_days_end_at_midnight_of_the_place(zone: str, start: str, end: str) -> None:
    assert at(end) == day_end(at(start), ZoneInfo(zone))
    assert at(end) == day_end(at(end) - timedelta(microseconds=1), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Asia/Jakarta", "2026-11-21T21:00", "2026-11-22T21:00"),
        ("Europe/Zurich", "2026-03-28T03:00", "2026-03-29T02:00"),  # 23 hours
        ("Europe/Zurich", "2026-10-24T02:00", "2026-10-25T03:00"),  # 25 hours
    ],
)
def test_days_end_at_the_hour_at_which_the_next_one_begins(zone: str, start: str, end: str) -> None:
    assert at(end) == day_end(at(start), ZoneInfo(zone), time(4))
    assert at(end) == day_end(at(end) - timedelta(microseconds=1), ZoneInfo(zone), time(4))


@given(
    some.integers(631_152_000, 2_114_380_800),
    some.sampled_from(["UTC", "Asia/Jakarta", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]),
    some.sampled_from([time(), time(1, 30), time(4), time(23, 59)]),
)
def test_a_day_always_ends_and_no_two_overlap(seconds: int, zone: str, starts_at: time) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    end = day_end(moment, ZoneInfo(zone), starts_at)
    assert moment < end <= moment + timedelta(hours=49)
    assert end < day_end(end, ZoneInfo(zone), starts_at) <= end + timedelta(hours=26)
    assert business_date(moment, ZoneInfo(zone), starts_at) < business_date(end, ZoneInfo(zone), starts_at)
