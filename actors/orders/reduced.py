"""Plain lines of which something is taken off: by promotions on them, then by hand off the whole order. Nearly as quick as without.

What promotions leave of a line depends on it and on them alone; what is paid for it, on its share of what is given on the order
besides. Both are remembered. They are what discounting and finishing would make of it; what they do beyond goes their way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Raw

from actors.orders.amounts import exact, quantity_milli, spread
from actors.orders.cart import check_discounts
from actors.orders.contract import Customer, Discount, DiscountInput, Line, Step
from actors.orders.discounting import discount_of, fraction_of, given_by_hand, given_of, rule_of
from actors.orders.offers import Offer, Offers, when_not, why_not
from actors.orders.plain_lines import PlainLine
from actors.orders.pricing import UsedPromotion
from actors.orders.reckoned import step_of
from actors.orders.taxing import Taxed, compute, tell
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong
from actors.runtime.words import Money

REMEMBERED_MAX = 5_000
"""Lines, of about two kilobytes each."""
Share = tuple[str, int, str]
"""(the reason, the line's share, the fraction that it was) of one discount on the order."""


class Left(NamedTuple):
    """What `offers` leave of a plain line. `gave`: those of them that took something off. All are kept, so that nothing else has their ids."""

    one: PlainLine
    offers: tuple[Offer, ...]
    left: int
    gave: frozenset[int]
    discounts: list[Discount]
    trace: list[Step]
    """Without the steps of taxes, which come last."""


class Reduced(NamedTuple):
    lines: list[PlainLine]
    on_order: list[Discount]
    discount: int
    used: list[UsedPromotion]
    on_lines: bool


_Lefts = dict[tuple[int, tuple[int, ...]], Left]
"""By the ids of the line and of the offers."""
_Finished = dict[tuple[int, tuple[Share, ...]], tuple[Left, PlainLine]]
"""By the id of what is left, which is kept for that, and its shares."""


class Reductions:
    """What is remembered of them."""

    def __init__(self) -> None:
        self.left: _Lefts = {}
        self.finished: _Finished = {}


def holding(found: Sequence[PlainLine], till: Till, customer: Customer | None, offers: Offers, at: datetime) -> tuple[Offer, ...] | None:
    """The promotions that hold for some of these lines now. None where one of them is more than so much off each line."""
    there = offers.automatic_for((one.item.product_id, one.item.variant_id, one.item.category) for one in found)
    if not there:
        return ()
    gross = sum(one.gross for one in found)
    holds = tuple(offer for offer in there if not why_not(offer, till, customer, gross) and not when_not(offer, at, till.zone))
    return holds if all(map(_is_simple, holds)) else None


def _is_simple(offer: Offer) -> bool:
    return offer.on_lines and offer.kind in ("percent", "amount") and offer.uses_max is None and offer.uses_max_per_customer is None


def reduce_lines(
    found: Sequence[PlainLine], offers: tuple[Offer, ...], by_hand: list[DiscountInput], till: Till, remembered: Reductions
) -> Reduced | None:
    """None when a discount by hand is wrong."""
    try:
        check_discounts(by_hand, till)
    except Wrong:
        return None
    marks, lefts, finished = tuple(map(id, offers)), remembered.left, remembered.finished
    lines = [lefts.get((id(one), marks)) or _take_off(one, offers, marks, lefts) for one in found]
    left = [one.left for one in lines]
    off_lines = sum(one.one.gross for one in lines) - sum(left)
    shares, on_order = _off_order(left, by_hand, till.currency)
    gave: set[int] = set().union(*(one.gave for one in lines))
    return Reduced(
        lines=[(finished.get((id(one), share)) or _finish(one, share, finished))[1] for one, share in zip(lines, shares, strict=True)],
        on_order=on_order,
        discount=off_lines + sum(one.amount.amount for one in on_order),
        used=[UsedPromotion(one.id, one.code, one.uses_max, one.uses_max_per_customer) for one in offers if id(one) in gave],
        on_lines=bool(gave),
    )


# --- on lines


def _take_off(one: PlainLine, offers: tuple[Offer, ...], marks: tuple[int, ...], known: _Lefts) -> Left:
    line, currency = one.line, one.item.currency
    left, milli = one.gross, quantity_milli(line.quantity)
    gave, discounts, trace = set(), [], _untaxed(one)
    for offer in offers:
        if not left or not offer.fits(line.product_id, line.variant_id, line.category):
            continue
        amount, before = given_of(*fraction_of(offer, left, milli), left)
        if amount:
            left -= amount
            gave.add(id(offer))
            discounts.append(discount_of(offer, amount, "line", currency))
            trace.append(step_of(rule_of(offer), -amount, before))
            if offer.exclusive:
                break
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    found = known[id(one), marks] = Left(one, offers, left, frozenset(gave), discounts, trace)
    return found


def _untaxed(one: PlainLine) -> list[Step]:
    """A new list. Each tax has one step."""
    return one.line.trace[: len(one.line.trace) - len(one.plan.shares)]


# --- on the order


def _off_order(left: list[int], by_hand: Sequence[DiscountInput], currency: str) -> tuple[list[tuple[Share, ...]], list[Discount]]:
    """Each line's shares, and what was given. Takes it off `left`."""
    shares: list[tuple[Share, ...]] = [()] * len(left)
    on_order = []
    for one in by_hand:
        total = sum(left)
        amount, _ = given_by_hand(one, total)
        if not amount:
            continue
        on_order.append(Discount(kind="manual", name=one.reason, amount=Money(amount=amount, currency=currency), on="order"))
        for index, part in enumerate(spread(amount, left)):
            if part:
                shares[index] = (*shares[index], (one.reason, part, exact(amount * left[index], total)))
                left[index] -= part
    return shares, on_order


# --- what is paid for it


def _finish(line: Left, shares: tuple[Share, ...], known: _Finished) -> tuple[Left, PlainLine]:
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    found = known[id(line), shares] = line, _with_taxes(line, shares)
    return found


def _with_taxes(line: Left, shares: tuple[Share, ...]) -> PlainLine:
    one, was, currency = line.one, line.one.line, line.one.item.currency
    discounts, trace, cost = [*line.discounts], [*line.trace], line.left
    for reason, part, before in shares:
        discounts.append(Discount(kind="manual", name=reason, amount=Money(amount=part, currency=currency), on="order"))
        trace.append(step_of("spread:discount:manual", -part, before, "largest_remainder"))
        cost -= part
    taxed = Taxed(one.plan.shares, cost)
    compute([taxed], once=False)
    taxes, steps = tell(taxed, currency, exempt=False, once=False)
    net, tax = taxed.net, sum(taxed.amounts)
    told = Line(
        number=was.number,
        product_id=was.product_id,
        variant_id=was.variant_id,
        sku=was.sku,
        name=was.name,
        quantity=was.quantity,
        unit=was.unit,
        unit_price=was.unit_price,
        net=Money(amount=net, currency=currency),
        tax=Money(amount=tax, currency=currency),
        total=Money(amount=net + tax, currency=currency),
        taxes=taxes,
        gross=was.gross,
        discount=Money(amount=one.gross - cost, currency=currency),
        service=was.service,
        refunded=was.refunded,
        category=was.category,
        discounts=discounts,
        trace=trace + steps,
    )
    return PlainLine(one.item, one.plan, told, one.gross, net, tax, one.use, Raw(msgspec.json.encode(told)))
