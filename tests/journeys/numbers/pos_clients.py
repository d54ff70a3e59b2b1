"""docs/pos-clients.md"""

from __future__ import annotations

from actors.orders import contract, printed, selling
from actors.runtime import member, money, words
from actors.runtime.runtime import PAYLOAD_WANTED
from actors.stores.contract import ScaleBarcode
from http_edge.route import MEBIBYTE
from http_edge.routes import ROUTES
from tests.journeys.numbers.proofs import OURS, Page, bound, field_of, fits, in_words, most_of

CONVENTIONS = "tests/http_edge/test_conventions.py::test_"
WALK = "tests/journeys/test_readme.py::test_the_walk_shows_what_the_readme_says_and_the_guides_go_on"


def bodies() -> tuple[int, int]:
    """MiB of ordinary bodies and of batches."""
    _, middle, large = sorted({route.body_bytes_max for route in ROUTES})
    return middle // MEBIBYTE, large // MEBIBYTE


def scale_prefixes() -> tuple[int, int]:
    fit = [number for number in range(100) if fits(field_of(ScaleBarcode, "prefix").type, f"{number:02}")]
    assert fit == list(range(fit[0], fit[-1] + 1))
    return fit[0], fit[-1]


PAGE = Page("docs/pos-clients.md", (
    ("A key is kept for {} days", lambda: member.REMEMBERED.days),
    ("a lost connection or a 503: **send the same request", "tests/actors/runtime/test_commands.py::test_no_answer_in_time_is_a_timeout_that_tells_what_to_do"),
    ("changes are refused with 412: read again", CONVENTIONS + "an_actors_no"),
    ("does so for up to {} at once, each with its own outcome", lambda: most_of(contract.MoveOrders, "items")),
    ("a carton takes 24 pieces, a cappuccino 18 g of beans", "tests/actors/orders/test_vectors.py::test_it_comes_to_what_is_published"),
    ("(EAN-13 with a prefix from {} to {})", scale_prefixes),
    ("hand in up to {} sales a call", lambda: most_of(contract.PlaceOrders, "orders")),
    ("answer hold {} MB", lambda: PAYLOAD_WANTED // MEBIBYTE),
    ("more than {} minutes ahead of Kasir's clock", lambda: in_words(selling.CLOCK_SKEW.seconds // 60)),
    ("or before the year {}", lambda: selling.EARLIEST.year),
    ("or a {} further on", lambda: in_words(printed.LEAP_MAX)),
    ("Load the feed once from position 0", WALK),
    ("The rupiah has {} decimals there", lambda: in_words(money.EXPONENTS["IDR"])),
    ("so Rp 18.500\nis 1850000; the yen has none", "tests/actors/runtime/test_money.py::test_a_currency_has_as_many_decimals_as_iso_4217_gives_it"),
    ("decimal strings with up to three decimals", "tests/actors/runtime/test_quantities.py::test_a_quantity_is_read_as_it_was_written"),
    ('no `returned` is "0"', "tests/test_house.py::test_pages_made_from_the_code_are_fresh"),
    # errors
    ("| 400 | not JSON, a bad parameter or header", "tests/http_edge/test_bad_bodies.py::test_bodies_that_are_no_json"),
    ("| 401, 403 | no valid key; the key may not do this", CONVENTIONS + "who_may_come_in"),
    ("| 404 | it does not exist", CONVENTIONS + "paths_and_methods"),
    ("| 409 | it contradicts what exists", CONVENTIONS + "an_actors_no"),
    ("| 412, 428 | `If-Match` is stale, or missing", CONVENTIONS + "if_match"),
    ("| 413, 415 | too large", "tests/http_edge/test_bad_bodies.py::test_content_types"),
    ("({} MiB, batches {} MiB); not `application/json`", bodies),
    ("| 422 | a field cannot be used, or a key was used for something else", CONVENTIONS + "a_key_used_for_something_else"),
    ("| 429 | more than the key's share", "tests/http_edge/test_limits.py::test_too_many_requests"),
    ("| 503 | busy, or something is away for a moment", "tests/http_edge/test_limits.py::test_the_next_one_is_told_to_come_back"),
    ("| 500 | a mistake of ours", CONVENTIONS + "a_bug_is_a_500_that_tells_nothing"),
    ("`?limit` (up to {})", lambda: bound(words.Limit, "le")),
    ("Each key has {:,} requests a second per edge process", lambda: OURS.rate_limit_per_second),
), r"x quantity, rounded half up to one minor unit|UUIDv7")  # fmt: skip
