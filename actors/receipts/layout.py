"""What stands on a receipt, line by line, for whatever it is written on. Pure: an order, its store and a template in, rows out.

Each amount says which `part` of the bill it is, so that a reader, a style sheet and a test can tell them apart: item + discount +
service + tax + exempt + adjustment add up to `total`, that and rounding to `due`, and tender - change + missing to `due` again.
`base` x rate is the tax (`included`, or `tax`) beside it, but for rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from actors.orders.contract import Discount, Line, LineTax, Order, Refund, Tender
from actors.receipts.contract import Template
from actors.receipts.texts import plain, plain_lines
from actors.receipts.wording import Speech
from actors.stores.contract import Store

Look = Literal["plain", "bold", "title", "small", "mark"]


class Text(Struct, frozen=True):
    text: str
    look: Look = "plain"
    left: bool = False


class Pair(Struct, frozen=True):
    """Something on the left, and what it comes to on the right."""

    left: str
    right: str
    part: str = ""
    look: Look = "plain"


class Item(Struct, frozen=True):
    """One line of the order. `detail`: how many, at what price. On a gift receipt `amount` is how many, and nothing else."""

    name: str
    detail: str
    amount: str
    notes: tuple[str, ...] = ()


class Rule(Struct, frozen=True):
    heavy: bool = False


class Gap(Struct, frozen=True):
    pass


class Logo(Struct, frozen=True):
    png: str


class Qr(Struct, frozen=True):
    text: str
    caption: str


Row = Text | Pair | Item | Rule | Gap | Logo | Qr


class Wish(Struct, frozen=True):
    """How it is wanted. `link`: of the page that shows it; "" for none. `personal`: with the customer's name. `cashier`: theirs, or ""."""

    copy: bool = False
    gift: bool = False
    link: str = ""
    personal: bool = True
    cashier: str = ""


def rows_of(order: Order, store: Store, template: Template, speech: Speech, wish: Wish) -> list[Row]:
    rows = [*_head(order, store, template, speech, wish), *_about(order, speech, wish), Rule(heavy=True)]
    rows += [_item(line, speech, wish) if isinstance(line, Line) else line for line in _lines(order, speech, wish)]
    rows.append(Rule(heavy=True))
    if not wish.gift:
        rows += [*_sums(order, speech), *_paid(order, speech)]
        if template.show_taxes:
            rows += _taxes(order, speech)
        for refund in order.refunds:
            rows += _refund(order, refund, speech)
        if order.refunds:
            left = order.totals.due.amount - order.totals.refunded.amount
            rows += [Rule(), Pair(speech.word("kept"), speech.money(left), "kept", "bold")]
    return [*rows, *_foot(order, template, speech, wish)]


def _head(order: Order, store: Store, template: Template, speech: Speech, wish: Wish) -> Iterator[Row]:
    if template.logo:
        yield Logo(template.logo)
    yield Text(plain(store.name), "title")
    for line in plain_lines(store.address) if template.show_address else ():
        yield Text(line, "small")
    for line in filter(None, map(plain, template.header)):
        yield Text(line, "small")
    for mark in _marks(order, wish):
        yield Text(speech.word(mark), "mark")


def _marks(order: Order, wish: Wish) -> Iterator[str]:
    if wish.gift:
        yield "gift"
    if wish.copy:
        yield "copy"
    if order.status == "cancelled":
        yield "cancelled"
    elif order.status != "completed":
        yield "bill"


def _about(order: Order, speech: Speech, wish: Wish) -> Iterator[Row]:
    yield Rule(heavy=True)
    if order.receipt:
        yield Pair(speech.word("number"), plain(order.receipt), "about")
    else:
        yield Pair(speech.word("order"), order.id.hex[-12:], "about")
    yield Pair(speech.word("date"), speech.moment(order.sold_at), "about")
    if cashier := plain(wish.cashier):
        yield Pair(speech.word("cashier"), cashier, "about")
    if wish.personal and order.customer is not None and (name := plain(order.customer.name)):
        yield Pair(speech.word("customer"), name, "about")


