"""Fills a cart: everything that is asked for is looked up, priced and resolved, or all that is wrong with it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from actors.orders import contract
from actors.orders.amounts import MILLI_MAX
from actors.orders.cart import CartLine, CartUse, check_discounts
from actors.orders.choices import find_option, pick
from actors.orders.contract import Customer, Flag, LineInput, LineModifier, OverrideInput
from actors.orders.finding import find_item, find_pack, find_quantity
from actors.orders.items import Item, PackUnit, Shelf
from actors.orders.offers import Offers
from actors.orders.prices import Found, Prices
from actors.orders.recipes import needs
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong, refuse
from actors.runtime.money import shown
from actors.runtime.words import Refusal


class Filled(NamedTuple):
    """`listed`: of lines whose register told a lower price, by their numbers, the one that was found. Minor units."""

    lines: list[CartLine]
    flags: list[Flag]
    next_number: int
    listed: dict[int, int]


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
    return refuse(wrongs) if wrongs else Filled(lines, list(filling.flags), filling.next_number, filling.listed)


class _Filling:
    def __init__(
        self, till: Till, shelf: Shelf, prices: Prices, at: datetime, before: dict[int, CartLine], next_number: int, offline: bool
    ) -> None:
        self._till, self._shelf, self._prices, self._at, self._offline = till, shelf, prices, at, offline
        self._before = before
        self._taken: set[int] = set()
        self.next_number = next_number
        self.flags: dict[Flag, None] = {}
        self.listed: dict[int, int] = {}

    def line(self, ask: LineInput) -> CartLine:
        kept = self._kept(ask)
        item, scanned = find_item(ask, kept, self._shelf, self._till)
        pack = find_pack(item, ask, kept)
        if kept is not None and (kept.variant_id != item.variant_id or kept.unit != (pack.code if pack else item.unit)):
            kept = None
        if kept is None:
            self._check_for_sale(item)
        price = self._price(item, pack, ask, kept)
        quantity, fixed = find_quantity(item, pack, ask, scanned, price.amount, self._till.currency, kept)
        list_price, reason = (kept.list_price, kept.override_reason) if kept else (None, "")
        if ask.override is not None and (given := self._override(ask.override)) != price.amount:
            list_price, reason = price.amount if list_price is None else list_price, ask.override.reason
            price, fixed = Found(given, "price:override"), None
        modifiers = self._modifiers(item, ask, kept)
        number = self._number(ask)
        if price.listed is not None:
            self.listed[number] = price.listed
        return CartLine(
            number=number,
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
            list_price=list_price,
            override_reason=reason,
        )

    def _kept(self, ask: LineInput) -> CartLine | None:
        """The line that this was. Only when an order is changed do numbers mean anything."""
        if ask.number is None or not self._before:
            return None
        kept = self._before.get(ask.number)
        if kept is None or ask.number in self._taken:
            detail = f"The order has no line {ask.number}, or it is named twice. Take the `number` of one that it has, once."
            raise Wrong(contract.INVALID, "/number", detail)
        self._taken.add(ask.number)
        return kept

    def _number(self, ask: LineInput) -> int:
        if ask.number is not None and self._before:
            return ask.number
        self.next_number += 1
        return self.next_number - 1

    def _check_for_sale(self, item: Item) -> None:
        stores = item.extras.store_ids if item.extras is not None else None
        here = stores is None or self._till.store_id in stores
        if item.for_sale and here:
            return
        if not self._offline:
            where = "now" if here else "in this store"
            raise Wrong(contract.NOT_FOR_SALE, "", f"{item.name} is not for sale {where}. Take it off the order, or put it on sale in the catalog.")
        self.flags["not_for_sale"] = None

    def _price(self, item: Item, pack: PackUnit | None, ask: LineInput, kept: CartLine | None) -> Found:
        given = ask.unit_price
        if given is not None and given.currency != self._till.currency:
            raise Wrong(contract.WRONG_CURRENCY, "/unit_price/currency", f"The store sells in {self._till.currency}. Give the price in that.")
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
        return Found(given.amount, "price:given", listed=now.amount if given.amount < now.amount else None)

    def _override(self, wish: OverrideInput) -> int:
        if wish.unit_price.currency != self._till.currency:
            detail = f"The store sells in {self._till.currency}. Give the price in that."
            raise Wrong(contract.WRONG_CURRENCY, "/override/unit_price/currency", detail)
        return wish.unit_price.amount

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
