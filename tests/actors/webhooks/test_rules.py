"""Verdicts and waits: plain values in, plain values out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.settings import Settings, SettingsError
from actors.webhooks import rules
from actors.webhooks.effects import open_postman

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "lasting", "verdict"),
    [
        (200, None, False, "delivered"), (204, None, False, "delivered"), (299, None, False, "delivered"),
        (300, None, False, "later"), (301, None, False, "later"), (307, None, False, "later"), (308, None, False, "later"),
        (400, None, False, "later"), (401, None, False, "later"), (404, None, False, "later"), (101, None, False, "later"),
        (410, None, False, "gone"), (410, 5, False, "gone"),
        (429, None, False, "throttled"), (429, 7, False, "throttled"), (503, 7, False, "throttled"),
        (500, None, False, "soon"), (502, 7, False, "soon"), (503, None, False, "soon"), (504, None, False, "soon"),
        (501, None, False, "later"), (599, None, False, "later"),
        (None, None, False, "soon"), (None, None, True, "later"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int | None, retry_after: int | None, lasting: bool, verdict: str) -> None:
    assert rules.judge(status, retry_after, lasting) == verdict


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("7", 7), (" 120 ", 120), ("86400", 86_400), ("999999999", 86_400), ("9" * 64, 86_400),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), 86_400),
        (None, None), ("", None), ("-5", None), ("1.5", None), ("soon", None), ("\u0663", None), ("9" * 65, None),
        ("Sun, 99 Foo 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: int | None) -> None:
    assert rules.parse_retry_after(text, NOW) == seconds


@given(text=st.text())
def test_no_retry_after_breaks_us(text: str) -> None:
    seconds = rules.parse_retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


def test_tries_within_seconds_grow_and_end() -> None:
    waits = [rules.wait_soon(tries, seconds=0.1, spread=0.5) for tries in (1, 2, 3, 4)]
    assert waits == [0.25, 0.5, 1.0, None]
    assert rules.wait_soon(1, seconds=10.0, spread=0.5) is None


@given(tries=st.integers(1, 3), spread=st.floats(0, 1, exclude_max=True))
def test_jitter_moves_a_wait_by_a_quarter_at_most(tries: int, spread: float) -> None:
    wait, middle = rules.wait_soon(tries, 0.0, spread), rules.wait_soon(tries, 0.0, 0.5)
    assert wait is not None
    assert middle is not None
    assert 0.75 * middle <= wait <= 1.25 * middle


SCHEDULE = (5.0, 300.0, 1800.0)


def test_the_schedule_is_used_up() -> None:
    assert [rules.wait_later(SCHEDULE, round_, None, 0.0) for round_ in range(4)] == [5.0, 300.0, 1800.0, None]


def test_a_listener_may_ask_for_more_time_but_not_for_less() -> None:
    assert rules.wait_later(SCHEDULE, 0, 60, 0.0) == 60
    assert rules.wait_later(SCHEDULE, 1, 1, 0.0) == 300


@given(round_=st.integers(0, 2), after=st.none() | st.integers(0, 86_400), spread=st.floats(0, 1, exclude_max=True))
def test_never_sooner_than_asked(round_: int, after: int | None, spread: float) -> None:
    wait = rules.wait_later(SCHEDULE, round_, after, spread)
    assert wait is not None
    assert max(SCHEDULE[round_], after or 0) <= wait <= max(SCHEDULE[round_], after or 0) * 1.1


def test_reads_a_schedule() -> None:
    assert rules.read_schedule("5,300, 1800") == (5.0, 300.0, 1800.0)


@pytest.mark.parametrize("text", ["0", "-1", "five", "inf", "nan"])
def test_not_a_schedule(text: str) -> None:
    with pytest.raises(ValueError, match=r"waits|float"):
        rules.read_schedule(text)


@pytest.mark.parametrize(("name", "value"), [("webhooks_allow", "10.0.0.1/8"), ("webhooks_allow", "banana"), ("webhooks_schedule_seconds", "5,soon")])
async def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"KASIR_{name.upper()} is '{value}'"):
        async with open_postman(Settings(**{name: value})):
            pass
