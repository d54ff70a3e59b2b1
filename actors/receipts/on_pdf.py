"""A sheet as a PDF: one page, as long as the receipt, as far as there are pages of that length."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from actors.receipts.fonts import font, font_path, length
from actors.receipts.on_png import SHADES
from actors.receipts.texts import runs_backwards
from actors.receipts.typeset import Box, Sheet, Words

if TYPE_CHECKING:
    from fpdf import FPDF

_POINTS_PER_MM = 72 / 25.4
_DRAWN_PER_MM = 40
"""Dots of what is put in as a picture."""
_LENGTH_MAX = 5_000.0
"""mm: readers of PDF can show little more on one page."""
_OVERLAP = 30.0
"""mm that stand on both pages: what would be cut through on one is whole on the other."""


def as_pdf(sheets: Sequence[Sheet], title: str, at: datetime) -> bytes:
    from fpdf import FPDF

    pdf = FPDF(unit="mm")
    pdf.set_creation_date(at)
    pdf.set_title(title)
    pdf.set_creator("Kasir")
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.add_font("DejaVu", "", font_path("regular"))
    pdf.add_font("DejaVu", "B", font_path("bold"))
    for page in (page for sheet in sheets for page in _pages(sheet)):
        pdf.add_page(format=(page.width, page.height))
        _draw(pdf, page)
    return bytes(pdf.output())


def _pages(sheet: Sheet) -> Iterator[Sheet]:
    """What is too long goes on on another page."""
    top = 0.0
    while sheet.height - top > _LENGTH_MAX:
        yield _part(sheet, top, top + _LENGTH_MAX)
        top += _LENGTH_MAX - _OVERLAP
    yield _part(sheet, top, sheet.height)


def _part(sheet: Sheet, top: float, bottom: float) -> Sheet:
    if top == 0 and bottom == sheet.height:
        return sheet
    marks = [replace(mark, y=mark.y - top) for mark in sheet.marks if top <= mark.y and mark.y + getattr(mark, "height", 0) < bottom]
    return Sheet(sheet.width, bottom - top, marks)


def _draw(pdf: FPDF, sheet: Sheet) -> None:
    for mark in sheet.marks:
        if isinstance(mark, Box):
            pdf.set_fill_color(SHADES[mark.shade])
            pdf.rect(mark.x, mark.y, mark.width, mark.height, style="F")
        elif isinstance(mark, Words):
            _words(pdf, mark)
        else:
            pdf.image(io.BytesIO(b64decode(mark.png)), mark.x, mark.y, mark.width, mark.height)


def _words(pdf: FPDF, mark: Words) -> None:
    if runs_backwards(mark.text):
        _shaped(pdf, mark)
        return
    pdf.set_font("DejaVu", "B" if mark.face == "bold" else "", mark.size * _POINTS_PER_MM)
    pdf.set_text_color(SHADES[mark.shade])
    pdf.text(_start(mark), mark.y, mark.text)


def _start(mark: Words) -> float:
    return mark.x - {"left": 0.0, "middle": 0.5, "right": 1.0}[mark.side] * length(mark.text, mark.face, mark.size)


def _shaped(pdf: FPDF, mark: Words) -> None:
    """Arabic and Hebrew as a picture: their letters join and run from right to left, which a PDF does not do by itself."""
    from PIL import Image, ImageDraw

    drawn = font(mark.face, round(mark.size * _DRAWN_PER_MM))
    left, top, right, bottom = drawn.getbbox(mark.text, anchor="ls")
    picture = Image.new("L", (max(round(right - left), 1), max(round(bottom - top), 1)), 255)
    ImageDraw.Draw(picture).text((-left, -top), mark.text, fill=SHADES[mark.shade], font=drawn, anchor="ls")
    x, y = _start(mark) + left / _DRAWN_PER_MM, mark.y + top / _DRAWN_PER_MM
    pdf.image(picture, x, y, picture.width / _DRAWN_PER_MM, picture.height / _DRAWN_PER_MM)
