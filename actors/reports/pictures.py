"""What each report shows as a picture. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from actors.reports.drawing import BARS_MAX, BARS_UPRIGHT_MAX, COLOURS, Panel, Picture, Series, day_label, in_major
from actors.reports.periods import Period

TIMELY = ("hour", "day", "month")
Worth = tuple[str, Callable[[Any], int]]
"""A name, and which amount of a row it is."""


def picture_of(what: str, by: str, period: Period, rows: Sequence[Any], worths: Sequence[Worth]) -> Picture:
    """A panel for each currency; over time all rows, of names the largest."""
    panels = [_panel(by, currency, [row for row in rows if row.currency == currency], worths) for currency in _currencies(rows)]
    return Picture(f"{what} by {by.replace('_', ' ')}", f"{period.where()}, {period.words()}", panels)


def _currencies(rows: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(row.currency for row in rows))


def _panel(by: str, currency: str, rows: Sequence[Any], worths: Sequence[Worth]) -> Panel:
    if by not in TIMELY:
        rows, others = rows[:BARS_MAX], rows[BARS_MAX:]
        labels = [row.name for row in rows]
        series = [Series(name, [in_major(worth(row), currency) for row in rows]) for name, worth in _said(rows, worths)]
        return Panel(f"{currency}{f', the largest {BARS_MAX} of {len(rows) + len(others)}' if others else ''}", labels, series, "lying")
    series = [Series(name, [in_major(worth(row), currency) for row in rows]) for name, worth in _said(rows, worths)]
    return Panel(currency, labels_of(by, rows), series, "bars" if len(rows) <= BARS_UPRIGHT_MAX else "lines")


def _said(rows: Sequence[Any], worths: Sequence[Worth]) -> list[Worth]:
    """The first, and the others where there is anything of them."""
    return [one for nr, one in enumerate(worths) if nr == 0 or any(one[1](row) for row in rows)]


def labels_of(by: str, rows: Sequence[Any]) -> list[str]:
    if by == "day":
        days = [date.fromisoformat(row.key) for row in rows]
        years = len({day.year for day in days}) > 1
        return [day_label(day, year=years) for day in days]
    if by == "month":
        return [f"{date.fromisoformat(f'{row.key}-01'):%b %Y}" for row in rows]
    return [row.name for row in rows]


def stock_picture(period: Period, rows: Sequence[Any]) -> Picture:
    """A line for each store, over the days."""
    days = sorted({row.day for row in rows})
    panels = []
    for currency in _currencies(rows):
        stores = list(dict.fromkeys((row.store_id, row.store) for row in rows if row.currency == currency))[: len(COLOURS)]
        values = {(row.store_id, row.day): in_major(row.value, currency) for row in rows}
        series = [Series(name, _steady([values.get((id, day)) for day in days])) for id, name in stores]
        panels.append(Panel(currency, [day_label(day, year=False) for day in days], series, "lines"))
    return Picture("Stock value at cost", f"{period.where()}, {period.words()}", panels)


def _steady(values: Sequence[float | None]) -> list[float]:
    """Where nobody looked, it was as it had been."""
    found, last = [], 0.0
    for value in values:
        last = last if value is None else value
        found.append(last)
    return found


def list_picture(title: str, below: str, rows: Sequence[Any], unit: str, worth: Callable[[Any], float]) -> Picture:
    """The first of a list of products, with one number each."""
    shown = rows[:BARS_MAX]
    several = len({row.store for row in shown}) > 1
    labels = [f"{row.name}, {row.store}" if several else row.name for row in shown]
    panel = Panel(unit, labels, [Series(unit, [worth(row) for row in shown])], "lying")
    return Picture(title, below, [panel] if shown else [])
