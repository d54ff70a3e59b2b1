"""What a listener has kept of its events, read from its own file: JSON lines, or the SQLite file of the receiver in docs/examples."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from actors.webhooks.catalogue import EVENT_TYPES, read_facts
from actors.webhooks.digests import leaf
from deploy.trouble import Trouble

SQLITE = b"SQLite format 3\x00"


class Record(NamedTuple):
    """One event of a listener's records. `leaf`: 32 bytes that stand for its id and body."""

    leaf: bytes
    type: str
    currency: str | None
    amount: int


class Line(msgspec.Struct):
    """`body`: the text exactly as it came."""

    seq: int
    id: str
    body: str


class _Typed(msgspec.Struct):
    type: str


_typed = msgspec.json.Decoder(_Typed)


def read_records(path: Path) -> tuple[dict[int, Record], list[int]]:
    """Records by seq, and the seqs under which there are different ones; the last of them counts. Trouble when it cannot be read."""
    records: dict[int, Record] = {}
    unlike: list[int] = []
    try:
        for seq, event_id, body in _rows(path):
            record = _record(event_id, body)
            if records.setdefault(seq, record).leaf != record.leaf:
                unlike.append(seq)
                records[seq] = record
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.") from None
    except sqlite3.Error as error:
        raise Trouble(f"{path} has no table `events` with seq, id and body: {error}.") from None
    return records, unlike


def _rows(path: Path) -> Iterator[tuple[int, str, bytes]]:
    with path.open("rb") as file:
        if file.read(len(SQLITE)) == SQLITE:
            yield from _from_sqlite(path)
            return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _from_line(path, number, line)


def _from_line(path: Path, number: int, line: bytes) -> tuple[int, str, bytes]:
    try:
        one = msgspec.json.decode(line, type=Line)
    except msgspec.MsgspecError as error:
        raise Trouble(f'{path}, line {number} is not {{"seq": 1, "id": "...", "body": "..."}}: {error}.') from None
    return one.seq, one.id, one.body.encode()


def _from_sqlite(path: Path) -> Iterator[tuple[int, str, bytes]]:
    """Events without a seq were taken before there were any, and are nobody's proof."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        for seq, event_id, body in connection.execute("SELECT seq, id, body FROM events WHERE seq IS NOT NULL ORDER BY seq"):
            yield seq, event_id, body.encode() if isinstance(body, str) else body
    finally:
        connection.close()


def _record(event_id: str, body: bytes) -> Record:
    """What is no event at all is worth nothing: its leaf will tell that it differs."""
    try:
        name = _typed.decode(body).type
        facts = read_facts(name, body) if name in EVENT_TYPES else None
    except msgspec.MsgspecError:
        return Record(leaf(event_id, body), "", None, 0)
    return Record(leaf(event_id, body), name, facts.currency if facts else None, (facts.amount or 0) if facts else 0)
