"""Payments from their beginning until the order has them, or they are given back."""

from __future__ import annotations

import asyncio

import pytest

from actors.orders.contract import CANCEL_ORDER, GET_ORDER, REFUND_ORDER, CancelOrder, GetOrder, RefundOrder
from actors.payments import contract
from actors.payments.contract import (
    CANCEL_INTENT,
    CONFIRM_INTENT,
    CREATE_INTENT,
    LIST_INTENTS,
    SET_MERCHANT,
    CancelIntent,
    ConfirmIntent,
    CreateIntent,
    ListIntents,
    SetMerchant,
)
from actors.runtime.client import Refused
from actors.runtime.words import Money
from tests.actors.payments.support import Shop, refused
from tests.actors.payments.test_qris import STATIC
from tests.support import rupiah, some_id


async def test_the_terminals_yes_pays_the_order(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "manual", reference="EDC 4711", card_type="card")
    assert ("approved", "card", "EDC 4711") == (intent.state, intent.tender_type, intent.reference)
    paid = await shop.order_becomes(order.id, "completed", "paid")
    [tender] = paid.tenders
    assert (intent.id, "card", rupiah(35_000)) == (tender.intent_id, tender.type, tender.amount)


async def test_two_parts_and_a_tip(shop: Shop) -> None:
    order = await shop.order()
    first = await shop.begin(order, "manual", 20_000, tip=rupiah(2_000))
    await shop.order_becomes(order.id, "open", "partially_paid")
    await shop.begin(order, "manual", 15_000, card_type="transfer")
    paid = await shop.order_becomes(order.id, "completed", "paid")
    assert rupiah(2_000) == paid.totals.tips
    assert rupiah(2_000) == first.tip


async def test_together_they_are_never_more_than_the_order_needs(shop: Shop) -> None:
    order = await shop.order()
    asks = [shop.begin(order, "qris", 20_000, reference="ignore") for _ in range(10)]
    outcomes = await asyncio.gather(*asks, return_exceptions=True)
    assert 1 == sum(not isinstance(outcome, BaseException) for outcome in outcomes)
    assert contract.TOO_MUCH.code == await refused(shop.begin(order, "manual", 15_001))
    await shop.begin(order, "qris", 15_000, reference="ignore")
    assert contract.TOO_MUCH.code == await refused(shop.begin(order, "manual", 1))


async def test_who_asks_for_too_much_is_told_what_is_missing_and_what_is_on_its_way(shop: Shop) -> None:
    order = await shop.order()
    with pytest.raises(Refused, match=r"^payments\.too_much: The order needs IDR 35,000\.00 more\. Take that, or less\.$"):
        await shop.begin(order, "manual", 35_001)
    await shop.begin(order, reference="ignore", rupiah_=20_000)
    with pytest.raises(Refused, match=r"needs IDR 35,000\.00 more, and IDR 20,000\.00 of it is on its way by another payment\."):
        await shop.begin(order, "manual", 15_001)


async def test_what_was_called_off_makes_room(shop: Shop) -> None:
    order = await shop.order()
    first = await shop.begin(order, reference="ignore")
    cancelled = await shop.house.call(CANCEL_INTENT, CancelIntent(id=first.id, reason="The customer pays by card"))
    assert ("cancelled", "The customer pays by card") == (cancelled.state, cancelled.failure)
    assert cancelled == await shop.house.call(CANCEL_INTENT, CancelIntent(id=first.id))
    await shop.begin(order, "manual")
    await shop.order_becomes(order.id, "completed", "paid")


async def test_what_cannot_begin(shop: Shop) -> None:
    order = await shop.order()
    paid = await shop.order()
    await shop.begin(paid, "manual")
    await shop.order_becomes(paid.id, "completed", "paid")
    taken = await shop.begin(order, "manual", 1_000)
    house, amount = shop.house, rupiah(1_000)

    asked = {"order_id": order.id, "method": "manual", "amount": amount, "reference": "EDC 4711"}

    async def no(**given: object) -> str:
        return await refused(house.call(CREATE_INTENT, CreateIntent(**{**asked, **given})))

    assert contract.UNKNOWN_ORDER.code == await no(order_id=some_id())
    assert contract.NOT_PAYABLE.code == await no(order_id=paid.id)
    assert contract.WRONG_CURRENCY.code == await no(amount=Money(amount=1, currency="USD"))
    assert contract.INVALID.code == await no(amount=rupiah(0))
    assert contract.INVALID.code == await no(tip=Money(amount=1, currency="USD"))
    assert contract.INVALID.code == await no(tip=Money(amount=10**13, currency="IDR"))
    assert contract.INVALID.code == await no(method="gift_card")
    assert contract.INVALID.code == await no(method="store_credit")
    assert contract.NOT_FOUND.code == await no(method="gift_card", code="NOSUCHCODE")
    assert contract.NOT_FOUND.code == await no(method="store_credit", account_id=some_id())
    assert contract.NO_PROVIDER.code == await no(method="card", provider="stripe")
    assert contract.ID_TAKEN.code == await no(id=taken.id)
    assert contract.WRONG_STATE.code == await refused(house.call(CANCEL_INTENT, CancelIntent(id=taken.id)))
    assert contract.WRONG_STATE.code == await refused(house.call(CONFIRM_INTENT, ConfirmIntent(id=taken.id)))
    assert contract.NOT_FOUND.code == await refused(house.call(CANCEL_INTENT, CancelIntent(id=some_id())))


