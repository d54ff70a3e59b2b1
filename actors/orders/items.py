"""What the price list knows of each variant: small, for there are hundreds of thousands of them in memory."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from actors.catalog.contract import Component, ModifierGroup, Pack, Price, Product, StockPolicy, Unit, Variant
from actors.orders.amounts import quantity_milli


class Part(NamedTuple):
    """A component: so many thousandths of its own unit for one unit of what it is part of."""

    variant_id: UUID
    milli: int


class PricePoint(NamedTuple):
    amount: int
    currency: str
    store_id: UUID | None
    price_list: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class PackUnit(NamedTuple):
    """`milli`: thousandths of the own unit in one of it. `price` is None when it costs as much as what it contains."""

    code: str
    milli: int
    price: int | None
    currency: str | None
    barcodes: tuple[str, ...]


class Option(NamedTuple):
    code: str
    name: str
    price: int
    currency: str | None
    parts: tuple[Part, ...]


class Choice(NamedTuple):
    """A group of modifiers: between `least` and `most` of its options."""

    code: str
    name: str
    least: int
    most: int
    options: dict[str, Option]


class Extras(msgspec.Struct, frozen=True, gc=False):
    """What most products do not have."""

    prices: tuple[PricePoint, ...] = ()
    packs: tuple[PackUnit, ...] = ()
    parts: tuple[Part, ...] = ()
    choices: tuple[Choice, ...] = ()
    store_ids: frozenset[UUID] | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """One variant. `barcodes` are its own, without those of its packs; a single one is kept as plain text."""

    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    category: str | None
    unit: Unit
    taxes: tuple[str, ...]
    price: int
    currency: str
    stock: StockPolicy
    for_sale: bool
    barcodes: str | tuple[str, ...]
    extras: Extras | None = None

    def all_barcodes(self) -> list[str]:
        own = [self.barcodes] if isinstance(self.barcodes, str) else list(self.barcodes)
        return own + [barcode for pack in self.extras.packs for barcode in pack.barcodes] if self.extras else own

    def off_sale(self) -> Item:
        return msgspec.structs.replace(self, for_sale=False)


class Shelf(Protocol):
    """Where items are found: the view PRICE_LIST."""

    def by_variant(self, variant_id: UUID) -> Item | None: ...
    def by_sku(self, sku: str) -> Item | None: ...
    def by_barcode(self, barcode: str) -> Item | None: ...


def make_item(product: Product, variant: Variant, category: str | None, taxes: tuple[str, ...], *, for_sale: bool) -> Item:
    """`category` and `taxes` are the product's, passed in so that equal ones can be the same object."""
    barcodes = variant.barcodes
    return Item(
        product_id=product.id,
        variant_id=variant.id,
        sku=variant.sku,
        name=f"{product.name} {variant.name}" if variant.name else product.name,
        category=category,
        unit=product.unit,
        taxes=taxes,
        price=variant.price.amount,
        currency=variant.price.currency,
        stock=product.stock,
        for_sale=for_sale,
        barcodes=barcodes[0] if len(barcodes) == 1 else tuple(barcodes),
        extras=_extras(product, variant),
    )


def _extras(product: Product, variant: Variant) -> Extras | None:
    if not (variant.prices or variant.packs or variant.components or product.modifiers or product.store_ids is not None):
        return None
    return Extras(
        prices=tuple(map(_price_point, variant.prices)),
        packs=tuple(map(_pack_unit, variant.packs)),
        parts=_parts(variant.components),
        choices=tuple(map(_choice, product.modifiers)),
        store_ids=frozenset(product.store_ids) if product.store_ids is not None else None,
    )


def _price_point(price: Price) -> PricePoint:
    return PricePoint(price.price.amount, price.price.currency, price.store_id, price.price_list, price.starts_at, price.ends_at)


def _pack_unit(pack: Pack) -> PackUnit:
    amount, currency = (pack.price.amount, pack.price.currency) if pack.price else (None, None)
    return PackUnit(pack.code, quantity_milli(pack.contains), amount, currency, tuple(pack.barcodes))


def _parts(components: list[Component]) -> tuple[Part, ...]:
    return tuple(Part(component.variant_id, quantity_milli(component.quantity)) for component in components)


def _choice(group: ModifierGroup) -> Choice:
    options = {
        option.code: Option(
            option.code, option.name, option.price.amount if option.price else 0, option.price.currency if option.price else None,
            _parts(option.components),
        )
        for option in group.options
    }
    return Choice(group.code, group.name, group.min, group.max, options)
