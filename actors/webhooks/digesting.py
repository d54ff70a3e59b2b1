"""Makes each endpoint's digests when their time has come: one for each hour in which something was sent, one for each day.

    hour  full hours, UTC. One in which nothing but digests came is left out, and belongs to the next that is told of
    day   in the endpoint's time zone, from its `day_starts_at` to the next: as business dates go. Always, also when nothing came: a sign of life

Both follow each other by seq without a hole, from the endpoint's first event on; its first day begins when it was made. A digest is
an event in the feed that it is about, so the next one covers it. Feeds of paused and disabled endpoints go on, and so do their digests.

How far an endpoint's digests have come is written in the transaction that puts the digest into its feed: each is made once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from actors.runtime.database import WAIT_FOR_IT
from actors.runtime.days import read_clock
from actors.runtime.ids import now as clock
from actors.runtime.logs import get_logger
from actors.runtime.work import Work
from actors.webhooks.contract import WEBHOOK_DIGEST, Digest, Unproven
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.digests import day_end, hour_end, hour_start
from actors.webhooks.proving import Incomplete, make_digest, seq_at
from actors.webhooks.sorting import address

if TYPE_CHECKING:
    from actors.runtime.member import Member

_log = get_logger(part="digests")

LOOK_SECONDS = 5.0
GRACE = timedelta(seconds=10)
"""A window is closed so long after its end: what was being written then has arrived."""
REMOVED = "Some of its events had been removed, because they were older than what is kept."
SHORTEST_DAY, LONGEST_DAY = timedelta(hours=22), timedelta(hours=26)
"""Of those that begin and end at the same hour. The first one of an endpoint, and one whose hour is changed, may be as short as you like."""
AT_ONCE = 50
"""Digests in one transaction."""
EVENTS_AT_ONCE = 200_000
"""... or as many as cover so many events."""


class Due(msgspec.Struct, frozen=True):
    """An endpoint that may have something to tell of. Times and seqs: see webhooks.feeds."""

    id: UUID
    number: int
    time_zone: str
    day_starts_at: str
    seq: int
    first_seq: int
    hour_to: int
    hour_from: datetime
    hour_until: datetime
    day_to: int
    day_until: datetime


async def digest(member: Member) -> None:
    """Runs until cancelled. One member at a time does it; the others find the lock taken."""
    while True:
        async with member.transaction() as work:
            made = await make_due(work, clock())
        if not made:
            await asyncio.sleep(LOOK_SECONDS)


async def make_due(work: Work, now: datetime) -> int:
    """Makes some of the digests that are due. Returns how many endpoints have come further: 0 means that nothing was left to do."""
    if not await work.fetchval(SQL["only_one_makes_digests"]):
        return 0
    made: list[tuple[Due, Digest]] = []
    hours: list[tuple[int, int, datetime, datetime]] = []
    days: list[tuple[int, int, datetime]] = []
    unproven: list[tuple[int, str]] = []
    for row in await work.fetch(SQL["digests_due"], hour_start(now - GRACE), now - GRACE - SHORTEST_DAY, now - LONGEST_DAY):
        due = Due(**dict(row))
        try:
            if not _has_ended(due, now - GRACE):
                continue
            async with work.by_itself():
                hour, day = await _hour(work, due, now - GRACE), await _day(work, due, now - GRACE)
        except WAIT_FOR_IT:
            raise
        except Exception as error:
            # The others have theirs; this one is tried again with the next look.
            _log.error("webhook digest not made", endpoint=str(due.id), exc_info=error)
            continue
        for told in (hour, day):
            if isinstance(told, Digest):
                made.append((due, told))
            elif isinstance(told, Unproven):
                _log.warning("webhook digest cannot be made", endpoint=str(due.id), window=told.window, first_seq=told.first_seq, reason=told.reason)
                unproven.append((due.number, msgspec.json.encode(told).decode()))
        if isinstance(hour, datetime):
            hours.append((due.number, due.hour_to, due.hour_from, hour))
        elif hour is not None and hour.until is not None:
            hours.append((due.number, hour.last_seq, hour.until, hour.until))
        if day is not None and day.until is not None:
            days.append((due.number, day.last_seq, day.until))
        if len(made) >= AT_ONCE or sum(one.count for _, one in made) >= EVENTS_AT_ONCE:
            break
    if made:
        await address(work, [(due.number, WEBHOOK_DIGEST, told, str(due.id)) for due, told in made])
    if hours:
        await work.execute(SQL["move_hours"], *(list(column) for column in zip(*hours, strict=True)))
    if days:
        await work.execute(SQL["move_days"], *(list(column) for column in zip(*days, strict=True)))
    if unproven:
        await work.execute(SQL["note_unproven"], *(list(column) for column in zip(*unproven, strict=True)))
    return len({number for number, *_ in (*hours, *days)})


def _has_ended(due: Due, now: datetime) -> bool:
    """An hour or a day of it; so that those of which none has cost no question."""
    return due.hour_until < hour_start(now) or _day_ends(due) <= now


def _day_ends(due: Due) -> datetime:
    return day_end(due.day_until, ZoneInfo(due.time_zone), read_clock(due.day_starts_at))


async def _hour(work: Work, due: Due, now: datetime) -> Digest | Unproven | datetime | None:
    """The next hour to tell of; or up to when there is none; or nothing, when the hour has not ended."""
    ended = hour_start(now)
    if due.hour_until >= ended:
        return None
    first = await work.fetchval(SQL["first_but_digests"], due.number, due.hour_to)
    if first is None or first >= ended:
        return ended
    until = min(max(hour_end(first), hour_end(due.hour_from)), ended)
    return await _make(work, due, "hour", due.hour_to, due.hour_from, until)


async def _day(work: Work, due: Due, now: datetime) -> Digest | Unproven | None:
    until = _day_ends(due)
    return await _make(work, due, "day", due.day_to, due.day_until, until) if until <= now else None


async def _make(work: Work, due: Due, window: Any, after: int, start: datetime, until: datetime) -> Digest | Unproven:
    """What has been removed meanwhile does not come back: that is said once, and the next digest begins after it."""
    first = max(after + 1, due.first_seq)
    last = await seq_at(work, due.number, first, due.seq, until) - 1
    try:
        return await make_digest(work, due, window, first, last, start, until)
    except Incomplete:
        return Unproven(window=window, from_time=start, until=until, first_seq=first, last_seq=last, reason=REMOVED, at=work.now)
