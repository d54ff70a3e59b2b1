"""Counts are opened, and what somebody counts is written down. Nothing changes in stock before a count is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from actors.inventory.asking import EARLIEST, Goods, Known, Problems, look_up
from actors.inventory.contract import (
    COUNT_LINES_MAX,
    INVALID,
    WRONG_STATE,
    Count,
    OpenCount,
    RecordCount,
)
from actors.inventory.counts import (
    CountedVariant,
    KeptCount,
    insert_counts,
    not_found,
    save_counts,
    save_lines,
    take_counts,
    to_count,
)
from actors.inventory.measuring import read_quantity
from actors.inventory.store import SQL
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

# --- opening


async def open_counts(asked: Sequence[Asked[OpenCount]], work: Work) -> Sequence[Count | Refusal]:
    keys = ((one.body.store_id, variant_id) for one in asked for variant_id in one.body.variant_ids)
    known = await look_up(work, (one.body.store_id for one in asked), keys)
    if isinstance(known, Refusal):
        return [known] * len(asked)
    outcomes = [await _open(one, known, work) for one in asked]
    insert_counts(work, [outcome for outcome in outcomes if isinstance(outcome, KeptCount)])
    return [outcome if isinstance(outcome, Refusal) else to_count(outcome) for outcome in outcomes]


async def _open(one: Asked[OpenCount], known: Known, work: Work) -> KeptCount | Refusal:
    body, problems = one.body, Problems()
    currency = known.currency(body.store_id, problems)
    found = [known.goods(body.store_id, id, problems, f"/variant_ids/{index}") for index, id in enumerate(body.variant_ids)]
    products = {goods.variant_id: goods.product_id for goods in found if goods is not None}
    if not body.variant_ids:
        rows = await work.read(SQL["variants_of_store"], body.store_id, COUNT_LINES_MAX + 1)
        products = {row["variant_id"]: row["product_id"] for row in rows}
    if len(products) > COUNT_LINES_MAX:
        detail = f"The store has more than {COUNT_LINES_MAX} levels: name those to count, and count the rest by another count."
        problems.add(INVALID, "/variant_ids", detail)
    id = work.new_id()
    lines = {variant_id: CountedVariant(id, variant_id, product_id) for variant_id, product_id in products.items()}
    return problems.refusal() or KeptCount(id, body.store_id, currency, 1, "open", body.note, one.by, work.now, work.now, None, lines)


# --- counting


async def record_counts(asked: Sequence[Asked[RecordCount]], work: Work) -> Sequence[Count | Refusal]:
    rows = await work.read(SQL["find_counts"], list({one.body.id for one in asked}))
    stores: dict[UUID, UUID] = {row["id"]: row["store_id"] for row in rows}
    keys = [(stores[one.body.id], line.variant_id) for one in asked if one.body.id in stores for line in one.body.lines]
    known = await look_up(work, stores.values(), keys)
    if isinstance(known, Refusal):
        return [known] * len(asked)
    counts = await take_counts(work, stores)
    outcomes = [_record(one.body, counts.get(one.body.id), known, work.now) for one in asked]
    counted = {(line.count_id, line.variant_id): line for lines in outcomes if not isinstance(lines, Refusal) for line in lines}
    save_lines(work, list(counted.values()))
    save_counts(work, [counts[id] for id in dict.fromkeys(count_id for count_id, _ in counted)])
    return [outcome if isinstance(outcome, Refusal) else to_count(counts[one.body.id]) for one, outcome in zip(asked, outcomes, strict=True)]


def _record(body: RecordCount, kept: KeptCount | None, known: Known, now: datetime) -> list[CountedVariant] | Refusal:
    """The lines that were counted; they are in the count, too."""
    if kept is None:
        return not_found(body.id)
    if kept.state != "open":
        return WRONG_STATE.refuse(f"The count is {kept.state}. Open another one.")
    problems = Problems()
    lines: dict[UUID, CountedVariant] = {}
    for index, line in enumerate(body.lines):
        at = f"/lines/{index}"
        before = kept.lines.get(line.variant_id)
        if before is not None:
            goods: Goods | None = known.kept(before.variant_id, before.product_id)
        else:
            goods = known.goods(kept.store_id, line.variant_id, problems, f"{at}/variant_id")
        counted = read_quantity(line, goods, problems, at)
        if line.at is not None and not EARLIEST <= line.at <= now:
            problems.add(INVALID, f"{at}/at", "Nothing is counted in the future, nor before the year 2000: check the clock.")
        elif goods is not None:
            lines[line.variant_id] = CountedVariant(kept.id, goods.variant_id, goods.product_id, counted, (line.at or now).astimezone(UTC))
    if len(kept.lines | lines) > COUNT_LINES_MAX:
        problems.add(INVALID, "/lines", f"A count has at most {COUNT_LINES_MAX} lines. Open another one for the rest.")
    refusal = problems.refusal()
    if refusal is not None:
        return refusal
    kept.lines |= lines
    kept.change(now)
    return list(lines.values())