# --- what was sold ----------------------------------------------------------------------------------------


def _lines(order: Order, speech: Speech, wish: Wish) -> Iterator[Line | Pair]:
    for line in order.lines:
        yield line
        if not wish.gift:
            for discount in line.discounts:
                if discount.on == "line":
                    yield _discount(discount, speech)


def _item(line: Line, speech: Speech, wish: Wish) -> Item:
    quantity = speech.quantity(line.quantity, line.unit)
    notes = [_modifier(modifier.quantity, modifier.name, modifier.price.amount, speech, wish) for modifier in line.modifiers]
    if note := plain(line.note):
        notes.append(note)
    if wish.gift:
        return Item(plain(line.name), "", f"{quantity} x", tuple(notes))
    detail = f"{quantity} x {speech.amount(line.unit_price.amount)}"
    return Item(plain(line.name), detail, speech.amount(line.gross.amount), tuple(notes))


def _modifier(quantity: int, name: str, price: int, speech: Speech, wish: Wish) -> str:
    times = f"{quantity} x " if quantity > 1 else ""
    costs = f" ({speech.amount(price)})" if price and not wish.gift else ""
    return f"+ {times}{plain(name)}{costs}"


def _discount(discount: Discount, speech: Speech) -> Pair:
    kind = speech.word("coupon" if discount.kind == "coupon" else "discount")
    name = plain(discount.name)
    return Pair(kind if name in ("", "Discount", kind) else f"{kind}: {name}", speech.amount(-discount.amount.amount), "discount", "small")


# --- what it comes to -------------------------------------------------------------------------------------


def _sums(order: Order, speech: Speech) -> Iterator[Row]:
    totals = order.totals
    between = [*_between(order, speech)]
    if between:
        on_lines = sum(one.amount.amount for line in order.lines for one in line.discounts if one.on == "line")
        yield Pair(speech.word("subtotal"), speech.amount(totals.gross.amount - on_lines), "subtotal")
        yield from between
    if totals.cash_rounding.amount:
        yield Pair(speech.word("sum"), speech.amount(totals.total.amount), "total")
        yield Pair(speech.word("rounding"), speech.amount(totals.cash_rounding.amount), "rounding")
    yield Pair(speech.word("total"), speech.money(totals.due.amount), "due", "title")


def _between(order: Order, speech: Speech) -> Iterator[Pair]:
    """What comes between the lines and the total. Whatever the order does not explain is shown as what it is, never left out."""
    totals = order.totals
    shown = totals.gross.amount
    shown -= sum(one.amount.amount for line in order.lines for one in line.discounts if one.on == "line")
    for discount in order.discounts:
        shown -= discount.amount.amount
        yield _discount(discount, speech)
    if totals.service.amount:
        shown += totals.service.amount
        yield Pair(speech.word("service"), speech.amount(totals.service.amount), "service")
    for tax in totals.taxes:
        if not tax.included:
            shown += tax.amount.amount
            yield Pair(_named(tax, speech), speech.amount(tax.amount.amount), "tax")
    if totals.adjustment.amount:
        shown += totals.adjustment.amount
        yield Pair(speech.word("adjustment"), speech.amount(totals.adjustment.amount), "adjustment")
    if rest := totals.total.amount - shown:
        exempt = order.customer is not None and order.customer.tax_exempt
        yield Pair(speech.word("exempt" if exempt else "adjustment"), speech.amount(rest), "exempt")


