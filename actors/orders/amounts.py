"""Small arithmetic that every sum of an order goes through. Integers only: minor units, thousandths, parts of a million."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from actors.stores.contract import CashRounding

FULL_RATE = 1_000_000
"""100 %, in ten-thousandths of a percent."""
AMOUNT_MAX = 10**13
"""What `Amount` takes: whatever is sold can be told, and read again by everybody who hears of it."""
MILLI_MAX = 10**13
"""Thousandths that one line may take out of the stock of one thing."""
MEASURED = frozenset({"kg", "g", "l", "ml", "m"})
"""Units of which there are parts. Pieces and packs are whole."""


def round_half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction that is not negative; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def exact(numerator: int, denominator: int) -> str:
    """A fraction in lowest terms, "n/d"; "" when it is whole, for then nothing is rounded."""
    if numerator % denominator == 0:
        return ""
    common = gcd(numerator, denominator)
    return f"{numerator // common}/{denominator // common}"


def round_cash(amount: int, rule: CashRounding | None) -> int:
    """A cash amount, not negative, to the nearest multiple that the store's coins can pay."""
    if rule is None:
        return amount
    if rule.mode == "down":
        return amount - amount % rule.increment
    if rule.mode == "up":
        return -(-amount // rule.increment) * rule.increment
    return round_half_up(amount, rule.increment) * rule.increment


def share_out(whole: int, numerators: Sequence[int], denominator: int) -> list[int]:
    """Integers for exact shares, that sum up to `whole`: floors, and one more for the largest remainders, of equals the earlier.

    `whole` is the sum of the shares, rounded to an integer in any way.
    """
    parts = [numerator // denominator for numerator in numerators]
    left = whole - sum(parts)
    if left:
        by_remainder = sorted(range(len(parts)), key=lambda index: (-(numerators[index] % denominator), index))
        for index in by_remainder[:left]:
            parts[index] += 1
    return parts


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of `amount` in proportion to `weights`. Where `amount` is not more than all weights, no part is more than its weight."""
    whole = sum(weights)
    return share_out(amount, [amount * weight for weight in weights], whole) if whole else [0] * len(weights)


def quantity_milli(quantity: int | str) -> int:
    """Thousandths of the unit. The contract has checked the form: up to three decimals."""
    if isinstance(quantity, int):
        return quantity * 1000
    whole, _, decimals = quantity.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0") or 0)


def quantity_text(milli: int, unit: str) -> str:
    """As a line shows it: "3" pieces or cartons, "0.750" kg."""
    return f"{milli // 1000}.{milli % 1000:03}" if unit in MEASURED or milli % 1000 else str(milli // 1000)


def milli_text(milli: int) -> str:
    """A quantity whose unit is not known: "3", "0.018"."""
    return quantity_text(milli, "")


def rate_parts(rate: str) -> int:
    """ "8.25" percent is 82500 ten-thousandths of a percent."""
    whole, _, decimals = rate.partition(".")
    return int(whole) * 10_000 + int(decimals.ljust(4, "0") or 0)
