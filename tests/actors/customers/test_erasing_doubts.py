"""An erasing that comes to nothing, whenever and however: who is alive can be given credit, who is erased cannot."""

from __future__ import annotations

import asyncio
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
from actors.payments.contract import ACCOUNT_CLOSED, INVALID
from actors.payments.forgetting import settle_some
from actors.runtime.client import Refused
from actors.runtime.upkeep import UNAVAILABLE
from actors.runtime.words import Refusal
from tests.actors.customers.erasing import HOLD, erase, forget, give, holding, is_forgotten, spent_credit, top_up, waiting
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.support import eventually, rupiah, some_id


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


async def test_whatever_comes_together_who_is_alive_is_given_credit_afterwards_and_who_is_erased_is_not(shop: Shop) -> None:
    async def at_once(who: Profile, other: Profile) -> None:
        merging = shop.house.call(MERGE_CUSTOMERS, MergeCustomers(id=other.id, other_id=who.id))
        outcomes = await asyncio.gather(erase(shop, who), merging, erase(shop, who), erase(shop, other), return_exceptions=True)
        assert [one for one in outcomes if not isinstance(one, Profile | Refused)] == []

    pairs = [(await shop.customer(), await shop.customer()) for _ in range(12)]
    await asyncio.gather(*(at_once(*pair) for pair in pairs))
    for one in (one for pair in pairs for one in pair):
        now = await shop.house.call(GET_CUSTOMER, GetCustomer(id=one.id))
        if now.erased_at is None:
            assert (await give(shop, one)).customer_id == (now.merged_into or now.id)
        else:
            assert INVALID.code == await refused(give(shop, one))
            assert await is_forgotten(shop, one)


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
