"""A sheet as a PNG."""

from __future__ import annotations

import io
from base64 import b64decode
from typing import TYPE_CHECKING

from actors.receipts.fonts import font
from actors.receipts.typeset import Box, Picture, Shade, Sheet, Words

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn
    from PIL.ImageDraw import ImageDraw as Pen

DOTS_PER_MM = 10
HEIGHT_MAX = 30_000
"""Pixels: what is longer is drawn smaller."""
SHADES: dict[Shade, int] = {"black": 17, "grey": 100, "white": 255}


def as_png(sheet: Sheet) -> bytes:
    from PIL import Image, ImageDraw

    scale = min(DOTS_PER_MM, HEIGHT_MAX / sheet.height)
    picture = Image.new("L", (round(sheet.width * scale), round(sheet.height * scale)), 255)
    pen = ImageDraw.Draw(picture)
    for mark in sheet.marks:
        if isinstance(mark, Words):
            words(pen, mark, scale)
        elif isinstance(mark, Box):
            _box(pen, mark, scale)
        else:
            _paste(picture, mark, scale)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


def words(pen: Pen, mark: Words, scale: float) -> None:
    where = (mark.x * scale, mark.y * scale)
    pen.text(where, mark.text, fill=SHADES[mark.shade], font=font(mark.face, max(round(mark.size * scale), 1)), anchor=f"{mark.side[0]}s")


def _box(pen: Pen, mark: Box, scale: float) -> None:
    """Edges go to whole pixels, so that neighbours meet without a seam."""
    left, top = round(mark.x * scale), round(mark.y * scale)
    right, bottom = round((mark.x + mark.width) * scale), round((mark.y + mark.height) * scale)
    pen.rectangle((left, top, max(right - 1, left), max(bottom - 1, top)), fill=SHADES[mark.shade])


def _paste(picture: Drawn, mark: Picture, scale: float) -> None:
    logo = opened(mark.png).resize((max(round(mark.width * scale), 1), max(round(mark.height * scale), 1)))
    picture.paste(logo, (round(mark.x * scale), round(mark.y * scale)))


def opened(png: str) -> Drawn:
    """A logo, grey on white. It was looked at when it came in: see `logos.py`."""
    from PIL import Image

    with Image.open(io.BytesIO(b64decode(png)), formats=["PNG"]) as read:
        drawn = read.convert("RGBA")
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("L")


def size_of(png: str) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(b64decode(png)), formats=["PNG"]) as read:
        return read.size
