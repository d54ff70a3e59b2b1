"""What may be a price list or a promotion, and what a change makes of it. Pure: ids and the time come in as arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from actors.catalog.checks import repeated
from actors.catalog.contract import (
    NOT_FOUND,
    STALE,
    TAKEN,
    CreatePromotion,
    PriceList,
    PriceListChanges,
    PriceListInput,
    Promotion,
    PromotionChanges,
    UpdatePriceList,
    UpdatePromotion,
)
from actors.catalog.rules import invalid
from actors.catalog.terms import term_errors, whole_terms
from actors.runtime.words import FieldError, Refusal

Kept = TypeVar("Kept", PriceList, Promotion)


def fold_code(code: str) -> str:
    """Customers type coupon codes as they like."""
    return code.upper()


# --- price lists -------------------------------------------------------------------------------------------


def make_price_list(asked: PriceListInput, taken: Mapping[str, PriceList], now: datetime) -> PriceList | Refusal:
    """`taken`: by folded code, those that it could collide with."""
    if errors := list(_price_list_errors(asked)):
        return invalid(errors)
    if other := taken.get(fold_code(asked.code)):
        error = FieldError(pointer="/code", detail=f"Price list {other.code} has it.")
        return TAKEN.refuse("Codes differ in more than case. Give another, or change the price list that has it.", error)
    return PriceList(
        code=asked.code,
        version=1,
        name=asked.name,
        customer_groups=asked.customer_groups,
        store_ids=asked.store_ids,
        priority=asked.priority,
        active=asked.active,
        created_at=now,
        updated_at=now,
    )


def change_price_list(asked: UpdatePriceList, kept: Mapping[str, PriceList], now: datetime) -> PriceList | Refusal:
    """The next version; the price list as it was when nothing changes."""
    before = _current(kept.get(asked.code), asked.code, asked.if_version)
    if isinstance(before, Refusal):
        return before
    if errors := list(_price_list_errors(asked.changes)):
        return invalid(errors)
    return _next_version(before, asked.changes, now)


def _price_list_errors(asked: PriceListInput | PriceListChanges) -> Iterator[FieldError]:
    yield from repeated(asked.customer_groups or (), "/customer_groups")
    yield from repeated(asked.store_ids or (), "/store_ids")


# --- promotions --------------------------------------------------------------------------------------------


def make_promotion(
    asked: CreatePromotion, id: UUID, kept: Mapping[UUID, Promotion], coupons: Mapping[str, Promotion], now: datetime
) -> Promotion | Refusal:
    """`kept` by id, `coupons` by folded code: those that it could collide with."""
    terms = whole_terms(asked.terms)
    if errors := list(term_errors(terms)):
        return invalid(errors)
    if id in kept:
        return TAKEN.refuse(f"There is a promotion {id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    if asked.code is not None and (other := coupons.get(fold_code(asked.code))):
        error = FieldError(pointer="/code", detail=f"Promotion {other.id} has it.")
        return TAKEN.refuse(f"The code of {other.name} is {other.code}. Give another: codes differ in more than case.", error)
    return Promotion(
        id=id,
        version=1,
        name=asked.name,
        code=asked.code,
        active=asked.active,
        terms=terms,
        created_at=now,
        updated_at=now,
    )


def change_promotion(asked: UpdatePromotion, kept: Mapping[UUID, Promotion], now: datetime) -> Promotion | Refusal:
    """The next version; the promotion as it was when nothing changes."""
    before = _current(kept.get(asked.id), asked.id, asked.if_version)
    if isinstance(before, Refusal):
        return before
    changes = asked.changes
    if changes.terms is not UNSET:
        terms = whole_terms(changes.terms)
        if errors := list(term_errors(terms)):
            return invalid(errors)
        changes = replace(changes, terms=terms)
    return _next_version(before, changes, now)


# --- both --------------------------------------------------------------------------------------------------


def _current(before: Kept | None, name: UUID | str, if_version: int) -> Kept | Refusal:
    if before is None:
        return NOT_FOUND.refuse(f"There is no {name}.")
    if before.version != if_version:
        return STALE.refuse(f"It is at version {before.version} now, not {if_version}. Read it again and repeat the change.")
    return before


def _next_version(before: Kept, changes: PriceListChanges | PromotionChanges, now: datetime) -> Kept:
    given = {field: value for field in changes.__struct_fields__ if (value := getattr(changes, field)) is not UNSET}
    after = replace(before, **given)
    return before if after == before else replace(after, version=before.version + 1, updated_at=now)
