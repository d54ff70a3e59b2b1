"""Roles and people. Whatever changes in them changes in all of their sessions, in the same transaction.

One call at a time: there are few, and what one may do can hang on the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.words import FieldError, Refusal
from actors.staff import held, people, store
from actors.staff import people_store as kept
from actors.staff.asking import authority
from actors.staff.authority import Authority
from actors.staff.contract import (
    INVALID,
    NOT_FOUND,
    PERSON_CREATED,
    PERSON_UPDATED,
    REGISTER_ROLE,
    ROLE_CREATED,
    ROLE_UPDATED,
    SESSION_ENDED,
    SESSION_UPDATED,
    CreatePerson,
    CreateRole,
    GetPerson,
    GetRole,
    ListPeople,
    ListRoles,
    Person,
    PersonPage,
    Role,
    RoleList,
    SetPassword,
    SetPin,
    UnlockPerson,
    UpdatePerson,
    UpdateRole,
)
from actors.staff.held import Book, Held

if TYPE_CHECKING:
    from actors.runtime.work import Work


# --- roles -----------------------------------------------------------------------------------------------


async def create_roles(asked: Sequence[Asked[CreateRole]], work: Work) -> list[Role | Refusal]:
    return [await _create_role(one, work) for one in asked]


async def _create_role(asked: Asked[CreateRole], work: Work) -> Role | Refusal:
    await store.take_turns(work)
    roles = await kept.load_roles(work, [asked.body.code])
    role = people.new_role(asked.body, roles.get(asked.body.code), await authority(work, asked.by), work.now)
    if isinstance(role, Role):
        await kept.save_role(work, role)
        work.record(ROLE_CREATED, role.code, role)
    return role


async def update_roles(asked: Sequence[Asked[UpdateRole]], work: Work) -> list[Role | Refusal]:
    return [await _update_role(one, work) for one in asked]


async def _update_role(asked: Asked[UpdateRole], work: Work) -> Role | Refusal:
    await store.take_turns(work)
    before = (await kept.load_roles(work, [asked.body.code])).get(asked.body.code)
    role = people.change_role(asked.body, before, await authority(work, asked.by), work.now)
    if isinstance(role, Role) and role is not before:
        await kept.save_role(work, role)
        book = Book(work)
        book.tell(ROLE_UPDATED, role.code, role)
        await _follow(work, book, await kept.people_of_role(work, role.code))
        if role.code == REGISTER_ROLE:
            _fit(book, await held.of_registers(work), role)
        await book.save()
    return role


async def get_roles(asked: Sequence[Asked[GetRole]], work: Work) -> list[Role | Refusal]:
    roles = await kept.load_roles(work, [one.body.code for one in asked])
    return [roles.get(one.body.code) or NOT_FOUND.refuse(f"There is no role {one.body.code}.") for one in asked]


async def list_roles(asked: Sequence[Asked[ListRoles]], work: Work) -> list[RoleList]:
    roles = await kept.load_roles(work)
    return [RoleList(items=list(roles.values()))] * len(asked)


# --- people ----------------------------------------------------------------------------------------------


async def create_people(asked: Sequence[Asked[CreatePerson]], work: Work) -> list[Person | Refusal]:
    return [await _create_person(one, work) for one in asked]


async def _create_person(asked: Asked[CreatePerson], work: Work) -> Person | Refusal:
    await store.take_turns(work)
    body, id = asked.body, asked.body.id or work.new_id()
    known = await kept.load_people(work, [id])
    rivals = [*known.values(), *await kept.find_people(work, [body.code], [body.login] if body.login else [])]
    own = await authority(work, asked.by)
    person = people.new_person(body, id, await kept.load_roles(work), [rival.person for rival in rivals], own, work.now)
    if isinstance(person, Person):
        book = Book(work)
        book.tell(PERSON_CREATED, person.id, person)
        kept.save_person(book, person)
        await book.save()
    return person


async def update_people(asked: Sequence[Asked[UpdatePerson]], work: Work) -> list[Person | Refusal]:
    return [await _update_person(one, work) for one in asked]


async def _update_person(asked: Asked[UpdatePerson], work: Work) -> Person | Refusal:
    await store.take_turns(work)
    changes, roles = asked.body.changes, await kept.load_roles(work)
    before = (await kept.load_people(work, [asked.body.id])).get(asked.body.id)
    codes, logins = [[text] if isinstance(text, str) else [] for text in (changes.code, changes.login)]
    rivals = [rival.person for rival in await kept.find_people(work, codes, logins)]
    own = await authority(work, asked.by)
    person = people.change_person(asked.body, before and before.person, roles, rivals, own, work.now)
    if isinstance(person, Person) and (before is None or person is not before.person):
        book = Book(work)
        _tell(book, person)
        await _follow(work, book, [person])
        await book.save()
        if not person.has_password:
            await kept.set_password(work, person.id, None)
    return (await kept.with_locks(work, [person]))[0] if isinstance(person, Person) else person


async def set_pins(asked: Sequence[Asked[SetPin]], work: Work) -> list[Person | Refusal]:
    return [await _set_pin(one, work) for one in asked]


async def _set_pin(asked: Asked[SetPin], work: Work) -> Person | Refusal:
    hash = await work.resource.hash(asked.body.pin)
    person = await _may_change(asked, work)
    if isinstance(person, Refusal):
        return person
    if refusal := people.easy_pin(asked.body.pin, "/pin"):
        return refusal
    await kept.set_pin(work, person.id, hash)
    book = Book(work)
    person = await renewed(work, book, replace(person, has_pin=True))
    await book.save()
    return person


async def set_passwords(asked: Sequence[Asked[SetPassword]], work: Work) -> list[Person | Refusal]:
    return [await _set_password(one, work) for one in asked]


async def _set_password(asked: Asked[SetPassword], work: Work) -> Person | Refusal:
    hash = await work.resource.hash(asked.body.password)
    person = await _may_change(asked, work)
    if isinstance(person, Refusal):
        return person
    if person.login is None:
        error = FieldError(pointer="", detail="There is no login that the password could go with.")
        return INVALID.refuse("Give the person a login first: `PATCH /v1/people/{id}`.", error)
    await kept.set_password(work, person.id, hash)
    book = Book(work)
    person = await renewed(work, book, replace(person, has_password=True))
    await book.save()
    return person


async def renewed(work: Work, book: Book, person: Person) -> Person:
    """With another PIN or password: nobody who knew the old one stays signed in, and nothing is locked any more."""
    person = replace(person, version=person.version + 1, updated_at=work.now)
    await kept.forget_tries(work, kept.names_of(person, work.resource))
    _tell(book, person)
    for session in await held.of_people(work, [person.id]):
        book.change(SESSION_ENDED, held.revoked(session, work.now))
    return person


async def unlock(asked: Sequence[Asked[UnlockPerson]], work: Work) -> list[Person | Refusal]:
    return [await _unlock(one, work) for one in asked]


async def _unlock(asked: Asked[UnlockPerson], work: Work) -> Person | Refusal:
    person = await _may_change(asked, work)
    if isinstance(person, Person):
        await kept.forget_tries(work, kept.names_of(person, work.resource))
    return person


async def get_people(asked: Sequence[Asked[GetPerson]], work: Work) -> list[Person | Refusal]:
    found = await kept.load_people(work, [one.body.id for one in asked])
    shown = {person.id: person for person in await kept.with_locks(work, [one.person for one in found.values()])}
    return [shown.get(one.body.id) or NOT_FOUND.refuse(f"There is no person {one.body.id}.") for one in asked]


async def list_people(asked: Sequence[Asked[ListPeople]], work: Work) -> list[PersonPage | Refusal]:
    return [await _list_people(one.body, work) for one in asked]


async def _list_people(asked: ListPeople, work: Work) -> PersonPage | Refusal:
    try:
        return await kept.list_people(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)


# --- what they share ---------------------------------------------------------------------------------------


async def _may_change(asked: Asked[SetPin] | Asked[SetPassword] | Asked[UnlockPerson], work: Work) -> Person | Refusal:
    """The person, when those who ask may do at least what that one may do. Alone from here on."""
    await store.take_turns(work)
    found = (await kept.load_people(work, [asked.body.id])).get(asked.body.id)
    if found is None:
        return NOT_FOUND.refuse(f"There is no person {asked.body.id}.")
    return people.above(found.person, await kept.load_roles(work), await authority(work, asked.by)) or found.person


def _tell(book: Book, person: Person) -> None:
    book.tell(PERSON_UPDATED, person.id, person)
    kept.save_person(book, person)


async def _follow(work: Work, book: Book, changed: Sequence[Person]) -> None:
    """Their sessions may from now on what they may; those of people who are gone, or no longer work in that store, end."""
    roles = await kept.load_roles(work)
    theirs = {person.id: person for person in changed}
    for session in await held.of_people(work, theirs):
        person = theirs.get(session.person_id) if session.person_id else None
        if person is None or not people.works_at(person, session.store_id):
            book.change(SESSION_ENDED, held.revoked(session, work.now))
            continue
        now = held.changed(session, kept.authority_of(person, roles))
        if now.authority != session.authority:
            book.change(SESSION_UPDATED, now)


def _fit(book: Book, registers: Sequence[Held], role: Role) -> None:
    for register in registers:
        book.change(SESSION_UPDATED, held.changed(register, Authority(role.scopes, role.rights)))
