"""People, registers and sessions for the tests of `staff`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from actors.runtime.client import Refused
from actors.runtime.words import Refusal
from actors.staff.contract import (
    CREATE_PERSON,
    ENROL,
    OFFER_ENROLMENT,
    SET_PASSWORD,
    SET_PIN,
    SIGN_IN,
    CreatePerson,
    Enrol,
    NewSession,
    OfferEnrolment,
    Person,
    SetPassword,
    SetPin,
    SignIn,
)
from actors.stores.contract import Register
from tests.support import House, unique

PIN, PASSWORD = "271828", "correct horse battery"


async def no(asked: Awaitable[Any]) -> Refusal:
    with pytest.raises(Refused) as caught:
        await asked
    return caught.value.refusal


async def hire(house: House, *roles: str, by: str = "", **given: Any) -> Person:
    """Somebody with a PIN; and with a password, when they have a login."""
    values = {"code": unique(), "name": "Siti", "roles": list(roles or ("cashier",)), **given}
    person = await house.call(CREATE_PERSON, CreatePerson(**values), by=by)
    person = await house.call(SET_PIN, SetPin(id=person.id, pin=PIN), by=by)
    if person.login:
        person = await house.call(SET_PASSWORD, SetPassword(id=person.id, password=PASSWORD), by=by)
    return person


async def enrol(house: House, register: Register | None = None) -> NewSession:
    """The register's key."""
    register = register or (await house.open_store())[1]
    offer = await house.call(OFFER_ENROLMENT, OfferEnrolment(register_id=register.id))
    return await house.call(ENROL, Enrol(code=offer.code))


async def sign_in(house: House, person: Person, register: NewSession, pin: str = PIN) -> NewSession:
    return await house.call(SIGN_IN, SignIn(code=person.code, pin=pin), by=str(register.id))
