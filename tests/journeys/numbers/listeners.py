"""docs/listeners.md"""

from __future__ import annotations

from actors.webhooks import bag, circuit, contract, health, posting, proving, pulling, rotating, rules, signing
from deploy.chaos import exercises
from http_edge import resending
from tests.journeys.numbers.proofs import DAY, OURS, Page, bound, field_of


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


def status_codes(verdict: str, retry_after: int | None = None) -> tuple[int, ...]:
    """Which answers are judged so."""
    return tuple(status for status in range(200, 600) if rules.judge(status, retry_after, False) == verdict)


PAGE = Page("docs/listeners.md", (
    # what an endpoint may ask for, and be
    ("names, `order.*`, or `*`; at most {}", lambda: bound(contract.EventTypes, "max_length")),
    ("that belong to no store; at most {}", lambda: bound(contract.StoreIds, "max_length")),
    ("over the whole event, at most {} characters", lambda: bound(contract.Condition, "max_length")),
    ("may have up to {} `headers`", lambda: bound(contract.Headers, "max_length")),
    ("values of up to {:,} characters", lambda: bound(contract.HeaderValue, "max_length")),
    ("(`concurrency`: {} to {})", lambda: (bound(contract.Concurrency, "ge"), bound(contract.Concurrency, "le"))),
    ("`rate_per_second` (up to {:,})", lambda: bound(contract.Rate, "le")),
    ("`timeout_seconds` ({} to {})", lambda: (bound(contract.TimeoutSeconds, "ge"), bound(contract.TimeoutSeconds, "le"))),
    ("up to {} waits", lambda: bound(contract.Schedule, "max_length")),
    ("of at most {} days)", lambda: bound(contract.Wait, "le") // DAY),
    # signatures
    ("For {} hours (`overlap_seconds`", lambda: field_of(contract.RotateSecret, "overlap_seconds").default // 3600),
    ("says otherwise, at most {} days)", lambda: bound(field_of(contract.RotateSecret, "overlap_seconds").type, "le") // DAY),
    ("\n{} to {} bytes", lambda: (signing.SECRET_BYTES_MIN, signing.SECRET_BYTES_MAX)),
    ("At most {} may sign", lambda: rotating.SECRETS_MAX),
    ("base64 of its {} bytes", lambda: signing.SEED_BYTES),
    # what an answer means
    ("| {} | disables the endpoint at once", lambda: status_codes("gone")),
    ("| {}, or {} with `Retry-After` |", lambda: status_codes("throttled", 1)),
    ("as long as you ask, at most {} hours", lambda: rules.RETRY_AFTER_MAX_SECONDS // 3600),
    ("| {}, {}, {}, {}, or no connection |", lambda: status_codes("soon")),
    ("up to {} more tries within {} s", lambda: (tries_more(), tries_for())),
    ("no answer within {:g} s", lambda: OURS.webhooks_timeout_seconds),
    ("the first {:,} bytes are kept", lambda: posting.ANSWER_KEPT_BYTES),
    ("of one event: {} after the round before", schedule),
    ("each up to {} % longer", jitter_percent),
    ("about {} days in all", whole_days),
    ("after {} failures in a row", lambda: circuit.OPEN_AT),
    ("(a timeout counts for {},", lambda: circuit.TIMEOUT_WEIGHS),
    ("no connection for {})", lambda: circuit.UNREACHABLE_WEIGHS),
    ("you are back, after {}, up to every {:g} s", lambda: (probes(), longest_probe())),
    ("after {:g} s `webhook.endpoint_failing`", lambda: OURS.webhooks_failing_after_seconds),
    ("After {:g} days the endpoint is disabled", lambda: OURS.webhooks_disable_after_days),
    ("in order, {} a second", lambda: OURS.webhooks_catch_up_per_second),
    ("Up to {} posts to one endpoint", lambda: OURS.webhooks_in_flight_per_endpoint),
    ("of the last attempts ({}, at most an hour old)", lambda: health.ATTEMPTS_MAX),
    # pulling, proving, replaying
    ("At most {:,} in an answer", lambda: bound(field_of(contract.PullEvents, "limit").type, "le")),
    ("({} as it is without\n`limit`)", lambda: field_of(contract.PullEvents, "limit").default),
    ("about {:g} MB. With `wait_seconds` (up to {})", lambda: (pulling.BYTES_MAX / 10**6, bound(contract.WaitSeconds, "le"))),
    ("up to {:,} events at once", lambda: proving.ASKED_MAX),
    ("The answer waits, up to {:g} s", lambda: resending.LOOKING_SECONDS),
    ("goes on at {} events a second", lambda: field_of(contract.StartReplay, "rate_per_second").default),
    ("are kept for {:g} days", lambda: OURS.webhooks_retention_days),
    # the conformance kit
    ("plays {} exercises", lambda: len(exercises.EXERCISES)),
    ("and {} times at once", lambda: exercises.AT_ONCE),
    ("{} posts at once;", lambda: exercises.IN_FLIGHT),
    ("a body of {:g} MB", lambda: exercises.BIG_BYTES / 10**6),
    ("a clock that differs by {} s", lambda: exercises.CLOCKS_DIFFER_SECONDS),
    ("times more than {:g} minutes away", lambda: exercises.TOLERANCE_SECONDS / 60),
    ("It ends with exit code 0 when all went well, 1 otherwise", "tests/deploy/test_chaos.py::test_the_command_ends_with_what_it_found"),
    # good to know
    ("within about {:g} s, and some events", lambda: OURS.webhooks_lease_seconds),
    ("more than {:,} orders waiting", lambda: bag.BLOCKED_MAX),
    ("it counts 1, 2, 3 ... for your endpoint", "tests/actors/webhooks/test_sorting.py::test_feeds_have_no_gaps_and_keep_the_order_of_every_log"),
    ("where it stands in your feed: 1, 2, 3 ... without a gap", "tests/actors/webhooks/test_sorting.py::test_feeds_have_no_gaps_and_keep_the_order_of_every_log"),
    ("Python, or Node 24: they verify", "tests/journeys/test_listeners.py::test_it_passes_the_conformance_kit"),
), r"in 10 minutes|in ten years")  # fmt: skip
