"""Credit accounts: never above the limit, whoever is at them at once; paid off, given back, and told in a statement."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from actors.customers import contract
from actors.customers.contract import (
    CHARGE,
    CREDIT_CHANGED,
    FIND_CHARGE,
    GIVE_BACK,
    PAY_CREDIT,
    SET_CREDIT,
    ChargeCustomer,
    CreditStatement,
    FindCharge,
    GetStatement,
    GiveBackCharge,
    PayCredit,
    Profile,
    SetCredit,
)
from actors.orders.contract import CANCEL_ORDER, REFUND_ORDER, CancelOrder, RefundOrder
from actors.runtime.words import Money
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.support import eventually, rupiah, some_id


async def pay(shop: Shop, customer: Profile, rupiah_: int, **given: str) -> contract.CreditAccount:
    return await shop.house.call(PAY_CREDIT, PayCredit(id=customer.id, amount=rupiah(rupiah_), **given), by="key-1")


async def statement(shop: Shop, customer: Profile, **given: object) -> CreditStatement:
    return await shop.house.call(contract.GET_STATEMENT, GetStatement(id=customer.id, **given))


async def test_sold_on_account_paid_off_and_given_back(shop: Shop) -> None:
    sari = await shop.customer()
    await shop.credit(sari, 100_000)
    order = await shop.order(sari, 2)
    intent = await shop.ends(await shop.begin(order, "on_account"))
    assert ("approved", "on_account", "customers") == (intent.state, intent.tender_type, intent.provider)
    paid = await shop.order_becomes(order.id, "completed")
    assert ["on_account"] == [tender.type for tender in paid.tenders]
    account = await pay(shop, sari, 20_000, reference="Transfer 17")
    assert (5_000_000, rupiah(50_000)) == (account.balance.amount, account.available)
    await shop.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=rupiah(30_000)))
    await shop.owes(sari, 20_000)
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="All of it"))
    # Twenty thousand were paid off already: that much is in the customer's favour now.
    await shop.owes(sari, -20_000)
    told = await statement(shop, sari)
    assert ["charge", "payment", "refund", "refund"] == [entry.kind for entry in told.items]
    assert [70_000, 50_000, 20_000, -20_000] == [entry.balance.amount // 100 for entry in told.items]
    assert (order.id, intent.id, "key-1", "Transfer 17") == (
        told.items[0].order_id, told.items[0].intent_id, told.items[1].by, told.items[1].reference,
    )  # fmt: skip
    await shop.books_are_right()


async def test_what_is_refused(shop: Shop) -> None:
    sari = await shop.customer()
    assert contract.NO_CREDIT.code == await refused(shop.credit(sari))
    assert contract.NO_CREDIT.code == await refused(pay(shop, sari, 1))
    assert contract.NO_CREDIT.code == await refused(statement(shop, sari))
    order = await shop.order(sari)
    assert "The customer has no credit account." == (await shop.ends(await shop.begin(order, "on_account"))).failure
    await shop.credit(sari, 34_999)
    declined = await shop.ends(await shop.begin(order, "on_account"))
    assert ("declined", "The customer may owe IDR 34,999.00 more.") == (declined.state, declined.failure)
    assert contract.TOO_MUCH.code == await refused(pay(shop, sari, 1))
    usd = Money(amount=1, currency="USD")
    assert contract.WRONG_CURRENCY.code == await refused(shop.house.call(SET_CREDIT, SetCredit(id=sari.id, limit=usd)))
    assert contract.WRONG_CURRENCY.code == await refused(shop.house.call(PAY_CREDIT, PayCredit(id=sari.id, amount=usd)))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(SET_CREDIT, SetCredit(id=some_id(), limit=usd)))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(GIVE_BACK, GiveBackCharge(intent_id=some_id(), up_to=1)))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(FIND_CHARGE, FindCharge(intent_id=some_id())))


async def test_a_limit_of_0_closes_the_account(shop: Shop) -> None:
    sari = await shop.customer()
    await shop.credit(sari, 100_000)
    await shop.ends(await shop.begin(await shop.order(sari, 2), "on_account"))
    await shop.credit(sari, 0)
    declined = await shop.ends(await shop.begin(await shop.order(sari), "on_account"))
    assert ("declined", "The customer may owe IDR 0.00 more.") == (declined.state, declined.failure)
    assert 5_000_000 == (await pay(shop, sari, 20_000)).balance.amount


async def test_fifty_clients_and_one_account(shop: Shop) -> None:
    """Enough for seven: seven orders are paid, 43 are declined, and what is owed is what was approved."""
    sari = await shop.customer()
    await shop.credit(sari, 7 * 35_000 + 34_999)
    orders = await asyncio.gather(*(shop.order(sari) for _ in range(50)))
    begun = await asyncio.gather(*(shop.begin(order, "on_account") for order in orders))
    ended = await asyncio.gather(*(shop.ends(intent) for intent in begun))
    approved = [intent for intent in ended if intent.state == "approved"]
    assert (7, 43) == (len(approved), len([intent for intent in ended if intent.state == "declined"]))
    await shop.owes(sari, 7 * 35_000)
    for intent in approved:
        await shop.order_becomes(intent.order_id, "completed")
    # The answers are known: asked again, each is what it was, although there is room by now.
    await pay(shop, sari, 7 * 35_000)
    for intent in ended:
        ask = ChargeCustomer(intent_id=intent.id, order_id=intent.order_id, customer_id=sari.id, kind="on_account", amount=intent.amount)
        assert intent.state == (await shop.house.call(CHARGE, ask)).state
    await shop.owes(sari, 0)
    await shop.books_are_right()


async def test_many_at_once_ask_for_the_same_charge(beside: Shop) -> None:
    sari, intent_id = await beside.customer(), some_id()
    await beside.credit(sari, 35_000)
    ask = ChargeCustomer(intent_id=intent_id, order_id=some_id(), customer_id=sari.id, kind="on_account", amount=rupiah(35_000))
    charges = await asyncio.gather(*(beside.house.call(CHARGE, ask) for _ in range(20)))
    assert {"approved"} == {charge.state for charge in charges}
    await beside.owes(sari, 35_000)
    backs = [GiveBackCharge(intent_id=intent_id, up_to=up_to) for up_to in (1_000_000, 3_500_000, 500_000, 9_999_999_999)]
    await asyncio.gather(*(beside.house.call(GIVE_BACK, back) for back in backs * 3))
    assert rupiah(35_000) == (await beside.house.call(FIND_CHARGE, FindCharge(intent_id=intent_id))).returned
    await beside.owes(sari, 0)


async def test_a_statement_adds_up_page_by_page_and_from_day_to_day(beside: Shop) -> None:
    sari = await beside.customer()
    await beside.credit(sari, 1_000_000)
    middle = datetime.now(UTC)
    for number in range(5):
        ask = ChargeCustomer(intent_id=some_id(), order_id=some_id(), customer_id=sari.id, kind="on_account", amount=rupiah(10_000 + number))
        await beside.house.call(CHARGE, ask)
        if number == 1:
            middle = datetime.now(UTC)
    first = await statement(beside, sari, limit=3)
    rest = await statement(beside, sari, limit=3, cursor=first.next_cursor)
    assert rest.next_cursor is None
    assert (0, 5_001_000) == (first.opening.amount, first.closing.amount)
    assert 5_001_000 == sum(entry.amount.amount for entry in (*first.items, *rest.items))
    before, after = await statement(beside, sari, booked_until=middle), await statement(beside, sari, booked_from=middle)
    assert (0, 2_000_100) == (before.opening.amount, before.closing.amount)
    assert (2_000_100, 5_001_000) == (after.opening.amount, after.closing.amount)
    assert (2, 3) == (len(before.items), len(after.items))
    edge = await refused(statement(beside, sari, booked_from=datetime(1, 1, 1, tzinfo=UTC)))
    assert contract.INVALID.code == edge


async def test_each_change_is_told(beside: Shop) -> None:
    sari = await beside.customer()
    await beside.credit(sari, 100_000)
    ask = ChargeCustomer(intent_id=some_id(), order_id=some_id(), customer_id=sari.id, kind="on_account", amount=rupiah(10_000))
    await beside.house.call(CHARGE, ask)

    async def told() -> bool:
        rows = await beside.house.fetch("SELECT name FROM customers.log WHERE key = $1 ORDER BY position", str(sari.id))
        return [row["name"] for row in rows] == ["customer.created", CREDIT_CHANGED.name, CREDIT_CHANGED.name]

    await eventually(told)
