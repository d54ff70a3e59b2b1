"""Public cases, played as a client would: everything is created over the commands, and the preview comes to what is published."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.catalog.contract import CREATE_PRICE_LIST, CREATE_PRODUCT, CREATE_PROMOTION, CreateProduct, CreatePromotion, PriceListInput
from actors.orders.contract import PREVIEW_ORDER, Preview, PreviewOrder
from actors.stores.contract import CREATE_REGISTER, CREATE_STORE, CreateRegister, CreateStore
from tests.actors.orders.test_vectors import CASES
from tests.support import House, eventually

PLAYED = ("a-cappuccino-with-two-shots", "exclusive-closes-the-lines-it-gave-on")


@pytest.mark.parametrize("name", PLAYED)
async def test_a_case_comes_to_the_same_through_the_whole_house(fresh_house: Callable[..., Awaitable[House]], name: str) -> None:
    case = next(case for case in CASES if case["name"] == name)
    house = await fresh_house(("stores", "catalog", "orders"))
    await create_all(house, case)
    ask = msgspec.convert(case["order"], PreviewOrder)

    async def as_published() -> bool:
        return published(await house.call(PREVIEW_ORDER, ask)) == expected(case)

    await eventually(as_published)


async def create_all(house: House, case: dict[str, Any]) -> None:
    store = await house.call(CREATE_STORE, msgspec.convert(case["store"], CreateStore))
    await house.call(CREATE_REGISTER, CreateRegister(store_id=store.id, code="K1", id=UUID(case["order"]["register_id"])))
    for product in case["products"]:
        await house.call(CREATE_PRODUCT, msgspec.convert(product, CreateProduct))
    for price_list in case.get("price_lists", ()):
        await house.call(CREATE_PRICE_LIST, msgspec.convert(price_list, PriceListInput))
    for promotion in case.get("promotions", ()):
        await house.call(CREATE_PROMOTION, msgspec.convert(promotion, CreatePromotion))


def published(preview: Preview) -> list[Any]:
    lines = [(line.gross.amount, line.discount.amount, line.service.amount, line.net.amount, line.tax.amount) for line in preview.lines]
    return [lines, preview.totals.total.amount, preview.missing.amount, [msgspec.to_builtins(line.trace) for line in preview.lines]]


def expected(case: dict[str, Any]) -> list[Any]:
    told = case["expected"]
    lines = [tuple(line[name] for name in ("gross", "discount", "service", "net", "tax")) for line in told["lines"]]
    return [lines, told["totals"]["total"], told["totals"]["missing"], [line["trace"] for line in told["lines"]]]
