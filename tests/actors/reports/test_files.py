"""Reports as files: what a spreadsheet does with them, and what a picture is made of."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from typing import Any
from xml.etree import ElementTree

import hypothesis.strategies as st
import pytest
from hypothesis import given

from actors.reports.columns import sales_columns
from actors.reports.contract import SalesRow
from actors.reports.drawing import Panel, Picture, Series, draw, short
from actors.reports.tables import Table, harmless, to_csv, to_xlsx

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def row(**given: Any) -> SalesRow:
    zero = dict.fromkeys(SalesRow.__struct_fields__, 0)
    return SalesRow(**{**zero, "key": "k", "name": "Aqua", "currency": "IDR", "quantity": "2", "returned": "0", **given})


def cells(xlsx: bytes) -> list[list[ElementTree.Element]]:
    with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [list(line) for line in sheet.iter(f"{SHEET}row")]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "\n=2"])
def test_no_name_becomes_a_formula(name: str) -> None:
    table = Table("Sales", sales_columns("product"), [row(name=name, total=-5)])
    [_, line] = list(csv.reader(io.StringIO(to_csv(table).decode("utf-8-sig"), newline="")))
    assert line[0] == f"'{name}"
    assert line[10] == "-0.05"  # a number below zero stays one
    assert not list(ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(to_xlsx(table))).read("xl/worksheets/sheet1.xml")).iter(f"{SHEET}f"))


@given(st.text(max_size=30))
def test_what_is_written_as_csv_is_read_again_and_never_begins_like_a_formula(name: str) -> None:
    written = harmless(name)
    assert written in (name, f"'{name}")
    assert not written.lstrip().startswith(("=", "+", "-", "@"))


def test_a_spreadsheet_gets_numbers_as_numbers_and_dates_as_dates() -> None:
    table = Table("Sales", sales_columns("day"), [row(key="2026-01-31", total=1_050_000, orders=3)])
    head, line = cells(to_xlsx(table))
    assert [cell.get("t") for cell in head] == ["s"] * len(head)
    assert [cell.get("t") for cell in line] == ["n" if at != 1 else "s" for at in range(len(line))] or [
        cell.get("t") for cell in line
    ] == [None if at != 1 else "s" for at in range(len(line))]
    values = [cell.findtext(f"{SHEET}v") for cell in line]
    assert values[0] == str((date(2026, 1, 31) - date(1899, 12, 30)).days)
    assert float(values[9] or 0) == 10_500.0


def test_pictures_show_any_name_as_it_is() -> None:
    panel = Panel("IDR", ["$x^2$ <b>", "Teh & Kopi", "茶"], [Series("Sold", [3.0, 2.0, 0.0])], "lying")
    picture = Picture("Sales by product", "Toko Maju", [panel])
    assert draw(picture, "png").startswith(b"\x89PNG")
    svg = draw(picture, "svg")
    assert svg == draw(picture, "svg")
    ElementTree.fromstring(svg)
    assert b"<script" not in svg


def test_a_picture_of_nothing_says_so() -> None:
    assert draw(Picture("Sales", "Toko Maju", []), "png").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (950, "950"), (12_500, "12.5K"), (999_999, "1M"), (3_200_000, "3.2M"), (-1_040_000_000, "-1.04B")]
)
def test_large_numbers_are_short(value: float, words: str) -> None:
    assert short(value) == words
    assert re.fullmatch(r"-?[\d.,]+[KMB]?", words)
