"""Products as rows, read. A product is stored as the JSON that everybody gets to see, beside the columns that it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from actors.catalog.claims import barcode_claim, sku_claim, variant_claim
from actors.catalog.contract import Category, ListProducts, Product, VariantInfo
from actors.catalog.rules import variant_infos, word_patterns
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries

if TYPE_CHECKING:
    from actors.runtime.work import Work

SQL = load_queries(__file__)


class NameKey(NamedTuple):
    """What a cursor holds."""

    name_folded: Annotated[str, Meta(max_length=600, pattern=r"^[^\x00]*$(?!\n)")]
    id: UUID


START = NameKey("", UUID(int=0))

_decode = msgspec.json.Decoder(Product).decode


class Page(Struct, kw_only=True):
    """A `ProductPage` whose items are encoded already."""

    items: list[Raw]
    next_cursor: str | None = None


class Feed(Struct, kw_only=True):
    """A `ProductFeed` whose items are encoded already."""

    items: list[Raw]
    position: int
    more: bool


async def get_products(work: Work, ids: Sequence[UUID]) -> dict[UUID, Raw]:
    rows = await work.read(SQL["get_products"], list(set(ids)))
    return {row["id"]: Raw(row["body"].encode()) for row in rows}


async def find_holders(work: Work, claims: Iterable[str]) -> dict[str, UUID]:
    """Of those that somebody has, the product that does."""
    rows = await work.read(SQL["find_claims"], sorted(set(claims)))
    return {row["claim"]: row["product_id"] for row in rows}


async def find_variants(work: Work, ids: Iterable[UUID]) -> dict[UUID, VariantInfo]:
    rows = await work.read(SQL["find_variants"], [variant_claim(id) for id in set(ids)])
    products = [_decode(body) for body in {row["body"] for row in rows}]
    return {info.variant_id: info for product in products for info in variant_infos(product)}


async def list_products(work: Work, asked: ListProducts) -> Page:
    """ValueError when the cursor is not one of ours."""
    name, id = read_cursor(asked.cursor, NameKey) if asked.cursor else START
    patterns = word_patterns(asked.q) if asked.q else []
    if claims := _claims(asked):
        rows = await work.read(SQL["find_one"], name, id, asked.active, patterns, claims, asked.category)
        return Page(items=[Raw(row["body"].encode()) for row in rows])
    # One more than asked for tells whether there is a next page.
    given = (name, id, asked.active, patterns, asked.limit + 1)
    found = await _find(work, asked, patterns, given)
    rows = await work.read(SQL["load_page"], found[: asked.limit], work.page_bytes_max)
    more = len(rows) < len(found)
    cursor = write_cursor(rows[-1]["name_folded"], str(rows[-1]["id"])) if more else None
    return Page(items=[Raw(row["body"].encode()) for row in rows], next_cursor=cursor)


async def _find(work: Work, asked: ListProducts, patterns: list[str], given: tuple[object, ...]) -> list[UUID]:
    """Ids in the order of names, by the statement whose index suits what was asked."""
    if asked.category is not None:
        rows = await work.read(SQL["find_in_category"], *given, asked.category)
    elif indexed := [pattern for pattern in patterns if len(pattern) >= len("%abc%")][:2]:
        rows = await work.read(SQL["find_by_words" if len(indexed) == 2 else "find_by_word"], *given, *indexed)
    else:
        rows = await work.read(SQL["find_by_name"], *given)
    return [row["id"] for row in rows]


def _claims(asked: ListProducts) -> list[str]:
    """Of the SKU and the barcode asked for; only a product that has all of them is meant."""
    claims = [sku_claim(asked.sku)] if asked.sku is not None else []
    return [*claims, barcode_claim(asked.barcode)] if asked.barcode is not None else claims


async def list_categories(work: Work) -> list[Category]:
    rows = await work.read(SQL["count_categories"])
    return [Category(name=row["name"], products=row["products"]) for row in rows]


async def list_changes(work: Work, after: int, limit: int) -> Feed:
    rows = await work.read(SQL["list_changes"], after, limit + 1, work.page_bytes_max)
    page = rows[:limit]
    return Feed(
        items=[Raw(row["body"].encode()) for row in page],
        position=page[-1]["position"] if page else after,
        more=bool(rows) and rows[0]["found"] > len(page),
    )
