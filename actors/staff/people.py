"""Who may be made, changed and given what. Pure: ids and the time come in as arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.runtime.words import FieldError, Refusal
from actors.staff.authority import Authority, covers, exceeding, is_free, reaches, together
from actors.staff.contract import (
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    STALE,
    TAKEN,
    ApiKey,
    CreatePerson,
    CreateRole,
    Person,
    PersonChanges,
    Role,
    UpdatePerson,
    UpdateRole,
)
from actors.staff.rules import includes

Kept = TypeVar("Kept", Role, Person)
OWNER = "owner"


# --- roles -----------------------------------------------------------------------------------------------


def new_role(asked: CreateRole, rival: Role | None, own: Authority, now: datetime) -> Role | Refusal:
    if rival is not None:
        detail = f"There is a role {asked.code} already. Take another code, or change that role."
        return TAKEN.refuse(detail, FieldError(pointer="/code", detail="Taken."))
    role = Role(
        code=asked.code, version=1, name=asked.name, scopes=list(dict.fromkeys(asked.scopes)), rights=asked.rights, built_in=False,
        created_at=now, updated_at=now,
    )  # fmt: skip
    return _role_refusal(role, own) or role


def change_role(asked: UpdateRole, role: Role | None, own: Authority, now: datetime) -> Role | Refusal:
    """Of a role that may more than the one who asks, not even the name."""
    if role is None:
        return NOT_FOUND.refuse(f"There is no role {asked.code}.")
    if role.code == OWNER:
        return FORBIDDEN.refuse("Owners may do everything, so that somebody can. Make a role of your own instead.")
    if asked.if_version != role.version:
        return _stale(role.version)
    refusal = None if covers(own, _authority(role)) else FORBIDDEN.refuse(f"The role {role.code} may do more than you may.")
    after = _changed(role, asdict(asked.changes), now)
    return refusal or _role_refusal(after, own) or after


def _authority(role: Role) -> Authority:
    return Authority(role.scopes, role.rights)


def _role_refusal(role: Role, own: Authority) -> Refusal | None:
    errors = [
        FieldError(pointer=f"/scopes/{index}", detail=f"You do not have {scope} yourself.")
        for index, scope in enumerate(role.scopes)
        if not includes(own.scopes, scope)
    ]
    if own.stores:
        return FORBIDDEN.refuse("Roles are for all stores, and you work in some.")
    errors += [FieldError(pointer=f"/rights/{name}", detail="Further than you may go yourself.") for name in exceeding(own.rights, role.rights)]
    return FORBIDDEN.refuse("Leave out what `errors` names, or have it done by somebody who may do it.", *errors) if errors else None


# --- people ----------------------------------------------------------------------------------------------


def new_person(
    asked: CreatePerson, id: UUID, roles: Mapping[str, Role], rivals: Iterable[Person], own: Authority, now: datetime
) -> Person | Refusal:
    person = Person(
        id=id, version=1, code=asked.code, name=asked.name, login=asked.login, roles=list(dict.fromkeys(asked.roles)),
        store_ids=list(dict.fromkeys(asked.store_ids)), active=True, has_pin=False, has_password=False, created_at=now, updated_at=now,
    )  # fmt: skip
    if any(rival.id == id for rival in rivals):
        return TAKEN.refuse(f"There is a person {id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    return _person_refusal(person, roles, rivals, own) or person


def change_person(
    asked: UpdatePerson, person: Person | None, roles: Mapping[str, Role], rivals: Iterable[Person], own: Authority, now: datetime
) -> Person | Refusal:
    if person is None:
        return NOT_FOUND.refuse(f"There is no person {asked.id}.")
    if asked.if_version != person.version:
        return _stale(person.version)
    refusal = above(person, roles, own)
    after = _changed(person, _without_repeats(asked.changes), now)
    if asked.changes.login is None and after.has_password:
        after = replace(after, has_password=False)
    return refusal or _person_refusal(after, roles, rivals, own) or after


def above(person: Person, roles: Mapping[str, Role], own: Authority) -> Refusal | None:
    """Who could change those above them, or give them a new password, could become them. Those who left count as what they were."""
    theirs = together(_authority(roles[code]) for code in person.roles if code in roles)
    if not covers(own, theirs):
        return FORBIDDEN.refuse(f"{person.name} may do more than you may: have it done by somebody who may do it, too.")
    if not reaches(own, person.store_ids):
        return FORBIDDEN.refuse(f"{person.name} works in stores in which you do not: have it done by somebody who works there, too.")
    return None


def easy_pin(pin: str, pointer: str) -> Refusal | None:
    """The first ones that anybody would try: one digit again and again, or digits in a row, up or down, also over the 9."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) > 1 or not steps <= {0, 1, 9}:
        return None
    detail = "Too easy to guess: not the same digit again and again, nor digits in a row."
    return INVALID.refuse_at(pointer, detail)


