"""Draws codes that are scanned. In a process beside, which loads this module, so it imports little."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Literal

import segno


def draw_code(payload: str, kind: Literal["png", "svg"]) -> str:
    """The picture in base64, with the quiet zone of four modules that scanners need, and error correction M."""
    out = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(out, kind=kind, scale=8, border=4)
    return b64encode(out.getvalue()).decode()
