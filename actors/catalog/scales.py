"""Barcodes that scales print with a weight or a price in them: of which items they may be. How they are read, stores say."""

from __future__ import annotations

from uuid import UUID

from actors.runtime.actor import Projection
from actors.runtime.ean import check_digit, is_ean13
from actors.stores.contract import STORE_CHANGES, STORE_CREATED, STORE_UPDATED, ScaleBarcode, StoreFeed


class Scales:
    """Of all stores: a product is the same in each of them."""

    def __init__(self) -> None:
        self._stores: dict[UUID, list[ScaleBarcode]] = {}

    def items_of(self, barcode: str) -> list[str]:
        """The barcodes under which the item may be known, the longest first; none when no store's scales print such a thing."""
        if not is_ean13(barcode) or check_digit(barcode[:12]) != int(barcode[12]):
            return []
        ends = {2 + one.item_digits for scales in self._stores.values() for one in scales if barcode.startswith(one.prefix)}
        return [barcode[:end] for end in sorted(ends, reverse=True)]

    def apply(self, feed: StoreFeed) -> None:
        for change in feed.items:
            if change.store is not None:
                self._stores[change.store.id] = change.store.scale_barcodes


SCALES = Projection("catalog.scales", Scales, STORE_CHANGES, (STORE_CREATED, STORE_UPDATED), Scales.apply)