def works_at(person: Person, store_id: UUID | None) -> bool:
    """`store_id` is None in the back office."""
    return person.active and (store_id is None or not person.store_ids or store_id in person.store_ids)


def _without_repeats(changes: PersonChanges) -> dict[str, Any]:
    return {name: list(dict.fromkeys(value)) if isinstance(value, list) else value for name, value in asdict(changes).items()}


def _person_refusal(person: Person, roles: Mapping[str, Role], rivals: Iterable[Person], own: Authority) -> Refusal | None:
    unknown = [FieldError(pointer=f"/roles/{index}", detail="No such role.") for index, code in enumerate(person.roles) if code not in roles]
    if unknown:
        return INVALID.refuse("`GET /v1/roles` lists the roles that there are.", *unknown)
    taken = _taken(person, [rival for rival in rivals if rival.id != person.id])
    if taken:
        return TAKEN.refuse("Somebody else has it. Those who left keep theirs.", *taken)
    too_much = [
        FieldError(pointer=f"/roles/{index}", detail="This role may do more than you may.")
        for index, code in enumerate(person.roles)
        if not covers(own, _authority(roles[code]))
    ]
    if not reaches(own, person.store_ids):
        too_much.append(FieldError(pointer="/store_ids", detail="Name stores in which you work yourself."))
    return FORBIDDEN.refuse("Nobody gives more than they have.", *too_much) if too_much else None


def _taken(person: Person, rivals: Sequence[Person]) -> list[FieldError]:
    """Case does not tell people apart."""
    codes = {rival.code.lower() for rival in rivals}
    logins = {rival.login.lower() for rival in rivals if rival.login}
    errors = [FieldError(pointer="/code", detail="Taken.")] if person.code.lower() in codes else []
    return errors + ([FieldError(pointer="/login", detail="Taken.")] if person.login and person.login.lower() in logins else [])


def check_unbounded(own: Authority) -> Refusal | None:
    """An API key has no bounds but its scopes, so only those without bounds may make one."""
    if not is_free(own.rights):
        return FORBIDDEN.refuse("An API key needs no approval for anything, but you do.")
    return FORBIDDEN.refuse("An API key is for all stores, and you work in some.") if own.stores else None


def check_taken(key: ApiKey | None, own: Authority) -> Refusal | None:
    """Nobody revokes a key that may do more than they may."""
    if key is None or (covers(own, Authority(key.scopes, None)) and not own.stores):
        return None
    return FORBIDDEN.refuse("This key may do more than you may: have it revoked by somebody who may do it, too.")


# --- both --------------------------------------------------------------------------------------------------


def _changed(kept: Kept, changes: Mapping[str, Any], now: datetime) -> Kept:
    """The very same when nothing would be another."""
    new = {name: value for name, value in changes.items() if value is not UNSET and value != getattr(kept, name)}
    return replace(kept, **new, version=kept.version + 1, updated_at=now) if new else kept


def _stale(version: int) -> Refusal:
    return STALE.refuse(f"It is at version {version} now.")
