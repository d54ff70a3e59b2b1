"""A report as a file: the same rows, in the format that is wanted."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from actors.reports.contract import Format, ReportFile, Wish
from actors.reports.drawing import Picture, draw
from actors.reports.tables import Table, to_csv, to_xlsx
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.runtime.workshop import WORKSHOP

Asks = TypeVar("Asks", bound=Wish)
Report = TypeVar("Report")

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}

_PICTURES = ("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")
TOOLS: Mapping[str, Sequence[str]] = {"png": _PICTURES, "svg": _PICTURES, "xlsx": ("xlsxwriter",)}
"""What is slow to load of what makes each."""


async def each(
    asked: Sequence[Asked[Asks]], work: Work, answer: Callable[[Asks, Work], Awaitable[Report | Refusal]]
) -> list[Report | Refusal]:  # fmt: skip
    """Those who want a file get it once there is where it is made."""
    return [await _unready(one.body.format) or await answer(one.body, work) for one in asked]


async def _unready(format: Format) -> Refusal | None:
    return await WORKSHOP.lacks(TOOLS[format]) if format in TOOLS else None


async def file_of(format: Format, name: str, table: Table, picture: Picture) -> ReportFile:
    if format not in TOOLS:
        content = await asyncio.to_thread(to_csv, table)
    else:
        content = await WORKSHOP.make(_made, format, table, picture)
    return ReportFile(content_type=TYPES[format], content=b64encode(content).decode(), filename=f"{name}.{format}")


def _made(format: Format, table: Table, picture: Picture) -> bytes:
    if format == "xlsx":
        return to_xlsx(table)
    return draw(picture, "svg" if format == "svg" else "png")
