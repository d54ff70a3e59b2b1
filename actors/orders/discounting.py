"""What is taken off: promotions and coupons, then what was given by hand; first on lines, then on the whole order.

Each is taken of what is left by those before it, and nothing goes below zero. See docs/pricing.md for the order of the steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Literal
from uuid import UUID

from actors.orders import contract
from actors.orders.amounts import FULL_RATE, exact, rate_parts, round_half_up, spread
from actors.orders.cart import Cart, CartLine
from actors.orders.contract import Discount, DiscountInput
from actors.orders.offers import Offer, Offers, when_not, why_not
from actors.orders.reckoned import Reckoned, step_of
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong
from actors.runtime.words import Money


class Discounting:
    """Everything that is taken off one cart. Afterwards: `on_order`, `used` and `flagged` (a coupon that does not hold offline)."""

    def __init__(self, cart: Cart, till: Till, offers: Offers, lines: Sequence[Reckoned], exhausted: Collection[UUID], offline: bool) -> None:
        self._cart, self._till, self._offers, self._lines = cart, till, offers, lines
        self._exhausted, self._offline = exhausted, offline
        self._moments: dict[tuple[UUID, datetime], str] = {}
        self.on_order: list[Discount] = []
        self.used: dict[UUID, Offer] = {}
        self.flagged = False
        self.wrongs: list[Wrong] = []

    @cached_property
    def _gross(self) -> int:
        return sum(one.gross for one in self._lines)

    def run(self) -> None:
        there = self._offers.automatic_for((line.product_id, line.variant_id, line.category) for line in self._cart.lines)
        automatic = [offer for offer in there if offer.id not in self._exhausted and not self._why_not(offer)]
        coupons = list(self._coupons())
        for offer in automatic:
            if offer.on_lines:
                self._on_lines(offer)
        for _, offer in coupons:
            if offer.on_lines:
                self._on_lines(offer)
        for one in self._lines:
            for by_hand in one.line.discounts:
                self._by_hand_on_line(by_hand, one)
        for offer in automatic:
            if not offer.on_lines:
                self._on_order(offer)
        for _, offer in coupons:
            if not offer.on_lines:
                self._on_order(offer)
        for by_hand in self._cart.discounts:
            self._by_hand_on_order(by_hand)
        for index, offer in coupons:
            if offer.id not in self.used:
                self._no_coupon(index, offer.code or "", "It gives nothing on this order.")

    # --- which of them

    def _why_not(self, offer: Offer) -> str:
        return why_not(offer, self._till, self._cart.customer, self._gross)

    def _when_not(self, offer: Offer, moment: datetime) -> str:
        known = self._moments.get((offer.id, moment))
        if known is None:
            known = self._moments[offer.id, moment] = when_not(offer, moment, self._till.zone)
        return known

    def _coupons(self) -> Iterable[tuple[int, Offer]]:
        named: set[UUID] = set()
        for index, code in enumerate(self._cart.coupons):
            offer = self._offers.coupon(code)
            if offer is None:
                self._no_coupon(index, code, "There is no such coupon.")
                continue
            if offer.id in named:
                self._no_coupon(index, code, "It is named twice.")
                continue
            named.add(offer.id)
            why = self._why_not(offer) or self._why_not_now(offer)
            if why:
                self._no_coupon(index, code, why)
            if not why or (self._offline and offer.currency in (None, self._till.currency)):
                yield index, offer

    def _why_not_now(self, offer: Offer) -> str:
        if offer.id in self._exhausted:
            return "" if self._offline else "It has been used as often as it may be."
        moments = {one.line.added_at for one in self._lines} if offer.on_lines else {self._cart.offers_at}
        whys = {self._when_not(offer, moment) for moment in moments}
        return "" if "" in whys else min(whys)

    def _no_coupon(self, index: int, code: str, why: str) -> None:
        if self._offline:
            self.flagged = True
        else:
            self.wrongs.append(Wrong(contract.WRONG_COUPON, f"/coupons/{index}", f"The coupon {code} cannot be used here. {why}"))

    # --- on lines

    def _on_lines(self, offer: Offer) -> None:
        there = [one for one in self._lines if not one.closed and one.left and self._fits(offer, one.line)]
        if offer.kind == "buy_x_get_y":
            self._buy_and_get(offer, there)
            return
        for one in there:
            self._take(offer, one, *fraction_of(offer, one.left, one.line.quantity_milli))

    def _fits(self, offer: Offer, line: CartLine) -> bool:
        if not offer.fits(line.product_id, line.variant_id, line.category):
            return False
        # Offline, a coupon was taken at the till: whether its time was right is flagged, not judged again.
        return (self._offline and offer.code is not None) or not self._when_not(offer, line.added_at)

    def _buy_and_get(self, offer: Offer, there: list[Reckoned]) -> None:
        """Of all whole units on these lines, the cheapest are the free ones; of equally cheap ones those of the earlier line."""
        units = [one.line.quantity_milli // 1000 for one in there]
        free = sum(units) // (offer.buy + offer.get) * offer.get
        cheapest = sorted(range(len(there)), key=lambda index: (Fraction(there[index].left, there[index].line.quantity_milli), index))
        given = dict.fromkeys(range(len(there)), 0)
        for index in cheapest:
            given[index] = min(free, units[index])
            free -= given[index]
        for index, one in enumerate(there):
            if given[index]:
                self._take(offer, one, one.left * given[index] * 1000 * offer.parts, one.line.quantity_milli * FULL_RATE)

    def _take(self, offer: Offer, one: Reckoned, numerator: int, denominator: int) -> None:
        amount, before = given_of(numerator, denominator, one.left)
        if amount:
            one.take(amount, self._discount(offer, amount, "line"), step_of(rule_of(offer), -amount, before))
            one.closed = offer.exclusive
            self.used[offer.id] = offer

    def _by_hand_on_line(self, by_hand: DiscountInput, one: Reckoned) -> None:
        amount, rounded = given_by_hand(by_hand, one.left)
        if amount:
            discount = Discount(kind="manual", name=by_hand.reason, amount=self._money(amount), on="line")
            one.take(amount, discount, step_of("discount:manual", -amount, rounded))

    # --- on the order

    def _on_order(self, offer: Offer) -> None:
        there = [one for one in self._lines if not one.closed]
        ignored = self._offline and offer.code is not None
        if not ignored and self._when_not(offer, self._cart.offers_at):
            return
        left = sum(one.left for one in there)
        if offer.kind == "percent":
            amount = round_half_up(left * offer.parts, FULL_RATE)
        else:
            amount = min(offer.amount.amount, left) if offer.amount is not None else 0
        if amount:
            self.on_order.append(self._discount(offer, amount, "order"))
            self._spread(amount, there, self._discount(offer, 0, "order"), f"spread:{rule_of(offer)}")
            self.used[offer.id] = offer
            for one in there:
                one.closed = offer.exclusive

    def _by_hand_on_order(self, by_hand: DiscountInput) -> None:
        amount, _ = given_by_hand(by_hand, sum(one.left for one in self._lines))
        if amount:
            whole = Discount(kind="manual", name=by_hand.reason, amount=self._money(amount), on="order")
            self.on_order.append(whole)
            self._spread(amount, self._lines, whole, "spread:discount:manual")

    def _spread(self, amount: int, lines: Sequence[Reckoned], whole: Discount, rule: str) -> None:
        weights = [one.left for one in lines]
        total = sum(weights)
        for one, part in zip(lines, spread(amount, weights), strict=True):
            if part:
                share = Discount(
                    kind=whole.kind, name=whole.name, amount=self._money(part), on="order", promotion_id=whole.promotion_id, code=whole.code
                )
                one.take(part, share, step_of(rule, -part, exact(amount * one.left, total), "largest_remainder"))

    def _discount(self, offer: Offer, amount: int, on: Literal["line", "order"]) -> Discount:
        return discount_of(offer, amount, on, self._till.currency)

    def _money(self, amount: int) -> Money:
        return Money(amount=amount, currency=self._till.currency)


def discount_of(offer: Offer, amount: int, on: Literal["line", "order"], currency: str) -> Discount:
    kind: Literal["promotion", "coupon"] = "promotion" if offer.code is None else "coupon"
    money = Money(amount=amount, currency=currency)
    return Discount(kind=kind, name=offer.name, amount=money, on=on, promotion_id=offer.id, code=offer.code)


def rule_of(offer: Offer) -> str:
    return f"promotion:{offer.id}" if offer.code is None else f"coupon:{offer.code}"


def fraction_of(offer: Offer, left: int, milli: int) -> tuple[int, int]:
    """(numerator, denominator) of what it takes off a line of so many thousandths, of which so much is left."""
    if offer.kind == "percent":
        return left * offer.parts, FULL_RATE
    return (offer.amount.amount * milli if offer.amount is not None else 0), 1000


def given_of(numerator: int, denominator: int, left: int) -> tuple[int, str]:
    """The amount, never more than is left; and what it was before it was rounded."""
    rounded = round_half_up(numerator, denominator)
    return (rounded, exact(numerator, denominator)) if rounded <= left else (left, "")


def given_by_hand(by_hand: DiscountInput, left: int) -> tuple[int, str]:
    """The amount, and what it was before it was rounded."""
    if by_hand.amount is not None:
        return min(by_hand.amount.amount, left), ""
    numerator = left * rate_parts(by_hand.percent or "0")
    return round_half_up(numerator, FULL_RATE), exact(numerator, FULL_RATE)
