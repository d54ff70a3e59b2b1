"""A register, with what matters of its store for a sale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from actors.orders.amounts import FULL_RATE, rate_parts
from actors.runtime.days import MIDNIGHT, business_date, read_clock
from actors.stores.contract import CashRounding, Register, ScaleBarcode, Store, Tax, TaxRounding


class TaxRule(NamedTuple):
    """A store's tax. `rates`: (first business date or None, rate as written), the latest first."""

    code: str
    name: str
    included: bool
    base: Fraction
    compound: bool
    rates: tuple[tuple[date | None, str], ...]

    def rate_on(self, day: date) -> str:
        return next(rate for starts_on, rate in self.rates if starts_on is None or starts_on <= day)


class Service(NamedTuple):
    """A service charge. `parts`: of FULL_RATE."""

    name: str
    rate: str
    parts: int
    taxed: bool


class Till(msgspec.Struct, frozen=True):
    """`plans` remembers what has been worked out about combinations of taxes, `shared_plans` that of all registers: see taxing.py."""

    register_id: UUID
    store_id: UUID
    code: str
    active: bool
    currency: str
    zone: ZoneInfo
    taxes: Mapping[str, TaxRule]
    cash_rounding: CashRounding | None = None
    tax_rounding: TaxRounding = "line"
    service: Service | None = None
    scales: tuple[ScaleBarcode, ...] = ()
    day_starts_at: time = MIDNIGHT
    plans: dict[Any, Any] = msgspec.field(default_factory=dict)
    shared_plans: dict[Any, Any] = msgspec.field(default_factory=dict)

    def day_of(self, at: datetime) -> date:
        """The store's business date of a moment."""
        return business_date(at, self.zone, self.day_starts_at)


def make_till(register: Register, store: Store, shared_plans: dict[Any, Any]) -> Till:
    charge = store.service_charge
    return Till(
        register_id=register.id,
        store_id=store.id,
        code=register.code,
        active=register.active,
        currency=store.currency,
        zone=ZoneInfo(store.time_zone),
        taxes={tax.code: _tax_rule(tax) for tax in store.taxes},
        cash_rounding=store.cash_rounding,
        tax_rounding=store.tax_rounding,
        service=Service(charge.name, charge.rate, rate_parts(charge.rate), charge.taxed) if charge else None,
        scales=tuple(store.scale_barcodes),
        day_starts_at=read_clock(store.day_starts_at),
        shared_plans=shared_plans,
    )


def _tax_rule(tax: Tax) -> TaxRule:
    later = sorted(((change.starts_on, change.rate) for change in tax.changes), reverse=True)
    return TaxRule(tax.code, tax.name, tax.included, Fraction(tax.base), tax.compound, (*later, (None, tax.rate)))


def as_fraction(rate: str) -> Fraction:
    """ "8.25" percent is 33/400."""
    return Fraction(rate_parts(rate), FULL_RATE)
