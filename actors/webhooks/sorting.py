"""Sorts events: each gets its position among all of them, and a place in the feed of every endpoint that wants it.

One transaction sorts at a time, because all of them lock `sorted_head`: so positions, and the numbers in each feed, are in the
order of the commits. Filters are matched before it is locked; if an endpoint has changed meanwhile, that is done again.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from actors.runtime.actor import Happened
from actors.runtime.envelopes import encode_event
from actors.runtime.words import Event
from actors.runtime.work import Work
from actors.webhooks.catalogue import log_of, read_facts
from actors.webhooks.contract import NEWS_SUBJECT, News
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.digests import leaf
from actors.webhooks.lanes import Parcel
from actors.webhooks.postman import Postman
from actors.webhooks.wishes import Told, Wanted, Wish


def lane_of(key: str) -> int:
    """32 bits, signed: what is about the same thing is in the same lane."""
    return crc32(key.encode()) - 2**31


class Sorted(NamedTuple):
    """One event, as it is written to webhooks.sorted."""

    id: str
    log_position: int
    name: str
    key: str
    traceparent: str
    body: bytes
    at: datetime
    store_id: UUID | None = None
    amount: int | None = None
    currency: str | None = None


class Fed(NamedTuple):
    """What one endpoint got: it was at seq `before`."""

    wish: Wish
    before: int
    events: Sequence[int]


async def sort(happened: Sequence[Happened[Any]], work: Work) -> None:
    """All from one log, in its order. What is older than anything is kept, as where webhooks are new, is passed over."""
    postman: Postman = work.resource
    oldest = work.now - timedelta(days=work.settings.webhooks_retention_days)
    known = [(one, facts) for one in happened if (facts := read_facts(one.name, one.body)).at >= oldest]
    if not known:
        return
    told = [Told(one.name, one.body, facts) for one, facts in known]
    events = [
        Sorted(one.id, one.position, one.name, one.key, one.traceparent, one.body, facts.at, facts.store_id, facts.amount, facts.currency)
        for one, facts in known
    ]
    log = log_of(happened[0].name)
    while True:
        wanted = list(postman.wishes.wanted(told, work.now))
        rows = await _write(work, postman.wishes.generation, log, events, wanted)
        if rows:
            break
        # Locked, it cannot change any more: the next try is the last.
        await work.execute(SQL["lock_sorted_head"])
        postman.wishes.learn(await work.fetch(SQL["read_wishes"]))
    _tell(work, rows, events, wanted)


class Sent(NamedTuple):
    """An addressed event's id, and where it is: in its endpoint's feed, and among all events."""

    id: str
    seq: int
    position: int


async def address(work: Work, letters: Sequence[tuple[int, Event[Any], msgspec.Struct, str]]) -> list[Sent]:
    """Puts events into the feeds of single endpoints, and into the log: (number of the endpoint, event, data, key) for each.

    The endpoints are there, and not deleted. Nothing else is recorded in this transaction. The log and the feeds are locked until
    it commits: do everything else before.
    """
    first = await work.reserve(len(letters))
    events = []
    for place, (_, event, data, key) in enumerate(letters, first):
        id = work.record(event, key, data)
        events.append(Sorted(id, place, event.name, key, work.traceparent, encode_event(event.name, work.now, data), work.now))
    ids = {row["number"]: row["id"] for row in await work.fetch(SQL["endpoint_ids"], sorted({letter[0] for letter in letters}))}
    wanted = [
        Wanted([place for place, letter in enumerate(letters, 1) if letter[0] == number], [Wish(number, id, work.now)])
        for number, id in ids.items()
    ]
    rows = await _write(work, None, "webhooks", events, wanted)
    _tell(work, rows, events, wanted)
    before = {row["endpoint"]: row["before"] for row in rows}
    seqs = {place: before[one.wishes[0].number] + nth for one in wanted for nth, place in enumerate(one.events, 1)}
    return [Sent(event.id, seqs[place], rows[0]["position"] + place) for place, event in enumerate(events, 1)]


# --- in one statement ---------------------------------------------------------------------------------------------


async def _write(work: Work, generation: int | None, log: str, events: Sequence[Sorted], wanted: Sequence[Wanted]) -> list[Any]:
    """A row for each endpoint that got something, and one at least; none when endpoints have changed since `generation`."""
    rows_in = [(number, nth, event) for number, one in enumerate(wanted) for nth, event in enumerate(one.events, 1)]
    lanes = [lane_of(one.key) for one in events]
    return await work.fetch_whole(
        SQL["sort"],
        generation,
        [UUID(one.id) for one in events],
        log,
        [one.log_position for one in events],
        [one.name for one in events],
        [one.key for one in events],
        [one.traceparent for one in events],
        [leaf(one.id, one.body) for one in events],
        [one.store_id for one in events],
        [one.amount for one in events],
        [one.currency for one in events],
        [one.at for one in events],
        [wish.number for one in wanted for wish in one.wishes],
        [number for number, one in enumerate(wanted) for _ in one.wishes],
        [len(one.events) for one in wanted for _ in one.wishes],
        [number for number, _, _ in rows_in],
        [nth for _, nth, _ in rows_in],
        [event for _, _, event in rows_in],
        [lanes[event - 1] for _, _, event in rows_in],
        work.now,
    )


def _tell(work: Work, rows: Sequence[Any], events: Sequence[Sorted], wanted: Sequence[Wanted]) -> None:
    """Once it is committed: to the own postman, who may have room for it at once, and to everybody else."""
    postman: Postman = work.resource
    position = rows[0]["position"]
    before = {row["endpoint"]: row["before"] for row in rows}
    fed = [Fed(wish, before[wish.number], one.events) for one in wanted for wish in one.wishes]

    def hand_over() -> None:
        if fed:
            for number, event in enumerate(events, position + 1):
                postman.bodies.keep(number, event.body)
        lanes = [lane_of(one.key) for one in events]
        for one in fed:
            _offer(postman, one, events, lanes)

    work.after_commit(hand_over)
    seqs = [one.before + len(one.events) for one in fed]
    work.hint(NEWS_SUBJECT, News(endpoint_ids=[one.wish.endpoint_id for one in fed], position=position + len(events), seqs=seqs))


def _offer(postman: Postman, fed: Fed, events: Sequence[Sorted], lanes: Sequence[int]) -> None:
    """To the own postman, if the endpoint is in its charge: what it has no room for it reads later."""
    number, before = fed.wish.number, fed.before
    bag = postman.bags.get(number)
    if bag is None:
        return
    if bag.read_to != before or bag.room(monotonic()) < len(fed.events):
        return postman.grown(number, before + len(fed.events))
    told = [(seq, event - 1) for seq, event in enumerate(fed.events, before + 1)]
    postman.offer(
        number, before, [Parcel(seq, lanes[at], events[at].id, events[at].body, events[at].traceparent) for seq, at in told]
    )
