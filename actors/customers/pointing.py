"""Points: programs, balances, and what is given or taken by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from actors.customers.books import read_holders, save_books, take_books, to_points_entry
from actors.customers.contract import (
    INVALID,
    TOO_MUCH,
    WRONG_CURRENCY,
    AdjustPoints,
    GetPoints,
    ListPointsEntries,
    ListPrograms,
    PointsAccount,
    PointsEntryPage,
    PointsExpiring,
    PointsProgram,
    PointsProgramList,
    PointsWorth,
    SetProgram,
)
from actors.customers.crediting import gone
from actors.customers.handlers import no_customer
from actors.customers.holding import Cause, Holder
from actors.customers.store import SQL, list_programs, to_program
from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor, wrong_cursor
from actors.runtime.money import exponent_of
from actors.runtime.words import FieldError, Money, Refusal
from actors.runtime.work import Work

EXPIRING_SHOWN = 12
NUMBER_MAX = 2**62
AHEAD_MAX = timedelta(days=365 * 100)

# --- programs -----------------------------------------------------------------------------------------------


async def set_programs(asked: Sequence[Asked[SetProgram]], work: Work) -> list[PointsProgram | Refusal]:
    return [await _set_program(one.body, work) for one in asked]


async def _set_program(asked: SetProgram, work: Work) -> PointsProgram | Refusal:
    if refusal := _check_program(asked):
        return refusal
    row = await work.fetchrow(
        SQL["save_program"], asked.currency, asked.earn_points, asked.earn_per.amount, asked.point_value.amount,
        asked.minimum.amount if asked.minimum else 0, asked.excluded_categories, asked.count_points, asked.expire_months, asked.active, work.now,
    )  # fmt: skip
    return to_program(row)


def _check_program(asked: SetProgram) -> Refusal | None:
    if exponent_of(asked.currency) is None:
        return WRONG_CURRENCY.refuse_at("/currency", f"{asked.currency} is no currency of ISO 4217. Give its three letters, like IDR.")
    for name in ("earn_per", "point_value", "minimum"):
        money: Money | None = getattr(asked, name)
        if money is not None and money.currency != asked.currency:
            return WRONG_CURRENCY.refuse_at(f"/{name}/currency", f"The program is for {asked.currency}. Give all its amounts in that.")
    if not asked.earn_per.amount:
        return INVALID.refuse("Points are earned for more than nothing.", FieldError(pointer="/earn_per/amount", detail="More than zero."))
    return None


async def get_programs(asked: Sequence[Asked[ListPrograms]], work: Work) -> list[PointsProgramList]:
    found = PointsProgramList(items=list((await list_programs(work)).values()))
    return [found] * len(asked)


# --- balances -----------------------------------------------------------------------------------------------


async def get_points(asked: Sequence[Asked[GetPoints]], work: Work) -> list[PointsAccount | Refusal]:
    found = await read_holders(work, [one.body.id for one in asked])
    programs = await list_programs(work)
    return [await _account(holder, programs, work) if (holder := found.get(one.body.id)) else no_customer(one.body.id) for one in asked]


async def _account(holder: Holder, programs: Mapping[str, PointsProgram], work: Work) -> PointsAccount:
    rows = await work.read(SQL["next_expiring"], holder.id, EXPIRING_SHOWN)
    return shown_points(holder, programs, [PointsExpiring(at=row["expires_at"], points=row["points"]) for row in rows])


def shown_points(holder: Holder, programs: Mapping[str, PointsProgram], expiring: list[PointsExpiring]) -> PointsAccount:
    usable = max(0, holder.points)
    worth = [
        PointsWorth(points=usable, amount=Money(amount=usable * program.point_value.amount, currency=program.currency))
        for program in programs.values()
        if program.active and program.point_value.amount
    ]
    return PointsAccount(customer_id=holder.id, balance=holder.points, worth=worth, expiring=expiring)


async def adjust_points(asked: Sequence[Asked[AdjustPoints]], work: Work) -> list[PointsAccount | Refusal]:
    books = await take_books(work, [one.body.id for one in asked], with_lots=True)
    programs = await list_programs(work)
    outcomes: list[PointsAccount | Refusal] = []
    for one in asked:
        holder = books.find(one.body.id)
        if holder is None:
            outcomes.append(no_customer(one.body.id))
        else:
            outcomes.append(_adjust(holder, one, work) or shown_points(holder, programs, _expiring(holder)))
    save_books(work, books.all())
    return outcomes


def _adjust(holder: Holder, one: Asked[AdjustPoints], work: Work) -> Refusal | None:
    body, cause = one.body, Cause(by=one.by, note=one.body.reason)
    if refusal := gone(holder):
        return refusal
    if body.expires_at is not None and not work.now < body.expires_at < work.now + AHEAD_MAX:
        return INVALID.refuse("They would have expired already, or never.", FieldError(pointer="/expires_at", detail="A time to come."))
    holder.expire()
    if body.kind == "give":
        holder.give(body.points, body.expires_at, cause, "adjusted")
    elif not holder.use(body.points, cause, "adjusted"):
        return TOO_MUCH.refuse_at("/points", f"There are {holder.points} points. Take so many, or fewer.")
    return None


def _expiring(holder: Holder) -> list[PointsExpiring]:
    sums: dict[Any, int] = {}
    for lot in holder.lots.values():
        if lot.left and lot.expires_at is not None:
            sums[lot.expires_at] = sums.get(lot.expires_at, 0) + lot.left
    return [PointsExpiring(at=at, points=sums[at]) for at in sorted(sums)[:EXPIRING_SHOWN]]


# --- entries ------------------------------------------------------------------------------------------------


async def list_entries(asked: Sequence[Asked[ListPointsEntries]], work: Work) -> list[PointsEntryPage | Refusal]:
    found = await read_holders(work, [one.body.id for one in asked])
    return [await _entries(one.body, work) if one.body.id in found else no_customer(one.body.id) for one in asked]


async def _entries(asked: ListPointsEntries, work: Work) -> PointsEntryPage | Refusal:
    """Of the record itself: what it had before it was merged is told where it was booked."""
    try:
        [before] = read_cursor(asked.cursor, tuple[int]) if asked.cursor else (NUMBER_MAX,)
    except ValueError:
        return wrong_cursor(INVALID)
    rows = await work.read(SQL["points_entries"], asked.id, before, asked.limit + 1)
    items = [to_points_entry(row) for row in rows[: asked.limit]]
    return PointsEntryPage(items=items, next_cursor=write_cursor(rows[asked.limit - 1]["number"]) if len(rows) > asked.limit else None)

