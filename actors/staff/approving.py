"""Approvals: somebody's PIN makes a token, which lets one request of another go further than that one may alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING

from actors.runtime.actor import Asked
from actors.runtime.messages import Deed
from actors.runtime.words import Refusal, Rights
from actors.staff import people_store as kept
from actors.staff import rules, store
from actors.staff.authority import FREE, added, as_rights, may_approve, only_for
from actors.staff.contract import (
    APPROVAL_GIVEN,
    APPROVAL_UNKNOWN,
    CANNOT_APPROVE,
    NOT_HERE,
    Approval,
    ApprovalGiven,
    Approve,
    Approved,
    Person,
    Role,
    UseApproval,
)
from actors.staff.hashing import hash_token
from actors.staff.held import Book, rights_of
from actors.staff.people import works_at
from actors.staff.proving import Claim, prove

if TYPE_CHECKING:
    from actors.runtime.work import Work

TOKEN_MINUTES = 2


async def approve(asked: Sequence[Asked[Approve]], work: Work) -> list[Approval | Refusal]:
    book = Book(work)
    people = await prove(work, book, [Claim("pin", one.body.code, one.body.pin, by=one.by) for one in asked])
    roles = await kept.load_roles(work)
    outcomes = [
        person if isinstance(person, Refusal) else await _give(work, book, one, person, roles)
        for one, person in zip(asked, people, strict=True)
    ]
    await book.save()
    return outcomes


async def _give(work: Work, book: Book, asked: Asked[Approve], person: Person, roles: dict[str, Role]) -> Approval | Refusal:
    wish, own = asked.body, kept.authority_of(person, roles)
    purposes = list(dict.fromkeys([wish.purpose, *wish.also]))
    if not works_at(person, wish.store_id):
        return NOT_HERE.refuse(f"{person.name} works in other stores. Ask somebody of this store.")
    beyond = [purpose for purpose in purposes if not may_approve(own, purpose)]
    if beyond:
        return CANNOT_APPROVE.refuse(f"{person.name} may not approve this: {', '.join(beyond)}. Ask somebody who may.")
    token = rules.make_token(token_bytes(rules.SECRET_BYTES))
    ends = work.now + timedelta(minutes=TOKEN_MINUTES)
    where = [wish.store_id] if wish.store_id is not None else person.store_ids
    await store.save_approval(work, hash_token(token), person.id, asked.by, ",".join(purposes), only_for(own.rights, *purposes), where, ends)
    given = ApprovalGiven(person_id=person.id, asked_by=asked.by, purpose=wish.purpose, expires_at=ends, also=purposes[1:])
    book.tell(APPROVAL_GIVEN, person.id, given)
    approval = Approval(token=token, purpose=wish.purpose, person_id=person.id, name=person.name, expires_at=ends, also=purposes[1:])
    work.keep_as(approval, Deed(asked.by, [str(person.id)]))
    return approval


async def use(asked: Sequence[Asked[UseApproval]], work: Work) -> list[Approved | Refusal]:
    return [await _use(one, work) for one in asked]


async def _use(asked: Asked[UseApproval], work: Work) -> Approved | Refusal:
    """Also unknown when it is another's: whoever finds a token cannot even see that it is one."""
    row = await store.use_approval(work, asked.by, asked.body)
    if row is None:
        return APPROVAL_UNKNOWN.refuse("It is not known, is for another store, was used for another request, or is older than two minutes.")
    own = asked.rights if asked.rights is not None else as_rights(FREE)
    rights: Rights = added(own, rights_of(row["rights"]) or FREE)
    return Approved(person_id=row["person_id"], rights=rights)
