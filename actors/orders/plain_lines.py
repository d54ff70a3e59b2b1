"""A line of a plain sale: a thing as it is, at its usual price. What it comes to depends on the thing, the quantity, its place and
the day's taxes alone, so it is remembered.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec
from msgspec import Raw

from actors.orders.amounts import AMOUNT_MAX, exact, milli_text, quantity_milli, quantity_text, round_half_up
from actors.orders.contract import Line, LineInput, StockUse
from actors.orders.items import Item, Shelf
from actors.orders.reckoned import step_of
from actors.orders.taxing import Plan, Taxed, compute, plan_for, tell
from actors.orders.tills import Till
from actors.runtime.words import Money

REMEMBERED_MAX = 10_000
"""Lines, of about two kilobytes each."""


class PlainLine(NamedTuple):
    """`item` and `plan` are what it was made of: while it is remembered, nothing else has their ids. `told`: the line, encoded."""

    item: Item
    plan: Plan
    line: Line
    gross: int
    net: int
    tax: int
    use: StockUse | None
    told: Raw


PlainLines = dict[tuple[int, int, int | str, int], PlainLine]
"""By the ids of `item` and `plan`, the quantity as it was said, and the number."""


def plain_line(till: Till, ask: LineInput, number: int, shelf: Shelf, day: date, remembered: PlainLines) -> PlainLine | None:
    item = _item(ask, shelf)
    if item is None or item.currency != till.currency:
        return None
    price = ask.unit_price
    if price is not None and (price.amount != item.price or price.currency != item.currency):
        return None
    plan = plan_for(till, item.taxes, day)
    key = (id(item), id(plan), ask.quantity, number)
    known = remembered.get(key)
    if known is None:
        known = _work_out(item, plan, ask.quantity, number)
        if known is None:
            return None
        if len(remembered) >= REMEMBERED_MAX:
            remembered.clear()
        remembered[key] = known
    return known


def _item(ask: LineInput, shelf: Shelf) -> Item | None:
    """None unless it has exactly one name, and that is all that is said about it. A scale's barcode is nobody's own."""
    if ask.modifiers or ask.discounts or ask.note or ask.unit is not None or ask.override is not None:
        return None
    if ask.sku is not None:
        return shelf.by_sku(ask.sku) if ask.variant_id is None and ask.barcode is None else None
    if ask.barcode is not None:
        return shelf.by_barcode(ask.barcode) if ask.variant_id is None else None
    return shelf.by_variant(ask.variant_id) if ask.variant_id is not None else None


def _work_out(item: Item, plan: Plan, quantity: int | str, number: int) -> PlainLine | None:
    if not item.for_sale or item.extras is not None or item.stock == "deny":
        return None
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
    return PlainLine(item, plan, line, gross, taxed.net, tax, use, Raw(msgspec.json.encode(line)))
