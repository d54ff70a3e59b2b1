"""The arithmetic under every sum: exact, half up, and parts that sum up to the whole."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.orders.amounts import (
    FULL_RATE,
    exact,
    milli_text,
    quantity_milli,
    quantity_text,
    rate_parts,
    round_cash,
    round_half_up,
    spread,
)
from actors.orders.contract import LineInput
from actors.stores.contract import CashRounding, Tax

rates = st.one_of(st.integers(0, 100).map(str), st.from_regex(r"\A[0-9]{1,2}\.[0-9]{1,4}\Z"))
roundings = st.none() | st.builds(
    CashRounding, increment=st.sampled_from([1, 3, 5, 25, 100, 10000]) | st.integers(1, 10**9), mode=st.sampled_from(["half_up", "down", "up"])
)
weights = st.lists(st.integers(0, 10**13), min_size=1, max_size=30)


@given(st.integers(0, 10**20), st.integers(1, 10**7))
def test_half_goes_up_and_everything_else_to_the_nearest(numerator: int, denominator: int) -> None:
    fraction = Fraction(numerator, denominator)
    rounded = round_half_up(numerator, denominator)

    assert -Fraction(1, 2) < rounded - fraction <= Fraction(1, 2)
    assert exact(numerator, denominator) == ("" if fraction.denominator == 1 else str(fraction))


@given(weights, st.data())
def test_parts_sum_up_and_none_is_more_than_its_weight(of: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(of)))
    parts = spread(amount, of)

    assert sum(parts) == (amount if sum(of) else 0)
    for part, weight in zip(parts, of, strict=True):
        assert 0 <= part <= weight
        assert abs(part - Fraction(amount * weight, sum(of) or 1)) < 1


@given(weights, st.data())
def test_the_order_of_lines_moves_a_part_by_one_at_most(of: list[int], data: st.DataObject) -> None:
    amount, order = data.draw(st.integers(0, sum(of))), data.draw(st.permutations(range(len(of))))
    moved = spread(amount, [of[index] for index in order])
    back = dict(zip(order, moved, strict=True))

    assert all(abs(part - back[index]) <= 1 for index, part in enumerate(spread(amount, of)))


@pytest.mark.parametrize(
    ("amount", "of", "expected"),
    [(100, [1, 1, 1], [34, 33, 33]), (100, [333, 333, 334], [33, 33, 34]), (1, [0, 5, 5], [0, 1, 0]), (7, [0, 0], [0, 0]), (2, [1, 1, 1], [1, 1, 0])],
)
def test_largest_remainders_first_and_of_equals_the_earlier(amount: int, of: list[int], expected: list[int]) -> None:
    assert spread(amount, of) == expected


@given(st.integers(0, 10**13), roundings)
def test_cash_can_be_paid_with_the_coins_there_are(amount: int, rule: CashRounding | None) -> None:
    rounded = round_cash(amount, rule)
    if rule is None:
        assert rounded == amount
        return
    difference = rounded - amount
    assert rounded % rule.increment == 0
    assert rounded >= 0
    if rule.mode == "down":
        assert -rule.increment < difference <= 0
    elif rule.mode == "up":
        assert 0 <= difference < rule.increment
    else:
        assert -rule.increment < 2 * difference <= rule.increment


@pytest.mark.parametrize(
    ("amount", "increment", "mode", "expected"),
    [
        (1049999, 10000, "half_up", 1050000), (1045000, 10000, "half_up", 1050000), (1044999, 10000, "half_up", 1040000),
        (1049999, 10000, "down", 1040000), (1040001, 10000, "up", 1050000), (1040000, 10000, "up", 1040000),
        (1232, 5, "half_up", 1230), (1233, 5, "half_up", 1235), (2, 5, "half_up", 0), (0, 5, "up", 0),
    ],
)
def test_cash_rounding_as_shops_know_it(amount: int, increment: int, mode: str, expected: int) -> None:
    assert round_cash(amount, CashRounding(increment=increment, mode=mode)) == expected  # type: ignore[arg-type]


@given(st.integers(1, 9_999_999_999))
def test_a_quantity_survives_being_written_and_read(milli: int) -> None:
    assert quantity_milli(quantity_text(milli, "kg")) == milli
    assert quantity_milli(milli_text(milli)) == milli
    assert quantity_milli(quantity_text(milli // 1000 * 1000, "piece")) == milli // 1000 * 1000


def test_pieces_and_packs_are_shown_whole() -> None:
    assert [quantity_text(2000, "piece"), quantity_text(2000, "carton"), quantity_text(2000, "kg"), milli_text(18)] == ["2", "2", "2.000", "0.018"]


@given(st.from_regex(r"\A(?!0+(\.0+)?\Z)[0-9]{1,7}(\.[0-9]{1,3})?\Z"))
def test_every_quantity_that_the_contract_takes_is_exact(quantity: str) -> None:
    assert msgspec.convert({"quantity": quantity, "sku": "a"}, LineInput).quantity == quantity
    assert Fraction(quantity_milli(quantity), 1000) == Fraction(quantity)


@given(rates)
def test_every_rate_that_a_store_may_have_is_exact(rate: str) -> None:
    msgspec.convert({"code": "a", "name": "A", "rate": rate}, Tax)
    assert Fraction(rate_parts(rate), FULL_RATE) == Fraction(rate) / 100
