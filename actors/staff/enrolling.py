"""How a device becomes a register, and how it stops being one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.messages import Deed
from actors.runtime.words import Refusal
from actors.staff import held, store
from actors.staff import people_store as kept
from actors.staff.authority import NOTHING, Authority
from actors.staff.codes import RANDOM_BYTES, new_code
from actors.staff.contract import (
    NO_SUCH_REGISTER,
    NOT_IN_USE,
    REGISTER_DISMISSED,
    REGISTER_ENROLLED,
    REGISTER_ROLE,
    SESSION_ENDED,
    WRONG_CODE,
    EndEnrolment,
    Enrol,
    EnrolmentEnded,
    EnrolmentOffer,
    NewSession,
    OfferEnrolment,
)
from actors.staff.held import Book
from actors.stores.contract import GET_REGISTER, GetRegister, Register

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work

CODE_MINUTES = 10


async def offer(asked: Sequence[Asked[OfferEnrolment]], work: Work) -> list[EnrolmentOffer | Refusal]:
    return [await _offer(one.body.register_id, work) for one in asked]


async def _offer(id: UUID, work: Work) -> EnrolmentOffer | Refusal:
    """A register has one code at a time: the last one that was asked for."""
    register = await _register(id, work)
    if isinstance(register, Refusal):
        return register
    if not register.active:
        return NOT_IN_USE.refuse(f"{register.name} is not active. Switch it on first.")
    await store.take_turns(work)
    code = new_code(token_bytes(RANDOM_BYTES))
    ends = work.now + timedelta(minutes=CODE_MINUTES)
    await store.offer_enrolment(work, register, work.resource.code(code), ends)
    return EnrolmentOffer(register_id=id, code=code, expires_at=ends)


async def _register(id: UUID, work: Work) -> Register | Refusal:
    register = await work.ask(GET_REGISTER, GetRegister(id=id))
    if isinstance(register, Refusal) and register.kind == "not_found":
        return NO_SUCH_REGISTER.refuse(f"There is no register {id}. Take its id from the list of registers.")
    return register


async def enrol(asked: Sequence[Asked[Enrol]], work: Work) -> list[NewSession | Refusal]:
    return [await _enrol(one.body, work) for one in asked]


async def _enrol(asked: Enrol, work: Work) -> NewSession | Refusal:
    """The register's former key, and whoever was signed in with it, go."""
    await store.take_turns(work)
    row = await store.take_enrolment(work, work.resource.code(asked.code))
    if row is None or row["expires_at"] <= work.now:
        return WRONG_CODE.refuse("This code is not known, was used, or is older than ten minutes. Have a new one made.")
    book = Book(work)
    await _dismiss(work, book, row["register_id"])
    outcome = await _open(work, book, row)
    await book.save()
    return outcome


async def _open(work: Work, book: Book, row: Record) -> NewSession:
    role = (await kept.load_roles(work, [REGISTER_ROLE])).get(REGISTER_ROLE)
    may = Authority(role.scopes, role.rights) if role else NOTHING
    register, key = held.new_key(work, "register", row["name"], may, register_id=row["register_id"], store_id=row["store_id"])
    book.open(REGISTER_ENROLLED, register)
    enrolled = held.shown_once(register, key)
    # By itself: whoever had the code. Who offered it stands beside it, about the same register.
    work.keep_as(enrolled, Deed(str(register.id), [str(register.id), str(register.register_id)]))
    return enrolled


async def end(asked: Sequence[Asked[EndEnrolment]], work: Work) -> list[EnrolmentEnded | Refusal]:
    return [await _end(one.body.register_id, work) for one in asked]


async def _end(id: UUID, work: Work) -> EnrolmentEnded | Refusal:
    """Done when it is asked for a second time, too."""
    register = await _register(id, work)
    if isinstance(register, Refusal):
        return register
    await store.take_turns(work)
    await store.forget_enrolment(work, id)
    book = Book(work)
    sessions = await _dismiss(work, book, id)
    await book.save()
    return EnrolmentEnded(register_id=id, sessions=sessions)


async def _dismiss(work: Work, book: Book, id: UUID) -> int:
    """How many people were signed out. The key first: two of one register must not be live at once."""
    keys = await held.at_register(work, id)
    for key in sorted(keys, key=lambda key: key.kind):
        book.change(REGISTER_DISMISSED if key.kind == "register" else SESSION_ENDED, held.revoked(key, work.now))
    return sum(key.kind == "session" for key in keys)
