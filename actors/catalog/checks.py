"""What can be a product, whatever else the catalog holds: everything that is wrong, each with its JSON pointer. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import get_args

from actors.catalog.claims import wanted_claims
from actors.catalog.contract import ModifierGroup, Pack, Price, Product, Unit, Variant
from actors.runtime.money import exponent_of
from actors.runtime.words import FieldError, Money

UNITS = frozenset(get_args(Unit))


def product_errors(product: Product, claims: Sequence[str], at: str = "") -> list[FieldError]:
    """`claims`: all of the product's. `at`: the pointer to it in the request."""
    errors = [*_currency_errors(product, at)]
    if len(set(claims)) != len(claims):
        errors += _claim_errors(product, at)
    if len(product.taxes) > 1:
        errors += repeated(product.taxes, f"{at}/taxes")
    if product.store_ids:
        errors += repeated(product.store_ids, f"{at}/store_ids")
    for index, variant in enumerate(product.variants):
        # Most have none of this, and 300,000 of them are looked at.
        if variant.prices or variant.packs or variant.components:
            errors += _variant_errors(variant, f"{at}/variants/{index}")
    if product.modifiers:
        errors += _modifier_errors(product.modifiers, f"{at}/modifiers")
    return errors


def currency_errors(money: Money, at: str) -> Iterator[FieldError]:
    if exponent_of(money.currency) is None:
        yield FieldError(pointer=f"{at}/currency", detail=f"{money.currency} is no currency of ISO 4217. Give its three letters, like IDR.")


def period_errors(starts_at: datetime | None, ends_at: datetime | None, at: str) -> Iterator[FieldError]:
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        yield FieldError(pointer=f"{at}/ends_at", detail="It must be after starts_at.")


def repeated(values: Iterable[Hashable], at: str, field: str = "") -> Iterator[FieldError]:
    """`field`: "/code" when it is the codes of the things in the list that must differ."""
    seen: dict[Hashable, int] = {}
    for index, value in enumerate(values):
        first = seen.setdefault(value, index)
        if first != index:
            yield FieldError(pointer=f"{at}/{index}{field}", detail=f"The same as {at}/{first}{field}.")


def _currency_errors(product: Product, at: str) -> Iterator[FieldError]:
    first = product.variants[0].price.currency
    for pointer, money in _moneys(product, at):
        if exponent_of(money.currency) is None:
            yield from currency_errors(money, pointer)
        elif money.currency != first:
            detail = f"All prices of a product are in one currency; the first is in {first}."
            yield FieldError(pointer=f"{pointer}/currency", detail=detail)


def _moneys(product: Product, at: str) -> Iterator[tuple[str, Money]]:
    for index, variant in enumerate(product.variants):
        here = f"{at}/variants/{index}"
        yield f"{here}/price", variant.price
        for number, price in enumerate(variant.prices):
            yield f"{here}/prices/{number}/price", price.price
        for number, pack in enumerate(variant.packs):
            if pack.price is not None:
                yield f"{here}/packs/{number}/price", pack.price
    for index, group in enumerate(product.modifiers):
        for number, option in enumerate(group.options):
            if option.price is not None:
                yield f"{at}/modifiers/{index}/options/{number}/price", option.price


def _claim_errors(product: Product, at: str) -> Iterator[FieldError]:
    seen: dict[str, str] = {}
    for pointer, claim in wanted_claims(product.variants, product.external_ids, at):
        first = seen.setdefault(claim, pointer)
        if first != pointer:
            yield FieldError(pointer=pointer, detail=f"The same as {first}: each belongs to one variant.")


def _variant_errors(variant: Variant, at: str) -> Iterator[FieldError]:
    yield from _price_errors(variant.prices, f"{at}/prices")
    yield from _pack_errors(variant.packs, f"{at}/packs")
    yield from repeated((each.variant_id for each in variant.components), f"{at}/components", "/variant_id")


def _price_errors(prices: list[Price], at: str) -> Iterator[FieldError]:
    for index, price in enumerate(prices):
        yield from period_errors(price.starts_at, price.ends_at, f"{at}/{index}")
    for error in repeated(((price.store_id, price.price_list, price.starts_at) for price in prices), at):
        yield FieldError(pointer=error.pointer, detail=f"{error.detail[:-1]} in store, price list and start: which one counts?")


def _pack_errors(packs: list[Pack], at: str) -> Iterator[FieldError]:
    yield from repeated((pack.code.casefold() for pack in packs), at, "/code")
    for index, pack in enumerate(packs):
        if pack.code.casefold() in UNITS:
            yield FieldError(pointer=f"{at}/{index}/code", detail=f"{pack.code} is a unit already; give the pack another code.")


def _modifier_errors(groups: list[ModifierGroup], at: str) -> Iterator[FieldError]:
    yield from repeated((group.code for group in groups), at, "/code")
    for index, group in enumerate(groups):
        here = f"{at}/{index}"
        yield from repeated((option.code for option in group.options), f"{here}/options", "/code")
        if group.min > group.max:
            yield FieldError(pointer=f"{here}/min", detail=f"More than max, {group.max}.")
        for number, option in enumerate(group.options):
            yield from repeated((each.variant_id for each in option.components), f"{here}/options/{number}/components", "/variant_id")
