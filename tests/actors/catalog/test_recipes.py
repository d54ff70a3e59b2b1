"""Recipes over NATS, on Postgres: what a change depends on is found however far away it is."""

from __future__ import annotations

import asyncio
from uuid import UUID

from actors.catalog.contract import (
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    FIND_VARIANTS,
    UPDATE_PRODUCT,
    UPSERT_PRODUCTS,
    Component,
    CreateProduct,
    DeleteProduct,
    FindVariants,
    Product,
    ProductChanges,
    UpdateProduct,
    UpsertItem,
    UpsertProducts,
    VariantInput,
)
from actors.catalog.parts import DEPTH_MAX
from tests.actors.catalog.test_catalog import no, word
from tests.support import House, rupiah, some_id


def made_of(*parts: UUID, sku: str = "") -> list[VariantInput]:
    components = [Component(variant_id=part, quantity="0.018") for part in parts]
    return [VariantInput(sku=sku or word(), price=rupiah(100), components=components)]


async def create(house: House, *parts: UUID, name: str = "Kopi") -> Product:
    return await house.call(CREATE_PRODUCT, CreateProduct(name=name, variants=made_of(*parts)))


def change(product: Product, *parts: UUID) -> UpdateProduct:
    changes = ProductChanges(variants=made_of(*parts, sku=product.variants[0].sku))
    return UpdateProduct(id=product.id, if_version=product.version, changes=changes)


def only(product: Product) -> UUID:
    return product.variants[0].id


async def test_a_recipe_is_found_from_below_and_from_above(house: House) -> None:
    chain = [await create(house)]
    for _ in range(DEPTH_MAX):
        chain.append(await create(house, only(chain[-1])))
    too_deep = await no(house, CREATE_PRODUCT, CreateProduct(name="Kopi", variants=made_of(only(chain[-1]))))
    assert ("catalog.invalid", ["/variants/0/components/0/variant_id"]) == (too_deep.code, [each.pointer for each in too_deep.errors])
    other = await create(house)
    assert "catalog.invalid" == (await no(house, UPDATE_PRODUCT, change(chain[0], only(other)))).code
    circle = await no(house, UPDATE_PRODUCT, change(chain[0], only(chain[2])))
    assert "made of this very variant" in circle.errors[0].detail


async def test_an_ingredient_is_kept_until_nothing_is_made_of_it(house: House) -> None:
    beans = await create(house, name="Biji")
    cup = await create(house, only(beans), name="Cangkir")
    delete = DeleteProduct(id=beans.id, if_version=1)
    refusal = await no(house, DELETE_PRODUCT, delete)
    assert "catalog.in_use" == refusal.code
    assert f"Cangkir ({cup.id})" in refusal.detail
    lost = UpsertItem(id=beans.id, name="Biji", variants=made_of())
    (outcome,) = (await house.call(UPSERT_PRODUCTS, UpsertProducts(items=[lost]))).items
    assert outcome.problem is not None
    assert "catalog.in_use" == outcome.problem.code
    cup = await house.call(UPDATE_PRODUCT, change(cup))
    assert 3 == (await house.call(UPDATE_PRODUCT, change(cup, only(beans)))).version
    await house.call(DELETE_PRODUCT, DeleteProduct(id=cup.id, if_version=3))
    await house.call(DELETE_PRODUCT, delete)
    assert [] == await house.fetch("SELECT FROM catalog.parts WHERE product_id = $1 OR variant_id = $2", cup.id, only(beans))


async def test_two_that_want_to_be_made_of_each_other_at_once_make_no_circle(house: House) -> None:
    one, two = await create(house), await create(house)
    both = (change(one, only(two)), change(two, only(one)))
    replies = await asyncio.gather(*(house.client.ask(UPDATE_PRODUCT, each) for each in both))
    assert ["catalog.invalid"] == [reply.refusal.code for reply in replies if reply.refusal]


async def test_an_import_may_bring_a_recipe_after_its_ingredients(house: House) -> None:
    beans, milk = some_id(), some_id()
    items = [
        UpsertItem(name="Biji", variants=[VariantInput(id=beans, sku=word(), price=rupiah(1))]),
        UpsertItem(name="Susu", variants=[VariantInput(id=milk, sku=word(), price=rupiah(1))]),
        UpsertItem(name="Cappuccino", variants=made_of(beans, milk)),
    ]
    asked = UpsertProducts(items=items)
    assert ["created"] * 3 == [each.outcome for each in (await house.call(UPSERT_PRODUCTS, asked)).items]
    assert ["unchanged"] * 3 == [each.outcome for each in (await house.call(UPSERT_PRODUCTS, asked)).items]
    rows = await house.fetch("SELECT variant_id FROM catalog.parts WHERE variant_id = ANY ($1::uuid[])", [beans, milk])
    assert {beans, milk} == {row["variant_id"] for row in rows}


async def test_variants_are_told_as_they_are_now_without_those_that_are_gone(house: House) -> None:
    both = [VariantInput(sku=word(), price=rupiah(1), name=size) for size in ("S", "L")]
    shirt = await house.call(CREATE_PRODUCT, CreateProduct(name="Kaos", variants=both, stock="deny"))
    tea = await create(house, name="Teh")
    gone = await create(house)
    await house.call(DELETE_PRODUCT, DeleteProduct(id=gone.id, if_version=1))
    small, large = shirt.variants
    asked = [only(tea), large.id, only(gone), some_id(), large.id]
    found = (await house.call(FIND_VARIANTS, FindVariants(variant_ids=asked))).items
    assert [(only(tea), tea.id, "Teh", "allow"), (large.id, shirt.id, "Kaos L", "deny")] == [
        (each.variant_id, each.product_id, each.name, each.stock) for each in found
    ]
    assert [small.sku] == [each.sku for each in (await house.call(FIND_VARIANTS, FindVariants(variant_ids=[small.id]))).items]
