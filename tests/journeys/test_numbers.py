"""Every number in the listeners' guide is a setting or a constant: a test of its own for each, and none without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import fields

from actors.runtime.settings import Settings
from actors.webhooks import bag, circuit, contract, health, posting, proving, pulling, rotating, rules, signing
from deploy.chaos import exercises
from http_edge import resending

GUIDE = Path(__file__).parents[2] / "docs" / "listeners.md"
OURS = Settings()
DAY = 86_400


def bound(kind: Any, name: str) -> int:
    """What a field of the contract allows: `ge`, `le`, `max_length`."""
    [meta] = [one for one in get_args(kind) if hasattr(one, name)]
    value: int = getattr(meta, name)
    return value


def field_of(struct: type, name: str) -> Any:
    [found] = [one for one in fields(struct) if one.name == name]
    return found


def schedule() -> str:
    """`5 s, 5 min, 2 h`"""
    units = ((3600, "h"), (60, "min"), (1, "s"))
    waits = rules.read_schedule(OURS.webhooks_schedule_seconds)
    named = [next(f"{wait / size:g} {unit}" for size, unit in units if wait >= size) for wait in waits]
    return ", ".join(named)


def whole_days() -> int:
    return round(sum(rules.read_schedule(OURS.webhooks_schedule_seconds)) / DAY)


def tries_more() -> int:
    """How often an answer that is cured within seconds is tried again in one round."""
    return next(tries for tries in range(1, 20) if rules.wait_soon(tries, 0, 0) is None) - 1


def tries_for() -> int:
    return next(seconds for seconds in range(1, 100) if rules.wait_soon(1, seconds, 0) is None)


def probes() -> str:
    """The waits before the first probes, without their spread."""
    breaker, waits, now = circuit.Circuit(OURS.webhooks_probe_seconds_max), [], 0.0
    for _ in range(3):
        breaker.failed(now, False, True, 0.0)
        waits.append(breaker.probe_at - now)
        now = breaker.probe_at
    return ", ".join(f"{wait:g} s" for wait in waits)


def longest_probe() -> float:
    breaker = circuit.Circuit(OURS.webhooks_probe_seconds_max)
    for _ in range(40):
        breaker.failed(0.0, False, True, 0.0)
    return breaker.probe_at


def jitter_percent() -> int:
    return round((rules.wait_later([100.0], 0, None, 0.999999) or 0) - 100)


def status_codes(verdict: str, retry_after: int | None = None) -> list[int]:
    """Which answers are judged so."""
    return [status for status in range(200, 600) if rules.judge(status, retry_after, False) == verdict]


SAYINGS: dict[str, tuple[str, Callable[[], Any]]] = {
    # what an endpoint may ask for, and be
    "event types": ("names, `order.*`, or `*`; at most {}", lambda: bound(contract.EventTypes, "max_length")),
    "stores": ("that belong to no store; at most {}", lambda: bound(contract.StoreIds, "max_length")),
    "condition": ("over the whole event, at most {} characters", lambda: bound(contract.Condition, "max_length")),
    "headers": ("may have up to {} `headers`", lambda: bound(contract.Headers, "max_length")),
    "header values": ("values of up to {:,} characters", lambda: bound(contract.HeaderValue, "max_length")),
    "own concurrency": ("(`concurrency`: {0[0]} to {0[1]})", lambda: (bound(contract.Concurrency, "ge"), bound(contract.Concurrency, "le"))),
    "own rate": ("`rate_per_second` (up to {:,})", lambda: bound(contract.Rate, "le")),
    "own timeout": ("`timeout_seconds` ({0[0]} to {0[1]})", lambda: (bound(contract.TimeoutSeconds, "ge"), bound(contract.TimeoutSeconds, "le"))),
    "own schedule": ("up to {} waits", lambda: bound(contract.Schedule, "max_length")),
    "own waits": ("of at most {} days)", lambda: bound(contract.Wait, "le") // DAY),
    # signatures
    "overlap": ("For {} hours (`overlap_seconds`", lambda: field_of(contract.RotateSecret, "overlap_seconds").default // 3600),
    "longest overlap": ("says otherwise, at most {} days)", lambda: bound(field_of(contract.RotateSecret, "overlap_seconds").type, "le") // DAY),
    "secrets": ("\n{0[0]} to {0[1]} bytes", lambda: (signing.SECRET_BYTES_MIN, signing.SECRET_BYTES_MAX)),
    "secrets at once": ("At most {} may sign", lambda: rotating.SECRETS_MAX),
    "public keys": ("base64 of its {} bytes", lambda: signing.SEED_BYTES),
    # what an answer means
    "gone": ("| {0[0]} | disables the endpoint at once", lambda: status_codes("gone")),
    "throttled": ("| {0[0]}, or {0[1]} with `Retry-After` |", lambda: status_codes("throttled", 1)),
    "longest Retry-After": ("as long as you ask, at most {} hours", lambda: rules.RETRY_AFTER_MAX_SECONDS // 3600),
    "soon": ("| {0[0]}, {0[1]}, {0[2]}, {0[3]}, or no connection |", lambda: status_codes("soon")),
    "tries": ("up to {0[0]} more tries within {0[1]} s", lambda: (tries_more(), tries_for())),
    "timeout": ("no answer within {:g} s", lambda: OURS.webhooks_timeout_seconds),
    "kept answer": ("the first {:,} bytes are kept", lambda: posting.ANSWER_KEPT_BYTES),
    "schedule": ("of one event: {} after the round before", schedule),
    "jitter": ("each up to {} % longer", jitter_percent),
    "all rounds": ("about {} days in all", whole_days),
    "circuit": ("after {} failures in a row", lambda: circuit.OPEN_AT),
    "no connection weighs": ("no connection for {})", lambda: circuit.UNREACHABLE_WEIGHS),
    "timeouts weigh": ("(a timeout counts for {},", lambda: circuit.TIMEOUT_WEIGHS),
    "probes": ("you are back, after {0[0]}, up to every {0[1]:g} s", lambda: (probes(), longest_probe())),
    "failing": ("after {:g} s `webhook.endpoint_failing`", lambda: OURS.webhooks_failing_after_seconds),
    "disabled": ("After {:g} days the endpoint is disabled", lambda: OURS.webhooks_disable_after_days),
    "catching up": ("in order, {} a second", lambda: OURS.webhooks_catch_up_per_second),
    "concurrency": ("Up to {} posts to one endpoint", lambda: OURS.webhooks_in_flight_per_endpoint),
    "attempts in health": ("of the last attempts ({}, at most an hour old)", lambda: health.ATTEMPTS_MAX),
    # pulling, proving, replaying
    "pull": ("At most {:,} in an answer", lambda: bound(field_of(contract.PullEvents, "limit").type, "le")),
    "pull by default": ("({} as it is without\n`limit`)", lambda: field_of(contract.PullEvents, "limit").default),
    "pulled bytes, and waits": (
        "about {0[0]:g} MB. With `wait_seconds` (up to {0[1]})", lambda: (pulling.BYTES_MAX / 10**6, bound(contract.WaitSeconds, "le"))
    ),
    "digest": ("up to {:,} events at once", lambda: proving.ASKED_MAX),
    "resend": ("The answer waits, up to {:g} s", lambda: resending.LOOKING_SECONDS),
    "replay": ("goes on at {} events a second", lambda: field_of(contract.StartReplay, "rate_per_second").default),
    "retention": ("are kept for {:g} days", lambda: OURS.webhooks_retention_days),
    # the conformance kit
    "exercises": ("plays {} exercises", lambda: len(exercises.EXERCISES)),
    "doubles": ("and {} times at once", lambda: exercises.AT_ONCE),
    "in flight": ("{} posts at once", lambda: exercises.IN_FLIGHT),
    "big body": ("a body of {:g} MB", lambda: exercises.BIG_BYTES / 10**6),
    "clocks": ("a clock that differs by {} s", lambda: exercises.CLOCKS_DIFFER_SECONDS),
    "tolerance": ("times more than {:g} minutes away", lambda: exercises.TOLERANCE_SECONDS / 60),
    # good to know
    "lease": ("within about {:g} s, and some events", lambda: OURS.webhooks_lease_seconds),
    "blocked": ("more than {:,} orders waiting", lambda: bag.BLOCKED_MAX),
}
"""By name: what the guide says, and where the number in it comes from."""

NAMES = re.compile(r"[24]xx|HMAC-SHA256|SHA-256|ed25519|base64|\b1, 2, 3 \.\.\.|in 10 minutes|Node 24|exit code 0|, 1 otherwise")
"""Digits that are no numbers, or count for the sake of counting."""


@pytest.fixture(scope="module")
def guide() -> str:
    return GUIDE.read_text()


def shown(saying: str, value: Any) -> str:
    return saying.format(value)


@pytest.mark.parametrize("name", SAYINGS)
def test_the_guide_says_what_the_code_does(guide: str, name: str) -> None:
    saying, read = SAYINGS[name]
    assert shown(saying, read()) in guide


def test_an_hour_is_an_hour() -> None:
    assert health.ATTEMPTS_FOR.total_seconds() == 3600


def test_tolerances_are_the_same_everywhere() -> None:
    assert signing.TOLERANCE_SECONDS == exercises.TOLERANCE_SECONDS
    assert f"tolerance_seconds: float = {signing.TOLERANCE_SECONDS:g}" in GUIDE.read_text()
    assert all(f"TOLERANCE_SECONDS = {signing.TOLERANCE_SECONDS:g}" in path.read_text() for path in (GUIDE.parent / "examples").glob("receiver.*"))


def test_there_is_no_other_number_in_it(guide: str) -> None:
    prose = re.sub(r"^```.*?^```", "", guide, flags=re.MULTILINE | re.DOTALL)
    for saying, read in SAYINGS.values():
        prose = prose.replace(shown(saying, read()), "")
    prose = re.sub(r"\]\([^)]*\)|https?://\S+|``.*?``|`[^`]*`", "", prose)
    left = [line for line in NAMES.sub("", prose).splitlines() if re.search(r"\d", line)]
    assert left == [], left
