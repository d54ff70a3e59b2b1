"""How long stock lasts, how much to order, what it is worth; what a tax is taken of. Pure arithmetic on whole numbers: quantities are
thousandths of a unit.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def lasting_days(on_hand: int, sold: int, days: int) -> int | None:
    """For how many days it is enough, if it sells on as it sold in `days`; None when it did not sell."""
    return on_hand * days // sold if sold > 0 else None


def order_quantity(on_hand: int, in_transit: int, reorder_point: int, sold: int, days: int, cover: int) -> int:
    """So that its reorder point is left after `cover` days, in whole units. What is on its way counts as there."""
    needed = reorder_point + -(-max(sold, 0) * cover // days) - on_hand - in_transit
    return max(-(-needed // 1000) * 1000, 0)


def value_of(quantity: int, average_cost: str) -> int:
    """At its average cost, as inventory writes it: minor units, rounded half up; 0 when it is unknown."""
    if not average_cost:
        return 0
    return int((Decimal(average_cost) * quantity / 1000).to_integral_value(ROUND_HALF_UP))


def base_of(net: int, base: str) -> int:
    """The part of it ("11/12") that a tax's rate is taken of, rounded half up (away from zero)."""
    part = abs(net) * Fraction(base)
    units = (2 * part.numerator + part.denominator) // (2 * part.denominator)
    return units if net >= 0 else -units
