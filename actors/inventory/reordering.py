"""Reorder points: below which level to order again."""

from __future__ import annotations

from collections.abc import Sequence

from actors.inventory.asking import Known, Problems, look_up, want
from actors.inventory.book import Book, to_level
from actors.inventory.contract import INVALID, LevelList, SetReorderPoints
from actors.inventory.store import Wanted, save_book, take_book
from actors.runtime.actor import Asked
from actors.runtime.quantities import read_milli
from actors.runtime.words import Refusal
from actors.runtime.work import Work


async def set_reorder_points(asked: Sequence[Asked[SetReorderPoints]], work: Work) -> Sequence[LevelList | Refusal]:
    items = [item for one in asked for item in one.body.items]
    known = await look_up(work, (item.store_id for item in items), ((item.store_id, item.variant_id) for item in items))
    if isinstance(known, Refusal):
        return [known] * len(asked)
    drafts = [_points(one.body, known) for one in asked]
    book = await take_book(work, [wanted for draft in drafts if not isinstance(draft, Refusal) for wanted, _ in draft])
    outcomes = [draft if isinstance(draft, Refusal) else _set_points(book, draft) for draft in drafts]
    save_book(work, book)
    return outcomes


def _points(body: SetReorderPoints, known: Known) -> list[tuple[Wanted, int | None]] | Refusal:
    problems, points = Problems(), {}
    for index, item in enumerate(body.items):
        at = f"/items/{index}"
        currency = known.currency(item.store_id, problems, f"{at}/store_id")
        goods = known.goods(item.store_id, item.variant_id, problems, f"{at}/variant_id")
        if (item.store_id, item.variant_id) in points:
            problems.add(INVALID, f"{at}/variant_id", "Named twice: each has one reorder point in a store.")
        elif goods is not None:
            points[item.store_id, item.variant_id] = want(item.store_id, goods, currency), _milli(item.reorder_point)
    return problems.refusal() or list(points.values())


def _set_points(book: Book, points: Sequence[tuple[Wanted, int | None]]) -> LevelList:
    levels = []
    for wanted, point in points:
        level = book.levels[wanted.key]
        level.reorder_point = point
        book.touch(level)
        levels.append(to_level(level))
    return LevelList(items=levels)


def _milli(text: str | None) -> int | None:
    return None if text is None else read_milli(text)
