"""A line on its way from its gross to what is left of it, and the steps that led there."""

from __future__ import annotations

from actors.orders.cart import CartLine
from actors.orders.contract import Discount, Step


class Reckoned:
    """One line on its way: what is left of its gross, what was taken off, and why. `closed`: no promotion applies any more."""

    __slots__ = ("closed", "discounts", "gross", "left", "line", "steps")

    def __init__(self, line: CartLine, gross: int, steps: list[Step]) -> None:
        self.line, self.gross, self.left, self.steps = line, gross, gross, steps
        self.discounts: list[Discount] = []
        self.closed = False

    def take(self, amount: int, discount: Discount, step: Step) -> None:
        self.left -= amount
        self.discounts.append(discount)
        self.steps.append(step)


def step_of(rule: str, amount: int, before: str, rounding: str = "half_up") -> Step:
    """`before`: the size of the amount before it was rounded. The trace shows it with the amount's sign."""
    if not before:
        return Step(rule=rule, amount=amount)
    return Step(rule=rule, amount=amount, rounding=rounding, exact=f"-{before}" if amount < 0 else before)
