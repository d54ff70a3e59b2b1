"""What a cart costs: discounts, service charge, taxes, and the trace of each line. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from actors.orders.cart import Cart
from actors.orders.contract import Discount, Flag, Line, LineTax
from actors.orders.offers import Offers
from actors.orders.tills import Till
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
    raise NotImplementedError
