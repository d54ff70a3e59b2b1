"""The shelf: the part of the catalog that a batch touches, as each of its messages finds it. Pure, apart from remembering.

Messages are decided one after another, so the second sees what the first has changed. A refused one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from actors.catalog import rules
from actors.catalog.checks import product_errors
from actors.catalog.claims import claims_of, external_claims, sku_claim, variant_claim
from actors.catalog.contract import (
    EXTERNAL_IDS_MAX,
    IN_USE,
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
    Variant,
)
from actors.catalog.parts import part_errors, parts_of
from actors.runtime.words import Event, FieldError, Refusal


class Shelf:
    """`products`: all that the batch may touch or that this depends on, tombstones too. `holders`: who has which of the claims
    that it asks for. `users`: of each variant that could be taken away, or made of others, the products that it is a part of.
    """

    def __init__(
        self,
        products: Iterable[Product],
        holders: Mapping[str, UUID],
        now: datetime,
        new_id: rules.NewId,
        users: Mapping[UUID, Set[UUID]] | None = None,
    ) -> None:
        self._products = {product.id: product for product in products}
        self._held_before = dict(holders)
        for product in self._products.values():
            self._held_before.update(dict.fromkeys(claims_of(product), product.id))
        self._holders = dict(self._held_before)
        self.was_empty = not self._held_before and not self._products
        """Before anything was put on it."""
        self._users = {variant: set(ids) for variant, ids in (users or {}).items()}
        self._now = now
        self._new_id = new_id
        self.changes: list[tuple[Event[Product], Product]] = []
        """In order; a product may be there more than once."""
        self.reassembled: set[UUID] = set()
        """The products whose parts are others than before."""

    # --- what is asked

    def create(self, asked: CreateProduct, at: str = "") -> Product | Refusal:
        if asked.id is not None and (other := self._products.get(asked.id)):
            gone = " It was deleted, and ids are not used again." if other.deleted_at else ""
            return TAKEN.refuse(
                f"There is a product {asked.id} already.{gone} Leave the id out, or give another.",
                FieldError(pointer=f"{at}/id", detail="Taken."),
            )
        product = rules.make_product(asked, asked.id or self._new_id(), self._now, self._new_id)
        return self._try(PRODUCT_CREATED, None, product, at)

    def update(self, asked: UpdateProduct) -> Product | Refusal:
        before = self._current(asked.id, asked.if_version)
        if isinstance(before, Refusal):
            return before
        after = rules.change_product(before, asked.changes, self._now, self._new_id)
        if after is before:
            return before
        outcome = self._try(PRODUCT_UPDATED, before, after, "")
        if isinstance(outcome, Product):
            return outcome
        given = {field for field in asked.changes.__struct_fields__ if getattr(asked.changes, field) is not UNSET}
        return rules.point_into(outcome, given)

    def delete(self, asked: DeleteProduct) -> Product | Refusal:
        before = self._current(asked.id, asked.if_version)
        if isinstance(before, Refusal):
            return before
        after = rules.delete_product(before, self._now)
        return self._missed(before, after) or self._put(PRODUCT_DELETED, before, after, [])

    def upsert(self, asked: UpsertItem, at: str) -> UpsertOutcome:
        before = self._match(asked)
        outcome = self._merge(before, asked, at) if before else self.create(asked, at)
        # Asked this way round because most are one: what is not takes ten times as long to say no.
        if not isinstance(outcome, Product):
            return UpsertOutcome(outcome="refused", problem=outcome)
        if before is None:
            return UpsertOutcome(outcome="created", id=outcome.id, version=outcome.version)
        return UpsertOutcome(outcome="unchanged" if outcome is before else "updated", id=outcome.id, version=outcome.version)

    # --- what to write

    def saved(self) -> dict[UUID, int]:
        """Which products to write, each with the index of its last change."""
        return {product.id: index for index, (_, product) in enumerate(self.changes)}

    def released(self) -> list[str]:
        """Claims that nobody has any longer, sorted."""
        return sorted(self._held_before.keys() - self._holders.keys())

    def gained(self) -> list[tuple[str, UUID]]:
        """Claims with new holders, sorted by claim."""
        return sorted(item for item in self._holders.items() if self._held_before.get(item[0]) != item[1])

    def parts(self) -> list[tuple[UUID, UUID]]:
        """(variant, product that it is a part of) of all that are reassembled, sorted."""
        return sorted((variant, id) for id in self.reassembled for variant in parts_of(self._products[id]))

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
        for claim in external_claims(asked.external_ids):
            if claim in self._holders:
                return self._products[self._holders[claim]]
        for variant in asked.variants:
            if (holder := self._holders.get(sku_claim(variant.sku))) is not None:
                return self._products[holder]
        return None

    def _merge(self, before: Product, asked: UpsertItem, at: str) -> Product | Refusal:
        after = rules.merge_product(before, asked, self._now, self._new_id)
        if after is before:
            return before
        if len(after.external_ids) > EXTERNAL_IDS_MAX:
            error = FieldError(pointer=f"{at}/external_ids", detail=f"With those it has, more than {EXTERNAL_IDS_MAX}.")
            return INVALID.refuse("Take external ids off it with an update first.", error)
        return self._try(PRODUCT_UPDATED, before, after, at)

    def _try(self, event: Event[Product], before: Product | None, after: Product, at: str) -> Product | Refusal:
        claims = claims_of(after)
        return self._refused(before, after, claims, at) or self._put(event, before, after, claims)

    def _refused(self, before: Product | None, after: Product, claims: list[str], at: str) -> Refusal | None:
        if errors := product_errors(after, claims, at):
            return rules.invalid(errors)
        if refusal := rules.check_claims(after, claims, self._holders, at):
            return refusal
        if errors := list(part_errors(after, lambda id: self._find(id, after), lambda id: self._users_of(id, after), at)):
            return rules.invalid(errors)
        return self._missed(before, after) if before else None

    def _missed(self, before: Product, after: Product) -> Refusal | None:
        """IN_USE when other products are made of a variant that goes."""
        stay = {variant.id for variant in after.variants} if after.deleted_at is None else set()
        for variant in before.variants:
            if variant.id not in stay and (users := self._users.get(variant.id, set()) - {before.id}):
                names = ", ".join(sorted(f"{self._products[id].name} ({id})" for id in users)[: rules.ERRORS_MAX])
                return IN_USE.refuse(f"{variant.sku} is a part of {names}. Take it out of them first.")
        return None

    def _find(self, id: UUID, after: Product) -> Variant | None:
        """The variant as it is once `after` is put."""
        holder = self._holders.get(variant_claim(id))
        products = [after] if holder is None or holder == after.id else [self._products[holder]]
        return next((variant for product in products for variant in product.variants if variant.id == id), None)

    def _users_of(self, id: UUID, after: Product) -> Iterator[Variant]:
        products = [after, *(self._products[user] for user in self._users.get(id, ()) if user != after.id)]
        for product in products:
            yield from (variant for variant in product.variants if any(each.variant_id == id for each in variant.components))

    def _put(self, event: Event[Product], before: Product | None, after: Product, claims: list[str]) -> Product:
        for claim in claims_of(before) if before else ():
            del self._holders[claim]
        self._holders.update(dict.fromkeys(claims, after.id))
        self._products[after.id] = after
        self._reassemble(before, after)
        self.changes.append((event, after))
        return after

    def _reassemble(self, before: Product | None, after: Product) -> None:
        had, has = parts_of(before) if before else set(), parts_of(after)
        if had == has:
            return
        self.reassembled.add(after.id)
        for variant in had - has:
            self._users.get(variant, set()).discard(after.id)
        for variant in has - had:
            self._users.setdefault(variant, set()).add(after.id)
