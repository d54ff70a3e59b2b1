"""The stock against how fast it sells: what lies too long, what is to be ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from actors.catalog.contract import FIND_VARIANTS, FindVariants
from actors.inventory.contract import LIST_LEVELS, Level, ListLevels
from actors.reports import columns
from actors.reports.contract import AskReorder, AskSlowMovers, ReorderReport, ReorderRow, SlowMoverRow, SlowMoversReport
from actors.reports.drawing import in_major
from actors.reports.filing import each, file_of
from actors.reports.periods import Period, shops_of
from actors.reports.pictures import list_picture
from actors.reports.reading import names_of, sums_of
from actors.reports.rules import lasting_days, order_quantity, value_of
from actors.reports.store import SQL
from actors.reports.tables import Table
from actors.reports.views import Shop
from actors.runtime.actor import Asked
from actors.runtime.quantities import read_milli, write_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Names = Mapping[str, tuple[str, str]]


# --- what lies too long


async def ask_slow_movers(asked: Sequence[Asked[AskSlowMovers]], work: Work) -> list[SlowMoversReport | Refusal]:
    return await each(asked, work, _slow_movers)


async def _slow_movers(wish: AskSlowMovers, work: Work) -> SlowMoversReport | Refusal:
    shops = await shops_of(work, wish.store_id)
    if isinstance(shops, Refusal):
        return shops
    found: list[tuple[Shop, Level, int, int | None]] = []
    for shop in shops:
        levels = await _levels(work, ListLevels(store_id=shop.id, limit=500))
        if isinstance(levels, Refusal):
            return levels
        sold = await _sold(work, shop, wish.days)
        for level in levels:
            on_hand, of_it = read_milli(level.on_hand), sold.get(str(level.variant_id), 0)
            lasts = lasting_days(on_hand, of_it, wish.days)
            if on_hand > 0 and (lasts is None or lasts > wish.lasting):
                found.append((shop, level, of_it, lasts))
    found.sort(key=lambda one: (-value_of(read_milli(one[1].on_hand), one[1].average_cost), one[1].store_id, one[1].variant_id))
    shown = found[: wish.limit]
    names = await _names(work, [level.variant_id for _, level, _, _ in shown])
    last = await _last_sold(work, [(level.store_id, level.variant_id) for _, level, _, _ in shown])
    rows = [_slow(shop, level, sold_, lasts, names, last) for shop, level, sold_, lasts in shown]
    if wish.format == "json":
        return SlowMoversReport(rows=rows)
    below = f"{_where(shops)}, on hand for longer than {wish.lasting} days as sold in the last {wish.days}"
    picture = list_picture("Slow movers", below, rows, f"value at cost, {_unit(rows)}", lambda row: in_major(row.value, row.currency))
    return SlowMoversReport(rows=[], file=await file_of(wish.format, "slow-movers", Table("Slow movers", columns.SLOW_MOVERS, rows), picture))


def _slow(shop: Shop, level: Level, sold: int, lasts: int | None, names: Names, last: Mapping[tuple[UUID, str], date]) -> SlowMoverRow:
    key = str(level.variant_id)
    name, sku = names.get(key, (key, ""))
    return SlowMoverRow(
        store_id=shop.id, store=shop.name, variant_id=level.variant_id, sku=sku, name=name, currency=level.currency, on_hand=level.on_hand,
        value=value_of(read_milli(level.on_hand), level.average_cost), sold=write_milli(sold), lasts=lasts, last_sold=last.get((shop.id, key)),
    )  # fmt: skip


# --- what is to be ordered


async def ask_reorder(asked: Sequence[Asked[AskReorder]], work: Work) -> list[ReorderReport | Refusal]:
    return await each(asked, work, _reorder)


async def _reorder(wish: AskReorder, work: Work) -> ReorderReport | Refusal:
    shops = await shops_of(work, wish.store_id)
    if isinstance(shops, Refusal):
        return shops
    levels = await _levels(work, ListLevels(store_id=wish.store_id, below_reorder=True, limit=500))
    if isinstance(levels, Refusal):
        return levels
    by_id = {shop.id: shop for shop in shops}
    levels = [level for level in levels if level.store_id in by_id]
    sold = {id: await _sold(work, by_id[id], wish.days) for id in {level.store_id for level in levels}}
    names = await _names(work, [level.variant_id for level in levels])
    rows = [_to_order(by_id[level.store_id], level, sold[level.store_id], names, wish) for level in levels]
    rows.sort(key=lambda row: (row.store, -(row.cost or 0), row.name))
    rows = rows[: wish.limit]
    if wish.format == "json":
        return ReorderReport(rows=rows)
    below = f"{_where(shops)}, so that it lasts {wish.cover} days as sold in the last {wish.days}"
    picture = list_picture("To order", below, rows, "how much", lambda row: float(row.order))
    return ReorderReport(rows=[], file=await file_of(wish.format, "reorder", Table("To order", columns.REORDER, rows), picture))


def _to_order(shop: Shop, level: Level, sold: Mapping[str, int], names: Names, wish: AskReorder) -> ReorderRow:
    key = str(level.variant_id)
    name, sku = names.get(key, (key, ""))
    point, of_it = read_milli(level.reorder_point or "0"), sold.get(key, 0)
    order = order_quantity(read_milli(level.on_hand), read_milli(level.in_transit), point, of_it, wish.days, wish.cover)
    return ReorderRow(
        store_id=shop.id, store=shop.name, variant_id=level.variant_id, sku=sku, name=name, currency=level.currency, on_hand=level.on_hand,
        in_transit=level.in_transit, reorder_point=write_milli(point), sold_a_day=write_milli(of_it // wish.days), order=write_milli(order),
        cost=value_of(order, level.average_cost) if level.average_cost else None,
    )  # fmt: skip


# --- what they need


async def _levels(work: Work, wish: ListLevels) -> list[Level] | Refusal:
    """All pages."""
    found: list[Level] = []
    cursor = None
    while True:
        page = await work.ask(LIST_LEVELS, ListLevels(store_id=wish.store_id, below_reorder=wish.below_reorder, limit=500, cursor=cursor))
        if isinstance(page, Refusal):
            return page
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def _sold(work: Work, shop: Shop, days: int) -> dict[str, int]:
    """Thousandths of each variant, sold less what came back, in the days up to today."""
    today = shop.day_of(work.now)
    period = Period(today - timedelta(days=days - 1), today, [shop])
    sums = await sums_of(work, "key", "product", period, measures=("quantity",))
    found: dict[str, int] = {}
    for row, both in sums.items():
        found[row.key] = found.get(row.key, 0) + both.sold[0] - both.back[0]
    return found


async def _names(work: Work, variant_ids: Sequence[UUID]) -> dict[str, tuple[str, str]]:
    """As the catalog says; of what it has deleted, as the last sale said."""
    wanted = sorted(set(variant_ids))
    names = await names_of(work, "product", [str(id) for id in wanted]) if wanted else {}
    for at in range(0, len(wanted), 1000):
        told = await work.ask(FIND_VARIANTS, FindVariants(variant_ids=wanted[at : at + 1000]))
        if not isinstance(told, Refusal):
            names |= {str(info.variant_id): (info.name, info.sku) for info in told.items}
    return names


async def _last_sold(work: Work, wanted: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, str], date]:
    if not wanted:
        return {}
    [state] = await work.read(SQL["rebuild_state"])
    rows = await work.read(SQL["last_sold"], state["generation"], [store for store, _ in wanted], [str(variant) for _, variant in wanted])
    return {(row["store_id"], row["key"]): row["day"] for row in rows if row["day"] is not None}


def _where(shops: Sequence[Shop]) -> str:
    return shops[0].name if len(shops) == 1 else f"{len(shops)} stores"


def _unit(rows: Sequence[SlowMoverRow]) -> str:
    return ", ".join(sorted({row.currency for row in rows}))
