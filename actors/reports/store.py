"""Figures <-> rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from actors.reports.figures import Figure, Measures
from actors.runtime.queries import load_queries
from actors.runtime.settings import Settings

if TYPE_CHECKING:
    from actors.runtime.work import Work

SQL = load_queries(__file__)

NAMES_MAX = 50_000


class Memory:
    """What a member has seen written: names hardly ever change, and each line of each sale brings one."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], tuple[str, str]] = {}


@asynccontextmanager
async def open_memory(settings: Settings) -> AsyncIterator[Memory]:
    yield Memory()


async def current_generation(work: Work) -> int:
    generation: int = await work.fetchval(SQL["current_generation"])
    return generation


async def counted_refunds(work: Work, generation: int, order_ids: Sequence[str]) -> dict[str, int]:
    """How many refunds of these orders have been counted."""
    rows = await work.fetch(SQL["counted_refunds"], generation, order_ids) if order_ids else []
    return {str(row["order_id"]): row["counted"] for row in rows}


def save_refunds(work: Work, generation: int, counted: Mapping[str, int]) -> None:
    if counted:
        work.write(SQL["save_refunds"], generation, list(counted), list(counted.values()))


async def add_figures(work: Work, generation: int, rows: Mapping[Figure, Measures]) -> None:
    """To the days, and to their months."""
    if not rows:
        return
    months: dict[Figure, Measures] = {}
    for place, measures in rows.items():
        month = place._replace(day=place.day.replace(day=1))
        known = months.get(month)
        months[month] = measures if known is None else [a + b for a, b in zip(known, measures, strict=True)]
    work.write(SQL["add_days"], generation, *_columns(rows))
    work.write(SQL["add_months"], generation, *_columns(months))


def _columns(rows: Mapping[Figure, Measures]) -> list[list[Any]]:
    """Sorted by their key, so that the database goes through its index from left to right."""
    ordered = sorted(rows.items(), key=lambda row: (row[0].kind, row[0].store_id, row[0].day, row[0].key))
    return [list(column) for column in zip(*((*place, *measures) for place, measures in ordered), strict=True)]


def save_names(work: Work, names: Mapping[tuple[str, str], tuple[str, str]], *, again: bool = False) -> None:
    """Those that are not known to be there as they are; `again`: whatever is known."""
    memory: Memory = work.resource
    news = {key: name for key, name in names.items() if again or memory.names.get(key) != name}
    if not news:
        return
    rows = sorted((*key, *name) for key, name in news.items())
    work.write(SQL["save_names"], *(list(column) for column in zip(*rows, strict=True)))

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
