"""Profiles and groups: added, changed, found."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actors.customers import contract
from actors.customers.contract import (
    CREATE_CUSTOMER,
    CREATE_GROUP,
    GET_CUSTOMER,
    LIST_CUSTOMERS,
    LIST_GROUPS,
    LOOK_UP,
    UPDATE_CUSTOMER,
    UPDATE_GROUP,
    CreateCustomer,
    CreateGroup,
    CustomerChanges,
    GetCustomer,
    GroupChanges,
    ListCustomers,
    ListGroups,
    LookUp,
    Profile,
    UpdateCustomer,
    UpdateGroup,
)
from actors.customers.finding import Question, digits_of, read_question, words_of
from actors.runtime.client import Refused
from actors.runtime.words import Rights
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.support import some_id, unique


async def found(shop: Shop, q: str, **given: object) -> list[str]:
    return [profile.name for profile in (await shop.house.call(LIST_CUSTOMERS, ListCustomers(q=q, **given))).items]


async def change(shop: Shop, profile: Profile, **given: object) -> Profile:
    ask = UpdateCustomer(id=profile.id, if_version=profile.version, changes=CustomerChanges(**given))
    return await shop.house.call(UPDATE_CUSTOMER, ask)


async def test_all_that_is_wrong_with_a_customer_is_told_together(shop: Shop) -> None:
    """The first of it gives the code."""
    other = await shop.customer(code=f"M-{unique()}")
    wrong: dict[str, Any] = {"code": other.code.lower(), "group": "none-such", "birthday": date(2100, 1, 1)}
    with pytest.raises(Refused) as no:
        await shop.customer("Sari", id=other.id, **wrong)
    assert (contract.ID_TAKEN.code, ["/id", *(f"/{name}" for name in wrong)]) == told(no.value)
    sari = await shop.customer("Sari")
    with pytest.raises(Refused) as no:
        await change(shop, sari, **wrong)
    assert (contract.CODE_TAKEN.code, [f"/{name}" for name in wrong]) == told(no.value)
    assert sari == await change(shop, sari)


def told(no: Refused) -> tuple[str, list[str]]:
    return no.refusal.code, [error.pointer for error in no.refusal.errors]


async def test_found_by_any_word_by_phone_and_by_code(shop: Shop) -> None:
    mark, digits = unique(), str(some_id().int)[-8:]
    name = f"Sarí Wijaya-{mark}"
    sari = await shop.customer(name, phone=f"0812-{digits}", code=f"M-{mark}")
    for q in (
        mark, mark[:6].upper(), f"SARI {mark}", f"{mark} wij", f"0812{digits}", f"+62 812 {digits}", f"62812{digits[:6]}", f"M-{mark}", f"m{mark}",
    ):  # fmt: skip
        assert [name] == await found(shop, q), q
    for q in (f"{mark}x", f"sari {mark} budi", f"812{digits}", f"ijaya {mark}"):
        assert [] == await found(shop, q), q
    after = await change(shop, sari, name=f"Sari Utama {mark}", phone="")
    assert (2, "", sari.code) == (after.version, after.phone, after.code)
    assert [] == await found(shop, f"wijaya {mark}")
    assert [] == await found(shop, f"0812{digits}")
    assert [after.name] == await found(shop, f"utama {mark}")
    assert contract.INVALID.code == await refused(found(shop, "---"))


async def test_pages_of_what_was_found_and_of_a_group(shop: Shop) -> None:
    mark = unique()
    await shop.house.call(CREATE_GROUP, CreateGroup(code=f"g-{mark}", name="Group"))
    for number in range(5):
        await shop.customer(f"Budi Budiman{number} {mark}", group=f"g-{mark}" if number % 2 else None)

    async def pages(**given: object) -> list[str]:
        names: list[str] = []
        cursor = None
        while True:
            page = await shop.house.call(LIST_CUSTOMERS, ListCustomers(limit=2, cursor=cursor, **given))
            names += [profile.name for profile in page.items]
            if (cursor := page.next_cursor) is None:
                return names

    assert sorted(await pages(q=f"bud {mark}")) == [f"Budi Budiman{number} {mark}" for number in range(5)]
    assert [f"Budi Budiman{number} {mark}" for number in (3, 1)] == await pages(group=f"g-{mark}")
    assert [f"Budi Budiman{number} {mark}" for number in (1, 3)] == sorted(await pages(q=f"budi {mark}", group=f"g-{mark}"))
    assert contract.INVALID.code == await refused(shop.house.call(LIST_CUSTOMERS, ListCustomers(cursor="bm90aGluZw")))


async def test_what_is_refused(shop: Shop) -> None:
    sari = await shop.customer()
    assert contract.ID_TAKEN.code == await refused(shop.customer(id=sari.id))
    assert contract.CODE_TAKEN.code == await refused(shop.customer(code=sari.code.lower()))
    assert contract.UNKNOWN_GROUP.code == await refused(shop.customer(group="no-such-group"))
    assert contract.NOT_FOUND.code == await refused(shop.house.call(GET_CUSTOMER, GetCustomer(id=some_id())))
    other = await shop.customer()
    assert contract.CODE_TAKEN.code == await refused(change(shop, other, code=sari.code))
    after = await change(shop, sari, note="Pays on Fridays")
    assert after == await change(shop, after, note="Pays on Fridays")
    assert contract.STALE.code == await refused(change(shop, sari, note="Older"))


async def test_a_group_exempts_its_members(shop: Shop) -> None:
    code = f"church-{unique()}"
    group = await shop.house.call(CREATE_GROUP, CreateGroup(code=code, name="Church"))
    assert contract.CODE_TAKEN.code == await refused(shop.house.call(CREATE_GROUP, CreateGroup(code=code, name="Again")))
    sari = await shop.customer("Sari", group=code)

    async def known() -> tuple[str, str | None, bool]:
        [one] = (await shop.house.call(LOOK_UP, LookUp(ids=[sari.id, some_id(), sari.id]))).items
        return one.name, one.group, one.tax_exempt

    assert ("Sari", code, False) == await known()
    exempt = UpdateGroup(code=code, if_version=group.version, changes=GroupChanges(tax_exempt=True))
    await shop.house.call(UPDATE_GROUP, exempt)
    assert contract.STALE.code == await refused(shop.house.call(UPDATE_GROUP, exempt))
    assert ("Sari", code, True) == await known()
    assert code in [one.code for one in (await shop.house.call(LIST_GROUPS, ListGroups(limit=500))).items]


async def test_events_and_keys_carry_nothing_personal(shop: Shop) -> None:
    mark = unique()
    sari = await shop.customer(f"Secretive {mark}", phone="0812999" + str(some_id().int)[-5:], email=f"{mark}@example.com", note=mark)
    await change(shop, sari, name=f"Still {mark}", custom={"shoe": mark})
    rows = await shop.house.fetch("SELECT convert_from(body, 'UTF8') AS text FROM customers.log WHERE key = $1", str(sari.id))
    assert 2 == len(rows)
    assert not [row["text"] for row in rows if mark in row["text"]]
    outcomes = await shop.house.fetch("SELECT to_jsonb(k)::text AS text FROM customers.idempotency_keys AS k")
    assert outcomes
    assert not [row for row in outcomes if mark in row["text"]]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0812-3456", "628123456"), ("+62 812 3456", "628123456"), ("0062 812 3456", "628123456"), ("62812(3456)", "628123456"),
        ("+1 (212) 555-0100", "12125550100"), ("", ""),
    ],
)  # fmt: skip
def test_phones_are_the_same_however_they_are_written(text: str, digits: str) -> None:
    assert digits == digits_of(text, "62")


def test_words() -> None:
    profile = Profile(
        id=some_id(), version=1, code="M-17", name="José O'Neil", phone="62812", email="", group=None, tax_exempt=False, birthday=None, note="",
        consent={}, custom={}, created_at=None, updated_at=None,
    )  # fmt: skip
    assert ["jose", "o", "neil", "m17", "62812"] == words_of([profile])
    assert None is read_question("...", "62")
    assert Question(words=["wij", "sari"]) == read_question("Wij SARI wij", "62")
    assert Question(numbers=["628123", "08123"]) == read_question("0812-3", "62")
    assert Question(numbers=["m17"]) == read_question("M-17", "62")


async def test_who_may_not_set_prices_gives_no_group_and_no_exemption(shop: Shop) -> None:
    """Both make every sale to the customer cheaper."""
    cashier, supervisor = Rights(override=False), Rights(override=True)
    sari = await shop.customer(f"Sari {unique()}")
    for given in ({"tax_exempt": True}, {"group": "member"}):
        ask = UpdateCustomer(id=sari.id, if_version=1, changes=CustomerChanges(**given))
        assert await refused(shop.house.call(UPDATE_CUSTOMER, ask, rights=cashier)) == contract.NEEDS_APPROVAL.code
        new = CreateCustomer(name="Budi", **given)
        assert await refused(shop.house.call(CREATE_CUSTOMER, new, rights=cashier)) == contract.NEEDS_APPROVAL.code

    named = UpdateCustomer(id=sari.id, if_version=1, changes=CustomerChanges(name=f"Sari {unique()}"))
    assert (await shop.house.call(UPDATE_CUSTOMER, named, rights=cashier)).version == 2
    exempt = UpdateCustomer(id=sari.id, if_version=2, changes=CustomerChanges(tax_exempt=True))
    assert (await shop.house.call(UPDATE_CUSTOMER, exempt, rights=supervisor)).tax_exempt
