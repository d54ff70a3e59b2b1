"""What a cart costs: discounts, service charge, taxes, and the trace of each line. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from actors.orders import contract
from actors.orders.amounts import AMOUNT_MAX, FULL_RATE, exact, round_half_up, spread
from actors.orders.cart import Cart, CartLine, check_discounts
from actors.orders.contract import Discount, Flag, Line, LineTax, Step
from actors.orders.discounting import Discounting
from actors.orders.finishing import finish, sum_taxes
from actors.orders.offers import Offers
from actors.orders.reckoned import Reckoned, step_of
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.words import Refusal


class UsedPromotion(NamedTuple):
    """A promotion or coupon that gave something, with its limits: who stores the order counts its uses."""

    promotion_id: UUID
    code: str | None
    uses_max: int | None
    uses_max_per_customer: int | None


class Priced(NamedTuple):
    """`discounts` are those on the whole order; each line has its share of them. All sums in minor units. `total` = `net` + `tax`."""

    lines: list[Line]
    discounts: list[Discount]
    gross: int
    discount: int
    service: int
    net: int
    tax: int
    taxes: list[LineTax]
    rounding: str
    used: list[UsedPromotion]
    flags: list[Flag]

    @property
    def total(self) -> int:
        return self.net + self.tax


def price_cart(
    cart: Cart, till: Till, offers: Offers, *, offline: bool = False, on: date | None = None, exhausted: Collection[UUID] = ()
) -> Priced | Refusal:
    """What it costs, or why it cannot be sold so: pointers /discounts/N, /coupons/N, /lines/N (by index in the cart).

    `on`: the business date whose tax rates count, that of `cart.offers_at` when missing. `exhausted`: promotions that are used
    up: automatic ones do not apply, coupons are refused. `offline`: what does not hold is flagged instead of refused.
    """
    lines = [_gross(line) for line in cart.lines]
    off = _take_off(cart, till, offers, lines, exhausted, offline)
    if isinstance(off, Refusal):
        return off
    service = _service(till, lines)
    priced, unknown = finish(cart, till, lines, service, on or till.day_of(cart.offers_at), offline)
    if isinstance(priced, Refusal):
        return priced
    flags: list[Flag] = ["unknown_tax"] if unknown else []
    if off is not None and off.flagged:
        flags.append("wrong_coupon")
    net, tax = sum(line.net.amount for line in priced), sum(line.tax.amount for line in priced)
    gross = sum(one.gross for one in lines)
    if max(gross + sum(service), net + tax) > AMOUNT_MAX:
        return refuse([Wrong(contract.TOO_LARGE, "/lines", "The order's amount is beyond what can be stored. Make several orders of it.")])
    return Priced(
        lines=priced,
        discounts=off.on_order if off is not None else [],
        gross=gross,
        discount=gross - sum(one.left for one in lines),
        service=sum(service),
        net=net,
        tax=tax,
        taxes=sum_taxes(priced, till.currency),
        rounding=_rounding(till, lines, service),
        used=[UsedPromotion(one.id, one.code, one.uses_max, one.uses_max_per_customer) for one in off.used.values()] if off else [],
        flags=flags,
    )


# --- from price to what is left


def _gross(line: CartLine) -> Reckoned:
    steps = [step_of(line.price_rule, line.unit_price, line.price_exact)]
    extra = 0
    for one in line.modifiers:
        extra += one.price.amount * one.quantity
        steps.append(Step(rule=f"modifier:{one.group}/{one.option}", amount=one.price.amount * one.quantity))
    if line.fixed_gross is not None:
        rule, numerator = "gross:barcode", line.fixed_gross * 1000 + extra * line.quantity_milli
    else:
        rule, numerator = "gross", (line.unit_price + extra) * line.quantity_milli
    gross, before = round_half_up(numerator, 1000), exact(numerator, 1000)
    # Of unit price times quantity the line itself tells everything.
    if before or line.modifiers or line.fixed_gross is not None:
        steps.append(step_of(rule, gross, before))
    return Reckoned(line, gross, steps)


def _take_off(
    cart: Cart, till: Till, offers: Offers, lines: Sequence[Reckoned], exhausted: Collection[UUID], offline: bool
) -> Discounting | Refusal | None:
    """None when there is nothing to look at, as for most orders."""
    if not (offers.automatic or cart.coupons or cart.discounts or any(line.discounts for line in cart.lines)):
        return None
    try:
        check_discounts(cart.discounts, till)
    except Wrong as wrong:
        return refuse([wrong])
    off = Discounting(cart, till, offers, lines, exhausted, offline)
    off.run()
    return refuse(off.wrongs) if off.wrongs else off


def _service(till: Till, lines: Sequence[Reckoned]) -> list[int]:
    """The service charge of each line: rounded once for all, then spread."""
    if till.service is None:
        return [0] * len(lines)
    left = [one.left for one in lines]
    whole = round_half_up(sum(left) * till.service.parts, FULL_RATE)
    shares = spread(whole, left)
    for one, share in zip(lines, shares, strict=True):
        if share:
            before = exact(one.left * till.service.parts, FULL_RATE)
            one.steps.append(step_of(f"service:{till.service.rate}", share, before, "largest_remainder"))
    return shares


def _rounding(till: Till, lines: Sequence[Reckoned], service: Sequence[int]) -> str:
    """Names the rule of every rounding; settling adds that of cash."""
    where = {discount.on for one in lines for discount in one.discounts}
    rules = {
        "line:half_up": True,
        "discount:half_up": bool(where),
        "service:half_up": any(service),
        "spread:largest_remainder": any(service) or "order" in where,
        f"tax:{till.tax_rounding}:half_up": True,
    }
    return " ".join(rule for rule, holds in rules.items() if holds)
