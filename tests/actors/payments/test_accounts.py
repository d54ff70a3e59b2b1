"""Gift cards and store credit: never below zero, whoever is at them at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from actors.customers.contract import CREATE_CUSTOMER, ERASE_CUSTOMER, MERGE_CUSTOMERS, CreateCustomer, EraseCustomer, MergeCustomers, Profile
from actors.orders.contract import CANCEL_ORDER, CancelOrder
from actors.payments import contract
from actors.payments.contract import (
    FIND_GIFT_CARD,
    GET_ACCOUNT,
    ISSUE_GIFT_CARD,
    LIST_ACCOUNTS,
    LIST_ENTRIES,
    OPEN_STORE_CREDIT,
    TOP_UP,
    UPDATE_ACCOUNT,
    Account,
    AccountChanges,
    Entry,
    FindGiftCard,
    GetAccount,
    IssueGiftCard,
    ListAccounts,
    ListEntries,
    OpenStoreCredit,
    TopUp,
    UpdateAccount,
)
from actors.runtime.client import Refused
from actors.runtime.words import Money
from tests.actors.payments.support import Shop, refused
from tests.support import rupiah, some_id, unique


async def account(shop: Shop, id: UUID) -> Account:
    return await shop.house.call(GET_ACCOUNT, GetAccount(id=id))


async def entries(shop: Shop, id: UUID) -> list[Entry]:
    return (await shop.house.call(LIST_ENTRIES, ListEntries(account_id=id))).items


async def test_a_card_pays_and_the_order_redeems_it(shop: Shop) -> None:
    card = await shop.card(50_000)
    order = await shop.order()
    intent = await shop.begin(order, "gift_card", code=card.code.lower())
    assert ("held", "gift_card", card.hint) == (intent.state, intent.tender_type, intent.reference)
    paid = await shop.order_becomes(order.id, "completed", "paid")
    assert ["gift_card"] == [tender.type for tender in paid.tenders]
    await shop.becomes(intent.id, "approved")
    found = await shop.house.call(FIND_GIFT_CARD, FindGiftCard(code=card.code.replace("-", "")))
    assert (rupiah(15_000), rupiah(0), rupiah(15_000)) == (found.balance, found.held, found.available)
    assert [("redeem", -3_500_000), ("hold", 0), ("issue", 5_000_000)] == [(one.kind, one.amount.amount) for one in await entries(shop, card.id)]


async def test_what_the_order_gives_back_is_on_the_card_again(shop: Shop) -> None:
    card = await shop.card(35_000)
    order = await shop.order()
    intent = await shop.begin(order, "gift_card", code=card.code)
    await shop.becomes(intent.id, "approved")
    await shop.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong table"))
    await shop.becomes(intent.id, "approved", refunded=rupiah(35_000))
    assert rupiah(35_000) == (await account(shop, card.id)).available


async def test_what_the_order_cannot_take_is_released(shop: Shop) -> None:
    card = await shop.card(35_000)
    order = await shop.order()
    # Paid in cash a moment before the card's hold arrives.
    await asyncio.gather(shop.begin(order, "gift_card", code=card.code), shop.pay_in_cash(order), return_exceptions=True)
    paid = await shop.order_becomes(order.id, "completed", "paid")
    by_card = any(tender.intent_id for tender in paid.tenders)
    await shop.books_are_right()
    assert rupiah(0 if by_card else 35_000) == (await account(shop, card.id)).available


async def test_fifty_clients_and_one_card(shop: Shop) -> None:
    """Enough for seven: seven orders are paid, and 43 are told that there is not so much on it."""
    card = await shop.card(7 * 35_000)
    orders = await asyncio.gather(*(shop.order() for _ in range(50)))
    outcomes = await asyncio.gather(*(shop.begin(order, "gift_card", code=card.code) for order in orders), return_exceptions=True)
    held = [outcome.id for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert 7 == len(held)
    assert all(contract.NOT_ENOUGH.code in str(outcome) for outcome in outcomes if isinstance(outcome, BaseException))
    for id in held:
        await shop.becomes(id, "approved")
    empty = await account(shop, card.id)
    assert (rupiah(0), rupiah(0), rupiah(0)) == (empty.balance, empty.held, empty.available)


async def test_a_closed_account_pays_nothing(shop: Shop) -> None:
    card = await shop.card(50_000)
    order = await shop.order()
    closed = await shop.house.call(UPDATE_ACCOUNT, UpdateAccount(id=card.id, if_version=1, changes=AccountChanges(active=False, note="Lost")))
    assert (2, False, "Lost") == (closed.version, closed.active, closed.note)
    assert contract.STALE.code == await refused(
        shop.house.call(UPDATE_ACCOUNT, UpdateAccount(id=card.id, if_version=1, changes=AccountChanges(active=True)))
    )
    assert contract.ACCOUNT_CLOSED.code == await refused(shop.begin(order, "gift_card", code=card.code))
    assert contract.ACCOUNT_CLOSED.code == await refused(shop.house.call(TOP_UP, TopUp(id=card.id, amount=rupiah(1))))
    old = await shop.card(50_000, expires_at=datetime.now(UTC) + timedelta(hours=1))
    await shop.house.fetch("UPDATE payments.accounts SET expires_at = now() WHERE id = $1", old.id)
    assert contract.ACCOUNT_CLOSED.code == await refused(shop.begin(order, "gift_card", code=old.code))


async def test_store_credit_is_opened_topped_up_and_spent(shop: Shop) -> None:
    customer = (await shop.house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari"))).id
    credit = await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(30_000), customer_id=customer))
    order = await shop.order()
    assert contract.NOT_ENOUGH.code == await refused(shop.begin(order, "store_credit", account_id=credit.id))
    topped = await shop.house.call(TOP_UP, TopUp(id=credit.id, amount=rupiah(5_000), note="Sorry"), by="key-1")
    assert rupiah(35_000) == topped.available
    await shop.begin(order, "store_credit", account_id=credit.id)
    await shop.order_becomes(order.id, "completed", "paid")
    [listed] = (await shop.house.call(LIST_ACCOUNTS, ListAccounts(customer_id=customer))).items
    assert credit.id == listed.id
    [top_up] = [one for one in await entries(shop, credit.id) if one.kind == "top_up"]
    assert ("key-1", "Sorry", rupiah(35_000)) == (top_up.by, top_up.note, top_up.balance)


async def test_store_credit_is_given_to_customers_that_there_are(shop: Shop) -> None:
    async def add() -> Profile:
        return await shop.house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari"))

    async def give(customer_id: UUID) -> Account:
        return await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(1_000), customer_id=customer_id))

    sari, other, gone = await add(), await add(), await add()
    await shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=sari.id, other_id=other.id))
    await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=gone.id))
    assert [sari.id, sari.id] == [(await give(one.id)).customer_id for one in (sari, other)]
    for id in (gone.id, some_id()):
        with pytest.raises(Refused) as no:
            await give(id)
        [error] = no.value.refusal.errors
        assert ("payments.invalid", "/customer_id") == (no.value.refusal.code, error.pointer)


async def test_a_code_is_nowhere_but_in_its_answer(shop: Shop) -> None:
    code = f"kado-{unique()}"
    card = await shop.card(10_000, code=code)
    assert (code, code[-4:].upper()) == (card.code, card.hint)
    again = code.upper().replace("-", "")
    assert contract.CODE_TAKEN.code == await refused(shop.card(10_000, code=again))
    rows = await shop.house.fetch("SELECT to_jsonb(a)::text AS text FROM payments.accounts AS a")
    told = await shop.house.fetch("SELECT convert_from(body, 'UTF8') AS text FROM payments.log")
    assert rows
    assert told
    assert not [row for row in (*rows, *told) if code in row["text"] or again in row["text"]]


async def test_what_cannot_be_opened(shop: Shop) -> None:
    card = await shop.card(10_000)

    async def no(**given: object) -> str:
        return await refused(shop.house.call(ISSUE_GIFT_CARD, IssueGiftCard(**{"amount": rupiah(1_000), **given})))

    assert contract.ID_TAKEN.code == await no(id=card.id)
    assert contract.INVALID.code == await no(amount=rupiah(0))
    assert contract.INVALID.code == await no(code="--------")
    assert contract.INVALID.code == await no(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert contract.INVALID.code == await no(expires_at=datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14))))
    assert contract.WRONG_CURRENCY.code == await no(amount=Money(amount=1, currency="XXX"))
    assert contract.WRONG_CURRENCY.code == await refused(shop.house.call(TOP_UP, TopUp(id=card.id, amount=Money(amount=1, currency="USD"))))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(TOP_UP, TopUp(id=some_id(), amount=rupiah(1))))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(FIND_GIFT_CARD, FindGiftCard(code="NOSUCHCODE")))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(GET_ACCOUNT, GetAccount(id=some_id())))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(LIST_ENTRIES, ListEntries(account_id=some_id())))


async def test_entries_are_read_page_by_page(shop: Shop) -> None:
    card = await shop.card(1_000)
    for _ in range(3):
        await shop.house.call(TOP_UP, TopUp(id=card.id, amount=rupiah(1_000)))
    first = await shop.house.call(LIST_ENTRIES, ListEntries(account_id=card.id, limit=3))
    rest = await shop.house.call(LIST_ENTRIES, ListEntries(account_id=card.id, limit=3, cursor=first.next_cursor))
    assert [400_000, 300_000, 200_000, 100_000] == [one.balance.amount for one in (*first.items, *rest.items)]
    assert rest.next_cursor is None


async def test_credits_are_found_by_each_record_of_the_person(shop: Shop) -> None:
    async def add() -> Profile:
        return await shop.house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari"))

    people = [await add() for _ in range(3)]
    stranger, nobody = await add(), some_id()
    given = [
        await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(1_000), customer_id=one.id)) for one in (*people, stranger)
    ]
    for other in people[1:]:
        await shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=people[0].id, other_id=other.id))

    async def found(id: UUID, **page: object) -> list[UUID]:
        return [one.id for one in (await shop.house.call(LIST_ACCOUNTS, ListAccounts(customer_id=id, **page))).items]

    for one in people:
        assert await found(one.id) == [one.id for one in reversed(given[:3])]
    first = await shop.house.call(LIST_ACCOUNTS, ListAccounts(customer_id=people[1].id, limit=2))
    assert await found(people[1].id, limit=2, cursor=first.next_cursor) == [given[0].id]
    assert await found(nobody) == []
