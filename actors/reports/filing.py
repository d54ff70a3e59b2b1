"""A report as a file: the same rows, in the format that is wanted."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from actors.reports.contract import Format, ReportFile, Wish
from actors.reports.drawing import Picture, draw
from actors.reports.store import Memory
from actors.reports.tables import Table, to_csv, to_xlsx
from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work

Asks = TypeVar("Asks", bound=Wish)
Report = TypeVar("Report")

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}


async def each(
    asked: Sequence[Asked[Asks]], work: Work, answer: Callable[[Asks, Work], Awaitable[Report | Refusal]]
) -> list[Report | Refusal]:  # fmt: skip
    """Those who want a picture get it once there is what draws it."""
    return [await _drawable(one.body.format, work) or await answer(one.body, work) for one in asked]


async def _drawable(format: Format, work: Work) -> Refusal | None:
    memory: Memory = work.resource
    return await memory.modules.missing() if format in ("png", "svg") else None


async def file_of(format: Format, name: str, table: Table, picture: Picture) -> ReportFile:
    """In a thread: whoever sells in this process goes on meanwhile."""
    content = await asyncio.to_thread(_made, format, table, picture)
    return ReportFile(content_type=TYPES[format], content=b64encode(content).decode(), filename=f"{name}.{format}")


def _made(format: Format, table: Table, picture: Picture) -> bytes:
    if format == "csv":
        return to_csv(table)
    if format == "xlsx":
        return to_xlsx(table)
    return draw(picture, "svg" if format == "svg" else "png")
