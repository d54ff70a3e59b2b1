"""ISO 4217: which currencies there are, and how many decimals each has. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Mapping[str, int] = MappingProxyType(
    {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
)
"""Decimals of each currency's minor unit, by code (ISO 4217 list one, 2026-01). Metals and test codes have none and are left out."""

_WHOLE = "AFN ALL AMD COP HUF IDR IQD IRR KHR KPW LAK LBP MGA MMK MNT PKR SOS SYP TZS UZS YER"
"""Whose hundredths are still counted in, but no coin has them, and no price tag says them."""


def exponent_of(currency: str) -> int | None:
    """How many decimals `currency` has: 2 for IDR, 0 for JPY. None when there is no such currency."""
    return EXPONENTS.get(currency)


def printed_decimals(currency: str) -> int:
    """How many decimals a printed price has: 0 for IDR and JPY, 2 for EUR."""
    return 0 if currency in _WHOLE.split() else EXPONENTS.get(currency, 0)


def shown(amount: int, currency: str) -> str:
    """An amount of minor units for people: `IDR 10,500.00`, `JPY 980`."""
    exponent = EXPONENTS.get(currency, 0)
    whole, rest = divmod(abs(amount), 10**exponent)
    decimals = f".{rest:0{exponent}}" if exponent else ""
    return f"{currency} {'-' if amount < 0 else ''}{whole:,}{decimals}"
