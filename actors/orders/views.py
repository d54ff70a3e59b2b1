"""What orders knows of others, in memory: the price list, the offers, and the tills. All follow their owners' feeds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from actors.catalog.contract import (
    OFFER_CHANGES,
    PRICE_LIST_CREATED,
    PRICE_LIST_UPDATED,
    PRODUCT_CHANGES,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    PROMOTION_CREATED,
    PROMOTION_UPDATED,
    Product,
    ProductFeed,
)
from actors.orders.items import Item, make_item
from actors.orders.offers import Offers
from actors.orders.plain import Memory
from actors.orders.tills import Till, make_till
from actors.runtime.actor import Projection
from actors.stores.contract import (
    REGISTER_CREATED,
    REGISTER_UPDATED,
    STORE_CHANGES,
    STORE_CREATED,
    STORE_UPDATED,
    Register,
    Store,
    StoreFeed,
)


class PriceList:
    """Every variant that ever was for sale. What was taken out stays, for a sale made offline may still name it.

    `memory`: what has been worked out about lines of it, for all members of a process.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self._by_variant: dict[UUID, Item] = {}
        self._by_sku: dict[str, Item] = {}
        self._by_barcode: dict[str, Item] = {}
        # Most products have one variant: its id is all that is kept then.
        self._of_product: dict[UUID, UUID | tuple[UUID, ...]] = {}
        self._categories: dict[str, str] = {}
        self._taxes: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_variant)

    def by_variant(self, variant_id: UUID) -> Item | None:
        return self._by_variant.get(variant_id)

    def by_sku(self, sku: str) -> Item | None:
        return self._by_sku.get(sku)

    def by_barcode(self, barcode: str) -> Item | None:
        return self._by_barcode.get(barcode)

    def apply(self, feed: ProductFeed) -> None:
        for product in feed.items:
            self._put_product(product)

    def _put_product(self, product: Product) -> None:
        known = self._variants_of(product.id)
        there = {variant.id for variant in product.variants}
        for variant_id in known:
            if variant_id not in there:
                self._take_off_sale(self._by_variant[variant_id])
        category = self._categories.setdefault(product.category, product.category) if product.category else None
        taxes = tuple(product.taxes)
        taxes = self._taxes.setdefault(taxes, taxes)
        for variant in product.variants:
            for_sale = product.active and product.deleted_at is None
            self._put(make_item(product, variant, category, taxes, for_sale=for_sale))
        ids = tuple(dict.fromkeys([*known, *(variant.id for variant in product.variants)]))
        self._of_product[product.id] = ids[0] if len(ids) == 1 else ids

    def _variants_of(self, product_id: UUID) -> tuple[UUID, ...]:
        ids = self._of_product.get(product_id, ())
        return ids if isinstance(ids, tuple) else (ids,)

    def _take_off_sale(self, item: Item) -> None:
        if item.for_sale:
            self._put(item.off_sale())

    def _put(self, item: Item) -> None:
        old = self._by_variant.get(item.variant_id)
        barcodes = item.all_barcodes()
        if old is not None:
            if old.sku != item.sku:
                _drop(self._by_sku, old.sku, item.variant_id)
            for barcode in set(old.all_barcodes()).difference(barcodes):
                _drop(self._by_barcode, barcode, item.variant_id)
        self._by_variant[item.variant_id] = item
        _claim(self._by_sku, item.sku, item)
        for barcode in barcodes:
            _claim(self._by_barcode, barcode, item)


def _claim(names: dict[str, Item], name: str, item: Item) -> None:
    """What is for sale wins over what no longer is."""
    holder = names.get(name)
    if holder is None or holder.variant_id == item.variant_id or item.for_sale or not holder.for_sale:
        names[name] = item


def _drop(names: dict[str, Item], name: str, variant_id: UUID) -> None:
    holder = names.get(name)
    if holder is not None and holder.variant_id == variant_id:
        del names[name]


class Tills:
    """Registers with their stores."""

    def __init__(self) -> None:
        self._stores: dict[UUID, Store] = {}
        self._registers: dict[UUID, Register] = {}
        self._tills: dict[UUID, Till] = {}
        self._plans: dict[Any, Any] = {}

    def find(self, register_id: UUID) -> Till | None:
        return self._tills.get(register_id)

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                self._stores[change.store.id] = change.store
                for register in self._registers.values():
                    if register.store_id == change.store.id:
                        self._tills[register.id] = make_till(register, change.store, self._plans)
            if change.register is not None:
                register = change.register
                self._registers[register.id] = register
                if register.store_id in self._stores:
                    self._tills[register.id] = make_till(register, self._stores[register.store_id], self._plans)


PRICE_LIST = Projection(
    "orders.price_list", PriceList, PRODUCT_CHANGES, (PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED), PriceList.apply
)
OFFERS = Projection(
    "orders.offers", Offers, OFFER_CHANGES, (PRICE_LIST_CREATED, PRICE_LIST_UPDATED, PROMOTION_CREATED, PROMOTION_UPDATED), Offers.apply
)
TILLS = Projection(
    "orders.tills", Tills, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED), Tills.apply
)
