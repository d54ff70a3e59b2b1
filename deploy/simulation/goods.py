"""What is for sale: the sample minimarket, and a coffee corner that brews from what is in stock. The same in every simulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from actors.catalog.contract import UpsertItem
from deploy.products_csv import find_file, read_rows, read_text
from deploy.simulation.requests import CURRENCY, money, quantity
from deploy.simulation.seeds import shared_id

PRICE_STEP = 100_00
"""Prices are whole hundreds of rupiah, so that percentages of them come out even."""
WHOLESALE, WHOLESALE_SHARE = "grosir", 94
WHOLESALE_CATEGORIES = ("Mi Instan", "Air Mineral", "Bahan Pokok", "Minyak dan Tepung", "Bumbu Dapur")
ALWAYS = "2000-01-01T00:00:00Z"
"""From when on prices and promotions count: without it, from when they are made, and the town sells in days before that."""
POPULARITY = {
    "Mi Instan": 9, "Air Mineral": 9, "Teh dan Kopi Siap Minum": 8, "Minuman Ringan": 7, "Camilan": 8, "Roti dan Sarapan": 6, "Susu": 5,
    "Bahan Pokok": 5, "Minyak dan Tepung": 4, "Bumbu Dapur": 4, "Sayur": 4, "Buah": 4, "Kopi dan Teh": 3, "Makanan Kaleng dan Beku": 3,
    "Daging dan Ikan": 2, "Perawatan Diri": 3, "Rumah Tangga": 3, "Kesehatan": 2,
}
COST_SHARES = {"Sayur": 68, "Buah": 70, "Daging dan Ikan": 80, "Bahan Pokok": 90, "Air Mineral": 75, "Perawatan Diri": 76, "Kesehatan": 74}
COST_SHARE = 82
"""Percent of the price that the store pays for it."""
COFFEE = "Kopi Segar"

# SKU, name, unit, what a unit costs the store (Rp).
INGREDIENTS = (
    ("BAHAN-BIJI", "Biji kopi Gayo", "kg", 165_000), ("BAHAN-SUSU", "Susu segar", "l", 19_000), ("BAHAN-GULA", "Gula aren cair", "l", 32_000),
    ("BAHAN-GELAS", "Gelas dan tutup", "piece", 650), ("BAHAN-COKELAT", "Cokelat bubuk", "kg", 92_000),
)
# SKU, name, price (Rp), popularity, what is in it (thousandths).
DRINKS = (
    ("KOPI-SUSU", "Kopi Susu Gula Aren", 18_000, 10, {"BAHAN-BIJI": 16, "BAHAN-SUSU": 120, "BAHAN-GULA": 25, "BAHAN-GELAS": 1000}),
    ("KOPI-HITAM", "Kopi Hitam", 12_000, 6, {"BAHAN-BIJI": 14, "BAHAN-GELAS": 1000}),
    ("KOPI-LATTE", "Caffe Latte", 22_000, 5, {"BAHAN-BIJI": 18, "BAHAN-SUSU": 180, "BAHAN-GELAS": 1000}),
    ("KOPI-CAPPUCCINO", "Cappuccino", 22_000, 4, {"BAHAN-BIJI": 18, "BAHAN-SUSU": 140, "BAHAN-GELAS": 1000}),
    ("KOPI-COKELAT", "Cokelat Panas", 20_000, 3, {"BAHAN-COKELAT": 25, "BAHAN-SUSU": 180, "BAHAN-GELAS": 1000}),
)
SHOT_PRICE, SHOT_BEANS_MILLI = 5_000_00, 9
BIG_PRICE, BIG_MILK_MILLI = 4_000_00, 60


@dataclass(frozen=True)
class Thing:
    """A variant: `price` and `cost` of one unit in minor units; `uses`: thousandths of other variants that leave the stock for it."""

    sku: str
    name: str
    category: str
    unit: str
    price: int
    cost: int
    popularity: float
    wholesale: int | None = None
    barcodes: tuple[str, ...] = ()
    uses: tuple[tuple[UUID, int], ...] = ()
    taxes: tuple[str, ...] = ("ppn",)

    @property
    def product_id(self) -> UUID:
        return shared_id("product", self.sku)

    @property
    def variant_id(self) -> UUID:
        return variant_id(self.sku)

    def priced(self, *, wholesale: bool) -> int:
        return self.wholesale if wholesale and self.wholesale is not None else self.price


def variant_id(sku: str) -> UUID:
    return shared_id("variant", sku)


@cache
def groceries() -> tuple[Thing, ...]:
    rows, _ = read_rows(read_text(find_file("minimarket")), CURRENCY)
    found = []
    for row in rows:
        found.append(_grocery(row.item, Random(row.item.variants[0].sku)))  # noqa: S311
    return tuple(found)


def _grocery(item: UpsertItem, die: Random) -> Thing:
    variant, category = item.variants[0], item.category or ""
    price = variant.price.amount
    cost = price * (COST_SHARES.get(category, COST_SHARE) + die.randint(-4, 4)) // 100
    wholesale = price * WHOLESALE_SHARE // 100 // PRICE_STEP * PRICE_STEP if category in WHOLESALE_CATEGORIES else None
    # A few are bought all the time, most of them now and then.
    popularity = POPULARITY.get(category, 3) * die.paretovariate(1.3)
    return Thing(
        variant.sku, item.name, category, item.unit, price, cost, min(popularity, 120), wholesale, tuple(variant.barcodes), taxes=tuple(item.taxes)
    )


@cache
def ingredients() -> tuple[Thing, ...]:
    return tuple(Thing(sku, name, "Bahan Kopi", unit, cost * 125, cost * 100, 0) for sku, name, unit, cost in INGREDIENTS)


@cache
def drinks() -> tuple[Thing, ...]:
    costs = {one.sku: one.cost for one in ingredients()}
    return tuple(
        Thing(
            sku, name, COFFEE, "piece", price * 100, sum(costs[used] * milli // 1000 for used, milli in uses.items()), popularity,
            uses=tuple((variant_id(used), milli) for used, milli in uses.items()),
        )
        for sku, name, price, popularity, uses in DRINKS
    )


def everything() -> tuple[Thing, ...]:
    """Those that others are made of come first."""
    return (*ingredients(), *groceries(), *drinks())


def upsert(thing: Thing) -> dict[str, Any]:
    """As `POST /v1/products/batch` takes it."""
    variant: dict[str, Any] = {"id": thing.variant_id, "sku": thing.sku, "price": money(thing.price)}
    if thing.barcodes:
        variant["barcodes"] = list(thing.barcodes)
    if thing.wholesale is not None:
        variant["prices"] = [{"price": money(thing.wholesale), "price_list": WHOLESALE, "starts_at": ALWAYS}]
    if thing.uses:
        variant["components"] = [{"variant_id": used, "quantity": quantity(milli)} for used, milli in thing.uses]
    product: dict[str, Any] = {
        "id": thing.product_id, "name": thing.name, "category": thing.category, "unit": thing.unit, "taxes": thing.taxes, "variants": [variant],
        "active": thing.popularity > 0,
    }
    if thing.category == COFFEE:
        product["modifiers"] = _modifiers()
    return product


def _modifiers() -> list[dict[str, Any]]:
    shot = [{"variant_id": variant_id("BAHAN-BIJI"), "quantity": quantity(SHOT_BEANS_MILLI)}]
    big = [{"variant_id": variant_id("BAHAN-SUSU"), "quantity": quantity(BIG_MILK_MILLI)}]
    return [
        {"code": "tambahan", "name": "Tambahan", "max": 2, "options": [
            {"code": "shot", "name": "Espresso ekstra", "price": money(SHOT_PRICE), "components": shot},
        ]},
        {"code": "ukuran", "name": "Ukuran", "options": [{"code": "besar", "name": "Besar", "price": money(BIG_PRICE), "components": big}]},
    ]
