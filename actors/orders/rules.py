"""How a sale is computed: prices, taxes, cash rounding, change. Pure: values in, values out.

Integers only. Amounts are minor units, quantities thousandths, tax rates ten-thousandths of a percent. Every rounding is
half up, to one minor unit, per line; cash is rounded by the store's rule, on the cash part alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from actors.catalog.contract import Unit
from actors.orders import contract
from actors.orders.contract import Line, LineInput, LineTax, OfflineOrder, PlaceOrder, TenderInput, Totals
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Money, Reason, Refusal, SignedMoney
from actors.stores.contract import CashRounding

FULL_RATE = 1_000_000
"""100 %, in ten-thousandths of a percent."""
AMOUNT_MAX = 10**13
"""What `Amount` takes: whatever is sold can be told, and read again by everybody who hears of it."""


class TaxRate(NamedTuple):
    """A store's tax, with its rate as an integer."""

    code: str
    name: str
    rate: str
    rate_parts: int
    included: bool


class Item(msgspec.Struct, frozen=True, gc=False):
    """What the price list knows of one variant."""

    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    unit: Unit
    price: int
    currency: str
    tax: str | None
    for_sale: bool


class Till(msgspec.Struct, frozen=True):
    """A register, with what matters of its store."""

    register_id: UUID
    store_id: UUID
    code: str
    active: bool
    currency: str
    zone: ZoneInfo
    taxes: Mapping[str, TaxRate]
    cash_rounding: CashRounding | None


class Priced(NamedTuple):
    lines: list[Line]
    totals: Totals
    missing: int


Find = Callable[[LineInput], Item | None]


def price_sale(
    till: Till, lines: Sequence[LineInput], tenders: Sequence[TenderInput], find: Find, *, offline: bool, paid: bool
) -> Priced | Refusal:
    """Prices, taxes and change of one sale, or everything that is wrong with it.

    `offline`: it took place already, at the prices that it brings, whatever the price list says now.
    `paid`: the tenders must cover it; without, `missing` tells what they do not.
    """
    problems: list[tuple[Reason, FieldError]] = []
    priced: list[Line] = []
    for index, line in enumerate(lines):
        try:
            priced.append(_price_line(till, line, index, find, offline))
        except _Wrong as wrong:
            problems.append((wrong.reason, FieldError(pointer=f"/lines/{index}{wrong.pointer}", detail=wrong.detail)))
    for index, tender in enumerate(tenders):
        if tender.amount.currency != till.currency:
            detail = f"The store sells in {till.currency}."
            problems.append((contract.WRONG_CURRENCY, FieldError(pointer=f"/tenders/{index}/amount/currency", detail=detail)))
    if problems:
        return _refuse(problems)
    return _settle(till, priced, tenders, paid)


class _Wrong(Exception):
    def __init__(self, reason: Reason, pointer: str, detail: str) -> None:
        self.reason, self.pointer, self.detail = reason, pointer, detail


def _refuse(problems: list[tuple[Reason, FieldError]]) -> Refusal:
    """The first problem names the refusal; all of them are listed."""
    reason, first = problems[0]
    return reason.refuse(first.detail, *(error for _, error in problems))


# --- lines ------------------------------------------------------------------------------------------------


def _price_line(till: Till, line: LineInput, index: int, find: Find, offline: bool) -> Line:
    item = _item_of(line, find)
    if not item.for_sale and not offline:
        raise _Wrong(contract.NOT_FOR_SALE, "", f"{item.name} is not for sale now.")
    quantity = quantity_milli(line.quantity)
    if item.unit == "piece" and quantity % 1000:
        raise _Wrong(contract.WRONG_QUANTITY, "/quantity", f"{item.name} is sold by the piece.")
    price = _unit_price(till, line, item, offline)
    gross = round_half_up(price * quantity, 1000)
    net, tax, taxes = _tax(till, item, gross)
    if net + tax > AMOUNT_MAX:
        raise _Wrong(contract.TOO_LARGE, "", "The line's amount is beyond what can be stored.")
    currency = till.currency
    return Line(
        number=index + 1,
        product_id=item.product_id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        quantity=quantity_text(quantity, item.unit),
        unit=item.unit,
        unit_price=Money(amount=price, currency=currency),
        net=Money(amount=net, currency=currency),
        tax=Money(amount=tax, currency=currency),
        total=Money(amount=net + tax, currency=currency),
        taxes=taxes,
        note=line.note,
    )


def _item_of(line: LineInput, find: Find) -> Item:
    named = (line.variant_id is not None) + (line.sku is not None) + (line.barcode is not None)
    if named != 1:
        raise _Wrong(contract.UNKNOWN_PRODUCT, "", "Name the product by exactly one of variant_id, sku and barcode.")
    item = find(line)
    if item is None:
        field = "/variant_id" if line.variant_id else "/sku" if line.sku else "/barcode"
        raise _Wrong(contract.UNKNOWN_PRODUCT, field, f"No product has {field[1:]} {line.variant_id or line.sku or line.barcode}.")
    return item


def _unit_price(till: Till, line: LineInput, item: Item, offline: bool) -> int:
    asked = line.unit_price
    if asked is not None and asked.currency != till.currency:
        raise _Wrong(contract.WRONG_CURRENCY, "/unit_price/currency", f"The store sells in {till.currency}.")
    if asked is not None and offline:
        return asked.amount
    if item.currency != till.currency:
        raise _Wrong(contract.WRONG_CURRENCY, "", f"{item.name} has a price in {item.currency}, and the store sells in {till.currency}.")
    if asked is not None and asked.amount != item.price:
        detail = f"{item.name} costs {shown(item.price, item.currency)} now. Show the new price, then ask again."
        raise _Wrong(contract.PRICE_CHANGED, "/unit_price", detail)
    return item.price


