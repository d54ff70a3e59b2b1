"""Whether somebody is who they say: PINs and passwords, and the lock after wrong ones.

The slow part, argon2, is done before the transaction and decides nothing. What counts is decided alone, one after the other: of a
thousand guesses that arrive at once, at as many members, the first five are told whether they were right, and the others that it is locked.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from actors.runtime.messages import Deed
from actors.runtime.words import Refusal
from actors.staff import people_store as kept
from actors.staff import store
from actors.staff.contract import LOCKED, SIGN_IN_FAILED, WRONG, FailedSignIn, Person
from actors.staff.held import Book
from actors.staff.trying import Tries, after_wrong, is_locked

if TYPE_CHECKING:
    from actors.runtime.work import Work
    from actors.staff.hashing import Hasher

Kind = Literal["pin", "password"]


class Claim(NamedTuple):
    """`name` is a person's code or login. `register_id`: where, if at a register. `by`: who asks, "" when that is not known yet."""

    kind: Kind
    name: str
    secret: str
    register_id: UUID | None = None
    by: str = ""

    def __repr__(self) -> str:
        return f"Claim({self.kind})"


async def prove(work: Work, book: Book, claims: Sequence[Claim]) -> list[Person | Refusal]:
    """The person of each claim, or a "no" that is counted although it is one. Alone from here to the commit."""
    hasher: Hasher = work.resource
    who = [hasher.name(claim.kind, claim.name) for claim in claims]
    people, tries = await _find(work, claims), await kept.load_tries(work, who)
    tried = [claim for name, claim in zip(who, claims, strict=True) if not is_locked(tries.get(name, Tries()), work.now)]
    hashes = {claim: _hash(people, claim) for claim in tried}
    right = dict(zip(tried, await gather(*(hasher.verify(hashes[claim], claim.secret) for claim in tried)), strict=True))
    await store.take_turns(work)
    people, tries = await _find(work, claims), await kept.load_tries(work, who)
    before = dict(tries)
    outcomes: list[Person | Refusal] = []
    for name, claim in zip(who, claims, strict=True):
        # What was compared must still be what is to be compared with.
        is_right = right.get(claim, False) and _hash(people, claim) == hashes[claim]
        outcomes.append(_decide(work, book, claim, people.get(_key(claim)), is_right, tries, name))
    await _save(work, before, tries)
    return outcomes


def _decide(
    work: Work, book: Book, claim: Claim, found: kept.Kept | None, is_right: bool, tries: dict[str, Tries], name: str
) -> Person | Refusal:
    now = tries.get(name, Tries())
    if is_locked(now, work.now):
        return LOCKED.refuse(f"Nobody can sign in under this name before {now.locked_until:%H:%M:%S} UTC. A manager can unlock it.")
    if is_right and found is not None and found.person.active:
        tries.pop(name, None)
        return found.person
    after = tries[name] = after_wrong(now, work.now)
    locked = f" It is locked until {after.locked_until:%H:%M:%S} UTC." if after.locked_until else ""
    refusal = WRONG.refuse(f"The name or the {'PIN' if claim.kind == 'pin' else 'password'} is wrong.{locked}")
    if found is not None:
        _tell(work, book, claim, found.person.id, after, refusal)
    return refusal


def _tell(work: Work, book: Book, claim: Claim, person_id: UUID, tries: Tries, refusal: Refusal) -> None:
    """As an event, and in the audit: who was tried, by whom, and where."""
    failed = FailedSignIn(
        person_id=person_id, by=claim.kind, failed=tries.failed, locked_until=tries.locked_until, register_id=claim.register_id
    )
    book.tell(SIGN_IN_FAILED, person_id, failed)
    where = [str(claim.register_id)] if claim.register_id else []
    work.keep_as(refusal, Deed(claim.by, [str(person_id), *where], "staff.locked" if tries.locked_until else "staff.sign_in_failed"))


async def _save(work: Work, before: dict[str, Tries], after: dict[str, Tries]) -> None:
    gone = [name for name in before if name not in after]
    if gone:
        await kept.forget_tries(work, gone)
    for name, tries in after.items():
        if before.get(name) != tries:
            await kept.save_tries(work, name, tries)


async def _find(work: Work, claims: Sequence[Claim]) -> dict[tuple[Kind, str], kept.Kept]:
    """People by what is claimed: the kind, and the name in small letters."""
    codes, logins = ([claim.name for claim in claims if claim.kind == kind] for kind in ("pin", "password"))
    found = await kept.find_people(work, codes, logins)
    by_code: dict[tuple[Kind, str], kept.Kept] = {("pin", one.person.code.lower()): one for one in found}
    return by_code | {("password", one.person.login.lower()): one for one in found if one.person.login}


def _key(claim: Claim) -> tuple[Kind, str]:
    return claim.kind, claim.name.lower()


def _hash(people: dict[tuple[Kind, str], kept.Kept], claim: Claim) -> str | None:
    found = people.get(_key(claim))
    if found is None:
        return None
    return found.pin_hash if claim.kind == "pin" else found.password_hash
