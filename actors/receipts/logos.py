"""Logos: what somebody sends as one, and what is kept of it."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode

from actors.receipts.contract import LOGO_SIDE_MAX

KEPT_SIDE_MAX = 800
"""Dots: more than any paper is wide."""


class NotALogo(ValueError):
    """The text says why."""


def kept_logo(sent: str) -> str:
    """The picture alone, in shades of grey on white, as a small PNG in base64; so nothing that was hidden in the file is kept."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(b64decode(sent, validate=True)), formats=["PNG"]) as read:
            # The size is known before anything is unpacked: a small file can hold a picture beyond all bounds.
            if max(read.size) > LOGO_SIDE_MAX:
                raise NotALogo(f"it has {read.width} x {read.height} pixels")
            drawn = read.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        if isinstance(error, NotALogo):
            raise
        raise NotALogo("it is not a PNG that can be read") from None
    kept = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("L")
    kept.thumbnail((KEPT_SIDE_MAX, KEPT_SIDE_MAX))
    out = io.BytesIO()
    kept.save(out, "PNG", optimize=True)
    return b64encode(out.getvalue()).decode()
