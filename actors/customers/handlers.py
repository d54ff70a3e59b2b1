"""Profiles and groups: one function per command."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.customers import rules, store
from actors.customers.contract import (
    CODE_TAKEN,
    CUSTOMER_CREATED,
    CUSTOMER_UPDATED,
    INVALID,
    NOT_FOUND,
    STALE,
    CreateCustomer,
    CreateGroup,
    CustomerGroup,
    CustomerGroupPage,
    GetCustomer,
    GetGroup,
    KnownCustomers,
    ListCustomers,
    ListGroups,
    LookUp,
    Profile,
    ProfilePage,
    UpdateCustomer,
    UpdateGroup,
)
from actors.customers.finding import read_question
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work


def no_customer(id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no customer {id}.")


# --- profiles -----------------------------------------------------------------------------------------------


async def create_customers(asked: Sequence[Asked[CreateCustomer]], work: Work) -> list[Profile | Refusal]:
    codes = [one.body.code or rules.new_code(secrets.token_bytes(rules.CODE_LENGTH)) for one in asked]
    groups = await store.find_groups(work, [one.body.group for one in asked if one.body.group])
    taken = await store.taken_codes(work, codes)
    known = set(await store.find_profiles(work, [one.body.id for one in asked if one.body.id]))
    outcomes: list[Profile | Refusal] = []
    for one, code in zip(asked, codes, strict=True):
        id = one.body.id or work.new_id()
        profile = rules.check_rights(one.body.group, one.body.tax_exempt, one.rights) or rules.make_profile(
            one.body, id, code, work.now, work.settings.customers_country_code, groups=groups, taken=taken, known=known
        )
        if isinstance(profile, Profile):
            known.add(id)
            taken[store.code_key(code)] = id
            work.record(CUSTOMER_CREATED, id, rules.told(None, profile, one.by), one.traceparent)
        outcomes.append(profile)
    store.insert_profiles(work, [profile for profile in outcomes if isinstance(profile, Profile)])
    return outcomes


async def update_customers(asked: Sequence[Asked[UpdateCustomer]], work: Work) -> list[Profile | Refusal]:
    profiles = await store.lock_profiles(work, [one.body.id for one in asked])
    given = [one.body.changes for one in asked]
    groups = await store.find_groups(work, [changes.group for changes in given if changes.group is not UNSET and changes.group is not None])
    taken = await store.taken_codes(work, [changes.code for changes in given if changes.code is not UNSET])
    merged = await store.find_merged(work, profiles)
    outcomes: list[Profile | Refusal] = []
    changed: set[UUID] = set()
    for one in asked:
        before = profiles.get(one.body.id)
        if before is None:
            outcomes.append(no_customer(one.body.id))
            continue
        after = rules.check_rights(one.body.changes.group, one.body.changes.tax_exempt, one.rights) or rules.change_profile(
            before, one.body.changes, one.body.if_version, work.now, work.settings.customers_country_code, groups=groups, taken=taken
        )
        if isinstance(after, Profile) and after is not before:
            taken[store.code_key(after.code)] = after.id
            profiles[after.id] = after
            changed.add(after.id)
            work.record(CUSTOMER_UPDATED, after.id, rules.told(before, after, one.by), one.traceparent)
        outcomes.append(after)
    await store.save_profiles(work, [profiles[id] for id in sorted(changed)], merged)
    return outcomes


async def get_customers(asked: Sequence[Asked[GetCustomer]], work: Work) -> list[Profile | Refusal]:
    found = await store.find_profiles(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or no_customer(one.body.id) for one in asked]


async def list_customers(asked: Sequence[Asked[ListCustomers]], work: Work) -> list[ProfilePage | Refusal]:
    return [await _page(one.body, work) for one in asked]


async def _page(asked: ListCustomers, work: Work) -> ProfilePage | Refusal:
    try:
        if asked.q is None:
            items, cursor = await store.list_customers(work, asked)
            return ProfilePage(items=items, next_cursor=cursor)
        question = read_question(asked.q, work.settings.customers_country_code)
        if question is None:
            return INVALID.refuse_at("?q", "Give letters or digits: beginnings of words of the name, of the phone or of the code.")
        items, cursor = await store.search(work, question, asked)
        return ProfilePage(items=items, next_cursor=cursor)
    except ValueError:
        return wrong_cursor(INVALID)


async def look_up(asked: Sequence[Asked[LookUp]], work: Work) -> list[KnownCustomers]:
    found = await store.look_up(work, {id for one in asked for id in one.body.ids})
    return [KnownCustomers(items=[found[id] for id in dict.fromkeys(one.body.ids) if id in found]) for one in asked]


# --- groups -------------------------------------------------------------------------------------------------


async def create_groups(asked: Sequence[Asked[CreateGroup]], work: Work) -> list[CustomerGroup | Refusal]:
    taken = set(await store.find_groups(work, [one.body.code for one in asked]))
    outcomes: list[CustomerGroup | Refusal] = []
    for one in asked:
        body = one.body
        if body.code in taken:
            detail = f"There is a group {body.code} already. Take another code, or change that group."
            outcomes.append(CODE_TAKEN.refuse(detail, FieldError(pointer="/code", detail="Taken.")))
            continue
        taken.add(body.code)
        group = CustomerGroup(version=1, created_at=work.now, updated_at=work.now, **asdict(body))
        work.write(store.SQL["insert_group"], group.code, group.name, group.tax_exempt, group.points_factor, work.now)
        outcomes.append(group)
    return outcomes


async def update_groups(asked: Sequence[Asked[UpdateGroup]], work: Work) -> list[CustomerGroup | Refusal]:
    rows = await work.fetch(store.SQL["lock_groups"], list({one.body.code for one in asked}))
    groups = {row["code"]: store.to_group(row) for row in rows}
    outcomes: list[CustomerGroup | Refusal] = []
    for one in asked:
        group = _change_group(groups.get(one.body.code), one.body, work)
        if isinstance(group, CustomerGroup) and group is not groups[group.code]:
            groups[group.code] = group
            columns = (group.code, group.version, group.name, group.tax_exempt, group.points_factor, group.updated_at)
            await work.execute(store.SQL["save_group"], *columns)
        outcomes.append(group)
    return outcomes


def _change_group(before: CustomerGroup | None, asked: UpdateGroup, work: Work) -> CustomerGroup | Refusal:
    if before is None:
        return NOT_FOUND.refuse(f"There is no customer group {asked.code}.")
    if before.version != asked.if_version:
        return STALE.refuse(f"It is at version {before.version} now, not {asked.if_version}. Read it again and repeat the change.")
    given: dict[str, Any] = {name: value for name, value in asdict(asked.changes).items() if value is not UNSET}
    after = replace(before, **given)
    return before if after == before else replace(after, version=before.version + 1, updated_at=work.now)


async def get_groups(asked: Sequence[Asked[GetGroup]], work: Work) -> list[CustomerGroup | Refusal]:
    found = await store.find_groups(work, [one.body.code for one in asked])
    return [found.get(one.body.code) or NOT_FOUND.refuse(f"There is no customer group {one.body.code}.") for one in asked]


async def list_groups(asked: Sequence[Asked[ListGroups]], work: Work) -> list[CustomerGroupPage | Refusal]:
    return [await _groups(one.body, work) for one in asked]


async def _groups(asked: ListGroups, work: Work) -> CustomerGroupPage | Refusal:
    try:
        [after] = read_cursor(asked.cursor, tuple[str]) if asked.cursor else ("",)
    except ValueError:
        return wrong_cursor(INVALID)
    if "\0" in after:
        return wrong_cursor(INVALID)
    rows = await work.read(store.SQL["list_groups"], after, asked.limit + 1)
    items = [store.to_group(row) for row in rows[: asked.limit]]
    return CustomerGroupPage(items=items, next_cursor=write_cursor(items[-1].code) if len(rows) > asked.limit else None)
