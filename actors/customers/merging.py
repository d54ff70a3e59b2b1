"""Two records that are one person; and a person who wants to be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from actors.customers import rules, store
from actors.customers.books import read_holders, save_books, take_books
from actors.customers.contract import (
    CUSTOMER_ERASED,
    CUSTOMER_MERGED,
    CUSTOMER_UPDATED,
    INVALID,
    OWES,
    WRONG_CURRENCY,
    EraseCustomer,
    Erasure,
    LookErased,
    MergeCustomers,
    Profile,
)
from actors.customers.handlers import no_customer
from actors.customers.holding import Cause, Holder
from actors.customers.owning import give_up
from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.money import shown
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work


async def merge_customers(asked: Sequence[Asked[MergeCustomers]], work: Work) -> list[Profile | Refusal]:
    """One after another: each finds what the one before has left. A batch has one, see the actor's table."""
    return [await _merge(one, work) for one in asked]


async def _merge(one: Asked[MergeCustomers], work: Work) -> Profile | Refusal:
    """Profiles first, then accounts: whoever sells to either of them meanwhile waits for the accounts, and finds them where they are then."""
    asked = one.body
    if asked.id == asked.other_id:
        return INVALID.refuse("A customer is not merged into itself.", FieldError(pointer="/other_id", detail="The same as id."))
    profiles = await store.lock_profiles(work, [asked.id, asked.other_id])
    kept, other = profiles.get(asked.id), profiles.get(asked.other_id)
    if kept is None or other is None:
        return no_customer(asked.other_id if other is None else asked.id)
    if other.merged_into == kept.id:
        return kept
    if refusal := rules.check_live(kept) or rules.check_live(other):
        return refusal
    books = await take_books(work, [kept.id, other.id], with_lots=True)
    to, of = books.find(kept.id), books.find(other.id)
    assert to is not None
    assert of is not None
    if refusal := _check_accounts(to, of):
        return refusal
    to.absorb(of, Cause(by=one.by, note=asked.note))
    save_books(work, [to, of])
    return await _save(kept, other, one, work)


def _check_accounts(to: Holder, of: Holder) -> Refusal | None:
    if to.currency is None or of.currency is None or to.currency == of.currency or not of.owed:
        return None
    detail = f"One owes in {to.currency}, the other {shown(of.owed, of.currency)}. Settle the other's account first."
    return WRONG_CURRENCY.refuse_at("/other_id", detail)


async def _save(kept: Profile, other: Profile, one: Asked[MergeCustomers], work: Work) -> Profile:
    older = (await store.find_merged(work, [other.id], lock=True)).get(other.id, [])
    mine = (await store.find_merged(work, [kept.id])).get(kept.id, [])
    after, gone = rules.merge_profiles(kept, other, work.now)
    # Those that were merged into the other one lead to the new place at once: nobody follows a chain.
    moved = [replace(profile, merged_into=after.id) for profile in older]
    await store.save_profiles(work, [after, gone, *moved], {after.id: [*mine, gone, *moved]})
    # Now, and not with what is written at the end: a statement changes a row once.
    await work.execute(store.SQL["point_balances"], [gone.id, *(profile.id for profile in moved)], after.id)
    await work.execute(store.SQL["move_lots"], gone.id, after.id)
    work.write(store.SQL["move_charges"], gone.id, after.id)
    work.record(CUSTOMER_UPDATED, after.id, rules.told(kept, after, one.by, merged=gone.id))
    work.record(CUSTOMER_MERGED, gone.id, rules.told(other, gone, one.by))
    return after


# --- erasing ------------------------------------------------------------------------------------------------


async def erase_customers(asked: Sequence[Asked[EraseCustomer]], work: Work) -> list[Profile | Refusal]:
    return [await _erase(one, work) for one in asked]


async def _erase(one: Asked[EraseCustomer], work: Work) -> Profile | Refusal:
    """The record, and all that were merged into it. `payments` is told first, and from then on gives them store credit only when `look_erased`
    says that they are not erased. So what comes at the same moment is there before, and this is refused; or it is refused itself."""
    records = await _to_erase(one.body.id, work)
    if records and (refusal := await _still_owed(one.body.id, work) or await give_up(records, work)):
        return refusal
    profile = (await store.lock_profiles(work, [one.body.id])).get(one.body.id)
    if profile is None:
        return no_customer(one.body.id)
    if profile.erased_at is not None and profile.merged_into is None:
        return profile
    if refusal := rules.check_live(profile):
        return refusal
    return await _erase_live(profile, records, one, work)


Records = Mapping[UUID, int]
"""All records of a person, and how often each was spared."""


async def _to_erase(id: UUID, work: Work) -> Records:
    """None when it is not a record that can be erased."""
    profile = (await store.find_profiles(work, [id])).get(id)
    return {} if profile is None or rules.check_live(profile) else await _records_of(id, work)


async def _records_of(id: UUID, work: Work) -> Records:
    return {row["id"]: row["spared"] for row in await work.read(store.SQL["records_to_erase"], id)}


async def _still_owed(id: UUID, work: Work) -> Refusal | None:
    """A first look: what is refused anyway need not be asked for."""
    return _owes((await read_holders(work, [id]))[id])


async def _erase_live(profile: Profile, records: Records, one: Asked[EraseCustomer], work: Work) -> Profile | Refusal:
    merged = (await store.find_merged(work, [profile.id], lock=True)).get(profile.id, [])
    if records != await _records_of(profile.id, work):
        detail = "At this moment another record was merged into it, or somebody wanted to give it store credit. Try again."
        return upkeep.UNAVAILABLE.refuse(detail, retry_after_seconds=1)
    books = await take_books(work, [profile.id], with_lots=True)
    holder = books.find(profile.id)
    assert holder is not None
    if refusal := _owes(holder):
        return refusal
    holder.forfeit(Cause(by=one.by, note=one.body.reason))
    holder.erased = holder.changed = True
    save_books(work, [holder])
    return await _forget(profile, merged, one.by, work)


def _owes(holder: Holder) -> Refusal | None:
    if not holder.owed:
        return None
    assert holder.currency is not None
    return OWES.refuse(f"{shown(holder.owed, holder.currency)} are owed. Have it paid off first, or give it back.")


async def _forget(profile: Profile, merged: Sequence[Profile], by: str, work: Work) -> Profile:
    emptied = [rules.empty_profile(one, work.now) for one in (profile, *merged)]
    await store.save_profiles(work, emptied, {})
    for before, after in zip((profile, *merged), emptied, strict=True):
        work.record(CUSTOMER_ERASED, after.id, replace(rules.told(before, after, by), changed=[]))
    return emptied[0]


async def look_erased(asked: Sequence[Asked[LookErased]], work: Work) -> list[Erasure]:
    return [Erasure(erased=await work.fetchval(store.SQL["spare"], one.body.id) is None) for one in asked]


def ids_of(profile: Profile, merged: Sequence[Profile]) -> list[UUID]:
    return [profile.id, *(one.id for one in merged)]
