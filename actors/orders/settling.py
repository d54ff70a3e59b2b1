"""What is paid, and with what: tenders, cash rounding, change, what is missing. And what leaves the stock for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from actors.orders import contract
from actors.orders.amounts import AMOUNT_MAX, milli_text
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import LineTax, Order, Reserved, StockUse, Tender, TenderInput, Totals
from actors.orders.pricing import Priced
from actors.orders.tendering import Given, Payment, given_in, pay
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
from actors.runtime.words import Money, Refusal, SignedMoney


class Settled(NamedTuple):
    totals: Totals
    paid: bool


def wrong_tenders(tenders: Sequence[TenderInput], till: Till, tip_max: int = contract.TIP_MAX) -> Refusal | None:
    """Tenders and tips in another currency than the store's, and tips that cannot be meant, with pointers /tenders/N/..."""
    currency = till.currency
    for tender in tenders:
        tip = tender.tip
        if tender.amount.currency != currency or (tip is not None and (tip.currency != currency or tip.amount > tip_max)):
            break
    else:
        return None
    wrongs = [
        Wrong(contract.WRONG_CURRENCY, f"/tenders/{index}/{field}/currency", f"The store sells in {currency}. Give the amount in that.")
        for index, tender in enumerate(tenders)
        for field, money in (("amount", tender.amount), ("tip", tender.tip))
        if money is not None and money.currency != currency
    ]
    wrongs += [
        Wrong(contract.TOO_LARGE, f"/tenders/{index}/tip/amount", f"A tip is at most {shown(tip_max, currency)}.")
        for index, tender in enumerate(tenders)
        if tender.tip is not None and tender.tip.amount > tip_max
    ]
    return refuse(wrongs)


def settle(priced: Priced, tenders: Sequence[Tender], till: Till, *, charged: int | None = None) -> Settled | Refusal:
    """The totals of what was priced, with these tenders (all in the store's currency). May be OVERPAID or TOO_LARGE.

    `charged`: an offline sale: the total that the register told, or `priced.total` when it told none. Such a sale is always
    paid: what its tenders do not settle becomes `adjustment`.
    """
    bill = _Bill(priced.gross, priced.discount, priced.service, priced.net, priced.tax, 0, priced.taxes, priced.rounding, 0)
    given = given_in(tenders)
    return _settle(bill, given, till) if charged is None else _settle_offline(bill, given, till, charged)


def resettle(order: Order, tenders: Sequence[Tender], till: Till, *, refunded: int | None = None) -> Settled | Refusal:
    """The totals of an order whose lines stay, with other tenders. What is completed or cancelled keeps its cash rounding and change.

    `refunded`: what has been given back by now, when that changes.
    """
    was = order.totals
    back = was.refunded.amount if refunded is None else refunded
    if order.status in ("completed", "cancelled"):
        return Settled(msgspec.structs.replace(was, refunded=Money(amount=back, currency=till.currency)), True)
    bill = _Bill(
        was.gross.amount, was.discount.amount, was.service.amount, was.net.amount, was.tax.amount, was.adjustment.amount, was.taxes,
        was.rounding.partition(" cash:")[0], back,
    )
    return _settle(bill, given_in(tenders), till)


# --- the money


class _Bill(NamedTuple):
    """What is to be paid, and where it is from. Minor units."""

    gross: int
    discount: int
    service: int
    net: int
    tax: int
    adjustment: int
    taxes: list[LineTax]
    rounding: str
    refunded: int

    @property
    def total(self) -> int:
        return self.net + self.tax + self.adjustment


def _settle(bill: _Bill, given: Given, till: Till) -> Settled | Refusal:
    payment = pay(bill.total, given, till.cash_rounding)
    if payment is None:
        without_cash, total = shown(given.other, till.currency), shown(bill.total, till.currency)
        detail = f"{without_cash} without cash is more than the total of {total}. Only cash gives change."
        return refuse([Wrong(contract.OVERPAID, "/tenders", detail)])
    return _tell(bill, given, payment, till)


