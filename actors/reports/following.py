"""Follows the log of orders: each sale, each refund, each order called off is counted once, in the transaction that moves the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from actors.orders.contract import OrderTold
from actors.reports import store
from actors.reports.figures import Figures
from actors.reports.heard import Told, concerns, read
from actors.reports.store import Books
from actors.reports.views import SHOPS, Shops
from actors.runtime.actor import Happened
from actors.runtime.work import Work


async def follow_orders(happened: Sequence[Happened[OrderTold]], work: Work) -> None:
    """What the orders of a page add is written into the generation that is read now."""
    told = [read(one.body) for one in happened if concerns(one.name, one.body)]
    if told:
        await count(told, await store.current_books(work, stores_of(told)), work, news=True)


def stores_of(told: Sequence[Told]) -> set[str]:
    return {one.order.store_id for one in told if one.order is not None}


async def count(told: Sequence[Told], books: Books, work: Work, *, news: bool) -> None:
    """`news`: costs of these days are to be asked for again. When all is counted a second time, all names are written again instead."""
    shops = await _shops(told, work)
    figures = Figures(
        lambda store_id, at: shops.by_text[store_id].hour_of(at), lambda store_id, at: shops.by_text[store_id].day_of(at)
    )
    counted = await store.counted_refunds(work, books.generation, [one.order.id for one in told if one.order is not None and one.order.refunds])
    before = dict(counted)
    for one in told:
        _count_one(one, figures, counted)
    store.save_refunds(work, books.generation, {id: number for id, number in counted.items() if before.get(id) != number})
    store.add_figures(work, books, figures.rows())
    store.save_names(work, figures.names, again=not news)
    if news:
        await store.mark_days(work, figures.changed)


def _count_one(told: Told, figures: Figures, counted: dict[str, int]) -> None:
    order = told.order
    if order is None:
        return
    if told.completes:
        figures.sell(order)
    elif told.calls_off and not order.was_sold and order.merged_into is None:
        figures.void(order)
    known = counted.get(order.id, 0)
    if order.refunds and order.refunds[-1].number > known and order.was_sold:
        for refund in order.refunds:
            if refund.number > known:
                figures.give_back(order, refund)
        counted[order.id] = order.refunds[-1].number


async def _shops(told: Sequence[Told], work: Work) -> Shops:
    """A store that was opened just now may not be known here yet; its orders are."""
    shops = work.view(SHOPS)
    if any(one.order is not None and one.order.store_id not in shops.by_text for one in told):
        await work.refresh(SHOPS)
    return shops


