"""What may be in the catalog, and what a change makes of a product. Pure: ids and the time come in as arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from actors.catalog.claims import wanted_claims
from actors.catalog.contract import INVALID, TAKEN, CreateProduct, Product, ProductChanges, Variant, VariantInfo, VariantInput
from actors.runtime.words import FieldError, Refusal

NewId = Callable[[], UUID]
ERRORS_MAX = 20
"""Of one product, so that the outcomes of a thousand bad ones still fit into a message."""


def fold(text: str) -> str:
    """How names are compared: without regard to case, in every script."""
    return text.casefold()


def word_patterns(q: str) -> list[str]:
    """LIKE patterns for the words of a search, the longest first. All must match, anywhere in the name."""
    words = sorted(set(fold(q).split()), key=lambda word: (-len(word), word))
    return [f"%{_escape(word)}%" for word in words]


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# --- yes or no ---------------------------------------------------------------------------------------------


def invalid(errors: Sequence[FieldError]) -> Refusal:
    return INVALID.refuse("Correct the fields named in errors.", *errors[:ERRORS_MAX])


def check_claims(product: Product, claims: Collection[str], holders: Mapping[str, UUID], at: str = "") -> Refusal | None:
    """TAKEN when another product holds one of `claims`, which are all of this one's."""
    id = product.id
    if holders.keys().isdisjoint(claims) or all(holders.get(claim, id) == id for claim in claims):
        return None
    errors = [
        FieldError(pointer=pointer, detail=f"{claim.partition(':')[2]} belongs to product {holders[claim]}.")
        for pointer, claim in wanted_claims(product.variants, product.external_ids, at)
        if holders.get(claim, id) != id
    ]
    return TAKEN.refuse("Use others, or change the products that have them.", *errors[:ERRORS_MAX])


def point_into(refusal: Refusal, given: Collection[str]) -> Refusal:
    """A change of some fields may contradict others, which are not in the request: no pointer leads there, so words do."""
    errors = [
        error if error.pointer.split("/")[1] in given else FieldError(pointer="", detail=f"{error.pointer}: {error.detail}")
        for error in refusal.errors
    ]
    return replace(refusal, errors=errors)


# --- what a request makes of a product ---------------------------------------------------------------------


def make_product(asked: CreateProduct, id: UUID, now: datetime, new_id: NewId) -> Product:
    return Product(
        id=id,
        version=1,
        name=asked.name,
        category=asked.category,
        taxes=asked.taxes,
        unit=asked.unit,
        active=asked.active,
        stock=asked.stock,
        modifiers=asked.modifiers,
        store_ids=asked.store_ids,
        images=asked.images,
        variants=make_variants(asked.variants, [], new_id),
        external_ids=asked.external_ids,
        created_at=now,
        updated_at=now,
    )


def make_variants(asked: Sequence[VariantInput], before: Sequence[Variant], new_id: NewId) -> list[Variant]:
    """A variant keeps its id by `id`, else by SKU, unless another of `asked` names that id."""
    given = {variant.id for variant in asked}
    by_sku = {variant.sku: variant.id for variant in before if variant.id not in given}
    return [
        Variant(
            id=variant.id or by_sku.get(variant.sku) or new_id(),
            sku=variant.sku,
            name=variant.name,
            barcodes=variant.barcodes,
            price=variant.price,
            prices=variant.prices,
            packs=variant.packs,
            components=variant.components,
        )
        for variant in asked
    ]


def change_product(before: Product, changes: ProductChanges, now: datetime, new_id: NewId) -> Product:
    """The next version; `before` itself when nothing changes."""
    given = {field: value for field in changes.__struct_fields__ if (value := getattr(changes, field)) is not UNSET}
    if "variants" in given:
        given["variants"] = make_variants(given["variants"], before.variants, new_id)
    return next_version(before, now, **given)


def merge_product(before: Product, asked: CreateProduct, now: datetime, new_id: NewId) -> Product:
    """The whole product as `asked`, but ids in systems that are not mentioned stay: they belong to somebody else's exchange."""
    return next_version(
        before,
        now,
        name=asked.name,
        category=asked.category,
        taxes=asked.taxes,
        unit=asked.unit,
        active=asked.active,
        stock=asked.stock,
        modifiers=asked.modifiers,
        store_ids=asked.store_ids,
        images=asked.images,
        variants=make_variants(asked.variants, before.variants, new_id),
        external_ids={**before.external_ids, **asked.external_ids},
    )


def next_version(before: Product, now: datetime, **changed: object) -> Product:
    after = replace(before, **changed)
    return before if after == before else replace(after, version=before.version + 1, updated_at=now)


def delete_product(before: Product, now: datetime) -> Product:
    return replace(before, version=before.version + 1, updated_at=now, deleted_at=now)


def variant_infos(product: Product) -> Iterator[VariantInfo]:
    for variant in product.variants:
        yield VariantInfo(
            variant_id=variant.id,
            product_id=product.id,
            sku=variant.sku,
            name=f"{product.name} {variant.name}" if variant.name else product.name,
            unit=product.unit,
            stock=product.stock,
            packs={pack.code: pack.contains for pack in variant.packs},
        )
