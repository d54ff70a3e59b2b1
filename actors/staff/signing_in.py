"""Sessions: how they begin, what they are, how they end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.cursors import wrong_cursor
from actors.runtime.messages import Deed
from actors.runtime.words import Refusal
from actors.staff import held, store
from actors.staff import people_store as kept
from actors.staff.asking import authority
from actors.staff.authority import Authority, covers, reaches
from actors.staff.contract import (
    FORBIDDEN,
    INVALID,
    NOT_A_REGISTER,
    NOT_FOUND,
    NOT_HERE,
    SESSION_ENDED,
    SESSION_OPENED,
    WRONG,
    ChangePassword,
    ChangePin,
    EndSession,
    GetSession,
    ListSessions,
    NewSession,
    Person,
    Role,
    Session,
    SessionPage,
    SignIn,
    SignInByPassword,
)
from actors.staff.held import Book, Held
from actors.staff.managing import renewed
from actors.staff.people import easy_pin, works_at
from actors.staff.proving import Claim, Kind, prove

if TYPE_CHECKING:
    from actors.runtime.work import Work

async def sign_in(asked: Sequence[Asked[SignIn]], work: Work) -> list[NewSession | Refusal]:
    registers = await registers_of(work, [one.by for one in asked])
    book = Book(work)
    at = [(one, registers[one.by]) for one in asked if one.by in registers]
    proved = iter(await prove(work, book, [Claim("pin", one.body.code, one.body.pin, key.register_id, one.by) for one, key in at]))
    # Nobody else changes anything from here on: who signs in at a register that has just been dismissed must not slip through.
    roles, still = await kept.load_roles(work), await registers_of(work, list(registers))
    outcomes = []
    for one in asked:
        person = next(proved) if one.by in registers else None
        outcomes.append(_open(work, book, person, roles, still[one.by]) if person and one.by in still else _no_register())
    await book.save()
    return outcomes


async def registers_of(work: Work, askers: Sequence[str]) -> dict[str, Held]:
    """The registers among those who ask, with their keys."""
    ids = []
    for asker in askers:
        with suppress(ValueError):
            ids.append(UUID(asker))
    keys = await held.by_id(work, ids)
    return {str(id): key for id, key in keys.items() if key.kind == "register" and key.is_live(work.now)}


def _no_register() -> Refusal:
    return NOT_A_REGISTER.refuse("People sign in at a register with the register's own key.")


async def sign_in_by_password(asked: Sequence[Asked[SignInByPassword]], work: Work) -> list[NewSession | Refusal]:
    book = Book(work)
    proved = await prove(work, book, [Claim("password", one.body.login, one.body.password) for one in asked])
    roles = await kept.load_roles(work)
    outcomes = [_open(work, book, person, roles) for person in proved]
    await book.save()
    return outcomes


def _open(
    work: Work, book: Book, person: Person | Refusal, roles: dict[str, Role], register: Held | None = None
) -> NewSession | Refusal:
    if isinstance(person, Refusal):
        return person
    if register is not None and not works_at(person, register.store_id):
        return NOT_HERE.refuse(f"{person.name} works in other stores. Sign in at a register there.")
    session, key = held.new_key(
        work, "session", person.name, kept.authority_of(person, roles), person_id=person.id,
        register_id=register.register_id if register else None, store_id=register.store_id if register else None,
        expires_at=work.now + timedelta(hours=work.settings.session_hours),
    )  # fmt: skip
    book.open(SESSION_OPENED, session)
    opened = held.shown_once(session, key)
    at = [register.id, register.register_id] if register is not None else []
    work.keep_as(opened, Deed(str(person.id), [str(id) for id in (session.id, *at) if id]))
    return opened


# --- one's own PIN and password ----------------------------------------------------------------------------


async def change_pins(asked: Sequence[Asked[ChangePin]], work: Work) -> list[Person | Refusal]:
    return [await _change(one.by, work, "pin", one.body.pin, one.body.new_pin) for one in asked]


async def change_passwords(asked: Sequence[Asked[ChangePassword]], work: Work) -> list[Person | Refusal]:
    return [await _change(one.by, work, "password", one.body.password, one.body.new_password) for one in asked]


async def _change(asker: str, work: Work, kind: Kind, old: str, new: str) -> Person | Refusal:
    """Whoever knows the old one may say the new one. All of their sessions end: somebody else may have known it, too."""
    found = await _person(work, asker)
    if found is None:
        return WRONG.refuse("Only a person who has signed in has a PIN and a password.")
    if kind == "pin" and (refusal := easy_pin(new, "/new_pin")):
        return refusal
    hash = await work.resource.hash(new)
    book = Book(work)
    [person] = await prove(work, book, [Claim(kind, found.code if kind == "pin" else found.login or "", old, by=asker)])
    if isinstance(person, Person):
        await (kept.set_pin if kind == "pin" else kept.set_password)(work, person.id, hash)
        person = await renewed(work, book, person)
    await book.save()
    return person


async def _person(work: Work, asker: str) -> Person | None:
    try:
        found = await kept.load_people(work, [UUID(asker)])
    except ValueError:
        return None
    return next((one.person for one in found.values()), None)


# --- sessions that there are -------------------------------------------------------------------------------


async def get_sessions(asked: Sequence[Asked[GetSession]], work: Work) -> list[Session | Refusal]:
    """Of any key, of API keys, too."""
    found = await held.by_id(work, [one.body.id for one in asked])
    return [held.session_of(found[one.body.id]) if one.body.id in found else _none(one.body.id) for one in asked]


async def end_sessions(asked: Sequence[Asked[EndSession]], work: Work) -> list[Session | Refusal]:
    return [await _end_session(one, work) for one in asked]


async def _end_session(asked: Asked[EndSession], work: Work) -> Session | Refusal:
    """One's own, or of somebody who may not do more. What has ended already is told as it is."""
    await store.take_turns(work)
    session = (await held.by_id(work, [asked.body.id])).get(asked.body.id)
    if session is None or session.kind != "session":
        return _none(asked.body.id)
    if str(session.person_id) != asked.by and not _may_end(await authority(work, asked.by), session):
        return FORBIDDEN.refuse("This person may do more than you may, or works in other stores.")
    if session.revoked_at is None:
        session = held.revoked(session, work.now)
        book = Book(work)
        book.change(SESSION_ENDED, session)
        await book.save()
    return held.session_of(session)


def _may_end(own: Authority, session: Held) -> bool:
    return covers(own, session.authority) and reaches(own, session.authority.stores)


def _none(id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no session {id}. Those that ended long ago are forgotten.")


async def list_sessions(asked: Sequence[Asked[ListSessions]], work: Work) -> list[SessionPage | Refusal]:
    return [await _list_sessions(one.body, work) for one in asked]


async def _list_sessions(asked: ListSessions, work: Work) -> SessionPage | Refusal:
    try:
        return await held.list_sessions(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)
