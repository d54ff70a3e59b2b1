"""QRIS, Indonesia's QR payments: EMVCo's merchant-presented codes (MPM 1.1). Pure.

A payload is a row of fields: two digits of tag, two of length, the value. The last one, 63, is a CRC over all before it.
A static code (tag 01 = "11") is printed once; a dynamic one ("12") is for one payment and names its amount (tag 54).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

STATIC, DYNAMIC = "11", "12"
PAYLOAD_MAX = 512
AMOUNT_MAX = 13
IDR_EXPONENT = 2

_FORMAT, _METHOD, _CATEGORY, _CURRENCY, _AMOUNT, _COUNTRY, _NAME, _CITY, _CRC = "00", "01", "52", "53", "54", "58", "59", "60", "63"
_TIPS = ("55", "56", "57")
"""Ask the customer's app for a tip on top. A dynamic code is for an exact amount."""
_TEMPLATES = ("62", *(f"{tag:02}" for tag in range(26, 52)))
"""Fields that are rows of fields themselves: 26-51 say which account the money goes to, 62 is additional data."""
_IDR = "360"
_DIGITS = re.compile(r"[0-9]{2}")


class NotQris(ValueError):
    """The text is not a code that can be used. Its message says why, for people."""


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, begins with 0xFFFF), as ISO/IEC 13239 and EMVCo want it: "123456789" gives 0x29B1."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def read_fields(text: str) -> dict[str, str]:
    """Tag -> value, in their order. NotQris for what is cut off, has no length, or comes twice."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not _DIGITS.fullmatch(tag) or not _DIGITS.fullmatch(length):
            raise NotQris(f"at character {at + 1} there is no tag and length")
        value = text[at + 4 : at + 4 + int(length)]
        if len(value) != int(length) or not value:
            raise NotQris(f"field {tag} is {'empty' if int(length) == 0 else 'cut off'}")
        if tag in fields:
            raise NotQris(f"field {tag} is there twice")
        fields[tag] = value
        at += 4 + len(value)
    return fields


def write_fields(fields: Mapping[str, str]) -> str:
    """NotQris when a value has no place in its field."""
    for tag, value in fields.items():
        if not 1 <= len(value) <= 99:
            raise NotQris(f"field {tag} has {len(value)} characters, not 1 to 99")
    return "".join(f"{tag}{len(value):02}{value}" for tag, value in fields.items())


def parse(payload: str) -> dict[str, str]:
    """The fields of a whole code in rupiah. NotQris unless it is sound in itself: CRC, order, templates, everything a payment needs."""
    if not payload.isascii() or len(payload) > PAYLOAD_MAX:
        raise NotQris("it is too long, or holds characters outside of ASCII")
    fields = read_fields(payload)
    if next(iter(fields.items()), None) != (_FORMAT, "01"):
        raise NotQris("it does not begin with 000201")
    if next(reversed(fields)) != _CRC or len(fields[_CRC]) != 4:
        raise NotQris("it does not end with its CRC, field 63")
    if fields[_CRC].upper() != f"{crc16(payload[:-4].encode()):04X}":
        raise NotQris("its CRC is wrong: a character is missing or not as it was")
    for tag in _TEMPLATES:
        read_fields(fields.get(tag, ""))
    _check_merchant(fields)
    return fields


def _check_merchant(fields: Mapping[str, str]) -> None:
    if fields.get(_METHOD) not in (STATIC, DYNAMIC):
        raise NotQris("field 01 is neither 11 (static) nor 12 (dynamic)")
    if fields.get(_CURRENCY) != _IDR:
        raise NotQris("it is not in rupiah: field 53 is not 360")
    if fields.get(_COUNTRY) != "ID":
        raise NotQris("it is not from Indonesia: field 58 is not ID")
    if not any(tag in fields for tag in _TEMPLATES[1:]):
        raise NotQris("no merchant account is in it: fields 26 to 51")
    missing = [tag for tag in (_CATEGORY, _NAME, _CITY) if tag not in fields]
    if missing:
        raise NotQris(f"field {missing[0]} is missing")


def parse_static(payload: str) -> dict[str, str]:
    """The merchant's code that dynamic ones are made from. NotQris when it is for one payment only."""
    fields = parse(payload)
    if fields[_METHOD] != STATIC or _AMOUNT in fields:
        raise NotQris("it is for one payment: give the merchant's static code, as printed at the till")
    return fields


def merchant_of(fields: Mapping[str, str]) -> tuple[str, str]:
    """Name and city."""
    return fields[_NAME], fields[_CITY]


def amount_text(minor: int) -> str:
    """Sen as QRIS writes rupiah: 3500000 -> "35000", 3500050 -> "35000.50". NotQris beyond 13 characters, or for nothing."""
    whole, rest = divmod(minor, 10**IDR_EXPONENT)
    text = f"{whole}.{rest:0{IDR_EXPONENT}}" if rest else str(whole)
    if minor <= 0 or len(text) > AMOUNT_MAX:
        raise NotQris(f"{text} is not an amount that fits into field 54")
    return text


def make_dynamic(static: str, minor: int) -> str:
    """The code for one payment of `minor` sen, from the merchant's static one."""
    fields = {tag: value for tag, value in parse_static(static).items() if tag not in (*_TIPS, _CRC)}
    fields |= {_METHOD: DYNAMIC, _AMOUNT: amount_text(minor)}
    return sealed({tag: fields[tag] for tag in sorted(fields)})


def sealed(fields: Mapping[str, str]) -> str:
    """All fields and their CRC."""
    unsealed = write_fields(fields) + _CRC + "04"
    return f"{unsealed}{crc16(unsealed.encode()):04X}"
