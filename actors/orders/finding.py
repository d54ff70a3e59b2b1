"""Which thing a line names, in which unit, and how much of it: by its ids, by its barcode, or by what a scale printed."""

from __future__ import annotations

from actors.orders import contract
from actors.orders.amounts import quantity_milli, round_half_up
from actors.orders.cart import CartLine
from actors.orders.contract import LineInput
from actors.orders.items import Item, PackUnit, Shelf
from actors.orders.scales import Scanned, scan
from actors.orders.tills import Till
from actors.orders.wrongs import Wrong
from actors.runtime.money import shown


def find_item(ask: LineInput, kept: CartLine | None, shelf: Shelf, till: Till) -> tuple[Item, Scanned | None]:
    """The variant, and what a scale printed about it. A line that is kept may be named by its number alone."""
    named = (ask.variant_id is not None) + (ask.sku is not None) + (ask.barcode is not None)
    if named != 1 and (named or kept is None):
        raise Wrong(contract.UNKNOWN_PRODUCT, "", "Name the product by exactly one of variant_id, sku and barcode.")
    scanned = None
    if ask.sku is not None:
        field, item = "sku", shelf.by_sku(ask.sku)
    elif ask.barcode is not None:
        field, item = "barcode", shelf.by_barcode(ask.barcode)
        if item is None and (scanned := scan(ask.barcode, till.scales, till.currency)) is not None:
            item = shelf.by_barcode(scanned.item)
    else:
        variant_id = ask.variant_id or (kept.variant_id if kept else None)
        field, item = "variant_id", shelf.by_variant(variant_id) if variant_id else None
    if item is None:
        detail = f"No product has {field} {ask.variant_id or ask.sku or ask.barcode}. Look it up in the catalog, or add it there."
        raise Wrong(contract.UNKNOWN_PRODUCT, f"/{field}", detail)
    return item, scanned


def find_pack(item: Item, ask: LineInput, kept: CartLine | None) -> PackUnit | None:
    """The pack that is asked for; None for the product's own unit."""
    packs = item.extras.packs if item.extras is not None else ()
    if ask.unit is None and ask.barcode is not None:
        return next((pack for pack in packs if ask.barcode in pack.barcodes), None)
    by_number_alone = kept is not None and ask.variant_id is None and ask.sku is None
    unit = ask.unit or (kept.unit if kept is not None and by_number_alone else item.unit)
    if unit == item.unit:
        return None
    found = next((pack for pack in packs if pack.code == unit), None)
    if found is None:
        raise Wrong(contract.WRONG_UNIT, "/unit", f"{item.name} is not sold by the {unit}. Leave `unit` out, or name that of a pack.")
    return found


def find_quantity(
    item: Item, pack: PackUnit | None, ask: LineInput, scanned: Scanned | None, price: int, currency: str, kept: CartLine | None
) -> tuple[int, int | None]:
    """Thousandths of the unit, and the price that a scale printed. `price`: of one unit."""
    asked = quantity_milli(ask.quantity)
    whole = pack is not None or item.unit == "piece"
    if scanned is None:
        if whole and asked % 1000:
            raise Wrong(contract.WRONG_QUANTITY, "/quantity", f"{item.name} is sold in whole units. Give a whole number.")
        return asked, kept.fixed_gross if kept and kept.quantity_milli == asked else None
    fixed = scanned.price(currency) if scanned.holds_price else None
    printed = _printed(scanned, item, fixed, price, whole)
    if not printed or (whole and printed % 1000):
        raise Wrong(contract.WRONG_QUANTITY, "/barcode", _no_quantity(item, fixed, price, currency))
    if asked not in (1000, printed):
        raise Wrong(contract.WRONG_QUANTITY, "/quantity", "The barcode brings the quantity along: leave it out.")
    return printed, fixed


def _no_quantity(item: Item, fixed: int | None, price: int, currency: str) -> str:
    if fixed is None:
        return f"The barcode holds no quantity in which {item.name} is sold."
    if not fixed or not price:
        return f"The barcode holds a price, and of {item.name} nothing can be told by it: {'it' if price else 'the product'} costs nothing."
    unit = f"a {item.unit} of {item.name} costs {shown(price, currency)}"
    return f"The barcode holds the price {shown(fixed, currency)}, and {unit}. Are the store's `scale_barcodes` right about its `decimals`?"


def _printed(scanned: Scanned, item: Item, fixed: int | None, price: int, whole: bool) -> int:
    """Thousandths of the unit that the barcode stands for. What is sold whole is one; what costs nothing cannot be weighed by its price."""
    if fixed is None:
        return scanned.milli(item.unit)
    if whole:
        return 1000
    return round_half_up(fixed * 1000, price) if price else 0
