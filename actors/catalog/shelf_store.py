"""Products as rows, changed: the shelf that a batch is decided on is taken from the database, and what has changed is saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from msgspec import Raw

from actors.catalog import store
from actors.catalog.contract import Product
from actors.catalog.parts import DEPTH_MAX, wanted_parts
from actors.catalog.rules import fold
from actors.catalog.shelf import Shelf
from actors.catalog.store import SQL
from actors.runtime.queries import arrays

if TYPE_CHECKING:
    from actors.runtime.work import Work

_decode = msgspec.json.Decoder(Product).decode
_encode = msgspec.json.Encoder().encode


async def take_shelf(work: Work, ids: Iterable[UUID], claims: Iterable[str] = (), parts: Iterable[UUID] = ()) -> Shelf:
    """Everything about `ids`, about whoever holds `claims`, and about what has to do with the variants `parts`.

    Nobody else changes the catalog until the commit.
    """
    await work.execute(SQL["take_turns"])
    holders = await store.find_holders(work, claims)
    products = await _load(work, {*ids, *holders.values()})
    users = await _load_kin(work, products, set(parts)) if products or parts else {}
    return Shelf(products.values(), holders, work.now, work.new_id, users)


def empty_shelf(work: Work) -> Shelf:
    """Nothing that is asked about is in the catalog."""
    return Shelf((), {}, work.now, work.new_id)


async def _load(work: Work, ids: Collection[UUID]) -> dict[UUID, Product]:
    rows = await work.fetch(SQL["load_products"], list(ids)) if ids else []
    return {product.id: product for product in (_decode(row["body"]) for row in rows)}


async def _load_kin(work: Work, products: dict[UUID, Product], parts: set[UUID]) -> dict[UUID, set[UUID]]:
    """Adds to `products` what they and `parts` are made of, and what is made of them. Returns the latter, by variant."""
    users: dict[UUID, set[UUID]] = {}
    down = parts | _components(products.values())
    up = {variant.id for product in products.values() for variant in product.variants}
    for _ in range(DEPTH_MAX + 1):
        rows = await work.fetch(SQL["find_kin"], list(down), list(up)) if down or up else []
        for row in rows:
            if row["part"] is not None:
                users.setdefault(row["part"], set()).add(row["product_id"])
        found = await _load(work, {row["product_id"] for row in rows} - products.keys())
        products.update(found)
        above = {row["product_id"] for row in rows if row["part"] is not None}
        down = _components(found.values())
        up = {variant.id for id, product in found.items() if id in above for variant in product.variants}
    return users


def _components(products: Iterable[Product]) -> set[UUID]:
    return {id for product in products for id in wanted_parts(product.variants, product.modifiers)}


def encode_changes(shelf: Shelf) -> list[bytes]:
    """The JSON of each changed product, in order. The longest part of saving, and it needs no database."""
    return [_encode(product) for _, product in shelf.changes]


async def save_shelf(work: Work, shelf: Shelf, bodies: Sequence[bytes] = ()) -> None:
    """Records each change, and writes each changed product once, with the log position of its last change.

    `bodies`: what `encode_changes` gave, where it is known already.
    """
    if not shelf.changes:
        return
    first = await work.reserve(len(shelf.changes))
    bodies = bodies or encode_changes(shelf)
    for (event, product), body in zip(shelf.changes, bodies, strict=True):
        work.record(event, product.id, Raw(body))
    rows = [_row(shelf.changes[index][1], first + index, bodies[index]) for index in shelf.saved().values()]
    work.write(SQL["save_products"], *arrays(rows))
    if released := shelf.released():
        work.write(SQL["release_claims"], released)
    if gained := shelf.gained():
        work.write(SQL["save_claims"], _encode(gained).decode())
    if shelf.reassembled:
        await work.execute(SQL["release_parts"], list(shelf.reassembled))
        if parts := shelf.parts():
            work.write(SQL["save_parts"], *arrays(parts))


def _row(product: Product, position: int, body: bytes) -> tuple[UUID, int, str, str | None, bool, bool, str]:
    return product.id, position, fold(product.name), product.category, product.active, product.deleted_at is not None, body.decode()
