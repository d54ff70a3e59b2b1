"""The quick way for nearly every sale: things as they are, at their usual price, with nothing taken off and nothing put on top.

What a line of it comes to depends on the thing, the quantity, its place and the day's taxes alone, so it is remembered. It is what
filling, pricing and finishing would make of it: whatever they do more than multiply and tax goes their way, and all refusals do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from actors.orders.amounts import AMOUNT_MAX, exact, milli_text, quantity_milli, quantity_text, round_half_up
from actors.orders.contract import Line, LineInput, LineTax, PlaceOrder, StockUse
from actors.orders.finishing import sum_taxes
from actors.orders.items import Item, Shelf
from actors.orders.offers import Offers
from actors.orders.pricing import Priced
from actors.orders.reckoned import step_of
from actors.orders.taxing import Plan, Taxed, compute, plan_for, tell
from actors.orders.tills import Till
from actors.runtime.words import Money

ROUNDING = "line:half_up tax:line:half_up"
REMEMBERED_MAX = 10_000
"""Lines, of about a kilobyte each."""


class PlainLine(NamedTuple):
    """`item` and `plan` are what it was made of: while it is remembered, nothing else has their ids."""

    item: Item
    plan: Plan
    line: Line
    gross: int
    net: int
    tax: int
    use: StockUse | None


class PlainSale(NamedTuple):
    priced: Priced
    stock: list[StockUse]


_remembered: dict[tuple[int, int, int | str, int], PlainLine] = {}


def price_plain(till: Till, ask: PlaceOrder, shelf: Shelf, offers: Offers, day: date) -> PlainSale | None:
    """None for what is not plain. `day`: the business date."""
    if ask.hold or ask.discounts or ask.coupons or (ask.customer is not None and ask.customer.tax_exempt):
        return None
    if till.service is not None or till.tax_rounding != "line":
        return None
    found: list[PlainLine] = []
    for number, wanted in enumerate(ask.lines, 1):
        one = _plain_line(till, wanted, number, shelf, day)
        if one is None:
            return None
        found.append(one)
    # What is on two lines leaves the stock once.
    if len({id(one.item) for one in found}) < len(found) or (offers.automatic and _on_offer(found, offers)):
        return None
    return _sum(found, till)


def _plain_line(till: Till, ask: LineInput, number: int, shelf: Shelf, day: date) -> PlainLine | None:
    item = _item(ask, shelf)
    if item is None or not item.for_sale or item.extras is not None or item.stock == "deny" or item.currency != till.currency:
        return None
    price = ask.unit_price
    if price is not None and (price.amount != item.price or price.currency != item.currency):
        return None
    plan = plan_for(till, item.taxes, day)
    key = (id(item), id(plan), ask.quantity, number)
    known = _remembered.get(key)
    if known is None:
        known = _work_out(item, plan, ask.quantity, number)
        if known is None:
            return None
        if len(_remembered) >= REMEMBERED_MAX:
            _remembered.clear()
        _remembered[key] = known
    return known


def _item(ask: LineInput, shelf: Shelf) -> Item | None:
    """None unless it has exactly one name, and that is all that is said about it. A scale's barcode is nobody's own."""
    if ask.modifiers or ask.discounts or ask.note or ask.unit is not None:
        return None
    if ask.sku is not None:
        return shelf.by_sku(ask.sku) if ask.variant_id is None and ask.barcode is None else None
    if ask.barcode is not None:
        return shelf.by_barcode(ask.barcode) if ask.variant_id is None else None
    return shelf.by_variant(ask.variant_id) if ask.variant_id is not None else None


def _on_offer(found: Sequence[PlainLine], offers: Offers) -> bool:
    return bool(offers.automatic_for((one.item.product_id, one.item.variant_id, one.item.category) for one in found))


def _work_out(item: Item, plan: Plan, quantity: int | str, number: int) -> PlainLine | None:
    milli = quantity_milli(quantity)
    if plan.unknown or (item.unit == "piece" and milli % 1000):
        return None
    gross, before = round_half_up(item.price * milli, 1000), exact(item.price * milli, 1000)
    taxed = Taxed(plan.shares, gross)
    compute([taxed], once=False)
    taxes, steps = tell(taxed, item.currency, exempt=False, once=False)
    tax = sum(taxed.amounts)
    if max(gross, taxed.net + tax) > AMOUNT_MAX:
        return None
    trace = [step_of("price:base", item.price, ""), *([step_of("gross", gross, before)] if before else []), *steps]
    whole, nothing = Money(amount=gross, currency=item.currency), Money(amount=0, currency=item.currency)
    line = Line(
        number=number,
        product_id=item.product_id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        quantity=quantity_text(milli, item.unit),
        unit=item.unit,
        unit_price=Money(amount=item.price, currency=item.currency),
        net=Money(amount=taxed.net, currency=item.currency),
        tax=Money(amount=tax, currency=item.currency),
        total=Money(amount=taxed.net + tax, currency=item.currency),
        taxes=taxes,
        gross=whole,
        discount=nothing,
        service=nothing,
        refunded=nothing,
        category=item.category,
        trace=trace,
    )
    use = StockUse(variant_id=item.variant_id, product_id=item.product_id, sold=milli_text(milli)) if item.stock != "untracked" else None
    return PlainLine(item, plan, line, gross, taxed.net, tax, use)


def _sum(found: Sequence[PlainLine], till: Till) -> PlainSale | None:
    gross = net = tax = 0
    lines, uses, plans = [], [], set()
    for _, plan, line, line_gross, line_net, line_tax, use in found:
        gross, net, tax = gross + line_gross, net + line_net, tax + line_tax
        lines.append(line)
        plans.add(id(plan))
        if use is not None:
            uses.append(use)
    if gross > AMOUNT_MAX or net + tax > AMOUNT_MAX:
        return None
    one_tax = len(plans) == 1 and len(found[0].plan.shares) == 1
    taxes = [_with_amount(lines[0].taxes[0], tax)] if one_tax else sum_taxes(lines, till.currency)
    return PlainSale(Priced(lines, [], gross, 0, 0, net, tax, taxes, ROUNDING, [], []), uses)


def _with_amount(tax: LineTax, amount: int) -> LineTax:
    money = Money(amount=amount, currency=tax.amount.currency)
    return LineTax(code=tax.code, name=tax.name, rate=tax.rate, included=tax.included, amount=money)
