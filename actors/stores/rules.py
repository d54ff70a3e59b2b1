"""What may be a store or a register, and what a change makes of it. Pure: ids, time and time zones come in as arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.runtime.money import exponent_of
from actors.runtime.words import FieldError, Refusal
from actors.stores.contract import (
    INVALID,
    NOT_FOUND,
    STALE,
    TAKEN,
    CreateRegister,
    CreateStore,
    Register,
    RegisterChanges,
    ServiceCharge,
    Store,
    StoreChanges,
    UpdateRegister,
    UpdateStore,
)
from actors.stores.fitting import find_rate_errors, find_scale_errors, find_tax_errors

Kept = TypeVar("Kept", Store, Register)


def fold_code(code: str) -> str:
    """Register codes that differ in case only would look alike on receipts."""
    return code.lower()


# --- stores ----------------------------------------------------------------------------------------------


def open_store(
    asked: CreateStore, id: UUID, stores: Mapping[UUID, Store], now: datetime, zones: Collection[str]
) -> Store | Refusal:
    errors = [*_currency_errors(asked.currency), *_zone_errors(asked.time_zone, zones), *find_tax_errors(asked.taxes)]
    errors += [*_service_errors(asked.service_charge), *find_scale_errors(asked.scale_barcodes)]
    if errors:
        return INVALID.refuse("Correct the fields named in errors.", *errors)
    if id in stores:
        return TAKEN.refuse(f"There is a store {id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    return Store(
        id=id,
        version=1,
        name=asked.name,
        address=asked.address,
        currency=asked.currency,
        time_zone=asked.time_zone,
        taxes=asked.taxes,
        tax_rounding=asked.tax_rounding,
        cash_rounding=asked.cash_rounding,
        service_charge=asked.service_charge,
        scale_barcodes=asked.scale_barcodes,
        day_starts_at=asked.day_starts_at,
        created_at=now,
        updated_at=now,
    )


def change_store(asked: UpdateStore, stores: Mapping[UUID, Store], now: datetime, zones: Collection[str]) -> Store | Refusal:
    """The next version; the store as it was when nothing changes."""
    before = _current(stores.get(asked.id), asked)
    if isinstance(before, Refusal):
        return before
    changes = asked.changes
    errors = [*_zone_errors(changes.time_zone, zones)] if changes.time_zone is not UNSET else []
    errors += [*find_tax_errors(changes.taxes or []), *_service_errors(changes.service_charge or None)]
    errors += find_scale_errors(changes.scale_barcodes or [])
    if errors:
        return INVALID.refuse("Correct the fields named in errors.", *errors)
    return _next_version(before, changes, now)


def _currency_errors(currency: str) -> Iterator[FieldError]:
    if exponent_of(currency) is None:
        yield FieldError(pointer="/currency", detail=f"{currency} is no currency of ISO 4217. Give its three letters, like IDR.")


def _zone_errors(zone: str, zones: Collection[str]) -> Iterator[FieldError]:
    if zone not in zones:
        yield FieldError(pointer="/time_zone", detail=f"{zone} is no IANA time zone. An example: Asia/Jakarta.")


def _service_errors(charge: ServiceCharge | None) -> Iterator[FieldError]:
    if charge is not None:
        yield from find_rate_errors(charge.rate, "/service_charge/rate")


# --- registers -------------------------------------------------------------------------------------------


def add_register(
    asked: CreateRegister, id: UUID, stores: Mapping[UUID, Store], registers: Mapping[UUID, Register], now: datetime
) -> Register | Refusal:
    """`registers`: all that have this id, or this code in this store."""
    if asked.store_id not in stores:
        error = FieldError(pointer="/store_id", detail="No such store.")
        return NOT_FOUND.refuse(f"There is no store {asked.store_id}. Take its id from the list of stores.", error)
    if id in registers:
        return TAKEN.refuse(f"There is a register {id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    for other in registers.values():
        if (other.store_id, fold_code(other.code)) == (asked.store_id, fold_code(asked.code)):
            error = FieldError(pointer="/code", detail=f"Register {other.id} has it.")
            return TAKEN.refuse(f"The store has a register {other.code} already. Give another code.", error)
    return Register(
        id=id,
        version=1,
        store_id=asked.store_id,
        code=asked.code,
        name=asked.name or asked.code,
        active=True,
        created_at=now,
        updated_at=now,
    )


def change_register(asked: UpdateRegister, registers: Mapping[UUID, Register], now: datetime) -> Register | Refusal:
    """The next version; the register as it was when nothing changes."""
    before = _current(registers.get(asked.id), asked)
    return before if isinstance(before, Refusal) else _next_version(before, asked.changes, now)


# --- both ------------------------------------------------------------------------------------------------


def _current(before: Kept | None, asked: UpdateStore | UpdateRegister) -> Kept | Refusal:
    if before is None:
        return NOT_FOUND.refuse(f"There is no such id: {asked.id}.")
    if before.version != asked.if_version:
        return STALE.refuse(f"It is at version {before.version} now, not {asked.if_version}. Read it again, and try again.")
    return before


def _next_version(before: Kept, changes: StoreChanges | RegisterChanges, now: datetime) -> Kept:
    given = {field: value for field, value in asdict(changes).items() if value is not UNSET}
    after = replace(before, **given)
    return before if after == before else replace(after, version=before.version + 1, updated_at=now)
