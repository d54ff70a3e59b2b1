"""What a customer wants, with everything that its price depends on: looked up once, and kept as it was."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from actors.orders import contract
from actors.orders.contract import Customer, DiscountInput, LineModifier
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong
from actors.runtime.words import Value


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
    `list_price`      where the price was overridden, what it was before; `override_reason`: why
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
    modifiers: list[LineModifier] = msgspec.field(default_factory=list)
    discounts: list[DiscountInput] = msgspec.field(default_factory=list)
    fixed_gross: int | None = None
    uses: list[CartUse] = msgspec.field(default_factory=list)
    note: str = ""
    list_price: int | None = None
    override_reason: str = ""


class Cart(Value):
    """`offers_at`: the moment at which what is given on the whole order is judged. `next_number`: of the next new line."""

    lines: list[CartLine]
    offers_at: datetime
    next_number: int
    customer: Customer | None = None
    discounts: list[DiscountInput] = msgspec.field(default_factory=list)
    coupons: list[str] = msgspec.field(default_factory=list)


def check_discounts(discounts: list[DiscountInput], till: Till) -> list[DiscountInput]:
    """Each either a percentage or an amount in the store's currency."""
    for index, one in enumerate(discounts):
        if (one.percent is None) == (one.amount is None):
            raise Wrong(contract.WRONG_DISCOUNT, f"/discounts/{index}", "Give either a percent or an amount.")
        if one.amount is not None and one.amount.currency != till.currency:
            detail = f"The store sells in {till.currency}. Give the amount in that."
            raise Wrong(contract.WRONG_CURRENCY, f"/discounts/{index}/amount/currency", detail)
    return discounts
