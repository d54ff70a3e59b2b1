"""Barcodes that a store's scales print: EAN-13 with the weight or the price in it (GS1 prefixes 20-29)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from actors.orders import contract
from actors.orders.amounts import round_half_up
from actors.orders.wrongs import Wrong
from actors.runtime.ean import check_digit, is_ean13
from actors.runtime.money import exponent_of, printed_decimals
from actors.stores.contract import ScaleBarcode

WEIGHT_DECIMALS = 3
"""Grams."""


class Scanned(NamedTuple):
    """`item`: the barcode under which the variant is known. `value`: with so many `decimals`, kg or major units."""

    item: str
    holds_price: bool
    value: int
    decimals: int

    def milli(self, unit: str) -> int:
        """Thousandths of `unit` (kg, if it is no unit of weight)."""
        per_kg = 1_000_000 if unit == "g" else 1000
        return round_half_up(self.value * per_kg, 10**self.decimals)

    def price(self, currency: str) -> int:
        """Minor units."""
        return round_half_up(self.value * 10 ** (exponent_of(currency) or 0), 10**self.decimals)


def scan(barcode: str, scales: Iterable[ScaleBarcode], currency: str) -> Scanned | None:
    """What a scale printed, or None when it is no scale's barcode. A wrong check digit is told: it was misread."""
    if not is_ean13(barcode):
        return None
    for scale in scales:
        if barcode.startswith(scale.prefix):
            if check_digit(barcode[:12]) != int(barcode[12]):
                raise Wrong(contract.UNKNOWN_PRODUCT, "/barcode", f"The check digit of {barcode} is wrong. Scan it again.")
            item = barcode[: 2 + scale.item_digits]
            return Scanned(item, scale.holds == "price", int(barcode[12 - scale.value_digits : 12]), _decimals(scale, currency))
    return None


def _decimals(scale: ScaleBarcode, currency: str) -> int:
    if scale.decimals is not None:
        return scale.decimals
    return printed_decimals(currency) if scale.holds == "price" else WEIGHT_DECIMALS
