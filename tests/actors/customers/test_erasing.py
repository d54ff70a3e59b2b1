"""Who is forgotten while money comes for them: it is there before, and nobody is forgotten; or it is refused, or nobody's. Never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from actors.customers import contract, merging
from actors.customers.contract import (
    CHARGE,
    ERASE_CUSTOMER,
    GET_CUSTOMER,
    MERGE_CUSTOMERS,
    ChargeCustomer,
    EraseCustomer,
    GetCustomer,
    MergeCustomers,
    Profile,
)
from actors.customers.owning import give_up
from actors.orders.contract import REFUND_ORDER, RefundOrder, ReturnInput
from actors.payments.contract import (
    ACCOUNT_CLOSED,
    FORGET_OWNERS,
    GET_ACCOUNT,
    INVALID,
    LIST_ACCOUNTS,
    OPEN_STORE_CREDIT,
    TOP_UP,
    Account,
    ForgetOwners,
    GetAccount,
    ListAccounts,
    OpenStoreCredit,
    TopUp,
)
from actors.payments.forgetting import settle_some
from actors.runtime.client import Refused
from actors.runtime.database import connect_alone
from actors.runtime.upkeep import UNAVAILABLE
from actors.runtime.words import Refusal
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.pages import check_money
from tests.support import eventually, rupiah, some_id

HOLD = "SELECT FROM customers.customers WHERE id = $1 FOR UPDATE"


@asynccontextmanager
async def holding(shop: Shop, sql: str, *args: Any) -> AsyncIterator[Any]:
    """A connection that keeps what it has locked until the end; for whoever is to be stopped in the middle."""
    connection = await connect_alone(shop.house.settings.database_url)
    try:
        async with connection.transaction():
            await connection.fetch(sql, *args)
            yield connection
    finally:
        await connection.close()


async def waiting(shop: Shop, count: int = 1) -> None:
    """So many wait for a lock of somebody else."""
    sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await eventually(lambda: _as_many(shop, sql, count))


async def _as_many(shop: Shop, sql: str, count: int) -> bool:
    return len(await shop.house.fetch(sql)) == count


def erase(shop: Shop, who: Profile) -> asyncio.Task[Profile]:
    return asyncio.create_task(shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=who.id)))


def top_up(shop: Shop, credit: Account) -> asyncio.Task[Account]:
    return asyncio.create_task(shop.house.call(TOP_UP, TopUp(id=credit.id, amount=rupiah(1))))


async def forget(shop: Shop, who: Profile) -> None:
    """As `customers` begins to erase somebody; and then, perhaps, is killed."""
    assert (await shop.house.call(FORGET_OWNERS, ForgetOwners(customer_ids=[who.id], attempt=some_id()))).accounts == []


async def give(shop: Shop, who: Profile) -> Account:
    return await shop.house.call(OPEN_STORE_CREDIT, OpenStoreCredit(amount=rupiah(35_000), customer_id=who.id))


async def spent_credit(shop: Shop, who: Profile) -> Account:
    """Nothing is left on it."""
    account = await give(shop, who)
    order = await shop.order(None)
    await shop.begin(order, "store_credit", account_id=account.id)
    await shop.order_becomes(order.id, "completed")

    async def empty() -> Account | None:
        now = await shop.house.call(GET_ACCOUNT, GetAccount(id=account.id))
        return now if not now.balance.amount else None

    found: Account = await eventually(empty)
    return found


async def is_forgotten(shop: Shop, who: Profile) -> bool:
    return bool(await shop.house.fetch("SELECT FROM payments.forgotten WHERE customer_id = $1", who.id))


async def test_what_comes_once_somebody_is_being_erased_is_refused(shop: Shop) -> None:
    """`customers` has asked, and has not written it down yet: to everybody else the person still is there."""
    sari = await shop.customer()
    credit = await spent_credit(shop, sari)
    async with holding(shop, HOLD, sari.id):
        erasing = erase(shop, sari)
        await eventually(lambda: is_forgotten(shop, sari))
        await waiting(shop)
        topping, giving = top_up(shop, credit), asyncio.create_task(give(shop, sari))
        await waiting(shop, 2)

    assert (await erasing).name == ""
    assert (ACCOUNT_CLOSED.code, INVALID.code) == (await refused(topping), await refused(giving))
    assert (ACCOUNT_CLOSED.code, INVALID.code) == (await refused(top_up(shop, credit)), await refused(give(shop, sari)))


async def test_who_gets_money_before_is_not_erased(shop: Shop) -> None:
    sari = await shop.customer()
    credit = await spent_credit(shop, sari)
    async with holding(shop, "SELECT FROM payments.accounts WHERE id = $1 FOR UPDATE", credit.id):
        topping = asyncio.create_task(shop.house.call(TOP_UP, TopUp(id=credit.id, amount=rupiah(7))))
        await waiting(shop)
        erasing = erase(shop, sari)
        await waiting(shop, 2)

    assert (await topping).balance == rupiah(7)
    assert contract.OWES.code == await refused(erasing)
    assert not await is_forgotten(shop, sari)
    assert (await shop.house.call(GET_CUSTOMER, GetCustomer(id=sari.id))).name == sari.name


async def test_whoever_is_quicker_no_money_is_nobodys(shop: Shop) -> None:
    async def at_once(who: Profile) -> tuple[object, ...]:
        asked = (shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=who.id)), *(give(shop, who) for _ in range(3)))
        return tuple(await asyncio.gather(*asked, return_exceptions=True))

    everybody = await asyncio.gather(*(shop.customer() for _ in range(12)))
    told = await asyncio.gather(*(at_once(who) for who in everybody))

    for who, (erased, *given) in zip(everybody, told, strict=True):
        credits = [one for one in given if isinstance(one, Account)]
        assert {one.refusal.code for one in given if isinstance(one, Refused)} <= {INVALID.code}
        if isinstance(erased, Refused):
            assert (erased.refusal.code, bool(credits)) == (contract.OWES.code, True)
        else:
            assert (erased.erased_at is not None, credits) == (True, [])  # type: ignore[attr-defined]
        assert sorted(one.id for one in credits) == sorted(one.id for one in (await owned(shop, who)))


async def owned(shop: Shop, who: Profile) -> list[Account]:
    return (await shop.house.call(LIST_ACCOUNTS, ListAccounts(customer_id=who.id))).items


async def test_who_is_not_erased_after_all_can_be_given_credit_again(beside: Shop) -> None:
    """A debt arises in the middle."""
    sari = await beside.customer()
    await beside.credit(sari, 100_000)
    async with holding(beside, HOLD, sari.id):
        erasing = erase(beside, sari)
        await eventually(lambda: is_forgotten(beside, sari))
        charge = ChargeCustomer(intent_id=some_id(), order_id=some_id(), customer_id=sari.id, kind="on_account", amount=rupiah(1_000))
        assert (await beside.house.call(CHARGE, charge)).state == "approved"

    assert contract.OWES.code == await refused(erasing)
    assert (await give(beside, sari)).customer_id == sari.id


async def test_who_is_not_erased_as_an_answer_got_lost_can_be_given_credit_again(beside: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unheard(*asked: Any) -> Refusal:
        assert await give_up(*asked) is None
        return UNAVAILABLE.refuse("Nobody has answered in time.")

    monkeypatch.setattr(merging, "give_up", unheard)
    sari = await beside.customer()
    assert UNAVAILABLE.code == await refused(erase(beside, sari))
    assert (await give(beside, sari)).customer_id == sari.id


async def test_an_erasing_that_has_ended_in_the_middle_keeps_nothing_from_anybody(shop: Shop) -> None:
    sari, budi = await shop.customer(), await shop.customer()
    credit = await spent_credit(shop, sari)
    await forget(shop, sari)
    await forget(shop, budi)
    assert (await top_up(shop, credit)).balance == rupiah(1)
    assert (await give(shop, budi)).customer_id == budi.id


async def test_whoever_is_told_that_somebody_is_not_erased_can_rely_on_it(shop: Shop) -> None:
    """Two erasings: the first has ended in the middle, and somebody asks about it while the second is at it, and has not written yet."""
    sari = await shop.customer()
    await forget(shop, sari)
    async with holding(shop, HOLD, sari.id):
        giving = asyncio.create_task(give(shop, sari))
        await waiting(shop)
        erasing = erase(shop, sari)
        await waiting(shop, 2)

    assert (INVALID.code, UNAVAILABLE.code) == (await refused(giving), await refused(erasing))
    assert (await give(shop, sari)).customer_id == sari.id
    assert contract.OWES.code == await refused(erase(shop, sari))


async def test_who_is_erased_stays_so_whatever_becomes_of_a_second_erasing(shop: Shop) -> None:
    sari = await shop.customer()
    credit = await spent_credit(shop, sari)
    await forget(shop, sari)
    assert (await erase(shop, sari)).name == ""
    for _ in range(2):
        await forget(shop, sari)
        assert ACCOUNT_CLOSED.code == await refused(top_up(shop, credit))


async def test_who_is_merged_while_being_erased_can_be_given_credit(shop: Shop) -> None:
    sari, other = await shop.customer(), await shop.customer()
    credit = await spent_credit(shop, other)
    async with holding(shop, HOLD, other.id):
        merging = asyncio.create_task(shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=sari.id, other_id=other.id)))
        await waiting(shop)
        erasing = erase(shop, other)
        await waiting(shop, 2)
        assert await is_forgotten(shop, other)

    assert (await merging).id == sari.id
    assert contract.GONE.code == await refused(erasing)
    assert (await top_up(shop, credit)).balance == rupiah(1)
    assert (await give(shop, other)).customer_id == sari.id


async def test_doubts_are_settled_though_nobody_gives_anything(shop: Shop) -> None:
    """A refund to store credit cannot wait for an answer."""
    sari, gone = await shop.customer(), await shop.customer()
    await erase(shop, gone)
    await forget(shop, sari)
    member = next(one for one in shop.house.runtime._members if one.actor.name == "payments")

    await settle_some(member, 3600.0)
    assert (True, False) == (await is_forgotten(shop, sari), await is_sure(shop, gone))
    await settle_some(member, 0.0)
    assert (False, True) == (await is_forgotten(shop, sari), await is_sure(shop, gone))


async def is_sure(shop: Shop, who: Profile) -> bool:
    [row] = await shop.house.fetch("SELECT sure FROM payments.forgotten WHERE customer_id = $1", who.id)
    return bool(row["sure"])


async def test_a_record_that_is_merged_in_the_middle_is_looked_at_too(beside: Shop) -> None:
    sari, other = await beside.customer(), await beside.customer()
    credit = await give(beside, other)
    async with holding(beside, "UPDATE customers.customers SET merged_into = $1 WHERE id = $2", sari.id, other.id) as connection:
        await connection.fetch(HOLD, sari.id)
        erasing = erase(beside, sari)
        await eventually(lambda: is_forgotten(beside, sari))

    with pytest.raises(Refused) as caught:
        await erasing
    assert caught.value.refusal.kind == "busy"
    with pytest.raises(Refused, match=f"35,000.00 on {credit.id}"):
        await beside.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))


async def test_what_a_sale_of_an_erased_person_gives_back_as_credit_belongs_to_who_has_its_number(shop: Shop) -> None:
    sari = await shop.customer()
    sale = await shop.sale(sari)
    await shop.house.call(ERASE_CUSTOMER, EraseCustomer(id=sari.id))

    refund = RefundOrder(id=sale.id, lines=[ReturnInput(line=1, quantity=1)], to="store_credit")
    [back] = (await shop.house.call(REFUND_ORDER, refund)).refunds[0].tenders

    async def there() -> Account | None:
        try:
            return await shop.house.call(GET_ACCOUNT, GetAccount(id=back.account_id))
        except Refused:
            return None

    account = await eventually(there)
    assert (account.available, account.customer_id, account.active) == (rupiah(35_000), None, True)
    assert await owned(shop, sari) == []
    order = await shop.order(None)
    await shop.begin(order, "store_credit", account_id=account.id)
    await shop.order_becomes(order.id, "completed")
    assert (await check_money(shop.house)).findings == []
