"""How a report looks in a terminal: a table, and a chart where there is something to compare."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from actors.reports.columns import ON_LINES
from actors.reports.drawing import in_major
from actors.reports.tables import Column, value_of
from actors.runtime.money import exponent_of

UNBOUNDED = 10_000
"""Characters in a line that nobody watches: what goes into a file or a pipe is neither wrapped nor cut."""
NAME_MAX = 40
"""Characters of a text in a terminal."""
LEFT_OUT = {"key", "gross", "service", "refunded_net", "refunded_tax", "returned", "opened_at", "at", "uncosted"}
"""There is no room for everything: a file has it all."""
TIMELY = ("hour", "day", "month")
BARS_MAX = 12


def show(what: str, report: Any, columns: Sequence[Column]) -> None:
    watched = sys.stdout.isatty()
    console = Console(width=None if watched else UNBOUNDED, highlight=False)
    rows = [row for row in report.rows if not _empty(row)]
    console.print(_title(what, report), style="bold")
    if not rows:
        console.print("Nothing in these days." if hasattr(report, "date_from") else "Nothing.")
        return
    text_max = NAME_MAX if watched else None
    console.print(_table([column for column in columns if column.field not in LEFT_OUT], rows, getattr(report, "totals", []), text_max))
    by = getattr(report, "by", "")
    worth = "total" if what in ("sales", "refunds") else "profit" if what == "profit" else ""
    if worth:
        for currency in dict.fromkeys(row.currency for row in rows):
            _chart(console, by, currency, [row for row in report.rows if row.currency == currency], worth)
    for void in getattr(report, "voids", []):
        console.print(f"Called off before it was paid: {void.orders} x {void.key or 'no reason given'}, {_money(void.total, void.currency)}")


def _title(what: str, report: Any) -> str:
    side = f" by {report.by.replace('_', ' ')}" if hasattr(report, "by") else ""
    days = ""
    if hasattr(report, "date_from"):
        days = f", {report.date_from}" if report.date_from == report.date_to else f", {report.date_from} to {report.date_to}"
    return f"{what.replace('-', ' ').capitalize()}{side}{days}"


def _empty(row: Any) -> bool:
    """An hour or a day without anything: the chart shows it, the table need not."""
    return not any(getattr(row, name, 1) for name in ("orders", "refunds", "net", "total")) and not getattr(row, "cost", 0)


def _table(columns: Sequence[Column], rows: Sequence[Any], totals: Sequence[Any], text_max: int | None) -> Table:
    several = len({row.currency for row in rows}) > 1
    shown = [column for column in columns if several or column.field != "currency"]
    table = Table(box=None, header_style="dim", show_footer=False, pad_edge=False)
    for column in shown:
        text = column.kind in ("text", "date", "moment", "yes", "part")
        table.add_column(column.title, justify="left" if text else "right", no_wrap=column.field != "name", overflow="ellipsis")
    for row in rows:
        table.add_row(*(_cell(row, column, text_max) for column in shown))
    for row in totals if len(rows) > 1 else []:
        # The total counts orders, under a heading that says lines: it is left out.
        cells = ["" if column.title in ON_LINES else _cell(row, column, text_max) for column in shown[1:]]
        table.add_row("Total", *cells, style="bold")
    return table


def _cell(row: Any, column: Column, text_max: int | None) -> str:
    if column.kind == "amount" and getattr(row, column.field) is not None:
        return _money(getattr(row, column.field), row.currency)
    value = value_of(row, column)
    if value is None:
        return ""
    if column.kind == "moment":
        return str(value)[:16]
    return f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)[:text_max]


def _money(amount: int, currency: str) -> str:
    """Without decimals where there are none to see: rupiah have had no sen for decades."""
    exponent = exponent_of(currency) or 0
    whole, rest = divmod(abs(amount), 10**exponent)
    return f"{'-' if amount < 0 else ''}{whole:,}{f'.{rest:0{exponent}}' if rest else ''}"


def _chart(console: Console, by: str, currency: str, rows: Sequence[Any], worth: str) -> None:
    values = [in_major(getattr(row, worth), currency) for row in rows]
    if len(rows) < 2 or not any(values):
        return
    size, unit = _unit(max(map(abs, values)))
    title = f"{worth.capitalize()}, {unit}{currency}"
    scaled = [value / size for value in values]
    console.print()
    if by in TIMELY:
        labels = [row.key[-2:] if by != "month" else row.key[2:] for row in rows]
        print(_upright(labels, scaled, title, min(console.width, 110)))
    else:
        console.print(_lying([row.name for row in rows[:BARS_MAX]], scaled[:BARS_MAX], title, min(console.width, 110)))


def _unit(largest: float) -> tuple[float, str]:
    return next(((size, word) for size, word in ((1e9, "billion "), (1e6, "million "), (1e3, "thousand ")) if largest >= size), (1.0, ""))


def _upright(labels: Sequence[str], values: Sequence[float], title: str, width: int) -> str:
    """Without colours: it is to be read on any background, and in a file."""
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, 14)
    figure.title(title)
    figure.draw(figure.bar(labels, values, width=0.6))
    return "\n".join(line.rstrip() for line in str(plotext.uncolorize(str(figure.build()))).splitlines())


def _lying(names: Sequence[str], values: Sequence[float], title: str, width: int) -> Table:
    table = Table(box=None, title=title, title_justify="left", title_style="dim", show_header=False, pad_edge=False)
    most, room = max(map(abs, values)), max(width - 50, 10)
    for name, value in zip(names, values, strict=True):
        table.add_row(name[:34], "█" * round(abs(value) / most * room), f"{value:,.2f}")
    return table
