"""A report as a file: the same rows, in the format that is wanted."""

from __future__ import annotations

import asyncio
from base64 import b64encode

from actors.reports.contract import Format, ReportFile
from actors.reports.drawing import Picture, draw
from actors.reports.tables import Table, to_csv, to_xlsx

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}


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
