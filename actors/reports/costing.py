"""What goods had cost that left the stock: asked of inventory's ledger, day by day, whenever a day has changed.

A day is asked for again until nothing has been sold of it for a while: inventory hears of a sale a moment later than we do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from actors.inventory.contract import ASK_COSTS, AskCosts, Count, Movements, StoreCosts, Transfer
from actors.reports.store import COST_BOOKS, SQL, mark_days
from actors.reports.views import SHOPS, Shop
from actors.runtime.actor import Happened
from actors.runtime.queries import arrays
from actors.runtime.words import Refusal
from actors.runtime.work import Work

if TYPE_CHECKING:
    from actors.runtime.member import Member

SETTLES_SECONDS = 120.0
"""So long after the last sale of a day its costs are final, unless something else happens to it."""
LOOK_SECONDS = 20.0
WHOLE = UUID(int=0)
"""The variant that stands for all of them: the whole cost of a day, or of a longer span, is one row."""
AT_ONCE = 50


class Marked(Struct):
    """A day whose costs are to be asked for."""

    shop: Shop
    day: date


async def keep_costs(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        done = await cost_once(member)
        if not done:
            await asyncio.sleep(LOOK_SECONDS)


async def cost_once(member: Member) -> int:
    """How many days have got their final costs."""
    async with member.transaction() as work:
        rows = await work.read(SQL["days_to_cost"], work.now, timedelta(seconds=LOOK_SECONDS), AT_ONCE)
        marked = await _marked(work, [(row["store_id"], row["day"]) for row in rows])
    settled = 0
    for one in marked:
        async with member.transaction() as work:
            settled += await cost_day(work, one)
    return settled


async def _marked(work: Work, days: Sequence[tuple[UUID, date]]) -> list[Marked]:
    shops = work.view(SHOPS).by_id
    return [Marked(shops[store_id], day) for store_id, day in days if store_id in shops]


async def cost_day(work: Work, one: Marked) -> bool:
    """Asks inventory for a day, and puts it into the books. Whether it is settled with that."""
    told = await ask_day(work, one)
    return not isinstance(told, Refusal) and await book_day(work, one, told)


async def ask_day(work: Work, one: Marked) -> StoreCosts | Refusal:
    begin, end = one.shop.bounds(one.day)
    return await work.ask(ASK_COSTS, AskCosts(store_id=one.shop.id, begin=begin, end=end))


async def book_day(work: Work, one: Marked, told: StoreCosts) -> bool:
    """The difference to what was known. `told` was asked for after `work.now`."""
    await work.execute(SQL["lock_costs"], one.shop.id)
    # Who else has asked for the same day has waited here, and finds what we have written.
    mark = await work.fetchrow(SQL["lock_mark"], one.shop.id, one.day)
    if mark is None or (mark["costed_at"] is not None and mark["costed_at"] >= work.now):
        return False
    await _save(work, one, told)
    settled = bool(work.now - mark["changed_at"] > timedelta(seconds=SETTLES_SECONDS))
    await work.execute(SQL["drop_mark"] if settled else SQL["keep_mark"], one.shop.id, one.day, work.now)
    return settled


async def _save(work: Work, one: Marked, told: StoreCosts) -> None:
    rows = await work.fetch(SQL["known_costs"], one.shop.id, one.day)
    zero = (0, Decimal(0), Decimal(0), 0)
    known = {row["variant_id"]: (row["sold"], row["cost"], row["lost"], row["uncosted"]) for row in rows}
    now = {item.variant_id: (item.sold, Decimal(item.cost), Decimal(item.lost), item.uncosted) for item in told.items}
    changed = sorted(id for id in known.keys() | now.keys() if known.get(id, zero) != now.get(id, zero))
    if changed:
        more = [[a - b for a, b in zip(now.get(id, zero), known.get(id, zero), strict=True)] for id in changed]
        changed.append(WHOLE)
        more.append([sum(column) for column in zip(*more, strict=True)])
        values = one.day, one.shop.id, changed, *arrays(more)
        await work.execute(SQL["add_cost_days"], *values)
        closed = await work.fetchrow(SQL["closed"], COST_BOOKS, [one.shop.id])
        if closed is not None and one.day <= closed["until"]:
            await work.execute(SQL["add_cost_sums"], *values)


async def bring_up(work: Work, shops: Sequence[Shop], first: date, last: date, *, at_most: int) -> None:
    """The few days of a period that have changed since they were asked for, so that a report has what inventory has by now."""
    by_id = {shop.id: shop for shop in shops}
    rows = await work.read(SQL["changed_days"], list(by_id), first, last, at_most)
    # In this order for everybody, as they lock what they write.
    marked = sorted((Marked(by_id[row["store_id"]], row["day"]) for row in rows), key=lambda one: (one.shop.id, one.day))
    told = await asyncio.gather(*(ask_day(work, one) for one in marked))
    for one, costs in zip(marked, told, strict=True):
        if not isinstance(costs, Refusal):
            await book_day(work, one, costs)


# --- what is lost without a sale


async def mark_changed(happened: Sequence[Happened[Movements | Count | Transfer]], work: Work) -> None:
    """Corrections, counts and transfers that came short change what a day has lost."""
    shops = work.view(SHOPS).by_id
    days: set[tuple[str, date]] = set()
    for one in happened:
        for store_id, at in _places(one.data):
            if store_id in shops:
                days.add((str(store_id), shops[store_id].day_of(at)))
    await mark_days(work, days)


def _places(told: Movements | Count | Transfer) -> Iterator[tuple[UUID, datetime]]:
    if isinstance(told, Movements):
        yield from ((movement.store_id, movement.at) for movement in told.items)
    elif isinstance(told, Count):
        yield from ((told.store_id, line.counted_at) for line in told.lines if line.counted_at is not None)
    else:
        yield told.from_store_id, told.updated_at
