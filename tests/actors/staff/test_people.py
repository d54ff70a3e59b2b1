"""People and roles as others meet them: over NATS, on Postgres."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.runtime.words import Refusal
from actors.staff.contract import (
    CREATE_API_KEY,
    CREATE_PERSON,
    CREATE_ROLE,
    GET_PERSON,
    GET_ROLE,
    GET_SESSION,
    LIST_PEOPLE,
    LIST_ROLES,
    ROLES,
    SET_PASSWORD,
    SET_PIN,
    UNLOCK_PERSON,
    UPDATE_PERSON,
    UPDATE_ROLE,
    CreateApiKey,
    CreatePerson,
    CreateRole,
    GetPerson,
    GetRole,
    GetSession,
    ListPeople,
    ListRoles,
    Person,
    PersonChanges,
    RoleChanges,
    RoleRights,
    SetPassword,
    SetPin,
    UnlockPerson,
    UpdatePerson,
    UpdateRole,
)
from tests.actors.staff.people import PASSWORD, enrol, hire, no, sign_in
from tests.actors.staff.test_keys import all_changes
from tests.support import House, some_id, unique

NONE = RoleRights()
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def change(house: House, person: Person, by: str = "", **changes: Any) -> Person:
    now = await house.call(GET_PERSON, GetPerson(id=person.id))
    return await house.call(UPDATE_PERSON, UpdatePerson(id=person.id, if_version=now.version, changes=PersonChanges(**changes)), by=by)


async def own_role(house: House, rights: RoleRights = NONE, *scopes: Any) -> str:
    code = f"r{unique()}"
    await house.call(CREATE_ROLE, CreateRole(code=code, name="Own", scopes=list(scopes or ("catalog:read",)), rights=rights))
    return code


async def test_the_first_roles_are_those_that_the_contract_names(house: House) -> None:
    listed = [role for role in (await house.call(LIST_ROLES, ListRoles())).items if role.code in ROLES]
    assert {role.code: (role.name, tuple(role.scopes), role.rights) for role in listed} == ROLES
    assert all(role.built_in for role in listed)


async def test_a_person_is_found_again(house: House) -> None:
    siti = await hire(house, "cashier", "supervisor", login=f"{unique()}@toko.id")
    assert (siti.has_pin, siti.has_password, siti.active, siti.locked_until) == (True, True, True, None)
    assert siti == await house.call(GET_PERSON, GetPerson(id=siti.id))
    assert [siti] == (await house.call(LIST_PEOPLE, ListPeople(code=siti.code.upper()))).items
    assert "staff.not_found" == (await no(house.call(GET_PERSON, GetPerson(id=some_id())))).code


async def test_people_are_listed_oldest_first(house: House) -> None:
    hired = [await hire(house) for _ in range(3)]
    listed: list[Person] = []
    cursor = None
    while True:
        page = await house.call(LIST_PEOPLE, ListPeople(limit=2, cursor=cursor, active=True))
        listed += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    ids = {person.id for person in hired}
    assert hired == [person for person in listed if person.id in ids]
    assert "staff.invalid" == (await no(house.call(LIST_PEOPLE, ListPeople(cursor="nonsense")))).code


async def test_codes_logins_and_ids_belong_to_one_person(house: House) -> None:
    login = f"{unique()}@Toko.id"
    siti = await hire(house, code=f"S{unique()}", login=login)
    twin = CreatePerson(code=siti.code.lower(), name="Twin", roles=["cashier"], login=login.lower())
    refusal = await no(house.call(CREATE_PERSON, twin))
    assert ("staff.taken", ["/code", "/login"]) == (refusal.code, [error.pointer for error in refusal.errors])
    other = await hire(house)
    assert "staff.taken" == (await no(change(house, other, login=login))).code
    assert "staff.taken" == (await no(house.call(CREATE_PERSON, CreatePerson(code=unique(), name="x", roles=["cashier"], id=siti.id)))).code
    assert (await change(house, siti, code=siti.code.lower())).code == siti.code.lower(), "their own code is not taken"


async def test_two_with_the_same_code_at_once(house: House) -> None:
    code = unique()
    asked = [house.client.ask(CREATE_PERSON, CreatePerson(code=code, name="x", roles=["cashier"]), key=unique()) for _ in range(6)]
    replies = await asyncio.gather(*asked)
    assert ["staff.taken"] * 5 == [reply.refusal.code for reply in replies if reply.refusal]


async def test_a_change_is_for_a_version(house: House) -> None:
    siti = await hire(house)
    asked = UpdatePerson(id=siti.id, if_version=siti.version, changes=PersonChanges(name="Siti A."))
    assert siti.version + 1 == (await house.call(UPDATE_PERSON, asked)).version
    assert "staff.stale" == (await no(house.call(UPDATE_PERSON, asked))).code
    nothing = await change(house, siti, name="Siti A.")
    assert siti.version + 1 == nothing.version, "nothing changed"
    assert "staff.invalid" == (await no(change(house, siti, roles=["no-such-role"]))).code


async def test_nobody_gives_more_than_they_have(house: House) -> None:
    manager = await hire(house, "manager")
    by = str(manager.id)
    clerk = await hire(house, "cashier", by=by)
    assert "staff.forbidden" == (await no(hire(house, "owner", by=by))).code
    assert "staff.forbidden" == (await no(hire(house, "operator", by=by))).code
    assert "staff.forbidden" == (await no(change(house, clerk, by=by, roles=["owner"]))).code
    assert "staff.forbidden" == (await no(change(house, manager, by=by, roles=["manager", "owner"]))).code
    role = CreateRole(code=f"r{unique()}", name="Mine", scopes=["staff:write", "operations:read"])
    refusal = await no(house.call(CREATE_ROLE, role, by=by))
    assert ("staff.forbidden", ["/scopes/1"]) == (refusal.code, [error.pointer for error in refusal.errors])


async def test_nobody_touches_those_above_them(house: House) -> None:
    """Who could give the owner a password could become the owner."""
    manager, owner = await hire(house, "manager"), await hire(house, "owner", login=f"{unique()}@toko.id")
    by = str(manager.id)
    for asked in (
        house.call(SET_PASSWORD, SetPassword(id=owner.id, password="a new password"), by=by),
        house.call(SET_PIN, SetPin(id=owner.id, pin="123456"), by=by),
        house.call(UNLOCK_PERSON, UnlockPerson(id=owner.id), by=by),
        change(house, owner, by=by, active=False),
    ):
        assert "staff.forbidden" == (await no(asked)).code
    left = await change(house, owner, active=False)
    assert "staff.forbidden" == (await no(change(house, left, by=by, active=True))).code, "gone, but still what they were"


async def test_rights_go_no_further_than_ones_own(house: House) -> None:
    boss = await hire(house, await own_role(house, RoleRights(discount_max="20", refund_max=1000), "staff:write", "catalog:read"))
    by = str(boss.id)
    role = CreateRole(code=f"r{unique()}", name="x", scopes=["catalog:read"], rights=RoleRights(discount_max="20.5", refund_max=1000, void=True))
    refusal = await no(house.call(CREATE_ROLE, role, by=by))
    assert ["/rights/discount_max", "/rights/void"] == [error.pointer for error in refusal.errors]
    assert "staff.forbidden" == (await no(house.call(CREATE_API_KEY, CreateApiKey(name="x", scopes=["catalog:read"]), by=by))).code
    assert (await hire(house, await own_role(house, RoleRights(discount_max="20.0")), by=by)).active


async def test_the_owners_role_stays_as_it_is(house: House) -> None:
    asked = UpdateRole(code="owner", if_version=1, changes=RoleChanges(scopes=["catalog:read"]))
    assert "staff.forbidden" == (await no(house.call(UPDATE_ROLE, asked))).code


async def test_a_role_is_changed_for_those_who_are_signed_in(house: House) -> None:
    code = await own_role(house)
    siti, register = await hire(house, code), await enrol(house)
    session = await sign_in(house, siti, register)
    role = await house.call(GET_ROLE, GetRole(code=code))
    changes = RoleChanges(scopes=["orders:write"], rights=RoleRights(void=True))
    await house.call(UPDATE_ROLE, UpdateRole(code=code, if_version=role.version, changes=changes))
    now = await house.call(GET_SESSION, GetSession(id=session.id))
    assert (["orders:write"], RoleRights(void=True)) == (now.scopes, now.rights)
    [told] = [each for each in await all_changes(house) if each.id == session.id]
    assert told.rights
    assert told.rights.void
    assert (["orders:write"], siti.id, register.register_id, session.expires_at) == (
        told.scopes, told.person_id, told.register_id, told.expires_at,
    )  # fmt: skip


async def test_who_leaves_is_signed_out_and_comes_in_no_more(house: House) -> None:
    siti, register = await hire(house), await enrol(house)
    session = await sign_in(house, siti, register)
    await change(house, siti, active=False)
    assert [True] == [each.revoked for each in await all_changes(house) if each.id == session.id]
    assert "staff.wrong" == (await no(sign_in(house, siti, register))).code
    await change(house, siti, active=True)
    assert (await sign_in(house, siti, register)).person_id == siti.id


async def test_who_no_longer_works_in_a_store_is_signed_out_there(house: House) -> None:
    siti, here, there = await hire(house), await enrol(house), await enrol(house)
    sessions = [await sign_in(house, siti, register) for register in (here, there)]
    await change(house, siti, store_ids=[there.store_id])
    revoked = {each.id: each.revoked for each in await all_changes(house)}
    assert [True, False] == [revoked[session.id] for session in sessions]


async def test_two_roles_are_the_sum_of_both(house: House) -> None:
    one = await own_role(house, RoleRights(discount_max="9.5", void=True), "catalog:read")
    other = await own_role(house, RoleRights(discount_max="10", refund_max=None), "orders:read", "catalog:read")
    session = await sign_in(house, await hire(house, one, other), await enrol(house))
    assert ["catalog:read", "orders:read"] == session.scopes
    assert RoleRights(discount_max="10", refund_max=None, void=True) == session.rights


async def test_a_password_needs_a_login(house: House) -> None:
    siti = await hire(house)
    assert "staff.invalid" == (await no(house.call(SET_PASSWORD, SetPassword(id=siti.id, password=PASSWORD)))).code
    siti = await change(house, siti, login=f"{unique()}@toko.id")
    siti = await house.call(SET_PASSWORD, SetPassword(id=siti.id, password=PASSWORD))
    assert siti.has_password
    assert not (await change(house, siti, login=None)).has_password
    assert [(None,)] == [tuple(row) for row in await house.fetch("SELECT password_hash FROM staff.people WHERE id = $1", siti.id)]


@pytest.mark.parametrize("pin", ["0000", "55555555", "1234", "4321", "789012", "2109"])
async def test_pins_that_anybody_would_try_first_are_refused(house: House, pin: str) -> None:
    siti = await hire(house)
    refusal = await no(house.call(SET_PIN, SetPin(id=siti.id, pin=pin)))
    assert ("staff.invalid", "/pin") == (refusal.code, refusal.errors[0].pointer)
    await house.call(SET_PIN, SetPin(id=siti.id, pin=pin[:-1] + "7"))


async def test_no_secret_is_in_any_row(house: House) -> None:
    pin, password = "80417263", f"planted {unique()}"
    siti = await hire(house, login=f"{unique()}@toko.id")
    await house.call(SET_PIN, SetPin(id=siti.id, pin=pin))
    await house.call(SET_PASSWORD, SetPassword(id=siti.id, password=password))
    register = await enrol(house)
    session = await sign_in(house, siti, register, pin)
    refusal: Refusal = await no(sign_in(house, siti, register, password[:4].replace("plan", "9999")))
    assert "9999" not in refusal.detail
    for table in ("people", "keys", "log", "idempotency_keys", "tries", "enrolments"):
        for secret in (pin, password, session.key, register.key):
            sql = f"SELECT count(*) FROM staff.{table} AS t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0"
            assert [(0,)] == [tuple(row) for row in await house.fetch(sql, secret, secret.encode().hex())], table
