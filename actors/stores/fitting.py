"""Whether a store's taxes and scales can work as they are told. Pure; part of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from actors.runtime.words import FieldError
from actors.stores.contract import RateChange, ScaleBarcode, Tax

DIGITS_OF_SCALE = 10
"""EAN-13 without the two digits of the prefix and the check digit at its end."""


def find_tax_errors(taxes: Sequence[Tax]) -> Iterator[FieldError]:
    first: dict[str, int] = {}
    for index, tax in enumerate(taxes):
        at = f"/taxes/{index}"
        if first.setdefault(tax.code, index) != index:
            yield FieldError(pointer=f"{at}/code", detail=f"The same as /taxes/{first[tax.code]}/code.")
        yield from find_rate_errors(tax.rate, f"{at}/rate")
        part, _, whole = tax.base.partition("/")
        if int(part) > int(whole or 1):
            yield FieldError(pointer=f"{at}/base", detail="More than the whole.")
        yield from _change_errors(tax.changes, f"{at}/changes")


def find_rate_errors(rate: str, at: str) -> Iterator[FieldError]:
    if Decimal(rate) > 100:
        yield FieldError(pointer=at, detail="More than 100 percent.")


def _change_errors(changes: Sequence[RateChange], at: str) -> Iterator[FieldError]:
    for index, change in enumerate(changes):
        yield from find_rate_errors(change.rate, f"{at}/{index}/rate")
        if index and change.starts_on <= changes[index - 1].starts_on:
            yield FieldError(pointer=f"{at}/{index}/starts_on", detail="Not after the one before it.")


def find_scale_errors(scales: Sequence[ScaleBarcode]) -> Iterator[FieldError]:
    first: dict[str, int] = {}
    for index, scale in enumerate(scales):
        at = f"/scale_barcodes/{index}"
        if first.setdefault(scale.prefix, index) != index:
            yield FieldError(pointer=f"{at}/prefix", detail=f"The same as /scale_barcodes/{first[scale.prefix]}/prefix.")
        if scale.item_digits + scale.value_digits not in (DIGITS_OF_SCALE, DIGITS_OF_SCALE - 1):
            detail = "Together with item_digits not ten; or nine, with a check digit of the value between them."
            yield FieldError(pointer=f"{at}/value_digits", detail=detail)
