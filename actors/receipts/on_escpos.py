"""Rows as bytes for a thermal printer (ESC/POS): written by python-escpos for a printer that only takes notes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from actors.receipts.layout import Logo, Look, Pair, Qr, Row, Text
from actors.receipts.on_png import opened
from actors.receipts.on_text import COLUMNS, lines_of
from actors.receipts.texts import without

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS = {"58": 384, "80": 576}
_LOGO_PART = 0.6
_LOGO_HEIGHT_MAX = 240
_CODE_PAGE = "cp858"
"""Western Europe with the euro sign; every printer that python-escpos knows of has it, or its predecessor, which differs in the euro only."""
_CONTROL = 0x20


def as_escpos(rows: Sequence[Row], width: str) -> bytes:
    """Ends with a cut. Signs that the printer does not have become a question mark each."""
    printer = new_printer(width)
    for row in rows:
        if isinstance(row, Logo):
            picture(printer, _fitted(row.png, DOTS[width]))
        elif isinstance(row, Qr):
            _qr(printer, row, width)
        else:
            _lines(printer, row, width)
    printer.cut()
    return bytes(printer.output)


def new_printer(width: str) -> Any:
    """It is told its code page once, instead of guessing one for each word."""
    from escpos.printer import Dummy

    printer = Dummy(profile=_profile(width))
    printer.hw("INIT")
    printer.charcode("CP858")
    return printer


@cache
def _profile(width: str) -> Any:
    """A printer like any other, that knows how wide its paper is."""
    from escpos import capabilities

    with contextlib.suppress(OSError):
        # Made by the import for a cache that no other process could find: it would only be left behind.
        Path(capabilities.pickle_path).unlink(missing_ok=True)
        Path(capabilities.pickle_dir).rmdir()
    profile = capabilities.Profile(features=capabilities.Profile().profile_data["features"])
    media = {"dpi": 203, "width": {"mm": int(width), "pixels": DOTS[width]}}
    profile.profile_data = {**profile.profile_data, "media": media}
    return profile


def _lines(printer: Any, row: Row, width: str) -> None:
    look: Look = row.look if isinstance(row, Text | Pair) else "plain"
    big = look == "title"
    printer.set(bold=look in ("bold", "title", "mark"), double_height=big, double_width=False, normal_textsize=not big, align="left")
    for line in lines_of(printable(row), COLUMNS[width]):
        write(printer, line)


def write(printer: Any, line: str) -> None:
    """Nothing below a space ever comes from a text: what a printer would take for a command is not in it."""
    coded = bytes(byte for byte in line.encode(_CODE_PAGE, "replace") if byte >= _CONTROL)
    printer._raw(coded + b"\n")


def printable(row: Any) -> Any:
    """With each text as the printer can write it, before lines are broken: a sign that becomes another one may be less wide."""
    from msgspec.structs import asdict

    return type(row)(**{name: _known(value) for name, value in asdict(row).items()})


def _known(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_known, value))
    return printed(value) if isinstance(value, str) else value


def printed(text: str) -> str:
    """"café" stays, "Łódź" becomes "?ódz": an accent that is not there is better left out than a letter lost."""
    if text.isascii():
        return text
    known = signs()
    bare = "".join(sign if ord(sign) in known else normalize("NFKD", sign) for sign in text)
    return without(bare, known, "?")


@cache
def signs() -> frozenset[int]:
    found = set(range(0x20, 0x7F))
    for byte in range(0x80, 0x100):
        with contextlib.suppress(UnicodeDecodeError):
            found.add(ord(bytes([byte]).decode(_CODE_PAGE)))
    return frozenset(found)


def _qr(printer: Any, row: Qr, width: str) -> None:
    """As the printer's own code, which is sharper than a picture."""
    from escpos.constants import QR_ECLEVEL_M

    printer.set(align="center", normal_textsize=True)
    printer.qr(row.text, ec=QR_ECLEVEL_M, size=5 if width == "58" else 6, native=True)
    printer.set(align="left", normal_textsize=True)
    for line in lines_of(printable(Text(row.caption)), COLUMNS[width]):
        write(printer, line)


def _fitted(png: str, dots: int) -> Image:
    logo = opened(png)
    scale = min(dots * _LOGO_PART / logo.width, _LOGO_HEIGHT_MAX / logo.height)
    return logo.resize((max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)))


def picture(printer: Any, drawn: Image) -> None:
    printer.set(align="center", normal_textsize=True)
    printer.image(drawn.convert("1"), impl="bitImageRaster", center=False)
    printer.set(align="left", normal_textsize=True)
