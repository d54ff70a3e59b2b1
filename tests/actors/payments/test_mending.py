"""Deriving again: balances are what the entries come to, and what orders have booked is what they say."""

from __future__ import annotations

import asyncio
from uuid import UUID

from actors.orders.contract import REFUND_ORDER, RefundOrder
from actors.payments.contract import GET_ACCOUNT, GetAccount
from tests.actors.payments.support import Shop
from tests.pages import about, mended
from tests.support import rupiah


async def paid_by_card(shop: Shop) -> tuple[UUID, UUID, UUID]:
    """The gift card, the payment and its order, some of which came back."""
    card = await shop.card(100_000)
    order = await shop.order()
    intent = await shop.begin(order, "gift_card", code=card.code)
    await shop.order_becomes(order.id, "completed", "paid")
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(5_000)))
    await shop.becomes(intent.id, "approved", refunded=rupiah(5_000))
    return card.id, intent.id, order.id


async def test_balances_and_what_orders_have_booked_come_back(shop: Shop) -> None:
    card_id, intent_id, _ = await paid_by_card(shop)
    before = await shop.house.call(GET_ACCOUNT, GetAccount(id=card_id))
    await shop.house.fetch("UPDATE payments.accounts SET balance = balance + 1, held = 1 WHERE id = $1", card_id)
    await shop.house.fetch("UPDATE payments.intents SET taken = NULL, taken_refunded = 7, heard = 99999999 WHERE id = $1", intent_id)

    words = (await mended(shop.house, "payments")).mended

    assert about(words, card_id) == [f"account {card_id}: 7000001 with 1 held, by its entries 7000000 with 0 held (minor units)"]
    assert about(words, intent_id) == [f"intent {intent_id}: taken None, 7 back; its order has 3500000, 500000 back (minor units)"]
    assert await shop.house.call(GET_ACCOUNT, GetAccount(id=card_id)) == before
    await shop.books_are_right()
    again = (await mended(shop.house, "payments")).mended
    assert [*about(again, card_id), *about(again, intent_id)] == []


async def test_what_is_refunded_after_that_still_goes_back_once(shop: Shop) -> None:
    card_id, intent_id, order_id = await paid_by_card(shop)
    await shop.house.fetch("UPDATE payments.intents SET taken_refunded = 0, heard = 0 WHERE id = $1", intent_id)

    await mended(shop.house, "payments")
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order_id, amount=rupiah(10_000)))

    await shop.becomes(intent_id, "approved", refunded=rupiah(15_000))
    assert (await shop.house.call(GET_ACCOUNT, GetAccount(id=card_id))).balance == rupiah(80_000)
    await shop.books_are_right()


async def test_paying_goes_on_meanwhile(shop: Shop) -> None:
    async def clerk() -> list[UUID]:
        return [(await paid_by_card(shop))[1] for _ in range(4)]

    async def vandal() -> None:
        for _ in range(6):
            await shop.house.fetch("UPDATE payments.intents SET taken_refunded = taken_refunded + 1 WHERE taken IS NOT NULL")
            await shop.house.fetch("UPDATE payments.accounts SET balance = balance + 1 WHERE kind = 'gift_card'")
            await mended(shop.house, "payments")

    *paid, _ = await asyncio.gather(*(clerk() for _ in range(3)), vandal())

    await mended(shop.house, "payments")
    assert [intent.refunded for ids in paid if ids for intent in [await shop.intent(id) for id in ids]] == [rupiah(5_000)] * 12
    await shop.books_are_right()
