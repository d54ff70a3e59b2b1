"""What a cart costs: discounts, service charge, taxes, and the trace of each line. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from actors.orders import contract
from actors.orders.amounts import AMOUNT_MAX, FULL_RATE, business_date, exact, quantity_text, round_half_up, spread
from actors.orders.cart import Cart, CartLine, check_discounts
from actors.orders.contract import Discount, Flag, Line, LineTax, Step
from actors.orders.discounting import Discounting, Reckoned
from actors.orders.offers import Offers
from actors.orders.taxing import Taxed, compute, plan_for, tell
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.words import Money, Refusal


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
    lines = [_gross(line, till.currency) for line in cart.lines]
    off = _take_off(cart, till, offers, lines, exhausted, offline)
    if isinstance(off, Refusal):
        return off
    service = _service(till, lines)
    priced, unknown = _tax(cart, till, lines, service, on or business_date(cart.offers_at, till.zone), offline)
    if isinstance(priced, Refusal):
        return priced
    flags: list[Flag] = ["unknown_tax"] if unknown else []
    if off is not None and off.flagged:
        flags.append("wrong_coupon")
    net, tax = sum(line.net.amount for line in priced), sum(line.tax.amount for line in priced)
    gross = sum(one.gross for one in lines)
    if max(gross + sum(service), net + tax) > AMOUNT_MAX:
        return refuse([Wrong(contract.TOO_LARGE, "/lines", "The order's amount is beyond what can be stored.")])
    return Priced(
        lines=priced,
        discounts=off.on_order if off is not None else [],
        gross=gross,
        discount=gross - sum(one.left for one in lines),
        service=sum(service),
        net=net,
        tax=tax,
        taxes=sum_taxes(priced, till.currency),
        rounding=_rounding(till, off, service),
        used=[UsedPromotion(one.id, one.code, one.uses_max, one.uses_max_per_customer) for one in off.used.values()] if off else [],
        flags=flags,
    )


# --- from price to what is left


def _gross(line: CartLine, currency: str) -> Reckoned:
    steps = [_step(line.price_rule, line.unit_price, line.price_exact)]
    extra = 0
    for one in line.modifiers:
        extra += one.price.amount * one.quantity
        steps.append(Step(rule=f"modifier:{one.group}/{one.option}", amount=one.price.amount * one.quantity))
    if line.fixed_gross is not None:
        rule, numerator = "gross:barcode", line.fixed_gross * 1000 + extra * line.quantity_milli
    else:
        rule, numerator = "gross", (line.unit_price + extra) * line.quantity_milli
    gross = round_half_up(numerator, 1000)
    steps.append(_step(rule, gross, exact(numerator, 1000)))
    return Reckoned(line, gross, steps)


def _step(rule: str, amount: int, before: str, rounding: str = "half_up") -> Step:
    return Step(rule=rule, amount=amount, rounding=rounding, exact=before) if before else Step(rule=rule, amount=amount)


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
            one.steps.append(_step(f"service:{till.service.rate}", share, before, "largest_remainder"))
    return shares


# --- from what is left to what is paid


def _tax(
    cart: Cart, till: Till, lines: Sequence[Reckoned], service: Sequence[int], day: date, offline: bool
) -> tuple[list[Line] | Refusal, bool]:
    """The finished lines, and whether there were taxes that the store does not know."""
    taxed_service = till.service is not None and till.service.taxed
    exempt = cart.customer is not None and cart.customer.tax_exempt
    once = till.tax_rounding == "order"
    taxed, wrongs, unknown = [], [], False
    for index, (one, charge) in enumerate(zip(lines, service, strict=True)):
        plan = plan_for(till, one.line.taxes, day)
        if plan.unknown:
            unknown = True
            detail = f"{one.line.name} has the tax {plan.unknown[0]!r}, which the store does not have. Add it to the store's taxes."
            wrongs.append(Wrong(contract.UNKNOWN_TAX, f"/lines/{index}", detail))
        taxed.append(Taxed(plan.shares, one.left + (charge if taxed_service else 0)))
    if wrongs and not offline:
        return refuse(wrongs), unknown
    compute(taxed, once=once)
    finished = []
    for one, line, charge in zip(lines, taxed, service, strict=True):
        taxes, steps = tell(line, till.currency, exempt=exempt, once=once) if line.shares else ([], [])
        net = line.net if taxed_service else line.net + charge
        finished.append(_line(one, taxes, steps, net, 0 if exempt else sum(line.amounts), charge, till.currency))
    large = [
        Wrong(contract.TOO_LARGE, f"/lines/{index}", "The line's amount is beyond what can be stored.")
        for index, line in enumerate(finished)
        if max(line.gross.amount + line.service.amount, line.total.amount) > AMOUNT_MAX
    ]
    return (refuse(large) if large else finished), unknown


def _line(one: Reckoned, taxes: list[LineTax], steps: list[Step], net: int, tax: int, service: int, currency: str) -> Line:
    line = one.line
    return Line(
        number=line.number,
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        quantity=quantity_text(line.quantity_milli, line.unit),
        unit=line.unit,
        unit_price=Money(amount=line.unit_price, currency=currency),
        net=Money(amount=net, currency=currency),
        tax=Money(amount=tax, currency=currency),
        total=Money(amount=net + tax, currency=currency),
        taxes=taxes,
        note=line.note,
        gross=Money(amount=one.gross, currency=currency),
        discount=Money(amount=one.gross - one.left, currency=currency),
        service=Money(amount=service, currency=currency),
        refunded=Money(amount=0, currency=currency),
        category=line.category,
        modifiers=line.modifiers,
        discounts=one.discounts,
        added_at=line.added_at,
        trace=one.steps + steps,
    )


def sum_taxes(lines: Sequence[Line], currency: str) -> list[LineTax]:
    """One entry a tax, in the order in which they are met."""
    sums: dict[str, int] = {}
    entries: dict[str, LineTax] = {}
    for line in lines:
        for entry in line.taxes:
            sums[entry.code] = sums.get(entry.code, 0) + entry.amount.amount
            entries.setdefault(entry.code, entry)
    return [
        LineTax(code=entry.code, name=entry.name, rate=entry.rate, included=entry.included, amount=Money(amount=sums[code], currency=currency))
        for code, entry in entries.items()
    ]


def _rounding(till: Till, off: Discounting | None, service: Sequence[int]) -> str:
    """Names the rule of every rounding; settling adds that of cash."""
    rules = ["line:half_up"]
    if off is not None:
        rules.append("discount:half_up")
    if any(service):
        rules.append("service:half_up")
    if any(service) or (off is not None and off.on_order):
        rules.append("spread:largest_remainder")
    rules.append(f"tax:{till.tax_rounding}:half_up")
    return " ".join(rules)