def _tax(till: Till, item: Item, gross: int) -> tuple[int, int, list[LineTax]]:
    """Net, tax, and the tax's entry: net + tax is what the customer pays for the line."""
    if item.tax is None:
        return gross, 0, []
    rate = till.taxes.get(item.tax)
    if rate is None:
        detail = f"{item.name} has the tax {item.tax!r}, which the store does not have. Add it to the store's taxes."
        raise _Wrong(contract.UNKNOWN_TAX, "", detail)
    if rate.included:
        tax = round_half_up(gross * rate.rate_parts, FULL_RATE + rate.rate_parts)
        net = gross - tax
    else:
        tax = round_half_up(gross * rate.rate_parts, FULL_RATE)
        net = gross
    entry = LineTax(
        code=rate.code, name=rate.name, rate=rate.rate, included=rate.included, amount=Money(amount=tax, currency=till.currency)
    )
    return net, tax, [entry]


# --- the whole ----------------------------------------------------------------------------------------------


def _settle(till: Till, lines: list[Line], tenders: Sequence[TenderInput], paid: bool) -> Priced | Refusal:
    currency = till.currency
    net = sum(line.net.amount for line in lines)
    tax = sum(line.tax.amount for line in lines)
    total = net + tax
    cash = sum(tender.amount.amount for tender in tenders if tender.type == "cash")
    other = sum(tender.amount.amount for tender in tenders if tender.type != "cash")
    if other > total:
        detail = f"{shown(other, currency)} without cash is more than the total of {shown(total, currency)}. Only cash gives change."
        return contract.OVERPAID.refuse(detail, FieldError(pointer="/tenders", detail=detail))
    in_cash = cash > 0
    due_in_cash = round_cash(total - other, till.cash_rounding) if in_cash else total - other
    for pointer, amount in (("/lines", max(total, due_in_cash + other)), ("/tenders", cash + other)):
        if amount > AMOUNT_MAX:
            detail = f"{shown(amount, currency)} are beyond what can be stored."
            return contract.TOO_LARGE.refuse(detail, FieldError(pointer=pointer, detail=detail))
    missing = max(due_in_cash - cash, 0)
    if paid and missing:
        detail = f"{shown(missing, currency)} are missing to the total of {shown(total, currency)}."
        return contract.UNDERPAID.refuse(detail, FieldError(pointer="/tenders", detail=detail))
    rounding = due_in_cash - (total - other)
    totals = Totals(
        net=Money(amount=net, currency=currency),
        tax=Money(amount=tax, currency=currency),
        total=Money(amount=total, currency=currency),
        cash_rounding=SignedMoney(amount=rounding, currency=currency),
        due=Money(amount=total + rounding, currency=currency),
        tendered=Money(amount=cash + other, currency=currency),
        change=Money(amount=max(cash - due_in_cash, 0), currency=currency),
        rounding=rounding_rule(till.cash_rounding if in_cash else None),
        taxes=tax_summary(lines, currency),
    )
    return Priced(lines, totals, missing)


def tax_summary(lines: list[Line], currency: str) -> list[LineTax]:
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


# --- small arithmetic ---------------------------------------------------------------------------------------


def round_half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction that is not negative; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_cash(amount: int, rule: CashRounding | None) -> int:
    """A cash amount, not negative, to the nearest multiple that the store's coins can pay."""
    if rule is None:
        return amount
    if rule.mode == "down":
        return amount - amount % rule.increment
    if rule.mode == "up":
        return -(-amount // rule.increment) * rule.increment
    return round_half_up(amount, rule.increment) * rule.increment


def rounding_rule(cash: CashRounding | None) -> str:
    """The name that is stored with the order."""
    return f"line:half_up tax:line:half_up cash:{cash.mode}/{cash.increment}" if cash else "line:half_up tax:line:half_up"


def quantity_milli(quantity: int | str) -> int:
    """Thousandths of the unit. The contract has checked the form: up to three decimals."""
    if isinstance(quantity, int):
        return quantity * 1000
    whole, _, decimals = quantity.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0") or 0)


def quantity_text(milli: int, unit: Unit) -> str:
    return str(milli // 1000) if unit == "piece" else f"{milli // 1000}.{milli % 1000:03}"


def rate_parts(rate: str) -> int:
    """ "8.25" percent is 82500 ten-thousandths of a percent."""
    whole, _, decimals = rate.partition(".")
    return int(whole) * 10_000 + int(decimals.ljust(4, "0") or 0)


def business_date(sold_at: datetime, zone: ZoneInfo) -> date:
    """The day on the store's own calendar."""
    return sold_at.astimezone(zone).date()


def content_of(order: PlaceOrder | OfflineOrder) -> bytes:
    """Tells whether two sales with one id are the same sale, sent twice: what, how much, where, paid how. 16 bytes."""
    essence = (
        order.register_id,
        [(line.variant_id, line.sku, line.barcode, quantity_milli(line.quantity)) for line in order.lines],
        [(tender.type, tender.amount.amount) for tender in order.tenders],
    )
    return blake2b(msgspec.json.encode(essence), digest_size=16).digest()
