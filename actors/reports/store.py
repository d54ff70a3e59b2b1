"""Figures <-> rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from actors.reports.figures import Figure, Measures
from actors.reports.spans import spans_of
from actors.runtime.queries import arrays, load_queries
from actors.runtime.settings import Settings

if TYPE_CHECKING:
    from actors.runtime.work import Work

SQL = load_queries(__file__)

NAMES_MAX = 50_000
COST_BOOKS = "cost_days"


class Memory:
    """What a member has seen written: names hardly ever change, and each line of each sale brings one."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], tuple[str, str]] = {}


@asynccontextmanager
async def open_memory(settings: Settings) -> AsyncIterator[Memory]:
    yield Memory()


class Books(NamedTuple):
    """A generation of figures. `closed`: up to which day the days of a store have been added up into spans; missing when none has been."""

    generation: int
    closed: Mapping[str, date]


async def current_books(work: Work, store_ids: Collection[str]) -> Books:
    """Those that are read now. In the transaction that counts a page: until it ends, they stay what they are."""
    return to_books(await work.fetch(SQL["current_books"], sorted(store_ids)))


def to_books(rows: Sequence[Any]) -> Books:
    return Books(rows[0]["generation"], {str(row["store_id"]): row["until"] for row in rows if row["until"] is not None})


async def books_of(work: Work, generation: int, store_ids: Collection[str]) -> Books:
    rows = await work.fetch(SQL["closed"], name_of(generation), sorted(store_ids))
    return Books(generation, {str(row["store_id"]): row["until"] for row in rows})


def name_of(generation: int) -> str:
    return f"days_{generation}"


def by_closed(store_ids: Iterable[UUID], closed: Mapping[str, date]) -> dict[date | None, list[UUID]]:
    """Stores together whose days are added up equally far: as a rule, all."""
    found: dict[date | None, list[UUID]] = {}
    for store_id in store_ids:
        found.setdefault(closed.get(str(store_id)), []).append(store_id)
    return found


async def counted_refunds(work: Work, generation: int, order_ids: Sequence[str]) -> dict[str, int]:
    """How many refunds of these orders have been counted."""
    rows = await work.fetch(SQL["counted_refunds"], generation, order_ids) if order_ids else []
    return {str(row["order_id"]): row["counted"] for row in rows}


def save_refunds(work: Work, generation: int, counted: Mapping[str, int]) -> None:
    if counted:
        work.write(SQL["save_refunds"], generation, list(counted), list(counted.values()))


def add_figures(work: Work, books: Books, rows: Mapping[Figure, Measures]) -> None:
    """To their days; to the spans of those that have been added up already, too."""
    if not rows:
        return
    work.write(SQL["add_days"], books.generation, *_columns({(place, place.day): measures for place, measures in rows.items()}))
    sums: dict[tuple[Figure, date | str], Measures] = {}
    for place, measures in rows.items():
        closed = books.closed.get(place.store_id)
        if closed is not None and place.day <= closed:
            for span in spans_of(place.day):
                _add(sums, (place._replace(day=date.min), span), measures)
    if sums:
        work.write(SQL["add_sums"], books.generation, *_columns(sums))


def _add(sums: dict[tuple[Figure, date | str], Measures], at: tuple[Figure, date | str], more: Measures) -> None:
    known = sums.get(at)
    sums[at] = more if known is None else [a + b for a, b in zip(known, more, strict=True)]


def _columns(rows: Mapping[tuple[Figure, date | str], Measures]) -> list[list[Any]]:
    """With the day, or the span, that each row belongs to. Sorted by their key, so that the database goes through its index from left to right."""
    flat = [(at.back, when, at.store_id, at.kind, at.key, at.currency, *measures) for (at, when), measures in rows.items()]
    flat.sort(key=lambda row: (row[3], row[2], row[1], row[4]))
    return arrays(flat)


def save_names(work: Work, names: Mapping[tuple[str, str], tuple[str, str]], *, again: bool = False) -> None:
    """Those that are not known to be there as they are; `again`: whatever is known."""
    memory: Memory = work.resource
    news = {key: name for key, name in names.items() if again or memory.names.get(key) != name}
    if not news:
        return
    rows = sorted((*key, *name) for key, name in news.items())
    work.write(SQL["save_names"], *arrays(rows))

    def remember() -> None:
        if len(memory.names) + len(news) > NAMES_MAX:
            memory.names.clear()
        memory.names.update(news)

    work.after_commit(remember)


async def mark_days(work: Work, days: Collection[tuple[str, date]]) -> None:
    """Their costs are to be asked for again."""
    if days:
        rows = sorted(days)
        work.write(SQL["mark_days"], work.now, [store_id for store_id, _ in rows], [day for _, day in rows])
