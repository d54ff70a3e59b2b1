"""The fonts that pictures and PDFs are set in: DejaVu Sans, which comes with matplotlib. Loaded when they are first needed."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from actors.receipts.texts import without

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Face = Literal["regular", "bold"]
_FILES: dict[Face, str] = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
MISSING = "\N{WHITE SQUARE}"
_MEASURED = 1000


def font_path(face: Face) -> Path:
    """Without importing matplotlib, which takes a second."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / _FILES[face]


@cache
def font(face: Face, pixels: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(face)), pixels)


@cache
def signs_of(face: Face) -> frozenset[int]:
    """The code points that the font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(str(font_path(face)), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def drawable(text: str, face: Face) -> str:
    """With a box for every sign that the font does not have."""
    return text if text.isascii() else without(text, signs_of(face), MISSING)


def length(text: str, face: Face, size: float) -> float:
    """How wide it is, in the unit of `size`."""
    return _length(text, face) * size / _MEASURED


@lru_cache(maxsize=8192)
def _length(text: str, face: Face) -> float:
    return float(font(face, _MEASURED).getlength(text))
