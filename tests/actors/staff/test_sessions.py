"""Signing in, from people's and from an attacker's side."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from actors.staff.contract import (
    CHANGE_PASSWORD,
    CHANGE_PIN,
    END_ENROLMENT,
    END_SESSION,
    ENROL,
    GET_PERSON,
    GET_SESSION,
    LIST_SESSIONS,
    OFFER_ENROLMENT,
    SET_PIN,
    SIGN_IN,
    SIGN_IN_BY_PASSWORD,
    UNLOCK_PERSON,
    UPDATE_ROLE,
    ChangePassword,
    ChangePin,
    EndEnrolment,
    EndSession,
    Enrol,
    GetPerson,
    GetSession,
    ListSessions,
    OfferEnrolment,
    RoleChanges,
    RoleRights,
    SetPin,
    SignIn,
    SignInByPassword,
    UnlockPerson,
    UpdateRole,
)
from actors.stores.contract import UPDATE_REGISTER, RegisterChanges, UpdateRegister
from tests.actors.staff.people import PASSWORD, PIN, enrol, hire, no, sign_in
from tests.actors.staff.test_keys import all_changes
from tests.support import House, open_house, some_id, unique

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def revoked(house: House, id: Any) -> bool:
    [change] = [each for each in await all_changes(house) if each.id == id]
    return change.revoked


# --- registers -------------------------------------------------------------------------------------------


async def test_a_code_makes_a_register_once(house: House) -> None:
    store, register = await house.open_store()
    offer = await house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=register.id))
    replies = await asyncio.gather(*(house.client.ask(ENROL, Enrol(code=offer.code.lower().replace("-", ""))) for _ in range(8)))
    assert ["staff.wrong_code"] * 7 == [reply.refusal.code for reply in replies if reply.refusal]
    [key] = await house.fetch("SELECT * FROM staff.keys WHERE register_id = $1", register.id)
    assert ("register", store.id, None, None) == (key["kind"], key["store_id"], key["expires_at"], key["revoked_at"])


async def test_a_code_that_is_too_old_or_replaced_is_none(house: House) -> None:
    _, register = await house.open_store()
    first = await house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=register.id))
    second = await house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=register.id))
    assert "staff.wrong_code" == (await no(house.call(ENROL, Enrol(code=first.code)))).code
    await house.fetch("UPDATE staff.enrolments SET expires_at = now() WHERE register_id = $1", register.id)
    assert "staff.wrong_code" == (await no(house.call(ENROL, Enrol(code=second.code)))).code


async def test_only_registers_that_are_in_use_are_enrolled(house: House) -> None:
    assert "staff.no_such_register" == (await no(house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=some_id())))).code
    _, register = await house.open_store()
    await house.call(UPDATE_REGISTER, UpdateRegister(id=register.id, if_version=1, changes=RegisterChanges(active=False)))
    assert "staff.not_in_use" == (await no(house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=register.id)))).code


async def test_enrolling_again_dismisses_the_former_device_and_its_people(house: House) -> None:
    _, register = await house.open_store()
    former, siti = await enrol(house, register), await hire(house)
    session = await sign_in(house, siti, former)
    now = await enrol(house, register)
    assert (True, True, False) == (await revoked(house, former.id), await revoked(house, session.id), await revoked(house, now.id))
    assert "staff.not_a_register" == (await no(sign_in(house, siti, former))).code
    await sign_in(house, siti, now)
    ended = await house.call(END_ENROLMENT, EndEnrolment(register_id=register.id))
    assert (1, True) == (ended.sessions, await revoked(house, now.id))
    assert 0 == (await house.call(END_ENROLMENT, EndEnrolment(register_id=register.id))).sessions


async def test_a_registers_key_may_what_its_role_may(fresh_house: Any) -> None:
    house = await fresh_house(("staff", "stores"))
    register = await enrol(house)
    assert RoleRights(discount_max="10", refund_max=0) == register.rights
    await house.call(UPDATE_ROLE, UpdateRole(code="cashier", if_version=1, changes=RoleChanges(rights=RoleRights(discount_max="15"))))
    assert RoleRights(discount_max="15") == (await house.call(GET_SESSION, GetSession(id=register.id))).rights


# --- signing in ------------------------------------------------------------------------------------------


async def test_a_session_has_a_person_a_register_and_an_end(house: House) -> None:
    siti, register = await hire(house, "supervisor"), await enrol(house)
    session = await sign_in(house, siti, register)
    assert ("session", siti.id, "Siti", register.register_id, register.store_id) == (
        session.kind, session.person_id, session.name, session.register_id, session.store_id,
    )  # fmt: skip
    assert session.expires_at == session.created_at + timedelta(hours=12)
    page = await house.call(LIST_SESSIONS, ListSessions(person_id=siti.id))
    assert [(session.id, session.prefix)] == [(one.id, one.prefix) for one in page.items]
    assert page.items == (await house.call(LIST_SESSIONS, ListSessions(register_id=register.register_id))).items


async def test_a_pin_opens_nothing_without_a_registers_key(house: House) -> None:
    siti, register = await hire(house), await enrol(house)
    session = await sign_in(house, siti, register)
    for by in ("", "somebody", str(some_id()), str(siti.id), str(session.id)):
        assert "staff.not_a_register" == (await no(house.call(SIGN_IN, SignIn(code=siti.code, pin=PIN), by=by))).code


async def test_people_sign_in_where_they_work(house: House) -> None:
    here, there = await enrol(house), await enrol(house)
    siti = await hire(house, store_ids=[here.store_id])
    assert (await sign_in(house, siti, here)).store_id == here.store_id
    assert "staff.not_here" == (await no(sign_in(house, siti, there))).code


async def test_a_password_opens_the_back_office(house: House) -> None:
    siti = await hire(house, "manager", login=f"{unique()}@Toko.id")
    assert siti.login
    session = await house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=siti.login.upper(), password=PASSWORD))
    assert (siti.id, None) == (session.person_id, session.register_id)
    wrong = await no(house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=siti.login, password="something else")))
    nobody = await no(house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=f"{unique()}@toko.id", password=PASSWORD)))
    assert wrong == nobody, "nobody learns which names there are"


async def test_a_session_is_ended_once(house: House) -> None:
    siti, register = await hire(house), await enrol(house)
    session = await sign_in(house, siti, register)
    ended = await house.call(END_SESSION, EndSession(id=session.id), by=str(siti.id))
    assert ended == await house.call(END_SESSION, EndSession(id=session.id), by=str(siti.id))
    assert await revoked(house, session.id)
    told = await house.fetch("SELECT name FROM staff.log WHERE key = $1 ORDER BY position", str(session.id))
    assert ["session.opened", "session.ended"] == [row["name"] for row in told]
    assert [] == (await house.call(LIST_SESSIONS, ListSessions(person_id=siti.id))).items
    assert "staff.not_found" == (await no(house.call(END_SESSION, EndSession(id=register.id)))).code, "a register is dismissed otherwise"


async def test_sessions_of_those_above_are_not_ended(house: House) -> None:
    owner, manager, register = await hire(house, "owner"), await hire(house, "manager"), await enrol(house)
    session = await sign_in(house, owner, register)
    assert "staff.forbidden" == (await no(house.call(END_SESSION, EndSession(id=session.id), by=str(manager.id)))).code


# --- guessing --------------------------------------------------------------------------------------------


async def test_many_members_count_together(house: House) -> None:
    """A thousand guesses at once at two members, among them the right one last: five are told, and the right one is not."""
    siti, register = await hire(house), await enrol(house)
    guesses = [f"{number:04}" for number in range(40)] + [PIN]
    async with open_house(house.settings, ("staff",)):
        asked = [house.client.ask(SIGN_IN, SignIn(code=siti.code, pin=pin), by=str(register.id), timeout_seconds=30) for pin in guesses]
        replies = await asyncio.gather(*asked)
    codes = [reply.refusal.code if reply.refusal else "in" for reply in replies]
    assert (5, 36) == (codes.count("staff.wrong"), codes.count("staff.locked"))
    assert "staff.locked" == (await no(sign_in(house, siti, register))).code
    locked = (await house.call(GET_PERSON, GetPerson(id=siti.id))).locked_until
    assert locked is not None
    assert siti.locked_until is None
    told = await house.fetch("SELECT count(*) FROM staff.log WHERE key = $1 AND name = 'sign_in.failed'", str(siti.id))
    assert 5 == told[0][0]


async def test_a_manager_unlocks(house: House) -> None:
    siti, register, manager = await hire(house), await enrol(house), await hire(house, "manager")
    for _ in range(5):
        await no(sign_in(house, siti, register, "0000"))
    assert "staff.locked" == (await no(sign_in(house, siti, register))).code
    assert (await house.call(UNLOCK_PERSON, UnlockPerson(id=siti.id), by=str(manager.id))).locked_until is None
    assert (await sign_in(house, siti, register)).person_id == siti.id


async def test_each_further_wrong_one_locks_for_longer_and_a_right_one_forgets_them(house: House) -> None:
    siti, register = await hire(house), await enrol(house)
    for _ in range(5):
        await no(sign_in(house, siti, register, "0000"))
    over = "UPDATE staff.tries SET locked_until = now() WHERE locked_until > now()"
    await house.fetch(over)
    assert "staff.wrong" == (await no(sign_in(house, siti, register, "0000"))).code
    assert "staff.locked" == (await no(sign_in(house, siti, register))).code
    await house.fetch(over)
    await sign_in(house, siti, register)
    for _ in range(4):
        assert "staff.wrong" == (await no(sign_in(house, siti, register, "0000"))).code
    await sign_in(house, siti, register)


async def test_names_that_nobody_has_are_locked_like_any_other(house: House) -> None:
    register, code = await enrol(house), unique()
    asked = SignIn(code=code, pin="0000")
    codes = [(await no(house.call(SIGN_IN, asked, by=str(register.id)))).code for _ in range(6)]
    assert ["staff.wrong"] * 5 + ["staff.locked"] == codes
    assert [] == await house.fetch("SELECT * FROM staff.tries AS t WHERE t::text LIKE '%' || $1 || '%'", code)


# --- another PIN -----------------------------------------------------------------------------------------


async def test_another_pin_signs_out(house: House) -> None:
    siti, register = await hire(house, login=f"{unique()}@toko.id"), await enrol(house)
    session = await sign_in(house, siti, register)
    assert "staff.wrong" == (await no(house.call(CHANGE_PIN, ChangePin(pin="0000", new_pin="314159"), by=str(siti.id)))).code
    easy = await no(house.call(CHANGE_PIN, ChangePin(pin=PIN, new_pin="4321"), by=str(siti.id)))
    assert ("staff.invalid", "/new_pin") == (easy.code, easy.errors[0].pointer)
    await house.call(CHANGE_PIN, ChangePin(pin=PIN, new_pin="314159"), by=str(siti.id))
    assert await revoked(house, session.id)
    assert "staff.wrong" == (await no(sign_in(house, siti, register))).code
    session = await sign_in(house, siti, register, "314159")
    await house.call(SET_PIN, SetPin(id=siti.id, pin=PIN))
    assert await revoked(house, session.id)
    await house.call(CHANGE_PASSWORD, ChangePassword(password=PASSWORD, new_password="another password"), by=str(siti.id))
    assert (await house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=siti.login or "", password="another password"))).person_id == siti.id
    assert "staff.wrong" == (await no(house.call(CHANGE_PIN, ChangePin(pin=PIN, new_pin="314159"), by=str(register.id)))).code
