"""One function per subject: load, decide, save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from msgspec import Raw
from msgspec.structs import replace

from actors.catalog import shelf_store, store
from actors.catalog.claims import plain_claims
from actors.catalog.contract import (
    INVALID,
    NOT_FOUND,
    CategoryList,
    CreateProduct,
    DeleteProduct,
    FindVariants,
    GetProduct,
    ListCategories,
    ListProducts,
    Product,
    UpdateProduct,
    UpsertOutcomes,
    UpsertProducts,
    VariantInfos,
)
from actors.catalog.parts import wanted_parts
from actors.catalog.scales import SCALES
from actors.catalog.shelf import Shelf
from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import FeedAfter, Refusal

if TYPE_CHECKING:
    from actors.runtime.work import Work


# --- changing --------------------------------------------------------------------------------------------


async def create_products(asked: Sequence[Asked[CreateProduct]], work: Work) -> list[Product | Refusal]:
    shelf = await shelf_store.take_shelf(work, *_touched(one.body for one in asked))
    outcomes = [shelf.create(one.body) for one in asked]
    await shelf_store.save_shelf(work, shelf)
    return outcomes


async def update_products(asked: Sequence[Asked[UpdateProduct]], work: Work) -> list[Product | Refusal]:
    claims = [claim for one in asked for claim in plain_claims(one.body.changes.variants or [], one.body.changes.external_ids or {})]
    parts = [part for one in asked for part in wanted_parts(one.body.changes.variants or [], one.body.changes.modifiers or [])]
    shelf = await shelf_store.take_shelf(work, [one.body.id for one in asked], claims, parts)
    outcomes = [shelf.update(one.body) for one in asked]
    await shelf_store.save_shelf(work, shelf)
    return outcomes


async def delete_products(asked: Sequence[Asked[DeleteProduct]], work: Work) -> list[Product | Refusal]:
    shelf = await shelf_store.take_shelf(work, [one.body.id for one in asked])
    outcomes = [shelf.delete(one.body) for one in asked]
    await shelf_store.save_shelf(work, shelf)
    return outcomes


async def upsert_products(asked: Sequence[Asked[UpsertProducts]], work: Work) -> list[UpsertOutcomes]:
    """What nobody has yet, as in a first import, is decided before its turn comes, while the batch before it is written."""
    ids, claims, parts = _touched(item for one in asked for item in one.body.items)
    early = None if ids or parts or await store.find_holders(work, claims) else _upsert(asked, shelf_store.empty_shelf(work))
    shelf = await shelf_store.take_shelf(work, ids, claims, parts)
    # Who had the turn before may have taken what nobody had.
    decided = early if early and shelf.was_empty else _upsert(asked, shelf)
    await shelf_store.save_shelf(work, decided.shelf, decided.bodies)
    return decided.outcomes


class _Decided(NamedTuple):
    outcomes: list[UpsertOutcomes]
    shelf: Shelf
    bodies: list[bytes]


def _upsert(asked: Sequence[Asked[UpsertProducts]], shelf: Shelf) -> _Decided:
    outcomes = [
        UpsertOutcomes(items=[shelf.upsert(item, f"/items/{index}") for index, item in enumerate(one.body.items)])
        for one in asked
    ]
    return _Decided(outcomes, shelf, shelf_store.encode_changes(shelf))


def _touched(products: Iterable[CreateProduct]) -> tuple[list[UUID], list[str], list[UUID]]:
    """The ids, the claims and the variants that creating or changing these depends on."""
    ids, claims, parts = [], [], []
    for product in products:
        if product.id is not None:
            ids.append(product.id)
        claims += plain_claims(product.variants, product.external_ids)
        parts += wanted_parts(product.variants, product.modifiers)
    return ids, claims, parts


# --- reading ---------------------------------------------------------------------------------------------


async def get_products(asked: Sequence[Asked[GetProduct]], work: Work) -> list[Raw | Refusal]:
    found = await store.get_products(work, [one.body.id for one in asked])
    return [
        found.get(one.body.id) or NOT_FOUND.refuse(f"There is no product {one.body.id}, or it was deleted.") for one in asked
    ]


async def find_variants(asked: Sequence[Asked[FindVariants]], work: Work) -> list[VariantInfos]:
    found = await store.find_variants(work, [id for one in asked for id in one.body.variant_ids])
    return [VariantInfos(items=[found[id] for id in dict.fromkeys(one.body.variant_ids) if id in found]) for one in asked]


async def list_products(asked: Sequence[Asked[ListProducts]], work: Work) -> list[store.Page | Refusal]:
    return [await _list_products(one.body, work) for one in asked]


async def _list_products(asked: ListProducts, work: Work) -> store.Page | Refusal:
    try:
        page = await store.list_products(work, asked)
        if page.items or asked.barcode is None:
            return page
        return await _find_weighed(asked, work) or page
    except ValueError:
        return wrong_cursor(INVALID)


async def _find_weighed(asked: ListProducts, work: Work) -> store.Page | None:
    """The product that a scale's barcode stands for."""
    for item in work.view(SCALES).items_of(asked.barcode or ""):
        page = await store.list_products(work, replace(asked, barcode=item))
        if page.items:
            return page
    return None


async def list_categories(asked: Sequence[Asked[ListCategories]], work: Work) -> list[CategoryList]:
    # The same answer for all who ask at the same time.
    return [CategoryList(items=await store.list_categories(work))] * len(asked)


async def list_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[store.Feed]:
    return [await store.list_changes(work, one.body.after, one.body.limit) for one in asked]