@pytest.mark.parametrize("reference", ["", "  "])
async def test_what_a_terminal_has_taken_is_named_by_its_reference(shop: Shop, reference: str) -> None:
    order = await shop.order()
    with pytest.raises(Refused) as caught:
        await shop.begin(order, "manual", reference=reference)
    refusal = caught.value.refusal
    assert (contract.INVALID.code, ["/reference"]) == (refusal.code, [error.pointer for error in refusal.errors])
    assert "open" == (await shop.house.call(GET_ORDER, GetOrder(id=order.id))).status


async def test_the_merchants_own_code_is_had_beside_a_provider(shop: Shop) -> None:
    assert "simulated" == (await shop.begin(await shop.order())).provider
    order = await shop.order()
    assert contract.NO_MERCHANT.code == await refused(shop.begin(order, provider="merchant"))
    await shop.house.call(SET_MERCHANT, SetMerchant(store_id=shop.store_id, qris=STATIC))
    intent = await shop.begin(order, provider="merchant")
    assert (None, True) == (intent.provider, intent.qr is not None)
    await shop.house.call(CONFIRM_INTENT, ConfirmIntent(id=intent.id))
    await shop.order_becomes(order.id, "completed", "paid")
    assert contract.NO_PROVIDER.code == await refused(shop.begin(await shop.order(), "card", provider="merchant"))


async def test_the_same_key_begins_one_payment(shop: Shop) -> None:
    order = await shop.order()
    ask = CreateIntent(order_id=order.id, method="manual", amount=rupiah(10_000), reference="EDC 4711")
    key = str(some_id())
    first, second = await asyncio.gather(shop.house.call(CREATE_INTENT, ask, key=key), shop.house.call(CREATE_INTENT, ask, key=key))
    assert first == second


async def test_one_id_for_two_payments_at_once_is_given_once(shop: Shop) -> None:
    id = some_id()
    orders = [await shop.order() for _ in range(2)]
    outcomes = await asyncio.gather(*(shop.begin(order, "manual", id=id) for order in orders), return_exceptions=True)
    assert 1 == sum(not isinstance(outcome, BaseException) for outcome in outcomes)


async def test_an_order_that_is_called_off_gives_the_payment_back(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, "manual", tip=rupiah(1_000))
    await shop.order_becomes(order.id, "completed", "paid")
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong table"))
    back = await shop.becomes(intent.id, "approved", refunded=rupiah(36_000))
    assert "a person hands over IDR 36,000.00" in back.failure


async def test_what_waits_is_called_off_with_its_order(shop: Shop) -> None:
    order = await shop.order()
    intent = await shop.begin(order, reference="ignore")
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Gone home"))
    await shop.becomes(intent.id, "cancelled")


async def test_a_refund_in_two_parts_goes_back_in_two_parts(shop: Shop) -> None:
    order = await shop.order(2)
    intent = await shop.begin(order, "card")
    await shop.order_becomes(order.id, "completed", "paid")
    for rupiahs in (10_000, 25_000):
        await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(rupiahs)))
    await shop.becomes(intent.id, "approved", refunded=rupiah(35_000))
    payment = shop.provider.payments[intent.id]
    assert (3_500_000, 3_500_000) == (payment.refunded, sum(payment.refunds.values()))


async def test_a_payment_that_its_order_cannot_take_is_given_back(shop: Shop) -> None:
    """Two reach the order at once, because the second was begun before cash came in."""
    order = await shop.order()
    pending = await shop.begin(order, "card", reference="ignore")
    await shop.reaches_provider(pending.id)
    await shop.pay_in_cash(order)
    await shop.provider.pay(pending.id)
    back = await shop.becomes(pending.id, "returned")
    assert rupiah(35_000) == back.refunded == back.refund_due
    assert 3_500_000 == shop.provider.payments[pending.id].refunded


async def test_intents_are_listed_newest_first_page_by_page(shop: Shop) -> None:
    order = await shop.order()
    made = [await shop.begin(order, "manual", 1_000) for _ in range(3)]
    first = await shop.house.call(LIST_INTENTS, ListIntents(order_id=order.id, limit=2))
    rest = await shop.house.call(LIST_INTENTS, ListIntents(order_id=order.id, limit=2, cursor=first.next_cursor))
    assert [intent.id for intent in reversed(made)] == [intent.id for intent in (*first.items, *rest.items)]
    assert rest.next_cursor is None
    assert contract.INVALID.code == await refused(shop.house.call(LIST_INTENTS, ListIntents(cursor="abc")))
