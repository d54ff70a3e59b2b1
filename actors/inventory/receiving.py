"""Goods that come in, and corrections: check, change the book, tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from actors.inventory.asking import Goods, Known, Problems, check_time, look_up, want
from actors.inventory.book import Book, Entry, to_movement
from actors.inventory.contract import (
    STOCK_ADJUSTED,
    STOCK_RECEIVED,
    WRONG_CURRENCY,
    WRONG_QUANTITY,
    AdjustStock,
    Movements,
    ReceiveGoods,
)
from actors.inventory.measuring import read_cost, read_quantity
from actors.inventory.store import Wanted, save_book, take_book
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work


class Draft(Struct):
    """A request that can be done: the levels that it needs, and how its lines are entered."""

    wanted: list[Wanted]
    enter: Callable[[Book], list[Entry]]


# --- goods that come in


async def receive_goods(asked: Sequence[Asked[ReceiveGoods]], work: Work) -> Sequence[Movements | Refusal]:
    known = await look_up(
        work, (one.body.store_id for one in asked), ((one.body.store_id, line.variant_id) for one in asked for line in one.body.lines)
    )
    if isinstance(known, Refusal):
        return [known] * len(asked)
    return await _enter_all(work, [_receipt(one, known, work.now) for one in asked], asked, STOCK_RECEIVED)


def _receipt(one: Asked[ReceiveGoods], known: Known, now: datetime) -> Draft | Refusal:
    body, problems = one.body, Problems()
    currency = known.currency(body.store_id, problems)
    check_time(body.at, now, problems)
    lines = []
    for index, line in enumerate(body.lines):
        at = f"/lines/{index}"
        goods = known.goods(body.store_id, line.variant_id, problems, f"{at}/variant_id")
        milli = read_quantity(line, goods, problems, at)
        if line.unit_cost is not None and currency and line.unit_cost.currency != currency:
            problems.add(WRONG_CURRENCY, f"{at}/unit_cost/currency", f"The store counts in {currency}. Give the cost in that.")
        lines.append((goods, milli, read_cost(line, goods, problems, at)))

    def enter(book: Book) -> list[Entry]:
        return [
            book.enter(
                (body.store_id, goods.variant_id), "receipt", milli, at=body.at, unit_cost=cost, reference=body.reference, reason=body.note,
                by=one.by,
            )
            for goods, milli, cost in lines
            if goods is not None
        ]

    return problems.refusal() or Draft(_wanted(body.store_id, currency, [goods for goods, *_ in lines]), enter)


# --- corrections, and what is written off


async def adjust_stock(asked: Sequence[Asked[AdjustStock]], work: Work) -> Sequence[Movements | Refusal]:
    known = await look_up(
        work, (one.body.store_id for one in asked), ((one.body.store_id, line.variant_id) for one in asked for line in one.body.lines)
    )
    if isinstance(known, Refusal):
        return [known] * len(asked)
    return await _enter_all(work, [_adjustment(one, known, work.now) for one in asked], asked, STOCK_ADJUSTED)


def _adjustment(one: Asked[AdjustStock], known: Known, now: datetime) -> Draft | Refusal:
    body, problems = one.body, Problems()
    currency = known.currency(body.store_id, problems)
    check_time(body.at, now, problems)
    lines = []
    for index, line in enumerate(body.lines):
        goods = known.goods(body.store_id, line.variant_id, problems, f"/lines/{index}/variant_id")
        milli = read_quantity(line, goods, problems, f"/lines/{index}")
        if body.kind == "waste" and milli > 0:
            problems.add(WRONG_QUANTITY, f"/lines/{index}/quantity", f"Waste is taken away: -{line.quantity}. What has turned up is an adjustment.")
        lines.append((goods, milli))

    def enter(book: Book) -> list[Entry]:
        return [
            book.enter((body.store_id, goods.variant_id), body.kind, milli, at=body.at, reason=body.reason, by=one.by)
            for goods, milli in lines
            if goods is not None
        ]

    return problems.refusal() or Draft(_wanted(body.store_id, currency, [goods for goods, _ in lines]), enter)


def _wanted(store_id: Any, currency: str, goods: Sequence[Goods | None]) -> list[Wanted]:
    return [want(store_id, one, currency) for one in goods if one is not None]


async def _enter_all(work: Work, drafts: Sequence[Draft | Refusal], asked: Sequence[Asked[Any]], event: Any) -> list[Movements | Refusal]:
    """All levels of the batch are locked at once; then one request after the other is entered, and told."""
    book = await take_book(work, [wanted for draft in drafts if isinstance(draft, Draft) for wanted in draft.wanted])
    outcomes: list[Movements | Refusal] = []
    for one, draft in zip(asked, drafts, strict=True):
        if isinstance(draft, Refusal):
            outcomes.append(draft)
            continue
        movements = Movements(items=[to_movement(entry) for entry in draft.enter(book)])
        work.record(event, one.body.store_id, movements, one.traceparent)
        outcomes.append(movements)
    save_book(work, book)
    return outcomes
