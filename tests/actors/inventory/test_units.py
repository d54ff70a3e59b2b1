"""Stock is kept in one unit; what comes, is corrected, counted and sent may be told in the packs that a product has."""

from __future__ import annotations

from typing import Any

import pytest

from actors.catalog.contract import Pack
from actors.inventory.contract import (
    ADJUST_STOCK,
    CLOSE_COUNT,
    OPEN_COUNT,
    RECEIVE_GOODS,
    RECEIVE_TRANSFER,
    RECORD_COUNT,
    SEND_TRANSFER,
    AdjustmentLine,
    AdjustStock,
    CloseCount,
    CountedLine,
    OpenCount,
    ReceiptLine,
    ReceivedLine,
    ReceiveGoods,
    ReceiveTransfer,
    RecordCount,
    SendTransfer,
    TransferLine,
)
from tests.actors.inventory.shop import Goods, Shop, open_shop
from tests.actors.inventory.test_receiving import receive, refused
from tests.support import House, rupiah

CARTON = Pack(code="carton", name="Carton of 24", contains="24")


async def cartons(shop: Shop, on_hand: str = "", **product: Any) -> Goods:
    """What comes in cartons of 24."""
    return await shop.goods(on_hand, packs=[CARTON], **product)


async def test_a_carton_comes_in_as_what_it_contains_at_its_share_of_the_cost(house: House) -> None:
    shop = await open_shop(house)
    goods = await cartons(shop)

    told = await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="2", unit="carton", unit_cost=rupiah(100_000)))

    assert [(one.quantity, one.unit_cost) for one in told.items] == [("48", "416666.6667")]
    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="0.5", unit="carton"))
    await receive(shop, ReceiptLine(variant_id=goods.variant_id, quantity="3", unit="piece", unit_cost=rupiah(4_000)))
    level = await shop.level(goods)
    assert (level.on_hand, level.average_cost) == ("63", "415873.0159")


async def test_cartons_are_written_off_counted_and_sent(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await cartons(here, "120")
    broken = AdjustmentLine(variant_id=goods.variant_id, quantity="-1", unit="carton")
    await house.call(ADJUST_STOCK, AdjustStock(store_id=here.store_id, lines=[broken], reason="Wet", kind="waste"))
    assert await here.on_hand(goods) == "96"

    line = TransferLine(variant_id=goods.variant_id, quantity="2", unit="carton")
    sent = await house.call(SEND_TRANSFER, SendTransfer(from_store_id=here.store_id, to_store_id=there.store_id, lines=[line]))
    arrived = [ReceivedLine(variant_id=goods.variant_id, quantity="1", unit="carton")]
    ended = await house.call(RECEIVE_TRANSFER, ReceiveTransfer(id=sent.id, if_version=1, lines=arrived))
    assert [(line.sent, line.received) for line in ended.lines] == [("48", "24")]
    assert (await here.on_hand(goods), await there.on_hand(goods)) == ("48", "24")

    count = await house.call(OPEN_COUNT, OpenCount(store_id=here.store_id, variant_ids=[goods.variant_id]))
    counted = await house.call(RECORD_COUNT, RecordCount(id=count.id, lines=[CountedLine(variant_id=goods.variant_id, quantity="1", unit="carton")]))
    assert [line.counted for line in counted.lines] == ["24"]
    await house.call(CLOSE_COUNT, CloseCount(id=count.id, if_version=counted.version))
    assert await here.on_hand(goods) == "24"


async def test_a_unit_that_the_product_has_not_is_refused_with_its_line(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await cartons(here, "48")
    known, other = {"variant_id": goods.variant_id, "quantity": "1"}, {"variant_id": goods.variant_id, "quantity": "1", "unit": "pallet"}
    wrong = ("inventory.wrong_unit", ["/lines/1/unit"])
    received = ReceiveGoods(store_id=here.store_id, lines=[ReceiptLine(**known), ReceiptLine(**other, unit_cost=rupiah(1))])

    assert await refused(house, RECEIVE_GOODS, received) == wrong
    adjusted = AdjustStock(store_id=here.store_id, lines=[AdjustmentLine(**known), AdjustmentLine(**other)], reason="x")
    assert await refused(house, ADJUST_STOCK, adjusted) == wrong
    count = await house.call(OPEN_COUNT, OpenCount(store_id=here.store_id))
    assert await refused(house, RECORD_COUNT, RecordCount(id=count.id, lines=[CountedLine(**known), CountedLine(**other)])) == wrong
    sent = SendTransfer(from_store_id=here.store_id, to_store_id=there.store_id, lines=[TransferLine(**other)])
    assert await refused(house, SEND_TRANSFER, sent) == ("inventory.wrong_unit", ["/lines/0/unit"])
    assert await here.on_hand(goods) == "48"


@pytest.mark.parametrize(("quantity", "unit"), [("0.3", "carton"), ("0.001", "carton"), ("0.5", "piece"), ("9999999", "carton")])
async def test_packs_come_to_a_possible_quantity_or_are_refused(house: House, quantity: str, unit: str) -> None:
    shop = await open_shop(house)
    goods = await cartons(shop)
    asked = ReceiveGoods(store_id=shop.store_id, lines=[ReceiptLine(variant_id=goods.variant_id, quantity=quantity, unit=unit)])

    assert await refused(house, RECEIVE_GOODS, asked) == ("inventory.wrong_quantity", ["/lines/0/quantity"])
