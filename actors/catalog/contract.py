"""What `catalog` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.runtime.words import (
    LINE,
    Clock,
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
Unit = Literal["piece", "kg", "g", "l", "ml", "m"]
StockPolicy = Annotated[
    Literal["allow", "deny", "untracked"],
    Meta(
        description="allow: it is sold even when the books say that there is none. deny: never more than there is. "
        "untracked: no stock is kept, as for a service."
    ),
]
PositiveQuantity = Annotated[
    str,
    Meta(
        pattern=r"^(?!0+(\.0+)?$)[0-9]{1,7}(\.[0-9]{1,3})?$(?!\n)",
        description="More than zero, with up to three decimals: \"0.018\".",
        examples=["0.018"],
    ),
]
Rate = Annotated[
    str,
    Meta(
        pattern=r"^(?!0+(\.0+)?$)(100|[0-9]{1,2})(\.[0-9]{1,4})?$(?!\n)",
        description="Percent, as a decimal string: \"10\" or \"12.5\".",
        examples=["10"],
    ),
]
ImageUrl = Annotated[str, Meta(max_length=500, pattern=r"^https?://[!-~]+$(?!\n)", description="Where the picture is.")]
Taxes = Annotated[list[Code], Meta(max_length=10)]
Codes = Annotated[list[Code], Meta(max_length=50)]
Stores = Annotated[list[UUID], Meta(max_length=500)]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday.")]
ExternalIds = Annotated[
    dict[Code, Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[!-~]+$(?!\n)")]],
    Meta(max_length=EXTERNAL_IDS_MAX, description="Ids that other systems know it by: {\"accurate\": \"10023\"}."),
]


class Price(Input, omit_defaults=False):
    """Another price than the usual one: in one store, on one price list, from one moment to another (`ends_at` not included).

    Of all that apply the most specific wins: a price list before none (of several, by their priority), a store before none,
    then the one that started last.
    """

    price: Money
    store_id: UUID | None = None
    price_list: Code | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Pack(Input, omit_defaults=False):
    """A bigger unit of the same thing: a carton that `contains` "24" pieces. Without a price of its own it costs 24 x the piece."""

    code: Code
    name: Name
    contains: PositiveQuantity
    price: Money | None = None
    barcodes: Annotated[list[Barcode], Meta(max_length=20)] = []


class Component(Input, omit_defaults=False):
    """What one unit of a recipe or bundle takes out of stock: "0.018" (kg) of the variant that is the beans.

    The variant is there already, or comes earlier in the same request. It may itself be made of others, in up to 5 steps and never
    in a circle. It need not be for sale: a product that is not `active` still is an ingredient. As long as it is one, it can
    neither be deleted nor lose the variant.
    """

    variant_id: UUID
    quantity: PositiveQuantity


Components = Annotated[list[Component], Meta(max_length=50)]


class ModifierOption(Input, omit_defaults=False):
    """`price` is added to the unit price; `components` leave the stock with it."""

    code: Code
    name: Name
    price: Money | None = None
    components: Components = []


class ModifierGroup(Input, omit_defaults=False):
    """A choice that belongs to the product: between `min` and `max` of its options, quantities counted."""

    code: Code
    name: Name
    options: Annotated[list[ModifierOption], Meta(min_length=1, max_length=50)]
    min: Annotated[int, Meta(ge=0, le=50)] = 0
    max: Annotated[int, Meta(ge=1, le=50)] = 1


ModifierGroups = Annotated[list[ModifierGroup], Meta(max_length=20)]
Images = Annotated[list[ImageUrl], Meta(max_length=20)]


class VariantInput(Input):
    """What is actually sold: one size, one flavour. `id` is kept when given, made when not.

    With `components` it is a recipe or a bundle: those leave the stock, not the variant itself.
    """

    sku: Sku
    price: Money
    id: UUID | None = None
    name: Name | None = None
    barcodes: Annotated[list[Barcode], Meta(max_length=20)] = []
    prices: Annotated[list[Price], Meta(max_length=100)] = []
    packs: Annotated[list[Pack], Meta(max_length=10)] = []
    components: Components = []


Variants = Annotated[list[VariantInput], Meta(min_length=1, max_length=100)]


class CreateProduct(Input):
    """`taxes` name taxes of the store that sells it, in the order in which they are computed; without any, none is due.

    `store_ids`: the only stores that sell it; all do when it is missing.
    """

    name: Name
    variants: Variants
    id: UUID | None = None
    category: Name | None = None
    taxes: Taxes = []
    unit: Unit = "piece"
    active: bool = True
    external_ids: ExternalIds = {}
    stock: StockPolicy = "allow"
    modifiers: ModifierGroups = []
    store_ids: Stores | None = None
    images: Images = []


class ProductChanges(Input):
    """Only what is given changes. `variants`, when given, replaces them all; a variant keeps its id by `id` or `sku`."""

    name: Name | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    category: Name | UnsetType | None = UNSET
    taxes: Taxes | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    external_ids: ExternalIds | UnsetType = UNSET
    stock: StockPolicy | UnsetType = UNSET
    modifiers: ModifierGroups | UnsetType = UNSET
    store_ids: Stores | UnsetType | None = UNSET
    images: Images | UnsetType = UNSET


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
    prices: list[Price] = []
    packs: list[Pack] = []
    components: list[Component] = []


class Product(Value):
    id: UUID
    version: int
    name: str
    category: str | None
    unit: Unit
    active: bool
    variants: list[Variant]
    external_ids: dict[str, str]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    taxes: list[str] = []
    stock: StockPolicy = "allow"
    modifiers: list[ModifierGroup] = []
    store_ids: list[UUID] | None = None
    images: list[str] = []


class GetProduct(Input):
    id: UUID


class ListProducts(Input):
    """`q` finds names that contain all of its words, in any case and order; the others match exactly. Sorted by name.

    `barcode` may be one that a store's scales have printed.
    A page of very large products may hold fewer than `limit`: only a missing `next_cursor` is the end.
    """

    q: Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE, description="Words of the name.")] | None = None
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


class FindVariants(Input):
    """For other actors: what these variants are, as they are now. Unknown and deleted ones are left out of the answer."""

    variant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=1000)]


class VariantInfo(Value):
    """`packs`: by the code of each, how much of its own `unit` it contains."""

    variant_id: UUID
    product_id: UUID
    sku: str
    name: str
    unit: Unit
    stock: StockPolicy
    packs: dict[str, str] = {}


class VariantInfos(Value):
    items: list[VariantInfo]


# --- price lists and promotions ----------------------------------------------------------------------------


class PriceListInput(Input):
    """Which customers and stores buy at the prices that variants have under this `code`. Empty lists: all of them.

    When several price lists apply, the one with the higher `priority` wins, then the one whose code comes first.
    """

    code: Code
    name: Name
    customer_groups: Codes = []
    store_ids: Stores = []
    priority: Annotated[int, Meta(ge=0, le=1000)] = 0
    active: bool = True


class PriceListChanges(Input):
    name: Name | UnsetType = UNSET
    customer_groups: Codes | UnsetType = UNSET
    store_ids: Stores | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UpdatePriceList(Input):
    code: Code
    if_version: Version
    changes: PriceListChanges


class PriceList(Value):
    code: str
    version: int
    name: str
    customer_groups: list[str]
    store_ids: list[UUID]
    priority: int
    active: bool
    created_at: datetime
    updated_at: datetime


class GetPriceList(Input):
    code: Code


class ListPriceLists(Input):
    limit: Limit = 50
    cursor: Cursor | None = None


class PriceListPage(Value):
    items: list[PriceList]
    next_cursor: str | None = None


PromotionKind = Annotated[
    Literal["percent", "amount", "buy_x_get_y"],
    Meta(
        description="percent: `percent` off. amount: `amount` off, once for the order, or for each unit of its lines. "
        "buy_x_get_y: of `buy` + `get` units the cheapest `get` are `percent` off (100 = free, when it is not given)."
    ),
]


class PromotionTerms(Input, omit_defaults=False):
    """What it gives, and when. All conditions must hold; a missing one always does.

    `on`                      "lines": on the lines of `product_ids`, `variant_ids` and `categories` (all lines when none is named);
                              "order": on what the whole order costs after all that is given on lines
    `minimum`                 what the order must cost before any discount
    `days`, `from_time`, `until_time`   in the store's own time, for happy hours; `until` is not included, and may be past midnight
    `uses_max`                how many orders may have it, all together; `uses_max_per_customer` needs to know the customer
    `exclusive`               where it applies, no promotion after it does
    """

    kind: PromotionKind
    on: Literal["lines", "order"] = "lines"
    percent: Rate | None = None
    amount: Money | None = None
    buy: Annotated[int, Meta(ge=1, le=100)] | None = None
    get: Annotated[int, Meta(ge=1, le=100)] | None = None
    product_ids: Annotated[list[UUID], Meta(max_length=500)] = []
    variant_ids: Annotated[list[UUID], Meta(max_length=500)] = []
    categories: Annotated[list[Name], Meta(max_length=100)] = []
    store_ids: Stores = []
    customer_groups: Codes = []
    minimum: Money | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    days: Annotated[list[Weekday], Meta(max_length=7)] = []
    from_time: Clock | None = None
    until_time: Clock | None = None
    uses_max: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    uses_max_per_customer: Annotated[int, Meta(ge=1, le=10**6)] | None = None
    priority: Annotated[int, Meta(ge=0, le=1000, description="The higher, the earlier it is applied.")] = 0
    exclusive: bool = False


class CreatePromotion(Input):
    """With a `code` it is a coupon: only who names the code gets it. Codes are the same in any case."""

    name: Name
    terms: PromotionTerms
    id: UUID | None = None
    code: Code | None = None
    active: bool = True


class PromotionChanges(Input):
    """`terms`, when given, are replaced as a whole. The code of a coupon stays."""

    name: Name | UnsetType = UNSET
    terms: PromotionTerms | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UpdatePromotion(Input):
    id: UUID
    if_version: Version
    changes: PromotionChanges


class Promotion(Value):
    id: UUID
    version: int
    name: str
    code: str | None
    active: bool
    terms: PromotionTerms
    created_at: datetime
    updated_at: datetime


class GetPromotion(Input):
    id: UUID


class ListPromotions(Input):
    """Newest first."""

    code: Code | None = None
    active: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PromotionPage(Value):
    items: list[Promotion]
    next_cursor: str | None = None


class OfferChange(Value):
    """One price list or one promotion, as it is now."""

    position: int
    price_list: PriceList | None = None
    promotion: Promotion | None = None


class OfferFeed(Value):
    items: list[OfferChange]
    position: Position
    more: bool


NOT_FOUND = Reason("catalog.not_found", "not_found", "No such product, price list or promotion", "Check the id or code; it may have been deleted.")
TAKEN = Reason(
    "catalog.taken", "conflict", "Already taken",
    "`errors` names what is taken, and by whom. Use another, or change the one that has it.",
)
STALE = Reason("catalog.stale", "stale", "Changed by somebody else", "Read it again, look at what changed, and send your change with the new `ETag`.")
INVALID = Reason("catalog.invalid", "invalid", "Not a possible product, price list or promotion", "Correct the fields that `errors` names.")
IN_USE = Reason(
    "catalog.in_use", "conflict", "Other products are made of it",
    "`detail` names them. Take it out of their components first; or set `active` to false: then it is an ingredient only.",
)

CREATE_PRODUCT = Command("catalog.create", CreateProduct, Product, "Create a product", keyed=True, reasons=(TAKEN, INVALID))
UPDATE_PRODUCT = Command(
    "catalog.update", UpdateProduct, Product, "Change a product", reasons=(NOT_FOUND, STALE, TAKEN, INVALID, IN_USE)
)
DELETE_PRODUCT = Command(
    "catalog.delete", DeleteProduct, Product, "Take a product out of the catalog; orders keep it", reasons=(NOT_FOUND, STALE, IN_USE)
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
    item_reasons=(TAKEN, INVALID, IN_USE),
)
PRODUCT_CHANGES = Command("catalog.changes", FeedAfter, ProductFeed, "What changed in the catalog after a position")

PRODUCT_CREATED = Event("product.created", Product, "A product was created")
PRODUCT_UPDATED = Event("product.updated", Product, "A product was changed")
PRODUCT_DELETED = Event("product.deleted", Product, "A product was taken out of the catalog")

FIND_VARIANTS = Command("catalog.find_variants", FindVariants, VariantInfos, "Tell what these variants are")
CREATE_PRICE_LIST = Command(
    "catalog.create_price_list", PriceListInput, PriceList, "Make a price list", keyed=True, reasons=(TAKEN, INVALID)
)
UPDATE_PRICE_LIST = Command(
    "catalog.update_price_list", UpdatePriceList, PriceList, "Change a price list", reasons=(NOT_FOUND, STALE, INVALID)
)
GET_PRICE_LIST = Command("catalog.get_price_list", GetPriceList, PriceList, "Get one price list", reasons=(NOT_FOUND,))
LIST_PRICE_LISTS = Command("catalog.list_price_lists", ListPriceLists, PriceListPage, "List the price lists", reasons=(INVALID,))
CREATE_PROMOTION = Command(
    "catalog.create_promotion", CreatePromotion, Promotion, "Make a promotion or a coupon", keyed=True, reasons=(TAKEN, INVALID)
)
UPDATE_PROMOTION = Command(
    "catalog.update_promotion", UpdatePromotion, Promotion, "Change a promotion", reasons=(NOT_FOUND, STALE, INVALID)
)
GET_PROMOTION = Command("catalog.get_promotion", GetPromotion, Promotion, "Get one promotion", reasons=(NOT_FOUND,))
LIST_PROMOTIONS = Command("catalog.list_promotions", ListPromotions, PromotionPage, "List promotions, newest first", reasons=(INVALID,))
OFFER_CHANGES = Command(
    "catalog.offer_changes", FeedAfter, OfferFeed, "What changed in price lists and promotions after a position"
)

PRICE_LIST_CREATED = Event("price_list.created", PriceList, "A price list was made")
PRICE_LIST_UPDATED = Event("price_list.updated", PriceList, "A price list was changed")
PROMOTION_CREATED = Event("promotion.created", Promotion, "A promotion was made")
PROMOTION_UPDATED = Event("promotion.updated", Promotion, "A promotion was changed")