def _settle_offline(bill: _Bill, given: Given, till: Till, charged: int) -> Settled | Refusal:
    """What was charged holds. A register may tell it before or after cash rounding; what cannot have been paid was not charged."""
    computed = pay(bill.total, given, till.cash_rounding)
    if computed is not None and not computed.missing and charged in (bill.total, bill.total + computed.rounding):
        return _tell(bill, given, computed, till)
    payment = pay(charged, given, till.cash_rounding)
    if payment is None or payment.missing:
        charged, payment = given.cash + given.other, Payment(0, 0, 0, 0)
    return _tell(bill._replace(adjustment=charged - bill.total), given, payment, till)


def _tell(bill: _Bill, given: Given, payment: Payment, till: Till) -> Settled | Refusal:
    bill_total, currency = bill.total, till.currency
    due, tendered = bill_total + payment.rounding, given.cash + given.other
    for pointer, amount in (("/lines", max(bill_total, due, payment.missing_in_cash)), ("/tenders", max(tendered, given.tips))):
        if amount > AMOUNT_MAX:
            return refuse([Wrong(contract.TOO_LARGE, pointer, f"{shown(amount, currency)} are beyond what can be stored.")])
    rule, paid = till.cash_rounding, not payment.missing

    # Most amounts of most orders are nothing, or the total.
    nothing, level = Money(amount=0, currency=currency), SignedMoney(amount=0, currency=currency)

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=currency) if amount else nothing

    total = money(bill_total)
    totals = Totals(
        gross=total if bill.gross == bill_total else money(bill.gross),
        discount=money(bill.discount),
        service=money(bill.service),
        net=money(bill.net),
        tax=money(bill.tax),
        total=total,
        adjustment=SignedMoney(amount=bill.adjustment, currency=currency) if bill.adjustment else level,
        cash_rounding=SignedMoney(amount=payment.rounding, currency=currency) if payment.rounding else level,
        due=total if due == bill_total else money(due),
        tendered=money(tendered),
        change=money(payment.change),
        tips=money(given.tips),
        missing=money(payment.missing),
        missing_in_cash=money(payment.missing_in_cash),
        refunded=money(bill.refunded),
        rounding=f"{bill.rounding} cash:{rule.mode}/{rule.increment}" if rule and given.with_cash and paid else bill.rounding,
        taxes=bill.taxes,
    )
    return Settled(totals, paid)


# --- the stock


def stock_uses(lines: Sequence[CartLine]) -> list[StockUse]:
    """What leaves the stock when the order completes: one entry a variant."""
    sums: dict[UUID, tuple[UUID, int]] = {}
    for line in lines:
        for use in line.uses:
            _, so_far = sums.get(use.variant_id, (use.product_id, 0))
            sums[use.variant_id] = use.product_id, so_far + use.milli
    return [StockUse(variant_id=variant, product_id=product, sold=milli_text(milli)) for variant, (product, milli) in sums.items() if milli]


def reserved(status: str, cart: Cart | None) -> list[Reserved]:
    """What an order in this state keeps back: as long as it is open, what may not go below zero."""
    if status != "open" or cart is None:
        return []
    return [
        Reserved(variant_id=variant_id, product_id=product_id, quantity=milli_text(milli))
        for variant_id, product_id, milli in reservation(cart.lines)
    ]


def reservation(lines: Sequence[CartLine]) -> list[tuple[UUID, UUID, int]]:
    """(variant, product, thousandths) of what may not go below zero, in the order of variants' ids."""
    sums: dict[UUID, tuple[UUID, int]] = {}
    for line in lines:
        for use in line.uses:
            if use.deny:
                _, so_far = sums.get(use.variant_id, (use.product_id, 0))
                sums[use.variant_id] = use.product_id, so_far + use.milli
    return sorted((variant, product, milli) for variant, (product, milli) in sums.items() if milli)
