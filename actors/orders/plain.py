"""The quick way for nearly every sale: things as they are, at their usual price, with nothing put on top, and nothing taken off but
by promotions on lines and by hand on the whole order.

It is what filling, pricing and finishing would make of it: whatever they do more goes their way, and all refusals do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Raw

from actors.orders.amounts import AMOUNT_MAX
from actors.orders.contract import LineTax, PlaceOrder, PreviewOrder, StockUse
from actors.orders.finishing import sum_taxes
from actors.orders.items import Shelf
from actors.orders.offers import Offers
from actors.orders.plain_lines import PlainLine, PlainLines, plain_line
from actors.orders.pricing import Priced
from actors.orders.reduced import Reduced, Reductions, holding, reduce_lines
from actors.orders.tills import Till
from actors.runtime.words import Money

ROUNDING = "line:half_up tax:line:half_up"
REDUCED_ON_LINES = "line:half_up discount:half_up tax:line:half_up"
REDUCED_ON_ORDER = "line:half_up discount:half_up spread:largest_remainder tax:line:half_up"


class PlainSale(NamedTuple):
    """`told`: its lines, encoded when they were worked out."""

    priced: Priced
    stock: list[StockUse]
    told: list[Raw]


class Memory:
    """What has been worked out about single lines, which mostly come again. It only saves time: it may be forgotten at any moment."""

    def __init__(self) -> None:
        self.lines: PlainLines = {}
        self.reductions = Reductions()


def price_plain(
    till: Till, ask: PlaceOrder | PreviewOrder, shelf: Shelf, offers: Offers, at: datetime, memory: Memory
) -> PlainSale | None:
    """None for what is not plain. `at`: the moment of the sale."""
    if ask.coupons or (ask.customer is not None and ask.customer.tax_exempt):
        return None
    if till.service is not None or till.tax_rounding != "line":
        return None
    day, remembered = till.day_of(at), memory.lines
    found: list[PlainLine] = []
    for number, wanted in enumerate(ask.lines, 1):
        one = plain_line(till, wanted, number, shelf, day, remembered)
        if one is None:
            return None
        found.append(one)
    # What is on two lines leaves the stock once.
    if len({id(one.item) for one in found}) < len(found):
        return None
    return _take_off(found, till, ask, offers, at, memory)


def _take_off(
    found: Sequence[PlainLine], till: Till, ask: PlaceOrder | PreviewOrder, offers: Offers, at: datetime, memory: Memory
) -> PlainSale | None:
    hold = holding(found, till, ask.customer, offers, at) if offers.automatic else ()
    if hold is None:
        return None
    if not hold and not ask.discounts:
        return _sum(found, till, None)
    reduced = reduce_lines(found, hold, ask.discounts, till, memory.reductions)
    return _sum(reduced.lines, till, reduced) if reduced is not None else None


def _sum(found: Sequence[PlainLine], till: Till, reduced: Reduced | None) -> PlainSale | None:
    gross = net = tax = 0
    lines, uses, plans, encoded = [], [], set(), []
    for _, plan, line, line_gross, line_net, line_tax, use, told in found:
        gross, net, tax = gross + line_gross, net + line_net, tax + line_tax
        lines.append(line)
        encoded.append(told)
        plans.add(id(plan))
        if use is not None:
            uses.append(use)
    if gross > AMOUNT_MAX or net + tax > AMOUNT_MAX:
        return None
    one_tax = len(plans) == 1 and len(found[0].plan.shares) == 1
    taxes = [_with_amount(lines[0].taxes[0], tax)] if one_tax else sum_taxes(lines, till.currency)
    if reduced is None:
        return PlainSale(Priced(lines, [], gross, 0, 0, net, tax, taxes, ROUNDING, [], []), uses, encoded)
    rounding = REDUCED_ON_ORDER if reduced.on_order else REDUCED_ON_LINES if reduced.on_lines else ROUNDING
    priced = Priced(lines, reduced.on_order, gross, reduced.discount, 0, net, tax, taxes, rounding, reduced.used, [])
    return PlainSale(priced, uses, encoded)


def _with_amount(tax: LineTax, amount: int) -> LineTax:
    money = Money(amount=amount, currency=tax.amount.currency)
    return LineTax(code=tax.code, name=tax.name, rate=tax.rate, included=tax.included, amount=money, base=tax.base)
