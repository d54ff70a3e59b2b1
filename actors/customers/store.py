"""Rows <-> profiles, groups and programs; and what customers are found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from actors.customers.contract import CustomerGroup, KnownCustomer, ListCustomers, PointsProgram, Profile
from actors.customers.finding import Question, after, fold, words_of
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Money
from actors.runtime.work import Work

SQL = load_queries(__file__)
MANY = 1_000
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)
_LAST = UUID(int=2**128 - 1)
_FIRST = UUID(int=0)


def to_json(rows: Sequence[Any]) -> str:
    return msgspec.json.encode(rows).decode()


# --- profiles -----------------------------------------------------------------------------------------------


async def find_profiles(work: Work, ids: Iterable[UUID]) -> dict[UUID, Profile]:
    return {row["id"]: to_profile(row) for row in await work.read(SQL["find_profiles"], list(set(ids)))}


async def lock_profiles(work: Work, ids: Iterable[UUID]) -> dict[UUID, Profile]:
    return {row["id"]: to_profile(row) for row in await work.fetch(SQL["lock_profiles"], list(set(ids)))}


async def find_merged(work: Work, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, list[Profile]]:
    """By the record that has taken their place."""
    found: dict[UUID, list[Profile]] = {}
    for row in await work.fetch(SQL["lock_merged" if lock else "find_merged"], list(set(ids))):
        found.setdefault(row["merged_into"], []).append(to_profile(row))
    return found


async def taken_codes(work: Work, codes: Iterable[str]) -> dict[str, UUID]:
    rows = await work.fetch(SQL["taken_codes"], list({code_key(code) for code in codes}))
    return {row["code_key"]: row["id"] for row in rows}


def code_key(code: str) -> str:
    return fold(code)


def insert_profiles(work: Work, profiles: Sequence[Profile]) -> None:
    if profiles:
        work.write(SQL["insert_profiles"], to_json([_profile_row(profile) for profile in profiles]))
        work.write(SQL["insert_balances"], [profile.id for profile in profiles], work.now)
        work.write(SQL["insert_finders"], to_json([_finder(profile, ()) for profile in profiles]))


async def save_profiles(work: Work, profiles: Sequence[Profile], merged: dict[UUID, list[Profile]]) -> None:
    """`merged`: the records that have been merged into each: their cards and phones still lead to it."""
    if not profiles:
        return
    work.write(SQL["save_profiles"], to_json([_profile_row(profile) for profile in profiles]))
    await work.execute(SQL["drop_finders"], [profile.id for profile in profiles])
    found = [_finder(profile, merged.get(profile.id, ())) for profile in profiles if profile.merged_into is None and profile.erased_at is None]
    if found:
        work.write(SQL["insert_finders"], to_json(found))


def _finder(profile: Profile, merged: Iterable[Profile]) -> dict[str, Any]:
    return {"customer_id": profile.id, "words": words_of([profile, *merged])}


# --- finding ------------------------------------------------------------------------------------------------


async def list_customers(work: Work, asked: ListCustomers) -> tuple[list[Profile], str | None]:
    """A page, and where the next one begins. ValueError when the cursor is not one of ours."""
    at, id = read_cursor(asked.cursor, tuple[datetime, UUID]) if asked.cursor else (_LATEST, _LAST)
    if asked.group is None:
        rows = await work.read(SQL["list_newest"], at, id, asked.limit + 1)
    else:
        rows = await work.read(SQL["list_group"], at, id, asked.limit + 1, asked.group)
    page = _that_fit(work, [to_profile(row) for row in rows[: asked.limit]])
    return page, write_cursor(page[-1].created_at.isoformat(), str(page[-1].id)) if len(rows) > len(page) else None


async def search(work: Work, question: Question, asked: ListCustomers) -> tuple[list[Profile], str | None]:
    word, id = read_cursor(asked.cursor, tuple[str, UUID]) if asked.cursor else ("", _FIRST)
    if "\0" in word:
        raise ValueError("no word of ours is like that")
    lows = list(question.numbers) or [await _rarest(work, question.words)]
    others = [f"% {one}%" for one in question.words if one not in lows]
    rows = await work.read(SQL["search"], lows, [after(low) for low in lows], others, word, id, asked.limit + 1, asked.group, _FIRST)
    page = _that_fit(work, [to_profile(row) for row in rows[: asked.limit]])
    last = rows[len(page) - 1] if len(rows) > len(page) else None
    # Found by its phone and by its code: shown once.
    return list({profile.id: profile for profile in page}.values()), write_cursor(last["word"], str(last["id"])) if last is not None else None


async def _rarest(work: Work, words: Sequence[str]) -> str:
    """Where to look: the fewer customers have the word, the fewer are asked for the others."""
    if len(words) == 1:
        return words[0]
    [row] = await work.read(SQL["count_words"], list(words), [after(word) for word in words], MANY)
    rarest: str = row["low"]
    return rarest


def _that_fit(work: Work, profiles: list[Profile]) -> list[Profile]:
    """As many as one message takes; there may be much in their own fields."""
    left = work.page_bytes_max
    for index, profile in enumerate(profiles):
        left -= len(msgspec.json.encode(profile))
        if left < 0:
            return profiles[: max(1, index)]
    return profiles


async def look_up(work: Work, ids: Iterable[UUID]) -> dict[UUID, KnownCustomer]:
    return {
        row["id"]: KnownCustomer(
            id=row["id"], name=row["name"], group=row["group_code"], tax_exempt=row["tax_exempt"], merged_into=row["merged_into"],
            erased=row["erased"], also=row["also"],
        )
        for row in await work.read(SQL["look_up"], list(set(ids)))
    }  # fmt: skip


# --- groups and programs --------------------------------------------------------------------------------------


async def find_groups(work: Work, codes: Iterable[str]) -> dict[str, CustomerGroup]:
    return {row["code"]: to_group(row) for row in await work.read(SQL["find_groups"], list(set(codes)))}


async def list_programs(work: Work) -> dict[str, PointsProgram]:
    """By currency."""
    return {row["currency"]: to_program(row) for row in await work.read(SQL["programs"])}


# --- rows ---------------------------------------------------------------------------------------------------


def to_profile(row: Any) -> Profile:
    return Profile(
        id=row["id"], version=row["version"], code=row["code"], name=row["name"], phone=row["phone"], email=row["email"],
        group=row["group_code"], tax_exempt=row["tax_exempt"], birthday=row["birthday"], note=row["note"],
        consent=msgspec.json.decode(row["consent"]), custom=msgspec.json.decode(row["custom"]), created_at=row["created_at"],
        updated_at=row["updated_at"], merged_into=row["merged_into"], erased_at=row["erased_at"],
    )  # fmt: skip


def _profile_row(profile: Profile) -> dict[str, Any]:
    row = {name: getattr(profile, name) for name in Profile.__struct_fields__ if name != "group"}
    return row | {"group_code": profile.group, "code_key": code_key(profile.code) if profile.code else None}


def to_group(row: Any) -> CustomerGroup:
    return CustomerGroup(**{name: row[name] for name in CustomerGroup.__struct_fields__})


def to_program(row: Any) -> PointsProgram:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=row["currency"])

    given = {name: row[name] for name in PointsProgram.__struct_fields__}
    return PointsProgram(**given | {name: money(row[name]) for name in ("earn_per", "point_value", "minimum")})
