"""What a customer wants, with everything that its price depends on: looked up once, and kept as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from actors.orders.contract import Customer, DiscountInput, Flag, LineInput, LineModifier
from actors.orders.items import Shelf
from actors.orders.offers import Offers
from actors.orders.tills import Till
from actors.runtime.words import Refusal, Value


class CartUse(Value):
    """What the whole line takes out of stock: thousandths of the variant's own unit. `deny`: never more than there is."""

    variant_id: UUID
    product_id: UUID
    milli: int
    deny: bool = False


class CartLine(Value):
    """One line before any discount or tax.

    `taxes`           codes of the store's taxes, in the product's order
    `unit`            as shown: the product's own, or the code of a pack; `unit_milli`: thousandths of the own unit in one of it
    `quantity_milli`  thousandths of `unit`
    `unit_price`      minor units, without modifiers; `price_rule` tells where it is from, `price_exact` what it was before rounding
    `discounts`       given by hand
    `fixed_gross`     the price that a scale printed into the barcode; it holds, whatever quantity times price is
    `added_at`        the moment at which prices and promotions were judged
    """

    number: int
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    unit: str
    quantity_milli: int
    unit_price: int
    price_rule: str
    added_at: datetime
    unit_milli: int = 1000
    category: str | None = None
    taxes: tuple[str, ...] = ()
    price_exact: str = ""
    modifiers: list[LineModifier] = []
    discounts: list[DiscountInput] = []
    fixed_gross: int | None = None
    uses: list[CartUse] = []
    note: str = ""


class Cart(Value):
    """`offers_at`: the moment at which what is given on the whole order is judged. `next_number`: of the next new line."""

    lines: list[CartLine]
    offers_at: datetime
    next_number: int
    customer: Customer | None = None
    discounts: list[DiscountInput] = []
    coupons: list[str] = []


class Filled(NamedTuple):
    lines: list[CartLine]
    flags: list[Flag]
    next_number: int


def fill_cart(
    till: Till,
    asked: Sequence[LineInput],
    shelf: Shelf,
    offers: Offers,
    at: datetime,
    *,
    before: Sequence[CartLine] = (),
    next_number: int = 1,
    offline: bool = False,
    customer: Customer | None = None,
) -> Filled | Refusal:
    """Looks up what is asked for, or tells everything that is wrong with it, with pointers /lines/N/...

    `shelf` is the view PRICE_LIST, `offers` the view OFFERS. Lines that bring the number of a line of `before` keep its price,
    its name and its moment, as long as they are the same variant in the same unit; others are priced at `at`, and numbered
    from `next_number` on. `offline`: it took place already; what differs is flagged.
    """
    raise NotImplementedError
