"""What orders keeps of the catalog: the newest of everything, and what is gone as long as an offline sale may name it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from actors.catalog.contract import OfferChange, OfferFeed, Product, ProductFeed, Promotion, PromotionTerms, Variant
from actors.catalog.contract import PriceList as PriceListTold
from actors.orders.offers import Offers
from actors.orders.views import PriceList
from actors.runtime.words import Money
from tests.actors.orders.pricing_support import NOON, an_id

FIRST = an_id(1)


def a_variant(number: int, sku: str, *barcodes: str, price: int = 100, **given: Any) -> Variant:
    return Variant(id=an_id(number), sku=sku, name=None, barcodes=list(barcodes), price=Money(amount=price, currency="IDR"), **given)


def a_product(number: int, *variants: Variant, **given: Any) -> Product:
    known: dict[str, Any] = {"active": True, "category": "Drinks", "taxes": ["ppn"], **given}
    return Product(
        id=an_id(number), version=1, name="Tea", unit="piece", variants=list(variants), external_ids={}, created_at=NOON, updated_at=NOON, **known
    )


def shelf_of(*products: Product) -> PriceList:
    shelf = PriceList()
    for product in products:
        shelf.apply(ProductFeed(items=[product], position=1, more=False))
    return shelf


def test_a_changed_product_is_found_by_its_new_names_only() -> None:
    shelf = shelf_of(a_product(1, a_variant(11, "a", "1111", "2222")), a_product(1, a_variant(11, "b", "2222", price=200)))

    assert shelf.by_sku("a") is None
    assert shelf.by_barcode("1111") is None
    found = shelf.by_sku("b")
    assert found is not None
    assert found.price == 200
    assert found is shelf.by_barcode("2222") is shelf.by_variant(an_id(11))
    assert len(shelf) == 1


def test_what_was_deleted_or_left_out_is_found_but_not_for_sale() -> None:
    first = a_product(1, a_variant(11, "a", "1111"), a_variant(12, "b"))
    without = shelf_of(first, a_product(1, a_variant(12, "b")))
    deleted = shelf_of(first, msgspec.structs.replace(first, deleted_at=NOON))

    for shelf, sku in ((without, "a"), (deleted, "a"), (deleted, "b")):
        found = shelf.by_sku(sku)
        assert found is not None
        assert not found.for_sale
    kept = without.by_sku("b")
    assert kept is not None
    assert kept.for_sale


def test_a_barcode_that_moved_belongs_to_what_is_for_sale() -> None:
    old = a_product(1, a_variant(11, "a", "1111"))
    new = a_product(2, a_variant(21, "b", "1111"))
    gone = msgspec.structs.replace(old, deleted_at=NOON)

    for shelf in (shelf_of(old, gone, new), shelf_of(new, gone), shelf_of(gone, new)):
        found = shelf.by_barcode("1111")
        assert found is not None
        assert found.sku == "b"


def test_equal_words_are_one_object() -> None:
    """With hundreds of thousands of products, a category each would be many megabytes."""
    drinks, again = (msgspec.json.decode(b'"Drinks"') for _ in range(2))
    assert drinks is not again
    shelf = shelf_of(a_product(1, a_variant(11, "a"), category=drinks), a_product(2, a_variant(21, "b"), category=again))
    one, other = shelf.by_sku("a"), shelf.by_sku("b")

    assert one is not None
    assert other is not None
    assert one.category is other.category
    assert one.taxes is other.taxes


def test_a_promotion_that_changes_is_the_new_one_at_once() -> None:
    offers = Offers()

    def apply(active: bool, priority: int, id: UUID = FIRST) -> None:
        terms = PromotionTerms(kind="percent", percent="10", priority=priority)
        told = Promotion(id=id, version=1, name="P", code=None, active=active, terms=terms, created_at=NOON, updated_at=NOON)
        offers.apply(OfferFeed(items=[OfferChange(position=1, promotion=told)], position=1, more=False))

    apply(True, 1)
    apply(True, 2, an_id(2))
    assert [offer.id for offer in offers.automatic] == [an_id(2), an_id(1)]
    apply(True, 3)
    assert [offer.id for offer in offers.automatic] == [an_id(1), an_id(2)]
    apply(False, 3)
    assert [offer.id for offer in offers.automatic] == [an_id(2)]


def test_only_what_may_be_for_these_things_is_looked_at() -> None:
    offers = Offers()
    terms = [
        PromotionTerms(kind="percent", percent="1", categories=["food"]), PromotionTerms(kind="percent", percent="2", product_ids=[an_id(71)]),
        PromotionTerms(kind="percent", percent="3", variant_ids=[an_id(72)]), PromotionTerms(kind="percent", percent="4"),
        PromotionTerms(kind="percent", percent="5", on="order"), PromotionTerms(kind="percent", percent="6", categories=["home"], priority=9),
    ]  # fmt: skip
    for index, one in enumerate(terms, 1):
        told = Promotion(id=an_id(index), version=1, name="P", code=None, active=True, terms=one, created_at=NOON, updated_at=NOON)
        offers.apply(OfferFeed(items=[OfferChange(position=1, promotion=told)], position=1, more=False))

    def found(*things: tuple[int, int, str | None]) -> list[int]:
        there = offers.automatic_for((an_id(product), an_id(variant), category) for product, variant, category in things)
        return [offer.id.int & 0xFF for offer in there]

    assert found((1, 1, None)) == [4, 5]
    assert found((71, 1, "food")) == [1, 2, 4, 5]
    assert found((71, 1, "food"), (1, 72, "home")) == [6, 1, 2, 3, 4, 5]


def test_price_lists_rank_by_priority_then_code() -> None:
    offers = Offers()
    for code, priority, groups, stores, active in (
        ("b", 1, [], [], True), ("a", 1, ["staff"], [], True), ("c", 9, [], [an_id(5)], True), ("d", 9, [], [], False),
    ):  # fmt: skip
        told = PriceListTold(
            code=code, version=1, name=code, customer_groups=groups, store_ids=stores, priority=priority, active=active,
            created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        offers.apply(OfferFeed(items=[OfferChange(position=1, price_list=told)], position=1, more=False))

    assert offers.lists_for(an_id(6), None) == {"b": 0}
    assert offers.lists_for(an_id(6), "staff") == {"a": 0, "b": 1}
    assert offers.lists_for(an_id(5), "staff") == {"c": 0, "a": 1, "b": 2}
