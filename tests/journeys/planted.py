"""Secrets that are known, and everywhere that they must not be: logs, tables, streams, answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import nats
from nats.js.errors import NotFoundError

from actors.runtime.database import connect_alone

TABLES = """
    SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


@dataclass
class Plants:
    """Secrets by what they are."""

    values: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: str) -> str:
        assert len(value) >= 6, name
        self.values[name] = value
        return value

    def found_in(self, where: str, text: str) -> list[str]:
        return [f"the {name} stands in {where}" for name, value in self.values.items() if any(needle.search(text) for needle in needles(value))]


def needles(value: str) -> Iterator[re.Pattern[str]]:
    """As it is, and as it looks in a URL, in base64 and in a dump. Digits only count when they stand alone: they may be part of any number."""
    for written in {value, quote(value), value.encode().hex(), base64.b64encode(value.encode()).decode().rstrip("=")}:
        exact = re.escape(written)
        yield re.compile(rf"(?<![0-9A-Fa-f.]){exact}(?![0-9A-Fa-f])" if value.isdecimal() else exact)


@dataclass
class Answer:
    """`shows`: the one answer that has to tell a secret, because it has just been made."""

    said: str
    status: int
    body: bytes
    shows: bool


@dataclass
class Caller:
    """Asks, and keeps all answers."""

    url: str
    http: aiohttp.ClientSession
    answers: list[Answer] = field(default_factory=list)

    async def say(
        self, method: str, path: str, body: Any = None, *, key: str = "", shows: bool = False, raw: bytes | None = None, **headers: str
    ) -> Any:
        """The decoded answer, with its `status`; whatever it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        data: dict[str, Any] = {"json": body} if raw is None else {"data": raw}
        if raw is not None:
            sent["Content-Type"] = "application/json"
        async with self.http.request(method, self.url + path, headers=sent, **({} if body is None and raw is None else data)) as answer:
            content = await answer.read()
            self.answers.append(Answer(f"the answer to {method} {path}", answer.status, content, shows))
            told = await answer.json(content_type=None) if "json" in answer.headers.get("Content-Type", "") else {}
        return {**told, "http": answer.status} if isinstance(told, dict) else told


def in_answers(plants: Plants, answers: list[Answer]) -> list[str]:
    found = []
    for answer in answers:
        if not answer.shows:
            found += plants.found_in(f"{answer.said} ({answer.status})", answer.body.decode(errors="replace"))
    return found


def in_files(plants: Plants, paths: list[Path]) -> list[str]:
    return [line for path in paths for line in plants.found_in(path.name, path.read_text(errors="replace"))]


async def in_tables(plants: Plants, url: str) -> list[str]:
    """Every row of every table, as a dump would have it: bytes in hex, JSON as text."""
    found = []
    connection = await connect_alone(url)
    try:
        for row in await connection.fetch(TABLES):
            rows = await connection.fetch(f"SELECT t::text AS line FROM {row[0]} AS t")
            found += plants.found_in(f"table {row[0]}", "\n".join(line["line"] or "" for line in rows))
            found += plants.found_in(f"bytes of table {row[0]}", "\n".join(_bytes_of(line["line"] or "") for line in rows))
    finally:
        await connection.close()
    return found


def _bytes_of(line: str) -> str:
    r"""What is in `\x...`."""
    return "\n".join(bytes.fromhex(part).decode(errors="replace") for part in re.findall(r"\\x((?:[0-9a-f]{2})+)", line))


@asynccontextmanager
async def heard(url: str) -> Any:
    """Everything that goes through NATS as long as this lasts, by subject; and at the end what the streams are made of."""
    connection = await nats.connect(url)
    messages: list[tuple[str, str]] = []

    async def keep(message: Any) -> None:
        messages.append((message.subject, f"{message.headers or ''}\n{message.data.decode(errors='replace')}"))

    await connection.subscribe(">", cb=keep)
    await connection.flush()
    try:
        yield messages
    finally:
        await connection.close()


async def in_streams(plants: Plants, url: str, messages: list[tuple[str, str]]) -> list[str]:
    """What was told on the subjects of streams. A question goes from the edge to one actor, and nobody keeps it."""
    connection = await nats.connect(url)
    try:
        kept = {subject for stream in await connection.jetstream().streams_info() for subject in stream.config.subjects or []}
    except NotFoundError:
        kept = set()
    finally:
        await connection.close()
    told = [(subject, text) for subject, text in messages if subject in kept]
    assert told, "nothing was told, so nothing was looked at"
    return [line for subject, text in told for line in plants.found_in(f"the event {subject}", text)]
