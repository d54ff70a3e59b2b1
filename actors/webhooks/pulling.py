"""Events for those who come and ask: an endpoint's feed, exactly as it would be posted now, and the list of all events.

Nobody waits here. The edge asks again when there is something new (`http_edge/waiting.py`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from actors.runtime.actor import Asked
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks.bodies import Kept, OutOfReach
from actors.webhooks.catalogue import EVENT_TYPES
from actors.webhooks.contract import (
    GONE,
    INVALID,
    NOT_FOUND,
    KeptEvent,
    KeptEvents,
    PulledEvent,
    PulledEvents,
    PullEvents,
    ReadEvents,
)
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.filters import patterns_for, unknown_event_types
from actors.webhooks.keyring import find_keys
from actors.webhooks.postman import Postman
from actors.webhooks.signing import Keys, signature

BYTES_MAX = 1_000_000
"""Bodies in one answer. There they are text in JSON, so they may take twice as much."""
PORTION = 100
"""Bodies that are fetched at once."""
WINDOW = 10_000
"""So many events are looked at for one answer, whatever their type."""


async def pull_events(asked: Sequence[Asked[PullEvents]], work: Work) -> list[PulledEvents | Refusal]:
    """One at a time (see the table of actors): bodies are asked for before the transaction begins."""
    return [await _pull(one.body, work) for one in asked]


async def _pull(wish: PullEvents, work: Work) -> PulledEvents | Refusal:
    found = await work.read(SQL["feed_to_pull"], wish.id)
    if not found:
        return NOT_FOUND.refuse("There is no such endpoint, or it was deleted.")
    feed = found[0]
    if wish.after > feed["seq"]:
        return _ahead(wish.after, "`seq`", "the feed of this endpoint", feed["seq"])
    if wish.after + 1 < feed["first_seq"]:
        return GONE.refuse(f"The oldest that is kept is {feed['first_seq']}. Ask for what comes after {feed['first_seq'] - 1}.")
    rows = await work.read(SQL["feed_after"], feed["number"], wish.after, wish.limit)
    try:
        bodies = await _bodies(work, rows)
    except OutOfReach as error:
        return error.refusal
    if feed["pull_only"] and feed["pulled_to"] < wish.after:
        await work.execute(SQL["pulled"], feed["number"], wish.after)
    keys = (await find_keys(work, [feed["number"]]))[feed["number"]] if bodies else ()
    items = [_signed(row, body, keys) for row, body in zip(rows, bodies, strict=False)]
    # What came in between the two looks counts, too.
    return PulledEvents(items=items, last_seq=max(feed["seq"], items[-1].seq if items else 0), first_seq=feed["first_seq"])


def _ahead(after: int, of: str, what: str, newest: int) -> Refusal:
    """Whoever asks so has mixed up cursors, or this database was restored from an older state. Silence would last until as much has
    happened as was skipped, and nobody would know."""
    detail = f"{what[0].upper()}{what[1:]} goes up to {newest}, so nobody can have got {after}. Go on after the last {of} that you got from here."
    return INVALID.refuse(detail, FieldError(pointer="?after", detail=f"At most {newest} by now."))


def _signed(row: Any, body: bytes, keys: Keys) -> PulledEvent:
    at = time.time()
    signed = signature(keys, str(row["id"]), str(int(at)), body, at)
    return PulledEvent(seq=row["seq"], type=row["type"], id=row["id"], timestamp=int(at), signature=signed, body=body.decode())


async def read_events(asked: Sequence[Asked[ReadEvents]], work: Work) -> list[KeptEvents | Refusal]:
    """One at a time, as above."""
    return [await _read(one.body, work) for one in asked]


async def _read(wish: ReadEvents, work: Work) -> KeptEvents | Refusal:
    unknown = unknown_event_types(wish.event_types or (), EVENT_TYPES)
    if unknown:
        errors = [FieldError(pointer=f"/event_types/{index}", detail="No event has this type.") for index in unknown]
        return INVALID.refuse("`GET /v1/event-types` lists what there is.", *errors)
    names = [name for name in EVENT_TYPES if wish.event_types is None or set(patterns_for(name)) & set(wish.event_types)]
    head = (await work.read(SQL["sorted_to"]))[0]
    if wish.after > head["position"]:
        return _ahead(wish.after, "`position`", "the list of all events", head["position"])
    until = min(head["position"], wish.after + WINDOW)
    rows = await work.read(SQL["sorted_after"], wish.after, names, until, wish.limit)
    try:
        bodies = await _bodies(work, rows)
    except OutOfReach as error:
        return error.refusal
    items = [
        KeptEvent(position=row["position"], type=row["type"], id=row["id"], body=body.decode()) for row, body in zip(rows, bodies, strict=False)
    ]
    whole = len(items) == len(rows) < wish.limit
    return KeptEvents(
        items=items, position=until if whole else items[-1].position, first_position=head["first"] or head["position"] + 1
    )


async def _bodies(work: Work, rows: Sequence[Any]) -> list[bytes]:
    """Those of the first rows: as many as fit into an answer, and one at least. OutOfReach when they cannot be had now."""
    postman: Postman = work.resource
    bytes_max = min(BYTES_MAX, work.page_bytes_max)
    bodies: list[bytes] = []
    for start in range(0, len(rows), PORTION):
        portion = rows[start : start + PORTION]
        found = await postman.bodies.fetch(work.ask, [Kept(row["position"], row["log"], row["log_position"]) for row in portion])
        for row in portion:
            bytes_max -= len(found[row["position"]])
            if bodies and bytes_max < 0:
                return bodies
            bodies.append(found[row["position"]])
    return bodies
