"""The stock: what it is worth, day by day."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from actors.inventory.contract import ASK_WORTH, ASK_WORTH_THEN, AskWorth, AskWorthThen, WorthThen
from actors.reports import columns
from actors.reports.contract import AskStockValue, StockValueReport, StockValueRow
from actors.reports.filing import each, file_of
from actors.reports.periods import Period, period_of
from actors.reports.pictures import stock_picture
from actors.reports.spans import ONE
from actors.reports.store import SQL
from actors.reports.tables import Table
from actors.reports.views import SHOPS, Shop
from actors.runtime.actor import Asked
from actors.runtime.queries import arrays
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

WATCH_SECONDS = 60.0
DAYS_AT_ONCE = 31


async def watch_stock(member: Member) -> None:
    """Runs until cancelled: what is seen last on a day stays as that day's."""
    while True:
        async with member.transaction() as work:
            await see_stock(work)
        await asyncio.sleep(WATCH_SECONDS)


async def see_stock(work: Work) -> Refusal | None:
    told = await work.ask(ASK_WORTH, AskWorth())
    if isinstance(told, Refusal):
        return told
    shops = work.view(SHOPS).by_id
    rows = [
        (one.store_id, shops[one.store_id].day_of(work.now), one.currency, one.variants, one.value, one.below_zero, one.uncosted)
        for one in told.items if one.store_id in shops
    ]  # fmt: skip
    if rows:
        await work.execute(SQL["save_stock_values"], work.now, *arrays(rows))
    return None


async def ask_stock_value(asked: Sequence[Asked[AskStockValue]], work: Work) -> list[StockValueReport | Refusal]:
    return await each(asked, work, _stock_value)


async def _stock_value(wish: AskStockValue, work: Work) -> StockValueReport | Refusal:
    """Refused when `inventory` cannot tell what it is needed for: days that are missing look like days without stock."""
    period = await period_of(work, wish.date_from, wish.date_to, wish.store_id)
    if isinstance(period, Refusal):
        return period
    # All that is asked for comes before what is written.
    kept = {(row["store_id"], row["day"]) for row in await work.read(SQL["stock_values"], period.store_ids, period.first, period.last)}
    unseen: list[StockValueRow] = []
    for shop in period.shops:
        told = await _unseen(work, shop, period, {day for id, day in kept if id == shop.id})
        if isinstance(told, Refusal):
            return told
        unseen += told
    if any(shop.day_of(work.now) <= period.last for shop in period.shops) and (refused := await see_stock(work)):
        return refused
    found = await work.read(SQL["stock_values"], period.store_ids, period.first, period.last)
    names = {shop.id: shop.name for shop in period.shops}
    seen = [StockValueRow(store=names[row["store_id"]], **dict(row)) for row in found]
    rows = sorted([*seen, *unseen, *_empty_today(work, period, seen)], key=lambda row: (row.day, row.store_id))
    if wish.format == "json":
        return StockValueReport(date_from=period.first, date_to=period.last, rows=rows, unknown_until=_unknown(work, period, rows))
    table = Table("Stock value", columns.STOCK_VALUE, rows)
    file = await file_of(wish.format, f"stock-value-{period.first}-{period.last}", table, stock_picture(period, rows))
    return StockValueReport(date_from=period.first, date_to=period.last, rows=[], file=file)


async def _unseen(work: Work, shop: Shop, period: Period, seen: Collection[date]) -> list[StockValueRow] | Refusal:
    """Days over which nobody has looked, as the ledger tells them by when things happened: the latest first. Back to when there was
    nothing yet: what is before that needs no question.
    """
    last = min(period.last, shop.day_of(work.now) - ONE)
    days = [day for at in range((last - period.first).days, -1, -1) if (day := period.first + at * ONE) not in seen]
    rows: list[StockValueRow] = []
    for at in range(0, len(days), DAYS_AT_ONCE):
        ends = {shop.bounds(day)[1]: day for day in reversed(days[at : at + DAYS_AT_ONCE])}
        told = await work.ask(ASK_WORTH_THEN, AskWorthThen(store_id=shop.id, moments=list(ends)))
        if isinstance(told, Refusal):
            return told
        rows += [_worth(shop, ends[one.at], one) for one in told.items]
        if len(told.items) < len(ends):
            break
        if told.empty_before is not None and min(ends) <= told.empty_before:
            return rows + [_nothing(shop, day, shop.bounds(day)[1]) for day in days[at + DAYS_AT_ONCE :]]
    return rows


def _worth(shop: Shop, day: date, then: WorthThen) -> StockValueRow:
    return StockValueRow(
        day=day, store_id=shop.id, store=shop.name, currency=then.currency or shop.currency, variants=then.variants, value=then.value,
        below_zero=then.below_zero, uncosted=then.uncosted, at=then.at,
    )  # fmt: skip


def _nothing(shop: Shop, day: date, at: datetime) -> StockValueRow:
    return StockValueRow(
        day=day, store_id=shop.id, store=shop.name, currency=shop.currency, variants=0, value=0, below_zero=0, uncosted=0, at=at
    )


def _empty_today(work: Work, period: Period, seen: Sequence[StockValueRow]) -> list[StockValueRow]:
    """Of stores that never had anything `inventory` says nothing."""
    there = {(row.store_id, row.day) for row in seen}
    todays = [(shop, shop.day_of(work.now)) for shop in period.shops]
    return [_nothing(shop, day, work.now) for shop, day in todays if period.first <= day <= period.last and (shop.id, day) not in there]


def _unknown(work: Work, period: Period, rows: Sequence[StockValueRow]) -> date | None:
    """The last day of which somewhere nobody can tell any more what was there."""
    there = {(row.store_id, row.day) for row in rows}
    for back in range((period.last - period.first).days + 1):
        day = period.last - back * ONE
        if any(day <= shop.day_of(work.now) and (shop.id, day) not in there for shop in period.shops):
            return day
    return None
