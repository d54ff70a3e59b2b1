from __future__ import annotations

from actors.runtime.money import EXPONENTS, exponent_of, printed_decimals


def test_a_currency_has_as_many_decimals_as_iso_4217_gives_it() -> None:
    assert [2, 0, 3, 4] == [exponent_of(code) for code in ("IDR", "JPY", "KWD", "CLF")]


def test_printed_prices_have_the_decimals_that_coins_have() -> None:
    assert [0, 0, 2, 3] == [printed_decimals(code) for code in ("IDR", "JPY", "EUR", "KWD")]


def test_what_is_no_currency_has_none() -> None:
    assert [None, None, None] == [exponent_of(code) for code in ("XXX", "XAU", "ABC")]


def test_every_code_is_three_capitals() -> None:
    assert 165 == len(EXPONENTS)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
