"""What orders knows of others, in memory: the price list, and the tills. Both follow their owners' feeds."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from actors.catalog.contract import (
    PRODUCT_CHANGES,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    Product,
    ProductFeed,
)
from actors.orders.contract import LineInput
from actors.orders.rules import Item, TaxRate, Till, rate_parts
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
    """Every variant that ever was for sale. What was taken out stays, for a sale made offline may still name it."""

    def __init__(self) -> None:
        self._by_variant: dict[UUID, Item] = {}
        self._by_sku: dict[str, Item] = {}
        self._by_barcode: dict[str, Item] = {}
        self._of_product: dict[UUID, dict[UUID, tuple[Item, list[str]]]] = {}

    def __len__(self) -> int:
        return len(self._by_variant)

    def find(self, line: LineInput) -> Item | None:
        if line.sku is not None:
            return self._by_sku.get(line.sku)
        if line.barcode is not None:
            return self._by_barcode.get(line.barcode)
        return self._by_variant.get(line.variant_id) if line.variant_id else None

    def apply(self, feed: ProductFeed) -> None:
        for product in feed.items:
            self._put_product(product)

    def _put_product(self, product: Product) -> None:
        known = self._of_product.setdefault(product.id, {})
        there = {variant.id for variant in product.variants} if product.deleted_at is None else set()
        for variant_id, (item, barcodes) in list(known.items()):
            if variant_id not in there:
                self._put(known, _not_for_sale(item), barcodes)
        for variant in product.variants:
            if variant.id in there:
                name = f"{product.name} {variant.name}" if variant.name else product.name
                item = Item(
                    product.id, variant.id, variant.sku, name, product.unit, variant.price.amount, variant.price.currency,
                    product.tax, product.active,
                )
                self._put(known, item, variant.barcodes)
            elif variant.id not in known:
                item = Item(
                    product.id, variant.id, variant.sku, product.name, product.unit, variant.price.amount, variant.price.currency,
                    product.tax, False,
                )
                self._put(known, item, variant.barcodes)

    def _put(self, known: dict[UUID, tuple[Item, list[str]]], item: Item, barcodes: list[str]) -> None:
        old_item, old_barcodes = known.get(item.variant_id, (item, []))
        known[item.variant_id] = (item, barcodes)
        self._by_variant[item.variant_id] = item
        if old_item.sku != item.sku:
            _drop(self._by_sku, old_item.sku, item.variant_id)
        for barcode in set(old_barcodes) - set(barcodes):
            _drop(self._by_barcode, barcode, item.variant_id)
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


def _not_for_sale(item: Item) -> Item:
    return Item(
        item.product_id, item.variant_id, item.sku, item.name, item.unit, item.price, item.currency, item.tax, False
    )


class Tills:
    """Registers with their stores."""

    def __init__(self) -> None:
        self._stores: dict[UUID, Store] = {}
        self._registers: dict[UUID, Register] = {}
        self._tills: dict[UUID, Till] = {}

    def find(self, register_id: UUID) -> Till | None:
        return self._tills.get(register_id)

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                self._stores[change.store.id] = change.store
                for register in self._registers.values():
                    if register.store_id == change.store.id:
                        self._tills[register.id] = _till(register, change.store)
            if change.register is not None:
                register = change.register
                self._registers[register.id] = register
                if register.store_id in self._stores:
                    self._tills[register.id] = _till(register, self._stores[register.store_id])


def _till(register: Register, store: Store) -> Till:
    return Till(
        register_id=register.id,
        store_id=store.id,
        code=register.code,
        active=register.active,
        currency=store.currency,
        zone=ZoneInfo(store.time_zone),
        taxes={tax.code: TaxRate(tax.code, tax.name, tax.rate, rate_parts(tax.rate), tax.included) for tax in store.taxes},
        cash_rounding=store.cash_rounding,
    )


PRICE_LIST = Projection(
    "orders.price_list", PriceList, PRODUCT_CHANGES, (PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED), PriceList.apply
)
TILLS = Projection(
    "orders.tills", Tills, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED), Tills.apply
)
