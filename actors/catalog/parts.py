"""Recipes and bundles: what a variant is made of, and what that is made of. Pure.

Who sells one cappuccino walks down from it to the beans. So no walk may lead in a circle, and none is longer than `DEPTH_MAX`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from uuid import UUID

from actors.catalog.contract import Component, ModifierGroup, Product, Variant, VariantInput
from actors.runtime.words import FieldError

DEPTH_MAX = 5
"""How many steps there may be from what is sold to what leaves the stock: a hamper of boxes of packs of ... is 3."""

FindVariant = Callable[[UUID], Variant | None]
FindUsers = Callable[[UUID], Iterable[Variant]]
"""Those that have a variant among their components."""


def wanted_parts(variants: Sequence[VariantInput | Variant], modifiers: Sequence[ModifierGroup]) -> list[UUID]:
    """Every variant that is a component of one of `variants`, or of an option; perhaps more than once."""
    lists = [variant.components for variant in variants if variant.components]
    lists += [option.components for group in modifiers for option in group.options if option.components]
    return [component.variant_id for components in lists for component in components]


def parts_of(product: Product) -> set[UUID]:
    """As `wanted_parts`; none once it is deleted, and its own variants do not count."""
    parts = wanted_parts(product.variants, product.modifiers)
    if not parts or product.deleted_at is not None:
        return set()
    return set(parts) - {variant.id for variant in product.variants}


def part_errors(product: Product, find: FindVariant, users: FindUsers, at: str = "") -> Iterator[FieldError]:
    """`find`: of this and of all other products, as they will be. `at`: the pointer to the product in the request."""
    for index, variant in enumerate(product.variants):
        if variant.components:
            room = DEPTH_MAX - len(list(_levels({variant.id}, lambda id: (user.id for user in users(id)))))
            yield from _component_errors(variant.components, find, f"{at}/variants/{index}/components", room, variant.id)
    for index, group in enumerate(product.modifiers):
        for number, option in enumerate(group.options):
            here = f"{at}/modifiers/{index}/options/{number}/components"
            yield from _component_errors(option.components, find, here, DEPTH_MAX, None)


def _component_errors(
    components: Iterable[Component], find: FindVariant, at: str, room: int, of: UUID | None
) -> Iterator[FieldError]:
    for number, component in enumerate(components):
        if detail := _wrong(component.variant_id, find, room, of):
            yield FieldError(pointer=f"{at}/{number}/variant_id", detail=detail)


def _wrong(id: UUID, find: FindVariant, room: int, of: UUID | None) -> str:
    """`room`: how many steps down are allowed, that to `id` included."""
    if id == of:
        return "Nothing is a component of itself."
    if find(id) is None:
        return f"There is no variant {id}. Create it first, or earlier in the same request."

    def components(id: UUID) -> Iterable[UUID]:
        variant = find(id)
        return [each.variant_id for each in variant.components] if variant else []

    steps = 1
    for level in _levels({id}, components):
        if of in level:
            return "It is made of this very variant, directly or by way of others."
        steps += 1
    return f"More than {DEPTH_MAX} steps from what is sold to what it is made of." if steps > room else ""


def _levels(start: Collection[UUID], step: Callable[[UUID], Iterable[UUID]]) -> Iterator[set[UUID]]:
    """What is one step away, two steps, ...: as far as there is something, and one step further than is allowed."""
    level = set(start)
    for _ in range(DEPTH_MAX + 1):
        level = {each for id in level for each in step(id)}
        if not level:
            return
        yield level
