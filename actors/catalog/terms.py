"""What the terms of a promotion may be, each error with its JSON pointer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from actors.catalog.checks import currency_errors, period_errors, repeated
from actors.catalog.contract import PromotionTerms
from actors.runtime.words import FieldError

NEEDED = {"percent": ("percent",), "amount": ("amount",), "buy_x_get_y": ("buy", "get", "percent")}
"""Which terms each kind of promotion goes by; it has none of the others."""
FREE = "100"
TERMS_OF_KINDS = ("percent", "amount", "buy", "get")
LISTS = ("product_ids", "variant_ids", "categories", "store_ids", "customer_groups", "days")


def whole_terms(terms: PromotionTerms) -> PromotionTerms:
    """What one gets is free unless the terms say how much is off."""
    return replace(terms, percent=FREE) if terms.kind == "buy_x_get_y" and terms.percent is None else terms


def term_errors(terms: PromotionTerms, at: str = "/terms") -> Iterator[FieldError]:
    yield from _kind_errors(terms, at)
    yield from _money_errors(terms, at)
    yield from _time_errors(terms, at)
    for field in LISTS:
        yield from repeated(getattr(terms, field), f"{at}/{field}")
    if terms.uses_max is not None and (terms.uses_max_per_customer or 0) > terms.uses_max:
        yield FieldError(pointer=f"{at}/uses_max_per_customer", detail=f"More than uses_max, {terms.uses_max}.")


def _kind_errors(terms: PromotionTerms, at: str) -> Iterator[FieldError]:
    needed = NEEDED[terms.kind]
    for field in TERMS_OF_KINDS:
        given = getattr(terms, field) is not None
        if given and field not in needed:
            yield FieldError(pointer=f"{at}/{field}", detail=f"{terms.kind} does not go by it.")
        elif not given and field in needed:
            yield FieldError(pointer=f"{at}/{field}", detail=f"{terms.kind} needs it.")
    if terms.on != "order":
        return
    if terms.kind == "buy_x_get_y":
        yield FieldError(pointer=f"{at}/on", detail="buy_x_get_y is about lines.")
    for field in ("product_ids", "variant_ids", "categories"):
        if getattr(terms, field):
            yield FieldError(pointer=f"{at}/{field}", detail="It is on the order, whatever is in it: leave them out, or say on: lines.")


def _money_errors(terms: PromotionTerms, at: str) -> Iterator[FieldError]:
    for field in ("amount", "minimum"):
        if (money := getattr(terms, field)) is not None:
            yield from currency_errors(money, f"{at}/{field}")
    if terms.amount is None:
        return
    if terms.amount.amount == 0:
        yield FieldError(pointer=f"{at}/amount/amount", detail="It must be more than 0.")
    if terms.minimum is not None and terms.minimum.currency != terms.amount.currency:
        yield FieldError(pointer=f"{at}/minimum/currency", detail=f"The amount is in {terms.amount.currency}.")


def _time_errors(terms: PromotionTerms, at: str) -> Iterator[FieldError]:
    yield from period_errors(terms.starts_at, terms.ends_at, at)
    if terms.from_time is not None and terms.from_time == terms.until_time:
        yield FieldError(pointer=f"{at}/until_time", detail="The same as from_time: for the whole day, leave both out.")
