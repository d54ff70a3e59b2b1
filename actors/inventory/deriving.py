"""Levels as the ledger has them, and what is kept back as the reservations have it: put right where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.inventory.book import Key, Standing
from actors.inventory.rules import average_cost
from actors.inventory.store import SQL, Wanted, save_book, take_known_book, take_levels, to_json
from actors.inventory.views import STORES
from actors.runtime.quantities import write_milli
from actors.runtime.work import Work

QUANTITIES = ("on_hand", "reserved", "in_transit")


async def derive_levels(keys: Sequence[Key], missing: Sequence[Key], work: Work) -> list[str]:
    """These levels become the sums of their movements; those that are `missing` are made. What was crossed by that is not told: it is no news."""
    wanted = _named(keys)
    if missing:
        await _make(missing, work)
    book = await take_known_book(work, keys)
    sums = {(row["store_id"], row["variant_id"]): row for row in await work.fetch(SQL["sum_ledger"], wanted)}
    done = []
    for level in book.levels.values():
        before = [getattr(level, name) for name in QUANTITIES]
        row = sums.get(level.key)
        after = [row[name] if row is not None else 0 for name in QUANTITIES]
        if before != after or level.key in missing:
            level.on_hand, level.reserved, level.in_transit = after
            book.touch(level)
            done.append(f"level of variant {level.variant_id} in store {level.store_id}: {_words(before)}, by the ledger {_words(after)}")
        if level.key in missing:
            await _remember(level, work)
    if book.changed:
        work.write(SQL["save_levels"], to_json(book.changed))
    return done


async def even_reserved(keys: Sequence[Key], work: Work) -> list[str]:
    """What is kept back of these levels becomes what reservations say, by a movement for each."""
    book = await take_known_book(work, keys)
    rows = await work.fetch(SQL["reserved_now"], _named(keys))
    wanted = {(row["store_id"], row["variant_id"]): row["milli"] for row in rows}
    done = []
    for level in book.levels.values():
        difference = wanted.get(level.key, 0) - level.reserved
        if difference:
            done.append(f"kept back of variant {level.variant_id} in store {level.store_id}: {write_milli(difference)} more")
            book.move(level, "reservation", reserved=difference, reason="As the reservations say")
    save_book(work, book)
    return done


async def _make(missing: Sequence[Key], work: Work) -> None:
    products = {(row["store_id"], row["variant_id"]): row["product_id"] for row in await work.fetch(SQL["whose_ledger"], _named(missing))}
    currency = work.view(STORES).currency
    await take_levels(work, [Wanted(*key, product_id, found) for key, product_id in products.items() if (found := currency(key[0])) is not None])


async def _remember(level: Standing, work: Work) -> None:
    """What else the level knew: the average cost, by all that came in; and when it was counted last. Its reorder point is gone."""
    on_hand, average = 0, None
    for row in await work.fetch(SQL["costs_in_order"], *level.key):
        if row["quantity"] > 0:
            average = average_cost(on_hand, average, row["quantity"], row["unit_cost"])
        on_hand += row["quantity"]
    level.average_cost = average
    counted = await work.fetchrow(SQL["last_counted"], *level.key)
    if counted is not None:
        level.counted_at, level.count_id = counted["counted_at"], counted["count_id"]


def _named(keys: Sequence[Key]) -> str:
    return to_json([{"store_id": store_id, "variant_id": variant_id} for store_id, variant_id in keys])


def _words(quantities: Sequence[Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {write_milli(milli)}" for name, milli in zip(QUANTITIES, quantities, strict=True))
