"""Signatures, matching, verdicts and waits: plain values in, plain values out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from actors.webhooks import rules

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_the_published_vector() -> None:
    assert rules.sign(rules.secret_key(SECRET), MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


def test_verifies_the_published_vector() -> None:
    assert rules.verify([SECRET], MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY, now=int(TIMESTAMP))


def test_verifies_while_a_secret_is_being_replaced() -> None:
    other = rules.new_secret(b"x" * 32)
    assert rules.verify([other, SECRET], MESSAGE_ID, TIMESTAMP, f"v1a,abc v1,AAAA {SIGNATURE}", BODY, now=int(TIMESTAMP))


@pytest.mark.parametrize(
    ("message_id", "timestamp", "header", "body", "now"),
    [
        ("msg_other", TIMESTAMP, SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "1614265331", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY + b" ", 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY, 1614265330 + 301),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY, 1614265330 - 301),
        (MESSAGE_ID, "yesterday", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "-1", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "9" * 5000, SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "", BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE.replace("v1,", "v2,"), BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE.replace("v1,", ""), BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "v1,\N{SNOWMAN}", BODY, 1614265330),
    ],
)
def test_does_not_verify(message_id: str, timestamp: str, header: str, body: bytes, now: int) -> None:
    assert not rules.verify([SECRET], message_id, timestamp, header, body, now=now)


@given(random=st.binary(min_size=24, max_size=64), message_id=st.uuids().map(str), body=st.text().map(str.encode))
def test_what_we_sign_the_standard_package_verifies(random: bytes, message_id: str, body: bytes) -> None:
    secret, timestamp = rules.new_secret(random), str(int(time()))
    signature = rules.sign(rules.secret_key(secret), message_id, timestamp, body)
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    Webhook(secret).verify(body, headers, json_parse=False)
    assert rules.verify([secret], message_id, timestamp, signature, body, now=time())


@given(random=st.binary(min_size=24, max_size=64))
def test_a_secret_holds_its_bytes_padded_or_not(random: bytes) -> None:
    secret = rules.new_secret(random)
    assert rules.secret_key(secret) == rules.secret_key(secret.rstrip("=")) == random


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_" + "A" * 31, "whsec_" + "A" * 88, "whsec_" + "A" * 33, "whsec_!!!" + "A" * 32])
def test_not_a_secret(secret: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64|padding|characters"):
        rules.secret_key(secret)


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        (["*"], True),
        (["order.*"], True),
        (["product.*", "order.created"], True),
        (["product.*"], False),
        (["order"], False),
        (["order.updated"], False),
        ([], False),
    ],
)
def test_who_wants_an_order(patterns: list[str], wanted: bool) -> None:
    assert rules.wants(patterns, "order.created") is wanted


def test_misspelt_event_types_are_noticed() -> None:
    assert rules.unknown_event_types(["order.created", "ordr.created", "*", "order.*", "created", "*.created"]) == [1, 4, 5]


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
