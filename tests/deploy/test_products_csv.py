"""A CSV is checked whole before anything is sent; each bad line is named."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from actors.catalog.contract import Pack
from actors.runtime.words import Money
from deploy.products_csv import SAMPLES, BadRow, find_file, minor_units, read_rows
from deploy.trouble import Trouble


def test_a_row_becomes_a_product() -> None:
    text = "name,sku,barcode,category,price,tax,unit,currency\nIndomie Goreng 85 g,MI-001,8998244472719|4006381333931,Mi Instan,3500,ppn,piece,\n"
    rows, bad = read_rows(text, "IDR")
    assert bad == []
    (row,) = rows
    (variant,) = row.item.variants
    assert row.line == 2
    assert (row.item.name, row.item.category, row.item.taxes, row.item.unit) == ("Indomie Goreng 85 g", "Mi Instan", ["ppn"], "piece")
    assert (variant.sku, variant.barcodes, variant.price) == ("MI-001", ["8998244472719", "4006381333931"], Money(amount=350000, currency="IDR"))


def test_a_row_may_bring_a_pack_stock_taxes_and_pictures() -> None:
    text = (
        "name,sku,price,tax,stock,image,pack,pack_contains,pack_barcode,pack_price\n"
        "Indomie Goreng,MI-1,3500,ppn|luxury,Deny,https://a.id/1.png|https://a.id/2.png,carton,40,8998244472719|18998244472716,135000\n"
        "Teh,T-1,5000,,,,crate,24,,\nJasa,J-1,1,,untracked,,,,,\n"
    )
    rows, bad = read_rows(text, "IDR")
    assert bad == []
    noodles, tea, service = (row.item for row in rows)
    carton = Pack(
        code="carton", name="carton", contains="40", price=Money(amount=13500000, currency="IDR"), barcodes=["8998244472719", "18998244472716"]
    )
    assert (noodles.taxes, noodles.stock, noodles.images) == (["ppn", "luxury"], "deny", ["https://a.id/1.png", "https://a.id/2.png"])
    assert noodles.variants[0].packs == [carton]
    assert tea.variants[0].packs == [Pack(code="crate", name="crate", contains="24")]
    assert (service.variants[0].packs, service.stock, service.taxes, service.images) == ([], "untracked", [], [])


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ("maybe,,,,,", "stock 'maybe': possible are allow, deny, untracked"),
        (",ftp://a.id/1,,,,", "image 'ftp://a.id/1': a picture's address begins with https://"),
        (",,carton,,,", "pack_contains is missing"),
        (",,,40,,", "pack is missing"),
        (",,,,8998244472719,", "pack is missing"),
        (",,two packs,40,,", "pack 'two packs': letters, digits"),
        (",,carton,0,,", "pack_contains '0': a number above zero"),
        (",,carton,4.0001,,", "pack_contains '4.0001': a number above zero"),
        (",,carton,40,1,", "pack_barcode '1': expected `str` of length >= 4"),
        (",,carton,40,,3.500", "pack_price '3.500' has more decimals"),
    ],
)
def test_what_cannot_be_a_pack_a_policy_or_a_picture_is_told_with_its_column(cells: str, complaint: str) -> None:
    rows, bad = read_rows(f"name,sku,price,stock,image,pack,pack_contains,pack_barcode,pack_price\nA,A,1,{cells}\n", "IDR")
    assert rows == []
    assert bad[0].startswith(f"line 2: {complaint}")


def test_the_barcode_of_a_pack_is_nobody_elses() -> None:
    rows, bad = read_rows("name,sku,price,barcode,pack,pack_contains,pack_barcode\nA,A,1,,box,4,12345\nB,B,1,12345,,,\n", "IDR")
    assert ["line 3: barcode 12345 stands in line 2 already"] == bad
    assert 1 == len(rows)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_separate_as_they_like(separator: str) -> None:
    rows, bad = read_rows(separator.join(("SKU ", "Name", "price")) + "\r\n" + separator.join(("A", '"Teh, ""manis"""', "1")) + "\r\n\r\n", "IDR")
    assert [(row.line, row.item.name) for row in rows] == [(2, 'Teh, "manis"')]
    assert bad == []


@pytest.mark.parametrize(
    ("price", "currency", "amount"),
    [("3500", "IDR", 350000), ("3500.5", "IDR", 350050), ("0", "IDR", 0), ("120", "JPY", 120), ("1.250", "KWD", 1250), ("19.99", "EUR", 1999)],
)
def test_prices_are_in_major_units(price: str, currency: str, amount: int) -> None:
    assert minor_units(price, currency) == amount


@pytest.mark.parametrize(
    ("price", "currency"),
    [*((price, "IDR") for price in ("3.500", "3,500", "Rp 3500", "-1", "1e3", "", "nan", "٣", "1.")), ("1.5", "JPY"), ("1", "XXX")],
)
def test_a_price_that_could_mean_two_things_is_refused(price: str, currency: str) -> None:
    with pytest.raises(BadRow):
        minor_units(price, currency)


def test_every_bad_line_is_named_by_its_number() -> None:
    text = (
        'name,sku,price,unit,barcode\n"two\nlines",A,1,piece,\nB,B,1,box,\nC,C,x,,\nD,,1,,\nE,E,1,,12\n'
        "F,F,1,,8998244472719\nG,F,1,,\nH,H,1,,8998244472719\n"
    )
    rows, bad = read_rows(text, "IDR")
    assert [row.item.variants[0].sku for row in rows] == ["F"]
    assert [line.partition(":")[0] for line in bad] == ["line 3", "line 4", "line 5", "line 6", "line 7", "line 9", "line 10"]
    assert "unit 'box': possible are piece, kg" in bad[1]
    assert "stands in line 8 already" in bad[5]


def test_columns_that_nobody_knows_are_not_ignored() -> None:
    with pytest.raises(Trouble, match="unknown column colour"):
        read_rows("name,sku,price,colour\n", "IDR")
    with pytest.raises(Trouble, match="no column sku, price"):
        read_rows("name\n", "IDR")
    with pytest.raises(Trouble, match="no column"):
        read_rows("", "IDR")


def test_a_sample_is_found_by_its_name() -> None:
    assert find_file("minimarket") == SAMPLES / "minimarket.csv"
    with pytest.raises(Trouble, match="samples: minimarket"):
        find_file("hypermarket")


def test_the_minimarket_is_a_real_one() -> None:
    path = SAMPLES / "minimarket.csv"
    rows, bad = read_rows(path.read_text(), "IDR")
    assert bad == []
    assert len(rows) >= 300
    kinds = Counter((row.item.unit, "|".join(row.item.taxes)) for row in rows)
    assert set(kinds) == {("piece", "ppn"), ("piece", ""), ("kg", "")}
    with path.open() as file:
        barcodes = [code for row in csv.DictReader(file) for code in row["barcode"].split("|") if code]
    assert all(is_ean13(code) and code.startswith("899") for code in barcodes)


def is_ean13(code: str) -> bool:
    """GS1 General Specifications, 7.9: weights 1 and 3 in turn, the sum a multiple of ten."""
    return len(code) == 13 and sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
