"""Reports as tables: which columns each has, and as CSV and XLSX. Pure but for the bytes that come out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from actors.runtime.money import exponent_of

Kind = Literal["text", "amount", "count", "quantity", "percent", "date", "moment", "yes", "part"]
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


class Column(NamedTuple):
    """`amount`: minor units of the row's currency, shown in major ones."""

    field: str
    title: str
    kind: Kind


class Table(NamedTuple):
    name: str
    columns: Sequence[Column]
    rows: Sequence[Any]


def value_of(row: Any, column: Column) -> Any:
    """As a number, a date or a text; None when there is none."""
    value = getattr(row, column.field)
    if value is None or value == "":
        return None
    if column.kind == "amount":
        return major(value, row.currency)
    if column.kind in ("quantity", "percent"):
        return Decimal(value)
    if column.kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if column.kind == "part":
        # "11/12" alone would be a day in autumn to a spreadsheet.
        return "all" if value == "1" else f"{value} of it"
    if column.kind == "yes":
        return "yes" if value else "no"
    return value if column.kind in ("count", "date", "moment") else str(value)


def major(amount: int, currency: str) -> Decimal:
    """15000000 IDR is 150000.00."""
    return Decimal(amount).scaleb(-(exponent_of(currency) or 0))


def to_csv(table: Table) -> bytes:
    """UTF-8 with a mark in front, so that spreadsheets read it right."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow([column.title for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(value_of(row, column)) for column in table.columns])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def harmless(text: str) -> str:
    """Names come from people: one that begins like a formula must not become one. The apostrophe says "text" to a spreadsheet."""
    return f"'{text}" if text.startswith(_RISKY) or text.lstrip().startswith(_RISKY) else text


def to_xlsx(table: Table) -> bytes:
    """Numbers as numbers, dates as dates, text as nothing but text."""
    import xlsxwriter  # it is needed by few, and takes its time

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet(table.name[:31])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats: dict[str, Any] = {}
    for across, column in enumerate(table.columns):
        sheet.write_string(0, across, column.title, head)
    for down, row in enumerate(table.rows, start=1):
        for across, column in enumerate(table.columns):
            _write(sheet, down, across, value_of(row, column), _format(book, formats, column, row))
    for across, column in enumerate(table.columns):
        sheet.set_column(across, across, 30 if column.field == "name" else 38 if column.field == "key" else 14)
    sheet.freeze_panes(1, 0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return out.getvalue()


def _write(sheet: Any, down: int, across: int, value: Any, look: Any) -> None:
    if value is None:
        sheet.write_blank(down, across, None, look)
    elif isinstance(value, str):
        sheet.write_string(down, across, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(down, across, value.replace(tzinfo=None), look)
    elif isinstance(value, date):
        sheet.write_datetime(down, across, value, look)
    else:
        sheet.write_number(down, across, value, look)


def _format(book: Any, formats: dict[str, Any], column: Column, row: Any) -> Any:
    look = {
        "count": "#,##0", "quantity": "#,##0.###", "percent": "0.0", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm",
    }.get(column.kind, "@")  # fmt: skip
    if column.kind == "amount":
        decimals = exponent_of(row.currency) or 0
        look = f"#,##0{'.' if decimals else ''}{'0' * decimals}"
    if look not in formats:
        formats[look] = book.add_format({"num_format": look})
    return formats[look]
