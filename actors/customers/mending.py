"""Derives again what is derived, while selling goes on: balances and lots from the entries of both ledgers, words from the profiles.

Profiles, entries, charges and the rules in a lot are the truth here: nothing else knows them. So points that were never earned are not earned
now either: the rules of that day are gone.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from actors.customers.books import to_lot
from actors.customers.finding import words_of
from actors.customers.holding import Lot
from actors.customers.levelling import even_lots
from actors.customers.store import SQL, find_merged, lock_profiles, to_json
from actors.runtime.actor import Asked
from actors.runtime.cursors import write_cursor
from actors.runtime.mending import mend_pages
from actors.runtime.upkeep import Mend, Mended
from actors.runtime.words import Refusal
from actors.runtime.work import Work

SIZE = 200
"""Customers of one page."""


class Place(NamedTuple):
    """Where a page begins: after this customer."""

    after: UUID = UUID(int=0)


async def mend_customers(asked: Sequence[Asked[Mend]], work: Work) -> list[Mended | Refusal]:
    return await mend_pages(asked, work, Place(), _mend)


async def _mend(place: Place, work: Work) -> Mended:
    ids = [row["id"] for row in await work.fetch(SQL["customers_after"], place.after, SIZE)]
    # Profiles before balances, as whoever merges two locks them.
    mended = await _words(ids, work)
    balances, left = await _balances(ids, work)
    mended += [*balances, *await _lots(ids, work)]
    return Mended(looked_at=len(ids), mended=mended, left=left, next_cursor=write_cursor(str(ids[-1])) if len(ids) == SIZE else None)


# --- balances


async def _balances(ids: Sequence[UUID], work: Work) -> tuple[list[str], list[str]]:
    """Locks them: nobody books anything there until the commit."""
    made = {row["customer_id"] for row in await work.fetch(SQL["make_balances"], ids, work.now)}
    await work.fetch(SQL["lock_balances"], ids)
    rows = await work.fetch(SQL["sum_accounts"], ids)
    for row in rows:
        await work.execute(SQL["set_account"], *row)
    done = [f"customer {row['customer_id']}: by the entries {row['points']} points, and {row['owed']} owed (minor units)" for row in rows]
    limitless = [row["customer_id"] for row in rows if row["customer_id"] in made and row["currency"] is not None]
    return done, [f"customer {id}: the credit limit is gone, give it again" for id in limitless]


# --- points


async def _lots(ids: Sequence[UUID], work: Work) -> list[str]:
    orders = {row["order_id"]: row for row in await work.fetch(SQL["earned_of_orders"], ids)}
    rows = [to_lot(row) for row in await work.fetch(SQL["lots_of_customers"], ids, list(orders))]
    lots = [_at_home(lot, orders) for lot in rows] + _missing(rows, orders, work)
    by_holder: dict[UUID, list[Lot]] = {}
    for lot in lots:
        by_holder.setdefault(lot.customer_id, []).append(lot)
    earned = {id: int(row["earned"]) for id, row in orders.items()}
    before = {lot.id: lot for lot in rows}
    done = []
    for row in await work.fetch(SQL["find_balances"], list(ids)):
        id, points = row["customer_id"], max(0, row["points"])
        changed = [lot for lot in even_lots(by_holder.get(id, []), earned, points, _blank(id, work)) if before.get(lot.id) != lot]
        await _save(changed, before.keys(), work)
        if changed:
            done.append(f"customer {id}: {len(changed)} lots of points put right, {points} points are left in all")
    return done


def _at_home(lot: Lot, orders: Mapping[UUID, Any]) -> Lot:
    """With whom the entries of its order are."""
    row = orders.get(lot.order_id) if lot.order_id is not None else None
    return replace(lot, customer_id=row["holder_id"]) if row is not None else lot


def _missing(lots: Sequence[Lot], orders: Mapping[UUID, Any], work: Work) -> list[Lot]:
    """Of sales that have earned something. By which rules is gone: what comes back of them takes no points."""
    there = {lot.order_id for lot in lots}
    gone = [row for id, row in orders.items() if id not in there and row["earned"] > 0]
    return [replace(_blank(row["holder_id"], work), order_id=row["order_id"], at=row["at"]) for row in gone]


def _blank(id: UUID, work: Work) -> Lot:
    return Lot(
        id=work.new_id(), customer_id=id, order_id=None, version=0, earned=0, left=0, expired=0, expires_at=None, terms=None, at=work.now
    )


async def _save(lots: Sequence[Lot], known: Container[UUID], work: Work) -> None:
    for name, some in (("insert_lots", [lot for lot in lots if lot.id not in known]), ("save_lots", [lot for lot in lots if lot.id in known])):
        if some:
            await work.execute(SQL[name], to_json(some))


# --- words


async def _words(ids: Sequence[UUID], work: Work) -> list[str]:
    """Who is found by others than the words of the profile, and of those merged into it."""
    profiles = await lock_profiles(work, ids)
    merged = await find_merged(work, ids)
    found = {row["customer_id"]: row for row in await work.fetch(SQL["words_of_customers"], ids)}
    wanted = {
        id: words_of([profile, *merged.get(id, ())]) if profile.merged_into is None and profile.erased_at is None else []
        for id, profile in profiles.items()
    }  # fmt: skip
    wrong = [id for id, words in wanted.items() if not _fits(words, found.get(id))]
    if wrong:
        await work.execute(SQL["drop_finders"], wrong)
        await work.execute(SQL["insert_finders"], to_json([{"customer_id": id, "words": wanted[id]} for id in wrong]))
    return [f"customer {id}: found by its words again" for id in wrong]


def _fits(words: Sequence[str], row: Any) -> bool:
    if row is None or not words:
        return row is None and not words
    return sorted(row["found"]) == sorted(words) and row["beside"] == [" " + " ".join(words)]
