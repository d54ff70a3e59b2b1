"""Labels for shelves and goods: what stands on one, and where. Barcodes are bars, so that they are sharp at any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from actors.catalog.contract import Price, Product, Variant
from actors.receipts.fonts import Face, drawable, length
from actors.receipts.texts import plain
from actors.receipts.typeset import Box, Sheet, Words, broken, runs
from actors.receipts.wording import Speech

Code = Literal["ean13", "ean8", "code128"]
_QUIET = 3.3
"""mm of white before the first bar: without, scanners do not find it. The label's own margin counts."""
_BAR_MM = 0.3
"""The width of the thinnest bar: EAN at 91 % of its size. Whole tenths are whole pixels of a picture, and every bar as wide as it must be."""


class Label(Struct, frozen=True):
    name: str
    price: str
    per: str
    sku: str
    code: Code
    barcode: str


class Size(Struct, frozen=True):
    """In mm; so many across and down a page of A4, with this margin on top and on the left."""

    width: float
    height: float
    across: int
    down: int
    left: float
    top: float
    name: float
    price: float


SIZES = {
    "shelf": Size(70, 37, 3, 8, 0, 0.5, 3.1, 7.6),
    "product": Size(38.1, 21.2, 5, 13, 9.75, 10.7, 1.9, 3.0),
}


# --- what stands on it ------------------------------------------------------------------------------------


def label_of(product: Product, variant: Variant, store_id: UUID | None, speech: Speech, now: datetime) -> Label:
    name = plain(f"{product.name} {variant.name or ''}")
    code, barcode = code_of(variant.barcodes, variant.sku)
    price = price_of(variant, store_id, speech.currency, now)
    per = "" if product.unit == "piece" else f"/ {product.unit}"
    return Label(name, speech.money(price), per, variant.sku, code, barcode)


def code_of(barcodes: Sequence[str], sku: str) -> tuple[Code, str]:
    """The first EAN; else the first barcode, or the SKU, as Code 128, which can say anything."""
    for barcode in barcodes:
        digits = barcode.zfill(13) if len(barcode) == 12 else barcode
        if digits.isascii() and digits.isdigit() and len(digits) in (8, 13) and _checks(digits):
            return ("ean13" if len(digits) == 13 else "ean8"), digits
    return "code128", barcodes[0] if barcodes else sku


def _checks(digits: str) -> bool:
    """GS1's check digit: weights 3 and 1 from the right."""
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits))) % 10 == 0


def price_of(variant: Variant, store_id: UUID | None, currency: str, now: datetime) -> int:
    """What everybody pays in this store now: a price of the store's own before one of all stores, then the one that started last."""
    ours = [price for price in variant.prices if price.price_list is None and price.price.currency == currency and _counts(price, store_id, now)]
    if not ours:
        return variant.price.amount
    return max(ours, key=lambda price: (price.store_id is not None, price.starts_at is not None and price.starts_at.timestamp())).price.amount


def _counts(price: Price, store_id: UUID | None, now: datetime) -> bool:
    started = price.starts_at is None or price.starts_at <= now
    return price.store_id in (None, store_id) and started and (price.ends_at is None or now < price.ends_at)


# --- where it stands --------------------------------------------------------------------------------------


