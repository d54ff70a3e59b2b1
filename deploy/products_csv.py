"""Products from a CSV file: every row is checked before the first one is sent.

    name,sku,barcode,category,price,tax,unit,currency
    Indomie Goreng 85 g,MI-001,8998244472719|8998244183554,Mi Instan,3500,ppn,piece,IDR

`name`, `sku` and `price` are needed; the price is in major units, 3500 or 3500.50. Commas, semicolons or tabs; UTF-8.
Barcodes, taxes and images may be several, with | between them. `stock` is allow, deny or untracked. `pack` is a bigger unit of
the same thing (carton), with `pack_contains` (40) of the unit, and perhaps a `pack_barcode` and a `pack_price` of its own.
A product is afterwards what its row says: what has no column is emptied.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

from actors.catalog.contract import StockPolicy, Unit, UpsertItem
from actors.runtime.money import exponent_of
from deploy.trouble import Trouble

SAMPLES = Path(__file__).parent / "samples"
PACK = ("pack", "pack_contains", "pack_barcode", "pack_price")
COLUMNS = ("name", "sku", "barcode", "category", "price", "tax", "unit", "currency", "stock", "image", *PACK)
NEEDED = ("name", "sku", "price")
HINTS = {
    "unit": f"possible are {', '.join(get_args(Unit))}",
    "stock": f"possible are {', '.join(get_args(get_args(StockPolicy)[0]))}",
    "image": "a picture's address begins with https:// or http://",
    "pack": "letters, digits and . _ - / only, such as carton",
    "pack_contains": "a number above zero, with a decimal point and up to three decimals, such as 24 or 0.5",
}
"""What a column takes, where the pattern that it must match tells a person nothing."""
PRICE = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts from 1, the header included, as an editor shows it."""

    line: int
    item: UpsertItem


class BadRow(Exception):
    """Says what is wrong, without the line."""


def find_file(name: str) -> Path:
    """A path, or the name of a sample that Kasir brings along."""
    path, sample = Path(name), SAMPLES / f"{name}.csv"
    if path.is_file():
        return path
    if sample.is_file():
        return sample
    known = ", ".join(sorted(file.stem for file in SAMPLES.glob("*.csv")))
    raise Trouble(f"there is no file {name}. Give the path of a CSV file, or one of the samples: {known}.")


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Trouble(f"{path} is not UTF-8. Save it as CSV UTF-8.") from None
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}.") from None


def read_rows(text: str, currency: str) -> tuple[list[Row], list[str]]:
    """Good rows, and one sentence for each bad one. Trouble when the columns are not those of products."""
    rows: list[Row] = []
    bad: list[str] = []
    taken: dict[str, int] = {}
    for line, cells in _lines(text):
        try:
            row = Row(line, _item(cells, currency))
            _claim(row, taken)
            rows.append(row)
        except BadRow as error:
            bad.append(f"line {line}: {error}")
    return rows, bad


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), strict=False)
    header = [cell.strip().lower() for cell in next(reader, [])]
    _check_header(header)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _check_header(header: list[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    strange = [name for name in header if name and name not in COLUMNS]
    if missing or strange:
        wrong = f"no column {', '.join(missing)}" if missing else f"an unknown column {', '.join(strange)}"
        raise Trouble(f"line 1 has {wrong}. The columns are: {', '.join(COLUMNS)}; needed are {', '.join(NEEDED)}.")


def _item(cells: dict[str, str], currency: str) -> UpsertItem:
    money = cells.get("currency", "").upper() or currency
    variant: dict[str, Any] = {
        "sku": cells.get("sku", ""),
        "price": {"amount": minor_units(cells.get("price", ""), money), "currency": money},
        "barcodes": _several(cells, "barcode"),
    }
    if any(cells.get(column) for column in PACK):
        variant["packs"] = [_pack(cells, money)]
    product = {
        "name": cells.get("name", ""),
        "category": cells.get("category") or None,
        "taxes": _several(cells, "tax"),
        "unit": cells.get("unit", "").lower() or "piece",
        "stock": cells.get("stock", "").lower() or "allow",
        "images": _several(cells, "image"),
        "variants": [variant],
    }
    try:
        return msgspec.convert(product, UpsertItem)
    except msgspec.ValidationError as error:
        raise BadRow(_in_words(str(error), cells)) from None


def _several(cells: dict[str, str], column: str) -> list[str]:
    return [value.strip() for value in cells.get(column, "").split("|") if value.strip()]


def _pack(cells: dict[str, str], currency: str) -> dict[str, Any]:
    for column in ("pack", "pack_contains"):
        if not cells.get(column):
            raise BadRow(f"{column} is missing: a pack needs a name, and how many it contains")
    price = cells.get("pack_price")
    return {
        "code": cells["pack"],
        "name": cells["pack"],
        "contains": cells["pack_contains"],
        "price": {"amount": minor_units(price, currency, "pack_price"), "currency": currency} if price else None,
        "barcodes": _several(cells, "pack_barcode"),
    }


def minor_units(price: str, currency: str, column: str = "price") -> int:
    """3500 IDR is 350000, 3500 JPY is 3500: the exponent is that of ISO 4217. BadRow names the `column`."""
    exponent = exponent_of(currency)
    if exponent is None:
        raise BadRow(f"currency {currency!r} is not an ISO 4217 code such as IDR")
    found = PRICE.fullmatch(price)
    if not found:
        raise BadRow(f"{column} {price!r} is not a number such as 3500 or 3500.50, without thousands separators")
    whole, decimals = found[1], found[2] or ""
    if len(decimals) > exponent:  # 3.500 means 3500 to whoever wrote it, and must not become 3.50
        raise BadRow(f"{column} {price!r} has more decimals than {currency} has ({exponent}); write 3500, without thousands separators")
    return int(whole + decimals.ljust(exponent, "0"))


IN_COLUMNS = {
    "variants[0].packs[0].code": "pack", "variants[0].packs[0].name": "pack", "variants[0].packs[0].contains": "pack_contains",
    "variants[0].packs[0].price": "pack_price", "variants[0].packs[0].barcodes": "pack_barcode",
    "variants[0].sku": "sku", "variants[0].price": "price", "variants[0].barcodes": "barcode",
    "name": "name", "category": "category", "taxes": "tax", "unit": "unit", "stock": "stock", "images": "image",
}
"""Where the parts of a product come from. The first that a path begins with counts. Lists show as `[...]`."""


def _in_words(complaint: str, cells: dict[str, str]) -> str:
    what, _, path = complaint.partition(" - at `$.")
    path = path.replace("[...]", "[0]")
    column = next((column for start, column in IN_COLUMNS.items() if path.startswith(start)), "row")
    what = HINTS.get(column, what)
    return f"{column} {cells.get(column, '')!r}: {what[0].lower()}{what[1:]}"


def _claim(row: Row, taken: dict[str, int]) -> None:
    """A SKU or barcode that stands twice in one file is a slip: the second would undo the first."""
    for variant in row.item.variants:
        barcodes = [*variant.barcodes, *(code for pack in variant.packs for code in pack.barcodes)]
        codes = [f"sku {variant.sku}", *(f"barcode {code}" for code in barcodes)]
        for code in codes:
            if code in taken:
                raise BadRow(f"{code} stands in line {taken[code]} already")
        taken.update(dict.fromkeys(codes, row.line))


def batches(rows: list[Row], size: int) -> Iterable[list[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
