"""Levels and movements in pages, by whatever is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from actors.inventory.contract import (
    ADJUST_STOCK,
    LIST_LEVELS,
    LIST_MOVEMENTS,
    RECEIVE_GOODS,
    SET_REORDER_POINTS,
    AdjustmentLine,
    AdjustStock,
    ListLevels,
    ListMovements,
    ReceiptLine,
    ReceiveGoods,
    ReorderPoint,
    SetReorderPoints,
)
from actors.runtime.client import Refused
from actors.runtime.words import Command
from tests.actors.inventory.shop import Goods, Told, open_shop
from tests.support import House


async def all_pages(house: House, command: Command[Any, Any], wish: type, **given: Any) -> list[Any]:
    """Two a page."""
    items: list[Any] = []
    cursor = None
    while True:
        page = await house.call(command, wish(**given, limit=2, cursor=cursor))
        assert len(page.items) <= 2
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items


async def test_levels_by_store_product_variant_and_below_their_reorder_point(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    shelf = [await here.goods("5") for _ in range(5)]
    goods = shelf[0]
    lines = [ReceiptLine(variant_id=goods.variant_id, quantity="1")]
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=there.store_id, lines=lines))
    points = [
        ReorderPoint(store_id=here.store_id, variant_id=one.variant_id, reorder_point=str(number * 2)) for number, one in enumerate(shelf)
    ]  # fmt: skip
    await house.call(SET_REORDER_POINTS, SetReorderPoints(items=points))

    async def levels(**given: Any) -> list[tuple[Any, Any]]:
        return [(one.store_id, one.variant_id) for one in await all_pages(house, LIST_LEVELS, ListLevels, **given)]

    of_here = sorted((here.store_id, one.variant_id) for one in shelf)
    of_both = sorted((shop.store_id, goods.variant_id) for shop in (here, there))
    assert await levels(store_id=here.store_id) == of_here
    assert await levels(variant_id=goods.variant_id) == of_both
    assert await levels(product_id=goods.product_id) == of_both
    assert await levels(product_id=goods.product_id, variant_id=shelf[1].variant_id) == []
    assert await levels(store_id=there.store_id, product_id=goods.product_id) == [(there.store_id, goods.variant_id)]
    assert await levels(store_id=here.store_id, below_reorder=True) == sorted((here.store_id, one.variant_id) for one in shelf[3:])
    assert await levels(variant_id=shelf[4].variant_id, below_reorder=True) == [(here.store_id, shelf[4].variant_id)]
    everywhere = await levels()
    assert everywhere == sorted(everywhere)
    assert set(of_here + of_both) <= set(everywhere)
    page = await house.call(LIST_LEVELS, ListLevels(store_id=here.store_id, limit=1))
    with pytest.raises(Refused, match=r"inventory\.invalid"):
        await house.call(LIST_LEVELS, ListLevels(store_id=there.store_id, cursor=page.next_cursor))


async def test_movements_by_store_variant_kind_and_reference_newest_first(house: House) -> None:
    shop, there = await open_shop(house), await open_shop(house)
    goods, other = await shop.goods("5"), await shop.goods("5")
    sold = Told(shop, 1, [goods.use("1"), other.use("1")])
    await shop.hear(sold)
    await shop.hear(sold.then(2, goods.use("1", "1"), other.use("1")))
    await house.call(ADJUST_STOCK, AdjustStock(store_id=there.store_id, lines=[adjusted(goods)], reason="x", kind="waste"))

    async def kinds(**given: Any) -> list[str]:
        found = await all_pages(house, LIST_MOVEMENTS, ListMovements, **given)
        assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
        return [one.kind for one in found]

    assert await kinds(store_id=shop.store_id) == ["return", "sale", "sale", "receipt", "receipt"]
    assert await kinds(store_id=shop.store_id, kind="sale") == ["sale", "sale"]
    assert await kinds(variant_id=goods.variant_id) == ["waste", "return", "sale", "receipt"]
    assert await kinds(variant_id=goods.variant_id, store_id=shop.store_id) == ["return", "sale", "receipt"]
    assert await kinds(variant_id=goods.variant_id, kind="receipt") == ["receipt"]
    assert await kinds(reference_id=sold.id) == ["return", "sale", "sale"]
    assert await kinds(reference_id=sold.id, variant_id=other.variant_id) == ["sale"]
    assert await kinds(reference_id=sold.id, store_id=there.store_id) == []
    newest = (await house.call(LIST_MOVEMENTS, ListMovements(kind="waste", limit=1))).items
    assert [(one.kind, one.variant_id) for one in newest] == [("waste", goods.variant_id)]
    assert [one.kind for one in (await house.call(LIST_MOVEMENTS, ListMovements(limit=2))).items] == ["waste", "return"]
    assert (await house.call(LIST_MOVEMENTS, ListMovements(kind="sale", limit=1))).items[0].kind == "sale"
    with pytest.raises(Refused, match=r"inventory\.invalid"):
        await house.call(LIST_MOVEMENTS, ListMovements(cursor="nonsense"))


def adjusted(goods: Goods) -> AdjustmentLine:
    return AdjustmentLine(variant_id=goods.variant_id, quantity="-1")
