"""The shelf: the part of the catalog that a batch touches, as each of its messages finds it. Pure, apart from remembering.

Messages are decided one after another, so the second sees what the first has changed. A refused one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from actors.catalog import rules
from actors.catalog.claims import claims_of, external_claims, sku_claim
from actors.catalog.contract import (
    EXTERNAL_IDS_MAX,
    INVALID,
    NOT_FOUND,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    STALE,
    TAKEN,
    CreateProduct,
    DeleteProduct,
    Product,
    UpdateProduct,
    UpsertItem,
    UpsertOutcome,
)
from actors.runtime.words import Event, FieldError, Refusal


class Shelf:
    """`products`: all that the batch may touch, tombstones too. `holders`: who has which of the claims that it asks for."""

    def __init__(self, products: Iterable[Product], holders: Mapping[str, UUID], now: datetime, new_id: rules.NewId) -> None:
        self._products = {product.id: product for product in products}
        self._held_before = dict(holders)
        for product in self._products.values():
            self._held_before.update(dict.fromkeys(claims_of(product), product.id))
        self._holders = dict(self._held_before)
        self._now = now
        self._new_id = new_id
        self.changes: list[tuple[Event[Product], Product]] = []
        """In order; a product may be there more than once."""

    # --- what is asked

    def create(self, asked: CreateProduct, at: str = "") -> Product | Refusal:
        if refusal := rules.check_product(asked.variants, asked.external_ids, at):
            return refusal
        if asked.id is not None and (other := self._products.get(asked.id)):
            gone = " It was deleted, and ids are not used again." if other.deleted_at else ""
            return TAKEN.refuse(
                f"There is a product {asked.id} already.{gone} Leave the id out, or give another.",
                FieldError(pointer=f"{at}/id", detail="Taken."),
            )
        if refusal := rules.check_claims(None, self._holders, asked.variants, asked.external_ids, at):
            return refusal
        product = rules.make_product(asked, asked.id or self._new_id(), self._now, self._new_id)
        return self._put(PRODUCT_CREATED, product)

    def update(self, asked: UpdateProduct) -> Product | Refusal:
        before = self._current(asked.id, asked.if_version)
        if isinstance(before, Refusal):
            return before
        variants = asked.changes.variants or []
        external_ids = asked.changes.external_ids or {}
        if refusal := rules.check_product(variants, external_ids):
            return refusal
        if refusal := rules.check_claims(before.id, self._holders, variants, external_ids):
            return refusal
        return self._save(before, rules.change_product(before, asked.changes, self._now, self._new_id))

    def delete(self, asked: DeleteProduct) -> Product | Refusal:
        before = self._current(asked.id, asked.if_version)
        if isinstance(before, Refusal):
            return before
        return self._put(PRODUCT_DELETED, rules.delete_product(before, self._now))

    def upsert(self, asked: UpsertItem, at: str) -> UpsertOutcome:
        before = self._match(asked)
        outcome = self._merge(before, asked, at) if before else self.create(asked, at)
        if isinstance(outcome, Refusal):
            return UpsertOutcome(outcome="refused", problem=outcome)
        if before is None:
            return UpsertOutcome(outcome="created", id=outcome.id, version=outcome.version)
        return UpsertOutcome(outcome="unchanged" if outcome is before else "updated", id=outcome.id, version=outcome.version)

    # --- what to write

    def saved(self) -> dict[UUID, int]:
        """Which products to write, each with the index of its last change."""
        return {product.id: index for index, (_, product) in enumerate(self.changes)}

    def released(self) -> list[str]:
        """Claims that their holders of before have no longer, sorted."""
        return sorted(claim for claim, id in self._held_before.items() if self._holders.get(claim) != id)

    def gained(self) -> list[tuple[str, UUID]]:
        """Claims with new holders, sorted."""
        return sorted((claim, id) for claim, id in self._holders.items() if self._held_before.get(claim) != id)

    # --- how

    def _current(self, id: UUID, if_version: int) -> Product | Refusal:
        product = self._products.get(id)
        if product is None or product.deleted_at is not None:
            return NOT_FOUND.refuse(f"There is no product {id}, or it was deleted.")
        if product.version != if_version:
            return STALE.refuse(f"It is at version {product.version} now, not {if_version}. Read it again and repeat the change.")
        return product

    def _match(self, asked: UpsertItem) -> Product | None:
        if asked.id is not None:
            product = self._products.get(asked.id)
            return product if product and product.deleted_at is None else None
        for claim in (*external_claims(asked.external_ids), *(sku_claim(variant.sku) for variant in asked.variants)):
            if claim in self._holders:
                return self._products[self._holders[claim]]
        return None

    def _merge(self, before: Product, asked: UpsertItem, at: str) -> Product | Refusal:
        if refusal := rules.check_product(asked.variants, asked.external_ids, at):
            return refusal
        if refusal := rules.check_claims(before.id, self._holders, asked.variants, asked.external_ids, at):
            return refusal
        after = rules.merge_product(before, asked, self._now, self._new_id)
        if len(after.external_ids) > EXTERNAL_IDS_MAX:
            error = FieldError(pointer=f"{at}/external_ids", detail=f"With those it has, more than {EXTERNAL_IDS_MAX}.")
            return INVALID.refuse("Take external ids off it with an update first.", error)
        return self._save(before, after)

    def _save(self, before: Product, after: Product) -> Product:
        return before if after is before else self._put(PRODUCT_UPDATED, after)

    def _put(self, event: Event[Product], after: Product) -> Product:
        before = self._products.get(after.id)
        for claim in claims_of(before) if before else ():
            del self._holders[claim]
        self._holders.update(dict.fromkeys(claims_of(after), after.id))
        self._products[after.id] = after
        self.changes.append((event, after))
        return after