def _paid(order: Order, speech: Speech) -> Iterator[Row]:
    for tender in order.tenders:
        yield Pair(_tender(tender, speech), speech.amount(tender.amount.amount), "tender")
    if order.totals.change.amount:
        yield Pair(speech.word("change"), speech.amount(order.totals.change.amount), "change")
    for tender in order.tenders:
        if tender.tip is not None and tender.tip.amount:
            yield Pair(f"{speech.word('tip')} ({speech.word(tender.type)})", speech.amount(tender.tip.amount), "tip")
    if order.totals.missing.amount and order.status != "cancelled":
        yield Pair(speech.word("missing"), speech.amount(order.totals.missing.amount), "missing", "bold")
    if saved := order.totals.discount.amount:
        yield Text(f"{speech.word('saved')} {speech.money(saved)}", "bold")


def _tender(tender: Tender, speech: Speech) -> str:
    kind = speech.word(tender.type)
    return f"{kind} {plain(tender.reference)}" if tender.reference and tender.type in ("card", "voucher") else kind


def _taxes(order: Order, speech: Speech) -> Iterator[Row]:
    """Of each tax what it was taken of, so that anybody can work it out; those that were added stand above with their amounts."""
    due = [tax for tax in order.totals.taxes if tax.amount.amount]
    included, added = [tax for tax in due if tax.included], [tax for tax in due if not tax.included]
    if due:
        yield Rule()
    if included:
        yield Text(speech.word("taxed"), "small", left=True)
        for tax in included:
            yield _base(tax, order, speech)
            yield Pair(_named(tax, speech), speech.amount(tax.amount.amount), "included", "small")
    if added:
        yield Text(speech.word("bases"), "small", left=True)
        for tax in added:
            yield _base(tax, order, speech)


def _base(tax: LineTax, order: Order, speech: Speech) -> Pair:
    """Its rate's base: `base` of what it is due on, rounded half up."""
    base, of = Fraction(tax.base), (tax.taxable or order.totals.net).amount
    name = [speech.word("net")] + ([tax.base] if base != 1 else []) + ([] if tax.included else [_named(tax, speech)])
    return Pair(" ".join(name), speech.amount((2 * of * base.numerator + base.denominator) // (2 * base.denominator)), "base", "small")


def _named(tax: LineTax, speech: Speech) -> str:
    return f"{plain(tax.name)} {speech.rate(tax.rate)}"


# --- what came back ---------------------------------------------------------------------------------------


def _refund(order: Order, refund: Refund, speech: Speech) -> Iterator[Row]:
    names = {line.number: line for line in order.lines}
    yield Rule()
    yield Pair(f"{speech.word('refund')} #{refund.number}", speech.moment(refund.at), "about", "bold")
    yield Text(speech.word(refund.kind) + (f": {plain(refund.reason)}" if refund.reason else ""), "small", left=True)
    for back in refund.lines:
        line = names.get(back.line)
        if line is not None and back.total.amount:
            quantity = f"{speech.quantity(back.quantity, line.unit)} x " if back.quantity != "0" else ""
            yield Pair(f"{quantity}{plain(line.name)}", speech.amount(-back.total.amount), "back", "small")
    rest = refund.adjustment.amount + refund.cash_rounding.amount
    if rest:
        yield Pair(speech.word("adjustment"), speech.amount(-rest), "back", "small")
    for tender in refund.tenders:
        yield Pair(f"{speech.word('returned')} - {speech.word(tender.type)}", speech.amount(-tender.amount.amount), "returned")


# --- the end ----------------------------------------------------------------------------------------------


def _foot(order: Order, template: Template, speech: Speech, wish: Wish) -> Iterator[Row]:
    yield Gap()
    if wish.gift:
        yield Text(f"{_pieces(order.lines)} {speech.word('items')}", "small")
    footer: Sequence[str] = [line for line in map(plain, template.footer) if line]
    for line in footer or [speech.word("exchangeable" if wish.gift else "thanks")]:
        yield Text(line)
    if wish.link and template.show_qr:
        yield Qr(wish.link, speech.word("scan"))


def _pieces(lines: Sequence[Line]) -> int:
    """What is weighed counts once."""
    return sum(int(line.quantity) if line.quantity.isdigit() else 1 for line in lines)
