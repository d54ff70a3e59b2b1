"""Orders that hypothesis makes up: right in all their sums, and with whatever text somebody may type, or want to do harm with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from actors.orders import contract as o
from actors.receipts.contract import Template
from actors.runtime.words import Money, SignedMoney
from actors.stores.contract import Store
from http_edge.examples import EXAMPLES

HOSTILE = [
    "\x1b@\x1bp\x00\x19\xfa", "\x1dV\x00", "\x10\x14\x01\x00\x05", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "&lt;b&gt;",
    "\u202e000.1 pR", "\u2066\u2069\u200f\u200e", "a" * 200, "W" * 200, "牛肉面" * 40, "🍜👨‍👩‍👧‍👦🇮🇩" * 10, "שלום עולם", "قهوة عربية",
    "e" + "\u0301" * 60, "\x00", "\u2028\u2029", "\ufeff\u00ad\u180e", "  ", "tab\tnew\nline\rback\x08", "ﷺ" * 20, "नमस्ते", "ไก่ทอด", "𝔘𝔫𝔦",
    "Rp 1.000.000", "TOTAL  -5", "{B\x1dk", "\ud7ff\ue000\U000e0001", "한국 김치", "\u1112\u1161\u11ab",
]  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.text(st.characters(max_codepoint=127), max_size=200))
names = texts.filter(lambda text: text.strip() != "")
amounts = st.one_of(st.integers(0, 10**6), st.integers(0, 10**13))


def rp(amount: int, currency: str = "IDR") -> Money:
    return Money(amount=amount, currency=currency)


def signed(amount: int, currency: str = "IDR") -> SignedMoney:
    return SignedMoney(amount=amount, currency=currency)


@st.composite
def lines(draw: Any, number: int, currency: str) -> o.Line:
    gross = draw(amounts)
    on_line, on_order = sorted((draw(st.integers(0, gross)), draw(st.integers(0, gross))))
    on_order -= on_line
    left = gross - on_line - on_order
    service = draw(st.integers(0, left))
    taxed, included = left + service, draw(st.booleans())
    tax = draw(st.integers(0, taxed))
    total = taxed if included else taxed + tax
    taxes = [o.LineTax(code="t", name=draw(names), rate="11", included=included, amount=rp(tax, currency))]
    discounts = [
        o.Discount(kind=draw(st.sampled_from(["manual", "promotion", "coupon"])), name=draw(names), amount=rp(amount, currency), on=on)
        for amount, on in ((on_line, "line"), (on_order, "order")) if amount
    ]  # fmt: skip
    modifiers = [
        o.LineModifier(group="g", option="o", name=draw(names), quantity=draw(st.integers(1, 50)), price=rp(draw(amounts), currency))
        for _ in range(draw(st.integers(0, 2)))
    ]
    example = EXAMPLES[o.Order].lines[0]
    return replace(
        example, number=number, name=draw(names), quantity=draw(st.sampled_from(["1", "12", "0.750", "1000000"])),
        unit=draw(st.sampled_from(["piece", "kg", "ml", "carton"])), unit_price=rp(draw(amounts), currency), gross=rp(gross, currency),
        discount=rp(on_line + on_order, currency), service=rp(service, currency), net=rp(total - tax, currency), tax=rp(tax, currency),
        total=rp(total, currency), taxes=taxes, discounts=discounts, modifiers=modifiers, note=draw(texts), refunded=rp(0, currency),
    )  # fmt: skip


@st.composite
def orders(draw: Any, currency: str = "IDR") -> o.Order:
    """Completed, paid with cash that gives change, or open and not paid in full."""
    sold = [draw(lines(number + 1, currency)) for number in range(draw(st.integers(1, 4)))]

    def sum_of(name: str) -> int:
        return sum(getattr(line, name).amount for line in sold)

    adjustment = draw(st.integers(-sum_of("total"), 10**6))
    total = sum_of("total") + adjustment
    rounding = draw(st.integers(-min(total, 50), 50))
    due, paid_in_full = total + rounding, draw(st.booleans())
    tendered = due + draw(amounts) if paid_in_full else draw(st.integers(0, due))
    taxes: dict[bool, int] = {}
    for line in sold:
        taxes[line.taxes[0].included] = taxes.get(line.taxes[0].included, 0) + line.tax.amount
    on_order = [replace(one, amount=one.amount) for line in sold for one in line.discounts if one.on == "order"]
    totals = replace(
        EXAMPLES[o.Order].totals, gross=rp(sum_of("gross"), currency), discount=rp(sum_of("discount"), currency),
        service=rp(sum_of("service"), currency), net=rp(sum_of("net"), currency), tax=rp(sum_of("tax"), currency), total=rp(total, currency),
        adjustment=signed(adjustment, currency), cash_rounding=signed(rounding, currency), due=rp(due, currency),
        tendered=rp(tendered, currency), change=rp(max(tendered - due, 0), currency), missing=rp(max(due - tendered, 0), currency),
        taxes=[
            o.LineTax(code=f"t{included}", name=draw(names), rate="11.5", included=included, amount=rp(amount, currency))
            for included, amount in taxes.items()
        ],
    )  # fmt: skip
    example = EXAMPLES[o.Order]
    first = draw(st.integers(0, tendered))
    parts = [(first, "cash"), (tendered - first, draw(st.sampled_from(["card", "voucher", "qris"])))]
    given_by = [
        replace(example.tenders[0], number=at, amount=rp(part, currency), type=kind, reference=draw(texts))
        for at, (part, kind) in enumerate(parts, 1)
    ]
    return replace(
        example, id=draw(st.uuids()), lines=sold, tenders=given_by, totals=totals, discounts=on_order,
        refunds=draw(st.just([]) | refunds(sold, currency)),
        status="completed" if paid_in_full else draw(st.sampled_from(["open", "draft"])), receipt=draw(texts),
        customer=draw(st.none() | st.builds(lambda name: o.Customer(name=name), texts)),
    )  # fmt: skip


@st.composite
def refunds(draw: Any, sold: list[o.Line], currency: str) -> list[o.Refund]:
    example = EXAMPLES[o.Exchange].returned.refunds[0]
    amount = draw(amounts)
    lines = [replace(example.lines[0], line=sold[0].number, total=rp(amount, currency))]
    tenders = [o.RefundedTender(type="cash", amount=rp(amount, currency), tender=1)]
    return [replace(example, lines=lines, tenders=tenders, amount=rp(amount, currency), reason=draw(texts))]


@st.composite
def stores(draw: Any, currency: str = "IDR") -> Store:
    return replace(EXAMPLES[Store], name=draw(names), address=draw(texts), currency=currency)


@st.composite
def templates(draw: Any) -> Template:
    printed = st.lists(texts, max_size=3)
    return Template(
        store_id=UUID(int=1), version=1, language=draw(st.sampled_from(["id", "en"])), width=draw(st.sampled_from(["58", "80"])),
        header=draw(printed), footer=draw(printed), logo=None, show_address=draw(st.booleans()), show_taxes=draw(st.booleans()),
        show_qr=draw(st.booleans()),
    )  # fmt: skip
