"""Events that are neighbours in the log, and of one name, travel in one message: as commands do that are asked together (`bundles.py`).

An event that is published alone is a plain message: its body as it stands in the log, the rest in its headers. A bundle has the
header `Kasir-Bundle` (how many) and is a JSON array of parts; its `Kasir-Position` is that of the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from actors.runtime.actor import Happened
from actors.runtime.bundles import BUNDLE
from actors.runtime.envelopes import KEY, MESSAGE_ID, POSITION, TRACE, encode
from actors.runtime.words import Event

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from actors.runtime.upkeep import LogItem

EVENTS_MAX = 64
BYTES_MAX = 256 * 1024
_AROUND_BYTES = 256
"""What a part has beside its body: id, position, key, traceparent, and what JSON puts between them; generously."""


class EventPart(Struct, array_like=True):
    """One event in a bundle, with what its headers would be."""

    id: UUID
    position: int
    key: str
    traceparent: str
    body: Raw


class Packed(NamedTuple):
    """What goes out as one message: one event, or several."""

    subject: str
    payload: bytes
    headers: dict[str, str]


_COUNTS = frozenset(str(count) for count in range(1, EVENTS_MAX + 1))
_decode_parts = msgspec.json.Decoder(Annotated[list[EventPart], Meta(min_length=1)]).decode


def pack(rows: Iterable[LogItem], bytes_max: int) -> Iterator[Packed]:
    """Rows of the log, in their order. An event that has more than `bytes_max` by itself goes alone."""
    run: list[LogItem] = []
    size = 0
    for row in rows:
        more = len(memoryview(row.body)) + _AROUND_BYTES
        if run and (row.name != run[0].name or len(run) == EVENTS_MAX or size + more > bytes_max):
            yield _packed(run)
            run, size = [], 0
        run.append(row)
        size += more
    if run:
        yield _packed(run)


def _packed(run: Sequence[LogItem]) -> Packed:
    first, last = run[0], run[-1]
    if len(run) == 1:
        headers = {MESSAGE_ID: str(first.id), POSITION: str(first.position), KEY: first.key}
        if first.traceparent:
            headers[TRACE] = first.traceparent
        return Packed(first.name, bytes(first.body), headers)
    parts = [EventPart(row.id, row.position, row.key, row.traceparent, row.body) for row in run]
    # The same id means the same content: the log has no gaps, and never changes.
    headers = {MESSAGE_ID: f"{first.id}+{len(run)}", POSITION: str(last.position), BUNDLE: str(len(run))}
    return Packed(first.name, encode(parts), headers)


def unpack(message: Msg, event: Event[Any]) -> list[Happened[Any]]:
    """The events of a message. KeyError or ValueError when no relay can have published it."""
    told = message.headers or {}
    if BUNDLE not in told:
        return [
            Happened(
                id=str(UUID(told[MESSAGE_ID])), name=message.subject, key=told.get(KEY, ""), position=int(told.get(POSITION, 0)),
                body=message.data, event=event, traceparent=told.get(TRACE, ""),
            )
        ]
    try:
        parts = _decode_parts(message.data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return [
        Happened(
            id=str(part.id), name=message.subject, key=part.key, position=part.position,
            body=bytes(part.body), event=event, traceparent=part.traceparent,
        )
        for part in parts
    ]


def events_in(message: Msg) -> int:
    """How many it says it has; where that is no count of ours, one."""
    told = (message.headers or {}).get(BUNDLE, "1")
    return int(told) if told in _COUNTS else 1
