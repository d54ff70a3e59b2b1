"""What there is only so much of: coupons, and goods that may not be oversold, when many ask at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.catalog.contract import CREATE_PROMOTION, CreatePromotion, PromotionTerms
from actors.inventory.contract import LIST_LEVELS, RECEIVE_GOODS, ListLevels, ReceiptLine, ReceiveGoods
from actors.orders.contract import (
    CANCEL_ORDER,
    CHANGE_ORDER,
    MOVE_ORDER,
    PAY_ORDER,
    PLACE_ORDER,
    PREVIEW_ORDER,
    CancelOrder,
    ChangeOrder,
    Customer,
    LineInput,
    MoveOrder,
    Order,
    OrderChanges,
    PayOrder,
    PlaceOrder,
    PreviewOrder,
)
from actors.runtime.client import Refused
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, eventually, rupiah, some_id, unique


async def a_coupon(house: House, **limits: Any) -> str:
    code = f"C{unique()}"
    terms = PromotionTerms(kind="amount", on="order", amount=rupiah(500), **limits)
    await house.call(CREATE_PROMOTION, CreatePromotion(name="Opening", code=code, terms=terms))
    return code


def an_ask(shop: Shop, **given: Any) -> PlaceOrder:
    return PlaceOrder(**{"register_id": shop.register.id, "lines": [LineInput(sku=shop.sku)], "tenders": [cash(3_500)], **given})


# --- coupons


async def test_one_that_was_made_after_the_table_was_opened_can_be_used_on_it(house: House) -> None:
    shop = await open_shop(house)
    order = await house.call(PLACE_ORDER, an_ask(shop, tenders=[]))
    code = unique()
    await house.call(CREATE_PROMOTION, CreatePromotion(name="New", code=code, terms=PromotionTerms(kind="percent", on="order", percent="10")))
    changed = await house.call(CHANGE_ORDER, ChangeOrder(id=order.id, if_version=order.version, changes=OrderChanges(coupons=[code])))
    assert changed.totals.discount.amount == order.totals.gross.amount // 10


async def test_of_many_who_use_a_coupon_at_once_only_so_many_get_it(house: House) -> None:
    shop = await open_shop(house)
    code = await a_coupon(house, uses_max=3)

    replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, an_ask(shop, coupons=[code]), key=unique()) for _ in range(20)))

    assert sorted(reply.refusal.code if reply.refusal else "" for reply in replies) == [""] * 3 + ["orders.wrong_coupon"] * 17


async def test_a_cancelled_order_gives_its_coupon_back_once(house: House) -> None:
    shop = await open_shop(house)
    code = await a_coupon(house, uses_max=1)
    order = await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))
    assert order.totals.due == rupiah(3_000)

    for _ in range(2):
        await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="changed his mind"))

    await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))
    with pytest.raises(Refused, match="wrong_coupon"):
        await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))


async def test_a_customer_may_use_it_so_often_and_another_one_too(house: House) -> None:
    shop = await open_shop(house)
    code = await a_coupon(house, uses_max_per_customer=1)
    ani, budi = Customer(id=some_id(), name="Ani"), Customer(id=some_id(), name="Budi")
    await house.call(PLACE_ORDER, an_ask(shop, coupons=[code], customer=ani))

    with pytest.raises(Refused, match="wrong_coupon"):
        await house.call(PLACE_ORDER, an_ask(shop, coupons=[code], customer=ani))
    await house.call(PLACE_ORDER, an_ask(shop, coupons=[code], customer=budi))


async def test_a_change_uses_a_coupon_and_gives_it_back(house: House) -> None:
    shop = await open_shop(house)
    code = await a_coupon(house, uses_max=1)
    order = await shop.place()

    with_it = await house.call(CHANGE_ORDER, ChangeOrder(id=order.id, if_version=1, changes=OrderChanges(coupons=[code])))
    assert with_it.totals.due == rupiah(6_500)
    with pytest.raises(Refused, match="wrong_coupon"):
        await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))
    await house.call(CHANGE_ORDER, ChangeOrder(id=order.id, if_version=2, changes=OrderChanges(coupons=[])))
    await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))


async def test_an_automatic_promotion_that_is_used_up_is_simply_not_given(house: House) -> None:
    shop = await open_shop(house)
    terms = PromotionTerms(kind="amount", on="order", amount=rupiah(500), uses_max=1, store_ids=[shop.store.id])
    await house.call(CREATE_PROMOTION, CreatePromotion(name="First come", terms=terms))
    await eventually(lambda: _costs(shop, 3_000))

    assert (await shop.place(quantity=1)).totals.due == rupiah(3_000)
    assert (await shop.place(quantity=1)).totals.due == rupiah(3_500)


async def _costs(shop: Shop, due: int) -> bool:
    preview = await shop.house.call(PREVIEW_ORDER, PreviewOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku)]))
    return preview.totals.due == rupiah(due)


# --- goods


async def stocked(house: House, pieces: int) -> tuple[Shop, Any]:
    store, register = await house.open_store()
    product = await house.add_product(stock="deny")
    variant = product.variants[0]
    lines = [ReceiptLine(variant_id=variant.id, quantity=str(pieces))]
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=store.id, lines=lines))
    return Shop(house, store, register, variant.sku), variant.id


async def test_the_last_pieces_are_sold_once(house: House) -> None:
    shop, variant_id = await stocked(house, 10)

    replies = await asyncio.gather(*(house.client.ask(PLACE_ORDER, an_ask(shop), key=unique()) for _ in range(40)))

    assert sorted(reply.refusal.code if reply.refusal else "" for reply in replies) == [""] * 10 + ["orders.out_of_stock"] * 30
    refusal = next(reply.refusal for reply in replies if reply.refusal)
    assert refusal.errors[0].pointer == "/lines/0"
    await eventually(lambda: _level(shop, variant_id, "0", "0"))


async def test_an_open_order_keeps_its_goods_back_and_a_draft_does_not(house: House) -> None:
    shop, variant_id = await stocked(house, 2)
    draft = await shop.place(hold=True)
    order = await shop.place()
    with pytest.raises(Refused, match="out_of_stock"):
        await shop.place(quantity=1)
    with pytest.raises(Refused, match="out_of_stock"):
        await house.call(MOVE_ORDER, MoveOrder(id=draft.id, status="open"))
    more = OrderChanges(lines=[LineInput(sku=shop.sku, quantity=3, number=1)])
    with pytest.raises(Refused, match="out_of_stock"):
        await house.call(CHANGE_ORDER, ChangeOrder(id=order.id, if_version=1, changes=more))

    await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="changed his mind"))
    taken_up = await eventually(lambda: _taken_up(shop, draft))
    done = await house.call(PAY_ORDER, PayOrder(id=taken_up.id, tenders=[cash(7_000)]))

    assert done.status == "completed"
    await eventually(lambda: _level(shop, variant_id, "0", "0"))


async def test_what_is_refused_for_another_reason_keeps_nothing_back(house: House) -> None:
    shop, variant_id = await stocked(house, 1)
    code = await a_coupon(house, uses_max=1)
    other = await open_shop(house)
    await house.call(PLACE_ORDER, an_ask(other, coupons=[code]))

    with pytest.raises(Refused, match="wrong_coupon"):
        await house.call(PLACE_ORDER, an_ask(shop, coupons=[code]))

    await eventually(lambda: _level(shop, variant_id, "1", "0"))
    assert (await shop.place(cash(3_500), quantity=1)).status == "completed"


async def _level(shop: Shop, variant_id: Any, on_hand: str, reserved: str) -> bool:
    page = await shop.house.call(LIST_LEVELS, ListLevels(store_id=shop.store.id, variant_id=variant_id))
    return [(level.on_hand, level.reserved) for level in page.items] == [(on_hand, reserved)]


async def _taken_up(shop: Shop, draft: Order) -> Order | None:
    """Once inventory has heard that the goods are free again."""
    reply = await shop.house.client.ask(MOVE_ORDER, MoveOrder(id=draft.id, status="open"))
    return await shop.read(draft) if reply.refusal is None else None
