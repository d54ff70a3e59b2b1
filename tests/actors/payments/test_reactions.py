"""What orders tell, told twice, late and backwards; and the check that finds what would be wrong."""

from __future__ import annotations

from uuid import UUID

from actors.orders.contract import (
    CANCEL_ORDER,
    MERGE_ORDERS,
    ORDER_EVENTS,
    REFUND_ORDER,
    CancelOrder,
    MergeOrders,
    Order,
    RefundOrder,
    RefundTender,
)
from actors.payments import reactions
from actors.payments.contract import GET_ACCOUNT, OPEN_STORE_CREDIT, GetAccount, OpenStoreCredit, PaymentFinding
from actors.payments.ledger import account_beside
from actors.runtime.actor import Happened
from actors.runtime.client import Refused
from actors.runtime.words import Money
from tests.actors.payments.support import Shop
from tests.actors.payments.test_providers import member_of
from tests.pages import check_money
from tests.support import eventually, rupiah, some_id

EVENTS = {event.name: event for event in ORDER_EVENTS}


async def tell_again(shop: Shop, order_id: UUID) -> None:
    """All that was ever told of the order: newest first, and everything twice."""
    rows = await shop.house.fetch("SELECT position, name, body FROM orders.log WHERE key = $1 ORDER BY position DESC", str(order_id))
    told = [
        Happened(id="", name=row["name"], key=str(order_id), position=row["position"], body=row["body"], event=EVENTS[row["name"]])
        for row in rows if row["name"] in EVENTS
    ]  # fmt: skip
    assert len(told) >= 3
    async with member_of(shop).transaction() as work:
        await reactions.hear_orders([*told, *told], work)


async def paid_and_called_off(shop: Shop) -> tuple[Order, UUID, UUID]:
    """With a card of ours and one of a provider."""
    card = await shop.card(20_000)
    order = await shop.order()
    first = await shop.begin(order, "gift_card", 20_000, code=card.code)
    second = await shop.begin(order, "card", 15_000)
    await shop.order_becomes(order.id, "completed", "paid")
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong table"))
    await shop.becomes(first.id, "approved", refunded=rupiah(20_000))
    await shop.becomes(second.id, "approved", refunded=rupiah(15_000))
    return order, card.id, second.id


async def test_what_is_told_twice_and_late_is_done_once(shop: Shop) -> None:
    order, card_id, intent_id = await paid_and_called_off(shop)
    await tell_again(shop, order.id)
    card = await shop.house.call(GET_ACCOUNT, GetAccount(id=card_id))
    assert (rupiah(20_000), 4) == (card.balance, card.version)
    assert 1_500_000 == shop.provider.payments[intent_id].refunded
    await shop.books_are_right()


async def test_a_refund_becomes_store_credit_once(shop: Shop) -> None:
    order = await shop.order(2)
    await shop.begin(order, "card")
    await shop.order_becomes(order.id, "completed", "paid")
    for _ in range(2):
        refunded = await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(5_000), to="store_credit"))
    ids = [back.account_id for refund in refunded.refunds for back in refund.tenders]
    await eventually(lambda: credited(shop, ids))
    await tell_again(shop, order.id)
    assert [rupiah(5_000), rupiah(5_000)] == await credited(shop, ids)


async def test_a_payment_goes_along_when_orders_are_merged(shop: Shop) -> None:
    other, order = await shop.order(), await shop.order()
    intent = await shop.begin(other, "card", 10_000)
    paid = await shop.order_becomes(other.id, "open", "partially_paid")
    ask = MergeOrders(id=order.id, if_version=order.version, other_id=other.id, other_version=paid.version)
    merged = await shop.house.call(MERGE_ORDERS, ask)
    await shop.becomes(intent.id, "approved", order_id=order.id)
    await tell_again(shop, other.id)
    assert order.id == (await shop.intent(intent.id)).order_id
    await shop.begin(merged, "manual")
    await shop.order_becomes(order.id, "completed", "paid")
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong table"))
    await shop.becomes(intent.id, "approved", refunded=rupiah(10_000))
    assert 1_000_000 == shop.provider.payments[intent.id].refunded
    await shop.books_are_right()


async def credited(shop: Shop, ids: list[UUID | None]) -> list[object]:
    """What is available on each; nothing until all are there."""
    try:
        return [(await shop.house.call(GET_ACCOUNT, GetAccount(id=id))).available for id in ids]
    except Refused:
        return []


async def test_store_credit_in_another_currency_gets_an_account_beside_it(shop: Shop) -> None:
    foreign = await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=Money(amount=100, currency="USD")))
    order = await shop.order()
    await shop.begin(order, "manual")
    await shop.order_becomes(order.id, "completed", "paid")
    wish = {"amount": rupiah(5_000), "account_id": foreign.id}
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(5_000), tenders=[RefundTender(**wish)]))
    assert [rupiah(5_000)] == await eventually(lambda: credited(shop, [account_beside(foreign.id, "IDR")]))


async def test_the_check_names_what_differs(shop: Shop) -> None:
    _, card_id, intent_id = await paid_and_called_off(shop)
    lonely = some_id()
    wrong = (
        f"UPDATE payments.accounts SET balance = balance + 1 WHERE id = '{card_id}'",
        f"UPDATE payments.intents SET taken = taken + 1 WHERE id = '{intent_id}'",
        "INSERT INTO payments.intents (id, version, order_id, method, state, tender_type, currency, amount, reference, expires_at, created_at,"
        f" updated_at) VALUES ('{lonely}', 1, gen_random_uuid(), 'manual', 'approved', 'card', 'IDR', 1, '', now(), now(), now())",
    )
    right = (
        f"UPDATE payments.accounts SET balance = balance - 1 WHERE id = '{card_id}'",
        f"UPDATE payments.intents SET taken = taken - 1 WHERE id = '{intent_id}'",
        f"DELETE FROM payments.intents WHERE id = '{lonely}'",
    )
    for statement in wrong:
        await shop.house.fetch(statement)
    check = await check_money(shop.house)
    for statement in right:
        await shop.house.fetch(statement)
    found = {(one.what, one.id): one for one in check.findings}
    assert {("account", card_id), ("intent", intent_id), ("intent", lonely)} == found.keys()
    named: PaymentFinding = found["intent", lonely]
    assert named.detail.startswith("There is no order")
    await shop.books_are_right()