def pages_of(labels: Sequence[Label], kind: str) -> list[Sheet]:
    """Pages of A4, labels side by side."""
    size = SIZES[kind]
    each = size.across * size.down
    pages = []
    for first in range(0, len(labels), each):
        page = Sheet(210, 297)
        for at, label in enumerate(labels[first : first + each]):
            draw(page, label, kind, size.left + at % size.across * size.width, size.top + at // size.across * size.height)
        pages.append(page)
    return pages


def strip_of(labels: Sequence[Label], kind: str) -> Sheet:
    """One below the other, with a line to cut along."""
    size = SIZES[kind]
    strip = Sheet(size.width, size.height * len(labels))
    for at, label in enumerate(labels):
        if at:
            strip.marks += [Box(x * 2.0, at * size.height, 1.0, 0.1, "grey") for x in range(int(size.width / 2))]
        draw(strip, label, kind, 0, at * size.height)
    return strip


def draw(sheet: Sheet, label: Label, kind: str, x: float, y: float) -> None:
    size = SIZES[kind]
    margin = round(size.height * 0.09, 1)
    left, room = x + margin, size.width - 2 * margin
    below = y + margin
    for line in _lines(drawable(label.name, "bold"), size.name, room):
        sheet.marks.append(Words(left, below + size.name * 0.8, line, "bold", size.name))
        below += size.name * 1.2
    bars, small, foot = size.height * 0.24, size.height * 0.062, y + size.height - margin
    _price(sheet, label, kind, left, room, foot - bars - size.height * 0.15)
    indent = max(_QUIET - margin, 0)
    _bars(sheet, label, left + indent, foot - bars - size.height * 0.07, room - 2 * indent, bars)
    beside = label.sku if label.sku != label.barcode and kind == "shelf" else ""
    half = (room - indent) / (2 if beside else 1) - 1
    sheet.marks.append(Words(left + indent, foot, _fitting(label.barcode, small, half), "regular", small))
    if beside:
        sheet.marks.append(Words(left + room, foot, _fitting(beside, small, half), "regular", small, "grey", "right"))


def _fitting(text: str, size: float, room: float) -> str:
    text = drawable(text, "regular")
    return text if length(text, "regular", size) <= room else _shortened(text, "regular", size, room)


def _lines(name: str, size: float, room: float) -> list[str]:
    """At most two; what is longer ends with dots."""
    lines = broken(name, "bold", size, room)
    if len(lines) > 2:
        lines = [lines[0], _shortened(f"{lines[1]} {lines[2]}", "bold", size, room)]
    return lines


def _shortened(text: str, face: Face, size: float, room: float) -> str:
    while text and length(text + "…", face, size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _price(sheet: Sheet, label: Label, kind: str, left: float, room: float, base: float) -> None:
    """As large as it fits."""
    size = SIZES[kind].price
    size = min(size, size * room * 0.82 / length(label.price, "bold", size))
    sheet.marks.append(Words(left, base, label.price, "bold", size))
    if label.per:
        after = left + length(label.price, "bold", size) + size * 0.2
        sheet.marks.append(Words(after, base, label.per, "regular", size * 0.45, "grey"))


def _bars(sheet: Sheet, label: Label, left: float, top: float, room: float, height: float) -> None:
    modules = modules_of(label.code, label.barcode)
    widest = min(_BAR_MM, room / len(modules))
    wide = int(widest * 10) / 10 or widest
    left = round(left, 1)
    sheet.marks += [Box(left + a * wide, top, (b - a) * wide, height) for a, b in runs(modules)]


def modules_of(code: Code, barcode: str) -> bytes:
    """One for a bar, zero for a space."""
    from barcode import get_barcode_class

    kind = get_barcode_class(code)
    drawn = kind(barcode) if code != "code128" else kind(barcode, writer=None)
    return bytes(int(bit) for bit in drawn.build()[0])


# --- on a thermal printer ---------------------------------------------------------------------------------


def as_escpos(labels: Sequence[Label]) -> bytes:
    """One after the other, each cut off: on the paper of receipts, with bars that the printer makes itself."""
    from actors.receipts.on_escpos import new_printer, printed, write
    from actors.receipts.texts import wrap

    printer = new_printer("58")
    for label in labels:
        printer.set(bold=True, normal_textsize=True, align="left")
        for line in wrap(printed(label.name), 32)[:2]:
            write(printer, line)
        printer.set(bold=True, double_height=True, double_width=True, align="left")
        for line in wrap(printed(label.price), 16):
            write(printer, line)
        printer.set(normal_textsize=True, bold=False, align="left")
        for part in (label.per, label.sku):
            write(printer, printed(part)) if part else None
        printer._raw(b"".join(_native(label)))
        printer.cut()
    return bytes(printer.output)


def _native(label: Label) -> Iterator[bytes]:
    """GS h, GS w, GS H: height, width, digits below; GS k: the bars. Epson's ESC/POS reference, function B."""
    yield b"\x1dh\x50\x1dw\x02\x1dH\x02"
    data = label.barcode.encode("ascii", "replace")
    kind = {"ean13": 67, "ean8": 68, "code128": 73}[label.code]
    if label.code == "code128":
        data = b"{B" + data.replace(b"{", b"{{")
    yield b"\x1dk" + bytes([kind, len(data)]) + data + b"\n"
