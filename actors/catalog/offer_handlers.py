"""Price lists and promotions. One function per subject: load, decide, save."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from msgspec import Raw

from actors.catalog import offer_store as store
from actors.catalog import offers
from actors.catalog.contract import (
    INVALID,
    NOT_FOUND,
    PRICE_LIST_CREATED,
    PRICE_LIST_UPDATED,
    PROMOTION_CREATED,
    PROMOTION_UPDATED,
    CreatePromotion,
    GetPriceList,
    GetPromotion,
    ListPriceLists,
    ListPromotions,
    PriceList,
    PriceListInput,
    Promotion,
    UpdatePriceList,
    UpdatePromotion,
)
from actors.catalog.store import Page
from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import Event, FeedAfter, Refusal

if TYPE_CHECKING:
    from actors.runtime.work import Work


# --- changing --------------------------------------------------------------------------------------------


async def create_price_lists(asked: Sequence[Asked[PriceListInput]], work: Work) -> list[PriceList | Refusal]:
    found = await store.take_price_lists(work, [one.body.code for one in asked])
    taken = {offers.fold_code(one.code): one for one in found}
    changes: list[tuple[Event[PriceList], PriceList]] = []
    outcomes = []
    for one in asked:
        outcome = offers.make_price_list(one.body, taken, work.now)
        if isinstance(outcome, PriceList):
            taken[offers.fold_code(outcome.code)] = outcome
            changes.append((PRICE_LIST_CREATED, outcome))
        outcomes.append(outcome)
    await store.save_price_lists(work, changes)
    return outcomes


async def update_price_lists(asked: Sequence[Asked[UpdatePriceList]], work: Work) -> list[PriceList | Refusal]:
    kept = {one.code: one for one in await store.take_price_lists(work, [one.body.code for one in asked])}
    changes: list[tuple[Event[PriceList], PriceList]] = []
    outcomes = []
    for one in asked:
        outcome = offers.change_price_list(one.body, kept, work.now)
        if isinstance(outcome, PriceList) and outcome is not kept[outcome.code]:
            kept[outcome.code] = outcome
            changes.append((PRICE_LIST_UPDATED, outcome))
        outcomes.append(outcome)
    await store.save_price_lists(work, changes)
    return outcomes


async def create_promotions(asked: Sequence[Asked[CreatePromotion]], work: Work) -> list[Promotion | Refusal]:
    ids = [one.body.id for one in asked if one.body.id is not None]
    found = await store.take_promotions(work, ids, [one.body.code for one in asked if one.body.code is not None])
    kept = {one.id: one for one in found}
    coupons = {offers.fold_code(one.code): one for one in found if one.code is not None}
    changes: list[tuple[Event[Promotion], Promotion]] = []
    outcomes = []
    for one in asked:
        outcome = offers.make_promotion(one.body, one.body.id or work.new_id(), kept, coupons, work.now)
        if isinstance(outcome, Promotion):
            kept[outcome.id] = outcome
            if outcome.code is not None:
                coupons[offers.fold_code(outcome.code)] = outcome
            changes.append((PROMOTION_CREATED, outcome))
        outcomes.append(outcome)
    await store.save_promotions(work, changes)
    return outcomes


async def update_promotions(asked: Sequence[Asked[UpdatePromotion]], work: Work) -> list[Promotion | Refusal]:
    kept = {one.id: one for one in await store.take_promotions(work, [one.body.id for one in asked])}
    changes: list[tuple[Event[Promotion], Promotion]] = []
    outcomes = []
    for one in asked:
        outcome = offers.change_promotion(one.body, kept, work.now)
        if isinstance(outcome, Promotion) and outcome is not kept[outcome.id]:
            kept[outcome.id] = outcome
            changes.append((PROMOTION_UPDATED, outcome))
        outcomes.append(outcome)
    await store.save_promotions(work, changes)
    return outcomes


# --- reading ---------------------------------------------------------------------------------------------


async def get_price_lists(asked: Sequence[Asked[GetPriceList]], work: Work) -> list[Raw | Refusal]:
    found = await store.get_price_lists(work, [one.body.code for one in asked])
    return [found.get(one.body.code) or NOT_FOUND.refuse(f"There is no price list {one.body.code}.") for one in asked]


async def get_promotions(asked: Sequence[Asked[GetPromotion]], work: Work) -> list[Raw | Refusal]:
    found = await store.get_promotions(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or NOT_FOUND.refuse(f"There is no promotion {one.body.id}.") for one in asked]


async def list_price_lists(asked: Sequence[Asked[ListPriceLists]], work: Work) -> list[Page | Refusal]:
    return [await _or_bad_cursor(store.list_price_lists(work, one.body.cursor, one.body.limit)) for one in asked]


async def list_promotions(asked: Sequence[Asked[ListPromotions]], work: Work) -> list[Page | Refusal]:
    return [await _or_bad_cursor(store.list_promotions(work, one.body)) for one in asked]


async def _or_bad_cursor(page: Awaitable[Page]) -> Page | Refusal:
    try:
        return await page
    except ValueError:
        return wrong_cursor(INVALID)


async def list_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[store.Feed]:
    return [await store.list_changes(work, one.body.after, one.body.limit) for one in asked]
