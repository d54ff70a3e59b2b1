"""What a customer wants, with everything that its price depends on: looked up once, and kept as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from actors.orders import contract
from actors.orders.amounts import MILLI_MAX, quantity_milli, round_half_up
from actors.orders.choices import find_option, pick
from actors.orders.contract import Customer, DiscountInput, Flag, LineInput, LineModifier
from actors.orders.items import Item, PackUnit, Shelf
from actors.orders.offers import Offers
from actors.orders.prices import Found, Prices
from actors.orders.recipes import needs
from actors.orders.scales import Scanned, scan
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
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
    modifiers: list[LineModifier] = msgspec.field(default_factory=list)
    discounts: list[DiscountInput] = msgspec.field(default_factory=list)
    fixed_gross: int | None = None
    uses: list[CartUse] = msgspec.field(default_factory=list)
    note: str = ""


class Cart(Value):
    """`offers_at`: the moment at which what is given on the whole order is judged. `next_number`: of the next new line."""

    lines: list[CartLine]
    offers_at: datetime
    next_number: int
    customer: Customer | None = None
    discounts: list[DiscountInput] = msgspec.field(default_factory=list)
    coupons: list[str] = msgspec.field(default_factory=list)


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
    filling = _Filling(till, shelf, Prices(till, offers, at, customer), at, {line.number: line for line in before}, next_number, offline)
    lines: list[CartLine] = []
    wrongs: list[Wrong] = []
    for index, ask in enumerate(asked):
        try:
            lines.append(filling.line(ask))
        except Wrong as wrong:
            wrongs.append(wrong.at(f"/lines/{index}"))
    return refuse(wrongs) if wrongs else Filled(lines, list(filling.flags), filling.next_number)


class _Filling:
    def __init__(
        self, till: Till, shelf: Shelf, prices: Prices, at: datetime, before: dict[int, CartLine], next_number: int, offline: bool
    ) -> None:
        self._till, self._shelf, self._prices, self._at, self._offline = till, shelf, prices, at, offline
        self._before = before
        self._taken: set[int] = set()
        self.next_number = next_number
        self.flags: dict[Flag, None] = {}

    def line(self, ask: LineInput) -> CartLine:
        kept = self._kept(ask)
        item, scanned = self._item(ask, kept)
        pack = _pack(item, ask, kept)
        if kept is not None and (kept.variant_id != item.variant_id or kept.unit != (pack.code if pack else item.unit)):
            kept = None
        if kept is None:
            self._check_for_sale(item)
        price = self._price(item, pack, ask, kept)
        quantity, fixed = self._quantity(item, pack, ask, scanned, price.amount, kept)
        modifiers = self._modifiers(item, ask, kept)
        return CartLine(
            number=self._number(ask),
            product_id=item.product_id,
            variant_id=item.variant_id,
            sku=item.sku,
            name=kept.name if kept else item.name,
            category=item.category,
            taxes=item.taxes,
            unit=pack.code if pack else item.unit,
            unit_milli=pack.milli if pack else 1000,
            quantity_milli=quantity,
            unit_price=price.amount,
            price_rule=price.rule,
            price_exact=price.exact,
            modifiers=modifiers,
            discounts=check_discounts(ask.discounts, self._till) if ask.discounts else [],
            fixed_gross=fixed,
            uses=self._uses(item, pack, quantity, modifiers),
            note=ask.note,
            added_at=kept.added_at if kept else self._at,
        )

    # --- which thing

    def _kept(self, ask: LineInput) -> CartLine | None:
        """The line that this was. Only when an order is changed do numbers mean anything."""
        if ask.number is None or not self._before:
            return None
        kept = self._before.get(ask.number)
        if kept is None or ask.number in self._taken:
            raise Wrong(contract.INVALID, "/number", f"The order has no line {ask.number}, or it is named twice.")
        self._taken.add(ask.number)
        return kept

    def _number(self, ask: LineInput) -> int:
        if ask.number is not None and self._before:
            return ask.number
        self.next_number += 1
        return self.next_number - 1

    def _item(self, ask: LineInput, kept: CartLine | None) -> tuple[Item, Scanned | None]:
        named = (ask.variant_id is not None) + (ask.sku is not None) + (ask.barcode is not None)
        if named != 1 and (named or kept is None):
            raise Wrong(contract.UNKNOWN_PRODUCT, "", "Name the product by exactly one of variant_id, sku and barcode.")
        scanned = None
        if ask.sku is not None:
            field, item = "sku", self._shelf.by_sku(ask.sku)
        elif ask.barcode is not None:
            field, item = "barcode", self._shelf.by_barcode(ask.barcode)
            if item is None and (scanned := scan(ask.barcode, self._till.scales)) is not None:
                item = self._shelf.by_barcode(scanned.item)
        else:
            variant_id = ask.variant_id or (kept.variant_id if kept else None)
            field, item = "variant_id", self._shelf.by_variant(variant_id) if variant_id else None
        if item is None:
            raise Wrong(contract.UNKNOWN_PRODUCT, f"/{field}", f"No product has {field} {ask.variant_id or ask.sku or ask.barcode}.")
        return item, scanned

    def _check_for_sale(self, item: Item) -> None:
        stores = item.extras.store_ids if item.extras is not None else None
        here = stores is None or self._till.store_id in stores
        if item.for_sale and here:
            return
        if not self._offline:
            raise Wrong(contract.NOT_FOR_SALE, "", f"{item.name} is not for sale {'now' if here else 'in this store'}.")
        self.flags["not_for_sale"] = None

    # --- how much, and at what price

    def _price(self, item: Item, pack: PackUnit | None, ask: LineInput, kept: CartLine | None) -> Found:
        given = ask.unit_price
        if given is not None and given.currency != self._till.currency:
            raise Wrong(contract.WRONG_CURRENCY, "/unit_price/currency", f"The store sells in {self._till.currency}.")
        try:
            now = Found(kept.unit_price, kept.price_rule, kept.price_exact) if kept else self._prices.of(item, pack)
        except Wrong:
            if given is None or not self._offline:
                raise
            now = Found(-1, "")
        if given is None or given.amount == now.amount:
            return now
        if not self._offline:
            detail = f"{item.name} costs {shown(now.amount, given.currency)} now. Show the new price, then ask again."
            raise Wrong(contract.PRICE_CHANGED, "/unit_price", detail)
        self.flags["price_differs"] = None
        return Found(given.amount, "price:given")

    def _quantity(
        self, item: Item, pack: PackUnit | None, ask: LineInput, scanned: Scanned | None, price: int, kept: CartLine | None
    ) -> tuple[int, int | None]:
        """Thousandths of the unit, and the price that a scale printed."""
        asked = quantity_milli(ask.quantity)
        whole = pack is not None or item.unit == "piece"
        if scanned is None:
            if whole and asked % 1000:
                raise Wrong(contract.WRONG_QUANTITY, "/quantity", f"{item.name} is sold in whole units.")
            return asked, kept.fixed_gross if kept and kept.quantity_milli == asked else None
        fixed = scanned.price(self._till.currency) if scanned.holds_price else None
        printed = _printed(scanned, item, fixed, price, whole)
        if not printed or (whole and printed % 1000):
            raise Wrong(contract.WRONG_QUANTITY, "/barcode", f"The barcode holds no quantity in which {item.name} is sold.")
        if asked not in (1000, printed):
            raise Wrong(contract.WRONG_QUANTITY, "/quantity", "The barcode brings the quantity along: leave it out.")
        return printed, fixed

    def _modifiers(self, item: Item, ask: LineInput, kept: CartLine | None) -> list[LineModifier]:
        if kept is not None and [(one.group, one.option, one.quantity) for one in kept.modifiers] == [
            (one.group, one.option, one.quantity) for one in ask.modifiers
        ]:
            return kept.modifiers
        return pick(item, ask.modifiers, self._till.currency, offline=self._offline)

    def _uses(self, item: Item, pack: PackUnit | None, quantity: int, modifiers: list[LineModifier]) -> list[CartUse]:
        options = [(find_option(item, one.group, one.option), one.quantity * quantity) for one in modifiers]
        extra = [(part, times) for option, times in options if option is not None for part in option.parts]
        taken = needs(self._shelf, item, quantity * (pack.milli if pack else 1000), extra)
        if any(need.milli > MILLI_MAX for need in taken):
            raise Wrong(contract.TOO_LARGE, "/quantity", "So much cannot be taken out of stock at once.")
        return [
            CartUse(variant_id=need.item.variant_id, product_id=need.item.product_id, milli=need.milli, deny=need.item.stock == "deny")
            for need in taken
        ]


def _printed(scanned: Scanned, item: Item, fixed: int | None, price: int, whole: bool) -> int:
    """Thousandths of the unit that the barcode stands for. What is sold whole is one; what costs nothing cannot be weighed by its price."""
    if fixed is None:
        return scanned.milli(item.unit)
    if whole:
        return 1000
    return round_half_up(fixed * 1000, price) if price else 0


def _pack(item: Item, ask: LineInput, kept: CartLine | None) -> PackUnit | None:
    packs = item.extras.packs if item.extras is not None else ()
    if ask.unit is None and ask.barcode is not None:
        return next((pack for pack in packs if ask.barcode in pack.barcodes), None)
    by_number_alone = kept is not None and ask.variant_id is None and ask.sku is None
    unit = ask.unit or (kept.unit if kept is not None and by_number_alone else item.unit)
    if unit == item.unit:
        return None
    found = next((pack for pack in packs if pack.code == unit), None)
    if found is None:
        raise Wrong(contract.WRONG_UNIT, "/unit", f"{item.name} is not sold by the {unit}.")
    return found


def check_discounts(discounts: list[DiscountInput], till: Till) -> list[DiscountInput]:
    """Each either a percentage or an amount in the store's currency."""
    for index, one in enumerate(discounts):
        if (one.percent is None) == (one.amount is None):
            raise Wrong(contract.WRONG_DISCOUNT, f"/discounts/{index}", "Give either a percent or an amount.")
        if one.amount is not None and one.amount.currency != till.currency:
            raise Wrong(contract.WRONG_CURRENCY, f"/discounts/{index}/amount/currency", f"The store sells in {till.currency}.")
    return discounts
