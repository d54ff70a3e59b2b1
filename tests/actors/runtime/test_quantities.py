"""Quantities: exact, for any numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.quantities import read_milli, write_milli


@given(st.integers(-(10**10), 10**10))
def test_a_quantity_is_read_as_it_was_written(milli: int) -> None:
    assert milli == read_milli(write_milli(milli))
    assert write_milli(milli) not in ("-0", "")


def test_quantities_are_written_short_and_read_however_they_are_written() -> None:
    assert [write_milli(milli) for milli in (24_000, 750, -2_010, 0)] == ["24", "0.75", "-2.01", "0"]
    assert [read_milli(text) for text in ("24", "0.750", "0.75", "-2.01", "-0.5", "3.000")] == [24_000, 750, 750, -2_010, -500, 3_000]
