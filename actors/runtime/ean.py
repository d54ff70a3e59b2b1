"""EAN-13. Pure values."""

from __future__ import annotations


def is_ean13(barcode: str) -> bool:
    """By its form; whether its check digit is right is another question."""
    return len(barcode) == 13 and barcode.isascii() and barcode.isdigit()


def check_digit(digits: str) -> int:
    """Of an EAN-13, by its first twelve digits: weights 1 and 3 in turn (GS1 General Specifications, 7.9)."""
    return -sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10
