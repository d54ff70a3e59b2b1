"""Quantities: decimals as text for everybody, whole thousandths ("milli") to reckon with. Pure values."""

from __future__ import annotations

WHOLE = 1000


def read_milli(text: str) -> int:
    """ "-0.750" is -750. The contract has checked the form: up to three decimals."""
    if "." not in text:
        return int(text) * WHOLE
    whole, _, decimals = text.lstrip("-").partition(".")
    milli = int(whole) * WHOLE + int(decimals.ljust(3, "0"))
    return -milli if text.startswith("-") else milli


def write_milli(milli: int) -> str:
    """The shortest text: "24", "0.75", "-2"."""
    whole, rest = divmod(abs(milli), WHOLE)
    text = f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)
    return f"-{text}" if milli < 0 else text
