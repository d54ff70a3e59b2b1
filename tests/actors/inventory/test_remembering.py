"""What stock was worth then: from what it is now, as it was seen then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from actors.inventory.remembering import COMES_IN, MINOR, Change, Variant, worths_then
from actors.inventory.rules import average_cost

MOMENTS = [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 6)]
moves = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["receipt", "sale", "waste"]), st.integers(1, 5_000), st.integers(1, 10**7)), max_size=12
).map(lambda some: sorted(some, key=lambda one: one[0]))
"""In which span, what, how much, at what cost if it came in."""


@given(moves)
def test_it_is_what_was_seen(some: list[tuple[int, str, int, int]]) -> None:
    on_hand, average, ledger, seen = 0, None, [], {}
    for span, kind, quantity, cost in [*some, (6, "sale", 0, 0)]:
        for at in range(span):
            seen.setdefault(at, (on_hand, average))
        if kind == "receipt":
            average = average_cost(on_hand, average, quantity, cost)
        on_hand += quantity if kind == "receipt" else -quantity
        ledger.append((span, kind, quantity if kind == "receipt" else -quantity, cost if kind == "receipt" else average))
    spans: dict[int, Change] = {}
    before = next((then for span, _, _, then in reversed(ledger) if span == 0), None)
    for span, kind, quantity, then in (one for one in ledger[:-1] if one[0]):
        known = spans.get(span)
        spans[span] = known._replace(quantity=known.quantity + quantity, last_cost=then) if known else Change(quantity, kind, then, then)

    worths = worths_then([Variant(on_hand, average, before, spans)], MOMENTS, "IDR")
    for at, worth in enumerate(worths):
        held, cost_ = seen[at]
        assert (worth.at, worth.variants, worth.below_zero) == (MOMENTS[at], int(held > 0), int(held < 0))
        if held > 0 and not _between_two_that_came_in(at, ledger):
            assert worth.value == (held * (cost_ or 0) + MINOR // 2) // MINOR
            assert worth.uncosted == int(cost_ is None)


def _between_two_that_came_in(at: int, ledger: list[tuple[int, str, int, int | None]]) -> bool:
    return any(one[0] <= at < other[0] and {one[1], other[1]} <= {*COMES_IN} for one, other in pairwise(ledger))


def test_several_variants_are_added_up_and_rounded_once() -> None:
    half = Variant(1, 5_000_000, None, {})
    [worth] = worths_then([half, half, Variant(-1, None, None, {}), Variant(3, None, None, {})], [MOMENTS[0] + timedelta(hours=1)], "IDR")
    assert (worth.value, worth.variants, worth.below_zero, worth.uncosted) == (1, 3, 1, 1)
