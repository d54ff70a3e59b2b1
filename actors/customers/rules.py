"""What becomes of a profile: made, changed, merged, emptied. Pure.

    live ──merge──> merged (leads to another)       live ──erase──> erased (nothing personal is left)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.customers.contract import (
    CODE_TAKEN,
    GONE,
    ID_TAKEN,
    INVALID,
    NEEDS_APPROVAL,
    STALE,
    UNKNOWN_GROUP,
    CreateCustomer,
    CustomerChanges,
    CustomerTold,
    Profile,
)
from actors.customers.finding import digits_of, fold
from actors.runtime.words import FieldError, Refusal, Rights

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_FILLED = ("phone", "email", "birthday", "group", "note")
"""What a record takes from the one that is merged into it, when it has none itself."""


def new_code(random: bytes) -> str:
    """Such as C4F92TB: no letters that look like digits. `random`: at least eight bytes."""
    return "C" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:CODE_LENGTH])


def check_rights(group: Any, tax_exempt: Any, rights: Rights | None) -> Refusal | None:
    """What somebody gives a customer who may not set prices by hand: a group, or an exemption, does that for every sale to come."""
    if rights is None or rights.override:
        return None
    given = [name for name, value in (("group", group), ("tax_exempt", tax_exempt)) if value is not UNSET and value]
    errors = [FieldError(pointer=f"/{name}", detail="It needs the approval override.") for name in given]
    return NEEDS_APPROVAL.refuse("Needs approval: override. Leave out what errors names, or have somebody approve it.", *errors) if errors else None


def make_profile(
    asked: CreateCustomer, id: UUID, code: str, now: datetime, country_code: str, *,
    groups: Collection[str], taken: Mapping[str, UUID], known: Collection[UUID],
) -> Profile | Refusal:  # fmt: skip
    """`taken`: ids by codes, folded. `known`: ids that others have."""
    refusal = _together(
        _id_taken(id) if id in known else None,
        _code_taken(code) if fold(code) in taken else None,
        _check_group(asked.group, groups),
        _check_birthday(asked.birthday, now),
    )
    return refusal or Profile(
        id=id, version=1, code=code, name=asked.name, phone=digits_of(asked.phone, country_code), email=asked.email, group=asked.group,
        tax_exempt=asked.tax_exempt, birthday=asked.birthday, note=asked.note, consent=asked.consent, custom=asked.custom, created_at=now,
        updated_at=now,
    )  # fmt: skip


def change_profile(
    before: Profile, changes: CustomerChanges, if_version: int, now: datetime, country_code: str, *,
    groups: Collection[str], taken: Mapping[str, UUID],
) -> Profile | Refusal:  # fmt: skip
    """The same object when nothing changes."""
    if refusal := check_live(before):
        return refusal
    if before.version != if_version:
        return STALE.refuse(f"It is at version {before.version} now, not {if_version}. Read it again and repeat the change.")
    given: dict[str, Any] = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    refusal = _together(
        _code_taken(given["code"]) if "code" in given and taken.get(fold(given["code"]), before.id) != before.id else None,
        _check_group(given.get("group"), groups),
        _check_birthday(given.get("birthday"), now),
    )
    if refusal:
        return refusal
    if "phone" in given:
        given["phone"] = digits_of(given["phone"], country_code)
    after = replace(before, **given)
    return before if after == before else replace(after, version=before.version + 1, updated_at=now)


def check_live(profile: Profile) -> Refusal | None:
    if profile.merged_into is not None:
        return GONE.refuse(f"It was merged into {profile.merged_into}. Use that one.")
    if profile.erased_at is not None:
        return GONE.refuse("It was erased. Nothing can be changed any more; add the customer anew.")
    return None


def merge_profiles(kept: Profile, other: Profile, now: datetime) -> tuple[Profile, Profile]:
    """Both as they are afterwards: what `kept` lacks is taken from `other`, which leads to it."""
    filled = {name: getattr(other, name) for name in _FILLED if not getattr(kept, name) and getattr(other, name)}
    consent, custom = {**other.consent, **kept.consent}, {**other.custom, **kept.custom}
    after = replace(
        kept, **filled, consent=consent, custom=custom, tax_exempt=kept.tax_exempt or other.tax_exempt, version=kept.version + 1, updated_at=now
    )
    return after, replace(other, merged_into=kept.id, version=other.version + 1, updated_at=now)


def empty_profile(profile: Profile, now: datetime) -> Profile:
    """Only what says nothing about a person is left."""
    return replace(
        profile, code="", name="", phone="", email="", group=None, tax_exempt=False, birthday=None, note="", consent={}, custom={},
        version=profile.version + 1, updated_at=now, erased_at=now,
    )  # fmt: skip


def told(before: Profile | None, after: Profile, by: str, merged: UUID | None = None) -> CustomerTold:
    names = [name for name in Profile.__struct_fields__ if name not in ("id", "version", "created_at", "updated_at")]
    changed = [name for name in names if before is not None and getattr(before, name) != getattr(after, name)]
    return CustomerTold(
        id=after.id, version=after.version, group=after.group, tax_exempt=after.tax_exempt, changed=changed, by=by,
        merged_into=after.merged_into, merged=merged,
    )  # fmt: skip


def _together(*refusals: Refusal | None) -> Refusal | None:
    """All that is wrong; the first gives the code."""
    wrong = [one for one in refusals if one is not None]
    return replace(wrong[0], errors=[error for one in wrong for error in one.errors]) if wrong else None


def _id_taken(id: UUID) -> Refusal:
    return ID_TAKEN.refuse(f"There is a customer {id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))


def _code_taken(code: str) -> Refusal:
    return CODE_TAKEN.refuse(f"Another customer has the code {code}. Take another code.", FieldError(pointer="/code", detail="Taken."))


def _check_group(group: str | None, groups: Collection[str]) -> Refusal | None:
    if group is None or group in groups:
        return None
    return UNKNOWN_GROUP.refuse_at("/group", f"There is no customer group {group}. Make it first, or name another.")


def _check_birthday(birthday: date | None, now: datetime) -> Refusal | None:
    if birthday is None or date(1850, 1, 1) <= birthday <= now.date():
        return None
    return INVALID.refuse("Nobody was born then.", FieldError(pointer="/birthday", detail="A day in the past."))
