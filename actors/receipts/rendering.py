"""Receipts and labels as documents. What takes long is drawn in the workshop."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec

from actors.orders.contract import Order
from actors.receipts.contract import Document, Template
from actors.receipts.layout import Wish, rows_of
from actors.receipts.on_html import as_html
from actors.receipts.on_text import as_text
from actors.receipts.texts import plain
from actors.receipts.wording import Speech
from actors.runtime.sealing import Seal
from actors.runtime.settings import Settings
from actors.runtime.words import Refusal
from actors.runtime.workshop import WORKSHOP
from actors.stores.contract import Store

CONTENT_TYPES = {
    "text": "text/plain; charset=utf-8", "escpos": "application/octet-stream", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf", "png": "image/png",
}  # fmt: skip
_ENDINGS = {"text": "txt", "escpos": "bin", "html": "html", "pdf": "pdf", "png": "png"}

_ON_PAPER = ("PIL.ImageFont", "segno", "fontTools.ttLib")
TOOLS = {"escpos": ("escpos.printer",), "png": _ON_PAPER, "pdf": (*_ON_PAPER, "fpdf")}
"""What is slow to load of what draws each. Text and HTML take a few milliseconds, and nothing of that kind."""

P = ParamSpec("P")


async def drawn(kind: str, draw: Callable[P, Document], *args: P.args, **kwargs: P.kwargs) -> Document | Refusal:
    """Refused while the workshop still lacks what it takes."""
    if kind not in TOOLS:
        return await asyncio.to_thread(draw, *args, **kwargs)
    refused = await WORKSHOP.lacks(TOOLS[kind])
    return refused if refused is not None else await WORKSHOP.make(draw, *args, **kwargs)


@asynccontextmanager
async def check_links(settings: Settings) -> AsyncIterator[None]:
    """SettingsError without a secret key: anybody could make up public links then."""
    Seal(settings.secret_key).check()
    yield None


def draw_receipt(order: Order, store: Store, template: Template, kind: str, wish: Wish) -> Document:
    """`template` says in which language and on which paper. What is slow to load is loaded when it is first needed."""
    speech = Speech(template.language, store.currency, store.time_zone)
    rows, width = rows_of(order, store, template, speech, wish), template.width
    name = plain(order.receipt) or order.id.hex[-12:]
    if kind == "text":
        content = as_text(rows, width).encode()
    elif kind == "html":
        content = as_html(rows, width, template.language, f"{plain(store.name)} {name}").encode()
    elif kind == "escpos":
        from actors.receipts.on_escpos import as_escpos

        content = as_escpos(rows, width)
    else:
        from actors.receipts.on_png import as_png, size_of
        from actors.receipts.typeset import typeset

        sheet = typeset(rows, width, size_of)
        if kind == "png":
            content = as_png(sheet)
        else:
            from actors.receipts.on_pdf import as_pdf

            content = as_pdf([sheet], f"{plain(store.name)} {name}", order.sold_at)
    return document(kind, content, f"receipt-{name}")


def document(kind: str, content: bytes, name: str) -> Document:
    """`name`: any text; the file's name keeps its letters, digits and dashes."""
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)[:80]
    return Document(content_type=CONTENT_TYPES[kind], content=b64encode(content).decode(), filename=f"{safe}.{_ENDINGS[kind]}")
