"""Recipes and bundles: what is made of what, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from actors.catalog.contract import (
    Component,
    CreateProduct,
    DeleteProduct,
    ModifierGroup,
    ModifierOption,
    Product,
    ProductChanges,
    UpdateProduct,
    UpsertItem,
    VariantInput,
)
from actors.catalog.parts import DEPTH_MAX
from actors.catalog.shelf import Shelf
from actors.runtime.words import Money, Refusal
from tests.actors.catalog.test_product_rules import made, refused, shelf


def variant(number: int, *parts: int) -> VariantInput:
    components = [Component(variant_id=UUID(int=part), quantity="0.5") for part in parts]
    return VariantInput(id=UUID(int=number), sku=f"V{number}", price=Money(amount=100, currency="IDR"), components=components)


def thing(number: int, *parts: int) -> CreateProduct:
    """Product 1000 + number, with the one variant `number` that is made of the variants `parts`."""
    return CreateProduct(id=UUID(int=1000 + number), name=f"Thing {number}", variants=[variant(number, *parts)])


def make_of(here: Shelf, number: int, *parts: int) -> Product | Refusal:
    known = here.upsert(UpsertItem(id=UUID(int=1000 + number), name=f"Thing {number}", variants=[variant(number)]), "")
    assert known.version is not None
    changes = ProductChanges(variants=[variant(number, *parts)])
    return here.update(UpdateProduct(id=UUID(int=1000 + number), if_version=known.version, changes=changes))


def flavoured(number: int, *parts: int) -> CreateProduct:
    components = [Component(variant_id=UUID(int=part), quantity="1") for part in parts]
    options = [ModifierOption(code="plain", name="Plain"), ModifierOption(code="extra", name="Extra", components=components)]
    return CreateProduct(name="Kopi", variants=[variant(number)], modifiers=[ModifierGroup(code="shot", name="Shot", options=options)])


def delete(here: Shelf, product: Product) -> Product | Refusal:
    return here.delete(DeleteProduct(id=product.id, if_version=product.version))


def test_a_component_must_be_there() -> None:
    here = shelf()
    made(here.create(thing(1)))
    assert ("catalog.invalid", ["/variants/0/components/1/variant_id"]) == refused(here.create(thing(2, 1, 9)))
    assert ("catalog.invalid", ["/modifiers/0/options/1/components/0/variant_id"]) == refused(here.create(flavoured(3, 9)))
    made(here.create(thing(2, 1)))
    made(here.create(flavoured(3, 1, 2)))


def test_a_component_may_come_earlier_in_the_same_request_but_not_later() -> None:
    here = shelf()
    items = [UpsertItem(name=f"Thing {number}", variants=[variant(number, *parts)]) for number, *parts in ((2, 1), (1,), (3, 1))]
    outcomes = [here.upsert(item, f"/items/{index}") for index, item in enumerate(items)]
    assert ["refused", "created", "created"] == [each.outcome for each in outcomes]
    assert outcomes[0].problem is not None
    assert ["/items/0/variants/0/components/0/variant_id"] == [error.pointer for error in outcomes[0].problem.errors]


def test_a_bundle_may_be_made_of_another_variant_of_the_same_product() -> None:
    here = shelf()
    both = CreateProduct(name="Teh", variants=[variant(1), variant(2, 1)])
    product = made(here.create(both))
    assert [] == here.parts()
    made(delete(here, product))


def test_nothing_is_made_of_itself() -> None:
    here = shelf()
    assert ("catalog.invalid", ["/variants/0/components/0/variant_id"]) == refused(here.create(thing(1, 1)))
    for number, *parts in ((1,), (2, 1), (3, 2)):
        made(here.create(thing(number, *parts)))
    assert ("catalog.invalid", ["/variants/0/components/0/variant_id"]) == refused(make_of(here, 1, 3))
    circle = CreateProduct(name="Teh", variants=[variant(4, 5), variant(5, 4)])
    assert ("catalog.invalid", [f"/variants/{index}/components/0/variant_id" for index in (0, 1)]) == refused(here.create(circle))


def test_an_option_may_be_more_of_the_same() -> None:
    made(shelf().create(flavoured(1, 1)))


def test_no_recipe_is_deeper_than_the_limit_from_whichever_end_it_grows() -> None:
    upwards, downwards, between = shelf(), shelf(), shelf()
    for number in range(1, DEPTH_MAX + 2):
        made(upwards.create(thing(number, *([number - 1] if number > 1 else []))))
    assert "catalog.invalid" == refused(upwards.create(thing(100, DEPTH_MAX + 1)))[0]
    assert "catalog.invalid" == refused(upwards.create(flavoured(100, DEPTH_MAX + 1)))[0]
    made(upwards.create(flavoured(100, DEPTH_MAX)))
    for here in (downwards, between):
        for number in range(1, DEPTH_MAX + 3):
            made(here.create(thing(number)))
    for number in range(1, DEPTH_MAX + 1):
        made(make_of(downwards, number, number + 1))
    assert "catalog.invalid" == refused(make_of(downwards, DEPTH_MAX + 1, DEPTH_MAX + 2))[0]
    chain = [*range(1, DEPTH_MAX + 3)]
    for upper, lower in [pair for pair in pairwise(chain) if pair != (3, 4)]:
        made(make_of(between, upper, lower))
    assert "catalog.invalid" == refused(make_of(between, 3, 4))[0]


def test_what_others_are_made_of_is_neither_deleted_nor_loses_the_variant() -> None:
    here = shelf()
    beans = made(here.create(thing(1)))
    cup = made(here.create(thing(2, 1)))
    bar = made(here.create(flavoured(3, 1)))
    refusal = delete(here, beans)
    assert isinstance(refusal, Refusal)
    assert "catalog.in_use" == refusal.code
    assert f"V1 is a part of Kopi ({bar.id}), Thing 2 ({cup.id})" in refusal.detail
    other = [variant(50)]
    gone = here.update(UpdateProduct(id=beans.id, if_version=1, changes=ProductChanges(variants=other)))
    assert ("catalog.in_use", []) == refused(gone)
    upserted = here.upsert(UpsertItem(id=beans.id, name="Beans", variants=other), "")
    assert upserted.problem is not None
    assert ("refused", "catalog.in_use") == (upserted.outcome, upserted.problem.code)

    made(delete(here, cup))
    made(here.update(UpdateProduct(id=bar.id, if_version=1, changes=ProductChanges(modifiers=[]))))
    made(delete(here, beans))
    assert [] == here.parts()


def test_what_is_not_for_sale_still_is_an_ingredient() -> None:
    here = shelf()
    beans = made(here.create(thing(1)))
    made(here.create(thing(2, 1)))
    made(here.update(UpdateProduct(id=beans.id, if_version=1, changes=ProductChanges(active=False))))
    made(here.create(thing(3, 1)))


edges = st.lists(st.tuples(st.integers(1, 9), st.lists(st.integers(1, 9), max_size=3, unique=True)), max_size=25)


@given(edges)
def test_whatever_is_asked_every_recipe_ends_and_is_refused_only_if_it_would_not(wishes: list[tuple[int, list[int]]]) -> None:
    here = shelf()
    for number in range(1, 10):
        made(here.create(thing(number)))
    recipes: dict[int, Sequence[int]] = {}
    for number, parts in wishes:
        wished = {**recipes, number: parts}
        outcome = make_of(here, number)
        outcome = make_of(here, number, *parts)
        possible = all(depth(each, wished) <= DEPTH_MAX for each in wished)
        assert possible == isinstance(outcome, Product)
        recipes[number] = parts if possible else []


def depth(number: int, recipes: dict[int, Sequence[int]], steps: int = 0) -> int:
    """The longest way down; something too long for one that never ends."""
    if steps > DEPTH_MAX:
        return 1
    return max((1 + depth(part, recipes, steps + 1) for part in recipes.get(number, ())), default=0)
