"""Labels: which code and which price stand on them, and that a scanner reads what the bars say."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from actors.catalog.contract import Price, Product
from actors.receipts.labels import SIZES, Label, as_escpos, code_of, label_of, pages_of, price_of, strip_of
from actors.receipts.on_png import as_png
from actors.receipts.wording import Speech
from http_edge.examples import EXAMPLES
from tests.actors.receipts.orders_made_up import names, rp
from tests.actors.receipts.test_formats import inside
from tests.support import some_id

AT = datetime(2026, 2, 1, tzinfo=UTC)
LEFT = ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"]
PARITY = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]
"""EAN-13 by GS1's General Specifications, 5.2.1: G is L's complement from right to left, R its complement."""


def read_ean13(modules: str) -> str:
    """As a scanner does: 95 modules, twelve digits, and the first one from the parity of the left half."""
    assert (modules[:3], modules[45:50], modules[92:]) == ("101", "01010", "101")
    flip = str.maketrans("01", "10")
    digits, parity = "", ""
    for at in [3 + 7 * each for each in range(6)]:
        seen = modules[at : at + 7]
        parity += "L" if seen in LEFT else "G"
        digits += str(LEFT.index(seen if seen in LEFT else seen[::-1].translate(flip)))
    for at in [50 + 7 * each for each in range(6)]:
        digits += str(LEFT.index(modules[at : at + 7].translate(flip)))
    return str(PARITY.index(parity)) + digits


def checked(digits: str) -> str:
    return digits + str(-sum(int(digit) * (1 if at % 2 == 0 else 3) for at, digit in enumerate(digits)) % 10)


@settings(max_examples=20, deadline=None)
@given(st.from_regex(r"[0-9]{12}", fullmatch=True).map(checked), st.sampled_from(["shelf", "product"]))
def test_a_scanner_reads_it_from_the_picture(ean: str, kind: str) -> None:
    """Each bar is as wide as it must be, to the pixel."""
    code, barcode = code_of([ean], "SKU")
    assert (code, barcode) == ("ean13", ean)
    with Image.open(io.BytesIO(as_png(strip_of([Label("Aqua", "Rp 3.500", "", "SKU", code, barcode)], kind)))) as drawn:
        row = [drawn.getpixel((x, round(drawn.height * 0.75))) for x in range(drawn.width)]
    first, last = row.index(17), len(row) - row[::-1].index(17)
    assert first >= 33, "the quiet zone, eleven modules"
    assert (last - first) == 95 * 3
    assert read_ean13("".join("1" if row[first + 3 * module + 1] == 17 else "0" for module in range(95))) == ean


@pytest.mark.parametrize(
    ("barcodes", "code", "shown"),
    [
        (["8886008101053"], "ean13", "8886008101053"), (["12345670"], "ean8", "12345670"), (["036000291452"], "ean13", "0036000291452"),
        (["8886008101050"], "code128", "8886008101050"), (["A-77", "8886008101053"], "ean13", "8886008101053"), (["A-77"], "code128", "A-77"),
        ([], "code128", "AQUA-600"), (["٣٤٥٦٧٨٩٠"], "code128", "٣٤٥٦٧٨٩٠"),
    ],
)  # fmt: skip
def test_which_code_stands_on_it(barcodes: list[str], code: str, shown: str) -> None:
    assert code_of(barcodes, "AQUA-600") == (code, shown)


def test_the_price_is_the_stores_own() -> None:
    variant, here = EXAMPLES[Product].variants[0], some_id()
    early, late = AT - timedelta(days=9), AT - timedelta(days=1)
    prices = [
        Price(price=rp(1)), Price(price=rp(2), starts_at=early), Price(price=rp(3), starts_at=late, ends_at=AT), Price(price=rp(4), price_list="vip"),
        Price(price=rp(5), store_id=here), Price(price=rp(6), store_id=here, starts_at=AT + timedelta(days=1)), Price(price=rp(7, "USD")),
    ]  # fmt: skip
    variant = replace(variant, prices=prices)
    assert [price_of(variant, store, "IDR", AT) for store in (here, some_id(), None)] == [5, 2, 2]
    assert price_of(replace(variant, prices=[]), here, "IDR", AT) == variant.price.amount


@settings(max_examples=30, deadline=None)
@given(names, names, st.sampled_from(["shelf", "product"]), st.integers(0, 10**13))
def test_nothing_stands_beside_a_label(name: str, variant_name: str, kind: str, price: int) -> None:
    product = replace(EXAMPLES[Product], name=name, unit="kg")
    variant = replace(product.variants[0], name=variant_name, price=rp(price), barcodes=["X" * 32], sku="Y" * 64, prices=[])
    label = label_of(product, variant, None, Speech("id", "IDR", "UTC"), AT)
    each = SIZES[kind].across * SIZES[kind].down
    pages = pages_of([label] * (each + 1), kind)
    assert len(pages) == 2
    assert all(map(inside, [*pages, strip_of([label, label], kind)]))
    sent = as_escpos([label])
    assert max(map(len, sent.split(b"\x1dh")[0].split(b"\n"))) <= 64 + 30
