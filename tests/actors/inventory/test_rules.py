"""Packs, costs and crossings: exact, for any numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from actors.inventory.contract import STOCK_BACK, STOCK_LOW, STOCK_OUT
from actors.inventory.rules import average_cost, cost_of_own_unit, crossings, in_own_unit, write_cost

MILLI = st.integers(-(10**10), 10**10)
COST = st.integers(0, 10**17)


def test_costs_are_written_short() -> None:
    assert [write_cost(cost) for cost in (3_500_000_000, 12_503_333, 5, 0, None)] == ["350000", "1250.3333", "0.0005", "0", ""]


@given(COST, st.integers(1, 10**10))
@example(1, 2_000)
@example(3, 2_000)
def test_a_packs_cost_is_shared_by_what_it_contains_rounded_half_to_even(cost: int, contains: int) -> None:
    assert cost_of_own_unit(cost, contains) == round(Fraction(cost * 1000, contains))


@given(MILLI, st.integers(1, 10**10))
def test_packs_are_so_much_of_the_own_unit_or_do_not_come_out(milli: int, contains: int) -> None:
    exact = Fraction(milli * contains, 1000)
    assert in_own_unit(milli, contains) == (exact if exact.denominator == 1 else None)


@given(st.integers(1, 10**10), COST, st.integers(1, 10**10), COST)
def test_the_average_is_what_all_of_it_cost_rounded_half_up(on_hand: int, average: int, quantity: int, unit_cost: int) -> None:
    exact = Fraction(on_hand * average + quantity * unit_cost, on_hand + quantity)

    difference = average_cost(on_hand, average, quantity, unit_cost) - exact  # type: ignore[operator]

    assert -Fraction(1, 2) < difference <= Fraction(1, 2)


@given(st.integers(-(10**10), 0), st.none() | COST, st.integers(1, 10**10), COST)
def test_where_there_was_nothing_the_new_cost_is_the_average(on_hand: int, average: int | None, quantity: int, unit_cost: int) -> None:
    assert average_cost(on_hand, average, quantity, unit_cost) == unit_cost


def test_what_comes_without_a_cost_comes_at_the_average() -> None:
    assert average_cost(5_000, 70_000, 1_000, None) == 70_000
    assert average_cost(5_000, None, 1_000, None) is None
    assert average_cost(5_000, None, 1_000, 90_000) == 90_000


@given(st.lists(st.integers(-5, 15), min_size=2), st.integers(0, 8))
def test_crossings_alternate_and_none_is_missed(levels: list[int], reorder_point: int) -> None:
    steps = list(pairwise(levels))
    told = [event for before, after in steps for event in crossings(before, after, reorder_point)]

    ends = [event for event in told if event in (STOCK_OUT, STOCK_BACK)]
    assert all(one != next for one, next in pairwise(ends))
    assert [event for event in told if event is STOCK_LOW] == [
        STOCK_LOW for before, after in steps if before > reorder_point and after <= reorder_point
    ]
    if ends:
        assert (levels[-1] > 0) == (ends[-1] is STOCK_BACK)
