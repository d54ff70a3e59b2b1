"""docs/operators.md"""

from __future__ import annotations

from actors.inventory.actor import ACTOR as INVENTORY
from actors.runtime import answering, client, everybodys, logs_sparing, member, secret_key
from actors.runtime.runtime import PAYLOAD_WANTED
from actors.webhooks import contract, endpoints, rotating
from deploy.embedded import pg_install
from http_edge import readiness
from http_edge.routes import ROUTES
from tests.actors.webhooks.hostile_urls import HOSTILE, RESOLVING_TO
from tests.journeys.numbers.proofs import OURS, Measured, Page, bound, in_words

MEBIBYTE = 2**20


def bodies() -> tuple[int, int]:
    """MiB, of ordinary routes and of the largest batches."""
    sizes = {route.body_bytes_max // MEBIBYTE for route in ROUTES if route.body_bytes_max >= MEBIBYTE}
    return min(sizes), max(sizes)


def looks_a_second() -> str:
    [every] = {follow.every_seconds for follow in INVENTORY.follows}
    return {2: "twice a second"}[round(1 / every)]


KEYS_LOADED = "tests/http_edge/test_limits.py::test_it_answers_503_until_the_keys_are_loaded"
CAN_SELL = "tests/http_edge/test_limits.py::test_it_is_ready_as_long_as_it_can_sell_and_says_who_is_missing"

PAGE = Page("docs/operators.md", (
    ("starts PostgreSQL {} (on a Unix socket only)", pg_install.major_version),
    ("starts one or two more of its own (Python, some 130 MB)", Measured("ps of a running Kasir after the first picture")),
    ("The API listens on {}:{}", lambda: (OURS.http_host, OURS.http_port)),
    ("takes what comes in crowds {}", looks_a_second),
    ("Set `max_payload` to {} MB, as `kasir up` does for its own", lambda: PAYLOAD_WANTED // MEBIBYTE),
    ("NATS's default is 1 MB", "tests/deploy/test_nats.py::test_by_itself_it_takes_less"),
    ("up to `KASIR_DATABASE_POOL` connections ({})", lambda: OURS.database_pool),
    ("and the exit code is not 0", "tests/deploy/test_command_line.py::test_a_wrong_setting_is_named"),
    ("set it higher, or 0", "tests/http_edge/test_limits.py::test_0_is_no_limit"),
    # is it well?
    ("503 otherwise; `checks` says what fails", KEYS_LOADED),
    ("names each actor that does not answer, also with 200", CAN_SELL),
    ("give it {} to answer", lambda: {1.5: "a second and a half"}[readiness.NEEDED_SECONDS_MAX + readiness.OTHERS_SECONDS_MAX]),
    ("It is 503 when this edge could sell nothing", CAN_SELL),
    ("| nothing is sold: 503 |", CAN_SELL),
    ("a key that this edge has never seen gets a 503", "tests/http_edge/test_in_time.py::test_a_key_that_cannot_be_looked_up_is_not_called_unknown"),
    ("An edge that starts meanwhile has no keys: 503", KEYS_LOADED),
    ("their own routes answer 503", "tests/actors/runtime/test_commands.py::test_nobody_there_is_known_within_two_seconds"),
    ("scrape 9100 to 9103", "tests/deploy/test_up.py::test_scaled_processes_share_a_port_and_are_started_again"),
    ("committed and not yet published. Near 0;", "tests/deploy/test_up.py::test_the_first_day"),
    ("by the member that follows. Near 0.", "tests/deploy/test_up.py::test_the_first_day"),
    ("| 1 in exactly one process for each log |", "tests/actors/runtime/test_log_and_relay.py::test_one_relay_is_active_and_another_takes_over_when_its_connection_dies"),
    ("| events given up on. 0; if not, see below |", "tests/deploy/test_up.py::test_the_first_day"),
    ("| near 0; if it stays up, run more members |", "tests/deploy/test_up.py::test_the_first_day"),
    ("Below 1, or revoking does not work", "tests/deploy/test_up.py::test_the_first_day"),
    ("warning is said {} times in {} seconds at most", lambda: (in_words(logs_sparing.LINES_MAX), in_words(logs_sparing.WINDOW_SECONDS))),
    # are the books right?
    ('"Stock and money agree", and the exit code 0; or a line for each record that differs, and 1.',
     "tests/deploy/test_check.py::test_all_pages_are_looked_at_and_what_differs_is_named"),
    ("After a month of three stores (24,767 orders)", Measured("kasir simulate, then damage and kasir doctor --rebuild all")),
    ("some two minutes on a busy machine", Measured("the same")),
    # what webhooks may call
    ("IPv4 inside IPv6: mapped, NAT64, 6to4, Teredo", "tests/actors/webhooks/test_hostile_urls.py::test_what_operators_are_told_to_be_refused_is"),
    ("what is not HTTP, port 0, no host", "tests/actors/webhooks/test_hostile_urls.py::test_what_operators_are_told_to_be_refused_is"),
    ("has {} URLs and {} names, each", lambda: (len(HOSTILE), len(RESOLVING_TO))),
    # a listener was away
    ("| it fails, for {:g} s by now |", lambda: OURS.webhooks_failing_after_seconds),
    ("It is probed, every {:g} s at least", lambda: OURS.webhooks_probe_seconds_max),
    ("| it answered 410, or failed for {:g} days |", lambda: OURS.webhooks_disable_after_days),
    ("Outages of less than {:g} s are not logged", lambda: OURS.webhooks_failing_after_seconds),
    ("in order, {} a second if you name no other rate", lambda: OURS.webhooks_catch_up_per_second),
    ("the {:g} s, {:g} s and {:g} days are [settings]",
     lambda: (OURS.webhooks_failing_after_seconds, OURS.webhooks_probe_seconds_max, OURS.webhooks_disable_after_days)),
    ("names the lost key ({} characters)", lambda: in_words(secret_key.NAME_LENGTH)),
    # dead letters, faults
    ("has failed at {} times (`KASIR_REACTIONS_TRIES`)", lambda: in_words(OURS.reactions_tries)),
    ("another member goes on within 5 s", "tests/actors/runtime/test_log_and_relay.py::test_one_relay_is_active_and_another_takes_over_when_its_connection_dies"),
    ("(`KASIR_WEBHOOKS_LEASE_SECONDS`, {:g} s)", lambda: OURS.webhooks_lease_seconds),
    ("the API says 503 with `Retry-After` after {} seconds of patience", lambda: in_words(client.PATIENCE_SECONDS)),
    ("requests wait up to {:g} s, then 503; nothing is half done", lambda: answering.patience_seconds(OURS)),
    ("commands are answered with 503 (`runtime.database_full`)", "tests/actors/runtime/test_full.py::test_a_command_is_told_to_come_again_and_nothing_was_done"),
    ("`/readyz` says no for {} seconds after each refusal", lambda: in_words(everybodys._FULL_SECONDS)),
    ("| bounded queues: 503 with `Retry-After` |", "tests/actors/runtime/test_commands.py::test_a_full_member_says_busy_at_once_and_answers_those_that_wait"),
    ('sales of `"stock": "deny"` are answered with 503 after {} seconds', lambda: in_words(client.PATIENCE_SECONDS)),
    # limits
    ("| {} MiB; `/batch` {} MiB, and not", bodies),
    ("`max_payload` less {} KiB", lambda: client.HEADERS_MAX // 1024),
    ("`KASIR_RATE_LIMIT_PER_SECOND` in each edge process: {:,}", lambda: OURS.rate_limit_per_second),
    ("`KASIR_EDGE_REQUESTS_MAX`: {:,}", lambda: OURS.edge_requests_max),
    ("`KASIR_COMMANDS_WAITING_MAX`: {:,}", lambda: OURS.commands_waiting_max),
    ("| {}: each event is held against all of them |", lambda: endpoints.CONDITIONS_MAX),
    ("`KASIR_WEBHOOKS_IN_FLIGHT`: {}, to one endpoint {} unless it has a limit of its own ({} at most)",
     lambda: (OURS.webhooks_in_flight, OURS.webhooks_in_flight_per_endpoint, bound(contract.Concurrency, "le"))),
    ("| secrets of one endpoint that sign at once | {} |", lambda: rotating.SECRETS_MAX),
    ("| idempotency keys | kept {} days |", lambda: member.REMEMBERED.days),
    ("`KASIR_WEBHOOKS_RETENTION_DAYS`: {:g} |", lambda: OURS.webhooks_retention_days),
    ("`KASIR_STREAM_KEEP`: {:,} after", lambda: OURS.stream_keep),
))  # fmt: skip
