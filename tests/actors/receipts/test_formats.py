"""Hostile texts in every format: nothing of them commands a printer, a browser or a reader, and nothing leaves the paper."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from actors.orders.contract import Order
from actors.receipts.contract import Template
from actors.receipts.fonts import length
from actors.receipts.layout import Qr, Wish, rows_of
from actors.receipts.on_escpos import as_escpos, printed, signs
from actors.receipts.on_html import as_html
from actors.receipts.on_pdf import as_pdf
from actors.receipts.on_png import as_png, size_of
from actors.receipts.on_text import COLUMNS
from actors.receipts.texts import plain
from actors.receipts.typeset import Box, Sheet, Words, typeset
from actors.receipts.wording import Speech
from actors.stores.contract import Store
from http_edge.examples import EXAMPLES
from tests.actors.receipts.orders_made_up import HOSTILE, orders, stores, templates, texts

LINK = "https://toko-maju.example/r/" + "x" * 40
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows_for(order: Order, store: Store, template: Template, **wish: Any) -> list[Any]:
    return rows_of(order, store, template, Speech(template.language, store.currency, store.time_zone), Wish(**wish))


# --- the printer ------------------------------------------------------------------------------------------

OURS = re.compile(
    rb"\x1b@|\x1bt\x13|\x1b![\x00\x10\x20\x30]|\x1bE[\x00\x01]|\x1ba[\x00\x01\x02]|\x1b-[\x00-\x02]|\x1bM[\x00\x01]|\x1d!.|\x1db.|\x1dB."
    rb"|\x1d\(k\x04\x001A2\x00|\x1d\(k\x03\x001C.|\x1d\(k\x03\x001E.|\x1d\(k..1P0[!-~]+?(?=\x1d\(k)|\x1d\(k\x03\x001Q0|\x1bd\x06|\x1dV\x00",
    re.DOTALL,
)


@few
@given(orders(), stores(), templates(), st.booleans())
def test_a_printer_gets_our_commands_and_text_and_nothing_else(order: Order, store: Store, template: Template, gift: bool) -> None:
    sent = as_escpos(rows_for(order, store, template, link=LINK, gift=gift, copy=True), template.width)
    assert sent.endswith(b"\x1dV\x00")
    left = OURS.sub(b"", sent)
    assert not set(left) & set(range(0x20)) - {0x0A}, left
    assert max(map(len, left.split(b"\n"))) <= COLUMNS[template.width]


@given(texts)
def test_what_the_printer_cannot_write_is_a_question_mark(text: str) -> None:
    assert all(ord(sign) in signs() for sign in printed(plain(text)))


def test_accents_are_left_out_before_letters_are() -> None:
    assert [printed(text) for text in ("café", "Łódź", "牛肉 2", "€5", "ā")] == ["café", "?ódz", "?? 2", "€5", "a"]


# --- the browser ------------------------------------------------------------------------------------------


TAGS = frozenset(["html", "head", "meta", "title", "style", "body", "main", "div", "p", "h1", "hr", "span", "bdi", "figure", "svg", "path"])
ATTRIBUTES = frozenset(["lang", "charset", "name", "content", "class", "width", "height", "viewbox", "d", "stroke", "transform", "xmlns", "fill"])


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        assert all(value is None or "javascript" not in value for _, value in attrs)


@few
@given(orders(), stores(), templates())
def test_a_page_has_our_tags_and_nothing_else(order: Order, store: Store, template: Template) -> None:
    page = as_html(rows_for(order, store, template, link=LINK), template.width, template.language, store.name)
    read = Tags()
    read.feed(page)
    read.close()
    assert read.tags <= TAGS
    assert read.attributes <= ATTRIBUTES
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", ""), "it loads nothing"


# --- the picture ------------------------------------------------------------------------------------------


def inside(sheet: Sheet) -> bool:
    for mark in sheet.marks:
        if isinstance(mark, Words):
            wide = length(mark.text, mark.face, mark.size)
            left = mark.x - {"left": 0.0, "middle": wide / 2, "right": wide}[mark.side]
            if left < -0.01 or left + wide > sheet.width + 0.01 or not 0 < mark.y < sheet.height:
                return False
        elif mark.x < 0 or mark.x + mark.width > sheet.width + 0.01 or mark.y + mark.height > sheet.height + 0.01:
            return False
    return True


@few
@given(orders(), stores(), templates())
def test_nothing_is_set_beside_the_paper(order: Order, store: Store, template: Template) -> None:
    sheet = typeset(rows_for(order, store, template, link=LINK, copy=True), template.width, size_of)
    assert inside(sheet)
    assert [mark for mark in sheet.marks if isinstance(mark, Box)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_format_bears_it(hostile: str) -> None:
    order, store = EXAMPLES[Order], EXAMPLES[Store]
    order = replace(order, lines=[replace(order.lines[0], name=hostile, note=hostile)], receipt=hostile)
    template = replace(EXAMPLES[Template], header=[hostile], footer=[hostile], width="58")
    sheet = typeset(rows_for(order, store, template), "58", size_of)
    with Image.open(io.BytesIO(as_png(sheet))) as drawn:
        assert drawn.width == 580
    pdf = as_pdf([sheet], plain(hostile), order.sold_at)
    assert pdf.startswith(b"%PDF-")
    assert b"/JavaScript" not in pdf
    assert b"/OpenAction" not in pdf or b"/URI" not in pdf


def test_a_receipt_of_500_lines_is_still_a_picture() -> None:
    order, store = EXAMPLES[Order], EXAMPLES[Store]
    order = replace(order, lines=[replace(order.lines[0], number=at + 1, name=f"{at} " + "W" * 190) for at in range(500)])
    sheet = typeset(rows_for(order, store, replace(EXAMPLES[Template], width="58")), "58", size_of)
    with Image.open(io.BytesIO(as_png(sheet))) as drawn:
        assert drawn.height <= 30_000
    pdf = as_pdf([sheet], "long", order.sold_at)
    assert pdf.count(b"/Type /Page\n") == 1 + int((sheet.height - 5_000) // 4_970) + 1


def test_the_code_is_that_of_the_link() -> None:
    rows = rows_for(EXAMPLES[Order], EXAMPLES[Store], EXAMPLES[Template], link=LINK)
    assert [row.text for row in rows if isinstance(row, Qr)] == [LINK]
    assert not [row for row in rows_for(EXAMPLES[Order], EXAMPLES[Store], EXAMPLES[Template]) if isinstance(row, Qr)]
