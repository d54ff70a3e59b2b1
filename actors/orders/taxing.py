"""Taxes: several on a line, included in the price or added to it, compound, on a part of the price, with rates that change.

With g = rate x base (x 1 + all earlier g of the line, if compound): an included tax is cost x g / (1 + all included g), what is
left is the net; an added one is net x g.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from actors.orders.amounts import exact, round_half_up, share_out
from actors.orders.contract import LineTax, Step
from actors.orders.tills import Till, as_fraction
from actors.runtime.words import Money

_PLANS_MAX = 10_000


class TaxShare(NamedTuple):
    """A tax as it hits a line: `top` / `bottom` of what the line costs when it is included, of its net when it is added.

    `base`: the part of the net that is taxed. `compound`: of the net with the taxes before it.
    """

    code: str
    name: str
    rate: str
    included: bool
    top: int
    bottom: int
    base: str
    compound: bool


class Plan(NamedTuple):
    """What a product's tax codes come to on one day. `unknown`: codes that the store does not have."""

    shares: tuple[TaxShare, ...]
    unknown: tuple[str, ...]


def plan_for(till: Till, codes: tuple[str, ...], day: date) -> Plan:
    """Worked out once for each combination and day."""
    plan: Plan | None = till.plans.get((codes, day))
    if plan is None:
        if len(till.plans) >= _PLANS_MAX:
            till.plans.clear()
        plan = till.plans[codes, day] = _shared(_plan(till, codes, day), till)
    return plan


def _shared(plan: Plan, till: Till) -> Plan:
    """Equal plans are one object: all registers of all stores have few of them, day after day."""
    if len(till.shared_plans) >= _PLANS_MAX:
        till.shared_plans.clear()
    shared: Plan = till.shared_plans.setdefault(plan, plan)
    return shared


def _plan(till: Till, codes: tuple[str, ...], day: date) -> Plan:
    rules = [till.taxes[code] for code in codes if code in till.taxes]
    factors: list[Fraction] = []
    for rule in rules:
        factor = as_fraction(rule.rate_on(day)) * rule.base
        factors.append(factor * (1 + sum(factors)) if rule.compound else factor)
    included = sum((factor for rule, factor in zip(rules, factors, strict=True) if rule.included), Fraction(1))
    shares = []
    for rule, factor in zip(rules, factors, strict=True):
        share = factor / included if rule.included else factor
        shares.append(
            TaxShare(
                rule.code, rule.name, rule.rate_on(day), rule.included, share.numerator, share.denominator, str(rule.base), rule.compound
            )
        )
    return Plan(tuple(shares), tuple(code for code in codes if code not in till.taxes))


class Taxed:
    """One line: what it costs before, its net after; `amounts` in the order of the plan's shares."""

    __slots__ = ("amounts", "bases", "cost", "net", "shares")

    def __init__(self, shares: tuple[TaxShare, ...], cost: int) -> None:
        self.shares, self.cost, self.net = shares, cost, cost
        self.amounts = [0] * len(shares)
        self.bases = [0] * len(shares)

    def take_out(self) -> None:
        """Included taxes leave the net. Several halves that all went up cannot take more than there is."""
        for index, share in enumerate(self.shares):
            if share.included:
                self.amounts[index] = min(self.amounts[index], self.net)
                self.net -= self.amounts[index]


def compute(lines: Sequence[Taxed], *, once: bool) -> None:
    """Fills in amounts and nets. `once`: each tax is rounded for all lines together, and shared out among them."""
    reckon = _once if once else _by_line
    reckon(lines, True)
    for line in lines:
        line.take_out()
    reckon(lines, False)


def _by_line(lines: Sequence[Taxed], included: bool) -> None:
    for line in lines:
        for index, share in enumerate(line.shares):
            if share.included is included:
                base = line.bases[index] = line.cost if included else line.net
                line.amounts[index] = round_half_up(base * share.top, share.bottom)


def _once(lines: Sequence[Taxed], included: bool) -> None:
    by_code: dict[str, list[tuple[Taxed, int]]] = {}
    for line in lines:
        for index, share in enumerate(line.shares):
            if share.included is included:
                line.bases[index] = line.cost if included else line.net
                by_code.setdefault(share.code, []).append((line, index))
    for there in by_code.values():
        bottom = lcm(*{line.shares[index].bottom for line, index in there})
        tops = [line.bases[index] * line.shares[index].top * (bottom // line.shares[index].bottom) for line, index in there]
        for (line, index), amount in zip(there, share_out(round_half_up(sum(tops), bottom), tops, bottom), strict=True):
            line.amounts[index] = amount


def tell(line: Taxed, currency: str, *, exempt: bool, once: bool, untaxed: int = 0) -> tuple[list[LineTax], list[Step]]:
    """The line's taxes as they are shown, and their steps. Who is exempt pays none: what was included has left the price.

    `untaxed`: what is added to its net besides, and no tax is due on.
    """
    taxes, steps, before_it = [], [], 0
    for share, base, amount in zip(line.shares, line.bases, line.amounts, strict=True):
        due = 0 if exempt else amount
        more = before_it if share.compound else 0
        taxable = Money(amount=line.net + more, currency=currency) if more != untaxed else None
        taxes.append(LineTax(
            code=share.code, name=share.name, rate=share.rate, included=share.included, amount=Money(amount=due, currency=currency),
            base=share.base, taxable=taxable,
        ))  # fmt: skip
        before_it += due
        if exempt and not share.included:
            steps.append(Step(rule=f"exempt:{share.code}", amount=0))
            continue
        rule, sign = (f"exempt:{share.code}", "-") if exempt else (f"tax:{share.code}", "")
        before = exact(base * share.top, share.bottom)
        amount = -amount if exempt else amount
        if before:
            steps.append(Step(rule=rule, amount=amount, rounding="largest_remainder" if once else "half_up", exact=sign + before))
        else:
            steps.append(Step(rule=rule, amount=amount))
    return taxes, steps
