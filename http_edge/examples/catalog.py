"""Water by the bottle and by the carton, coffee by recipe, and what makes them cheaper."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from actors.catalog import contract as catalog
from http_edge.examples.story import AT, BEANS, CARTON_EAN, EAN, MILK, PRODUCT, PROMOTION, SKU, STORE, VARIANT, WATER, rp

_carton = catalog.Pack(code="carton", name="Carton of 24", contains="24", price=rp(7200000), barcodes=[CARTON_EAN])
_wholesale = catalog.Price(price=rp(320000), price_list="wholesale")
_variant_input = catalog.VariantInput(sku=SKU, price=rp(350000), barcodes=[EAN], prices=[_wholesale], packs=[_carton])
_product_input = catalog.CreateProduct(
    name=WATER, variants=[_variant_input], category="Drinks", taxes=["ppn"], external_ids={"accurate": "10023"},
    images=["https://pictures.example/aqua-600.png"],
)
_variant = catalog.Variant(id=VARIANT, sku=SKU, name=None, barcodes=[EAN], price=rp(350000), prices=[_wholesale], packs=[_carton])
_product = catalog.Product(
    id=PRODUCT, version=1, name=WATER, category="Drinks", unit="piece", active=True, variants=[_variant],
    external_ids={"accurate": "10023"}, created_at=AT, updated_at=AT, taxes=["ppn"], images=["https://pictures.example/aqua-600.png"],
)
_coffee = catalog.UpsertItem(
    name="Cappuccino", category="Coffee", taxes=["ppn"],
    variants=[
        catalog.VariantInput(
            sku="CAPPUCCINO", price=rp(2500000),
            components=[catalog.Component(variant_id=BEANS, quantity="0.018"), catalog.Component(variant_id=MILK, quantity="0.150")],
        )
    ],
    modifiers=[
        catalog.ModifierGroup(
            code="shot", name="Shots", max=2,
            options=[
                catalog.ModifierOption(
                    code="extra", name="Extra shot", price=rp(500000), components=[catalog.Component(variant_id=BEANS, quantity="0.018")]
                )
            ],
        )
    ],
)  # fmt: skip

_list_input = catalog.PriceListInput(code="wholesale", name="Wholesale", customer_groups=["resellers"], priority=10)
_list = catalog.PriceList(
    code="wholesale", version=1, name="Wholesale", customer_groups=["resellers"], store_ids=[], priority=10, active=True, created_at=AT,
    updated_at=AT,
)
_terms = catalog.PromotionTerms(
    kind="percent", percent="20", categories=["Coffee"], days=[1, 2, 3, 4, 5], from_time="15:00", until_time="17:00", store_ids=[STORE]
)
_promotion = catalog.Promotion(
    id=PROMOTION, version=1, name="Happy hour", code=None, active=True, terms=_terms, created_at=AT, updated_at=AT
)

VALUES: tuple[Any, ...] = (
    _product_input, catalog.ProductChanges(category="Water"), _product, catalog.ProductPage(items=[_product]),
    catalog.UpsertProducts(items=[catalog.UpsertItem(**asdict(_product_input)), _coffee]),
    catalog.UpsertOutcomes(items=[catalog.UpsertOutcome(outcome="updated", id=PRODUCT, version=2)]),
    catalog.CategoryList(items=[catalog.Category(name="Drinks", products=1)]),
    catalog.ProductFeed(items=[_product], position=4711, more=False),
    _list_input, catalog.PriceListChanges(priority=20), _list, catalog.PriceListPage(items=[_list]),
    catalog.CreatePromotion(name="Happy hour", terms=_terms), catalog.PromotionChanges(active=False), _promotion,
    catalog.PromotionPage(items=[_promotion]),
    catalog.OfferFeed(
        items=[catalog.OfferChange(position=12, price_list=_list), catalog.OfferChange(position=13, promotion=_promotion)], position=13,
        more=False,
    ),
)
