"""What `catalog` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.runtime.words import (
    Code,
    Command,
    Cursor,
    Event,
    FeedAfter,
    Input,
    Limit,
    Money,
    Name,
    Position,
    Reason,
    Refusal,
    Value,
    Version,
)

EXTERNAL_IDS_MAX = 20

Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)", description="Unique among all variants.")]
Barcode = Annotated[str, Meta(min_length=4, max_length=32, pattern=r"^[0-9A-Za-z-]+$(?!\n)", description="EAN-13 or any other.")]
Unit = Literal["piece", "kg"]
ExternalIds = Annotated[
    dict[Code, Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[!-~]+$(?!\n)")]],
    Meta(max_length=EXTERNAL_IDS_MAX, description="Ids that other systems know it by: {\"accurate\": \"10023\"}."),
]


class VariantInput(Input):
    """What is actually sold: one size, one flavour. `id` is kept when given, made when not."""

    sku: Sku
    price: Money
    id: UUID | None = None
    name: Name | None = None
    barcodes: Annotated[list[Barcode], Meta(max_length=20)] = []


Variants = Annotated[list[VariantInput], Meta(min_length=1, max_length=100)]


class CreateProduct(Input):
    """`tax` names a tax of the store that sells it; without one, no tax is due."""

    name: Name
    variants: Variants
    id: UUID | None = None
    category: Name | None = None
    tax: Code | None = None
    unit: Unit = "piece"
    active: bool = True
    external_ids: ExternalIds = {}


class ProductChanges(Input):
    """Only what is given changes. `variants`, when given, replaces them all; a variant keeps its id by `id` or `sku`."""

    name: Name | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    category: Name | UnsetType | None = UNSET
    tax: Code | UnsetType | None = UNSET
    unit: Unit | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    external_ids: ExternalIds | UnsetType = UNSET


class UpdateProduct(Input):
    id: UUID
    if_version: Version
    changes: ProductChanges


class DeleteProduct(Input):
    id: UUID
    if_version: Version


class Variant(Value):
    id: UUID
    sku: str
    name: str | None
    barcodes: list[str]
    price: Money


class Product(Value):
    id: UUID
    version: int
    name: str
    category: str | None
    tax: str | None
    unit: Unit
    active: bool
    variants: list[Variant]
    external_ids: dict[str, str]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class GetProduct(Input):
    id: UUID


class ListProducts(Input):
    """`q` finds names that contain all of its words, in any case and order; the others match exactly. Sorted by name.

    A page of very large products may hold fewer than `limit`: only a missing `next_cursor` is the end.
    """

    q: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1F\x7F]*$(?!\n)")] | None = None
    sku: Sku | None = None
    barcode: Barcode | None = None
    category: Name | None = None
    active: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ProductPage(Value):
    items: list[Product]
    next_cursor: str | None = None


class ListCategories(Input):
    """No filters."""


class Category(Value):
    name: str
    products: int


class CategoryList(Value):
    items: list[Category]


class UpsertItem(CreateProduct):
    """The whole product, found by `id` when given, or else by an external id, or else by the SKU of a variant; created when
    there is none. What is left out is emptied, except external ids: those of systems that are not mentioned stay.
    """


class UpsertProducts(Input):
    items: Annotated[list[UpsertItem], Meta(min_length=1, max_length=1000)]


class UpsertOutcome(Value, omit_defaults=True):
    """What became of one item, in the order asked. `refused` comes with the reason."""

    outcome: Literal["created", "updated", "unchanged", "refused"]
    id: UUID | None = None
    version: int | None = None
    problem: Refusal | None = None


class UpsertOutcomes(Value):
    items: list[UpsertOutcome]


class ProductFeed(Value):
    """Products as they are now, in the order of their last change; deleted ones carry `deleted_at`."""

    items: list[Product]
    position: Position
    more: bool


NOT_FOUND = Reason("catalog.not_found", "not_found", "No such product")
TAKEN = Reason("catalog.taken", "conflict", "Already taken by another product")
STALE = Reason("catalog.stale", "stale", "Changed by somebody else")
INVALID = Reason("catalog.invalid", "invalid", "Not a possible product")

CREATE_PRODUCT = Command("catalog.create", CreateProduct, Product, "Create a product", keyed=True, reasons=(TAKEN, INVALID))
UPDATE_PRODUCT = Command("catalog.update", UpdateProduct, Product, "Change a product", reasons=(NOT_FOUND, STALE, TAKEN, INVALID))
DELETE_PRODUCT = Command(
    "catalog.delete", DeleteProduct, Product, "Take a product out of the catalog; orders keep it", reasons=(NOT_FOUND, STALE)
)
GET_PRODUCT = Command("catalog.get", GetProduct, Product, "Get one product", reasons=(NOT_FOUND,))
LIST_PRODUCTS = Command("catalog.list", ListProducts, ProductPage, "Search products by name, SKU or barcode", reasons=(INVALID,))
LIST_CATEGORIES = Command("catalog.categories", ListCategories, CategoryList, "List the categories in use")
UPSERT_PRODUCTS = Command(
    "catalog.upsert",
    UpsertProducts,
    UpsertOutcomes,
    "Create or change up to 1,000 products, each with its own outcome",
    keyed=True,
    item_reasons=(TAKEN, INVALID),
)
PRODUCT_CHANGES = Command("catalog.changes", FeedAfter, ProductFeed, "What changed in the catalog after a position")

PRODUCT_CREATED = Event("product.created", Product, "A product was created")
PRODUCT_UPDATED = Event("product.updated", Product, "A product was changed")
PRODUCT_DELETED = Event("product.deleted", Product, "A product was taken out of the catalog")
