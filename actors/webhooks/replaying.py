"""Carries out replays: what is in the feed is due again, with its seq; what is not gets the next ones, at the end.

In portions, from all events by position: each is decided on, and written together with how far the replay has come, in one
transaction. So whoever goes on after a crash begins where that ended, and nothing is sent on its way twice by one replay. It keeps to
its rate, and lets no more gather than goes out within seconds: the endpoint's new events do not wait behind a crowd.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from actors.runtime.work import Work
from actors.webhooks.bodies import Bodies, Kept, OutOfReach, asking
from actors.webhooks.contract import NEWS_SUBJECT, REPLAY_SUBJECT, Chosen, News, ReplayStarted
from actors.webhooks.deliveries import send_again
from actors.webhooks.deliveries_store import SQL, Feed, find_feeds
from actors.webhooks.filters import compile_filter
from actors.webhooks.replays import fitting
from actors.webhooks.sorting import lane_of

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 0.25
QUIET_SECONDS = 2.0
"""Where no replay has been at work for a while."""
PORTION_SECONDS, PORTION_MAX = 0.25, 500
"""A portion is so long a time's worth. Who comes late makes up for as much and no more: a listener's second has little above the rate."""
WAITING_SECONDS, WAITING_MAX = 2, 500
"""So much may be under way again: each holds its lane, and with too many of those nothing new would go out."""
FULL_SECONDS = 0.1
BEHIND_SECONDS = 4
"""How far an endpoint may be behind its feed while more is added at the end; how far it is, is written every few seconds only."""
LOOKED_AT_MAX = 20_000
"""Events that one portion looks through."""
TAKEN_SECONDS = 10.0
"""A member that has taken a replay and died is replaced after this."""


async def replay(member: Member) -> None:
    """Runs until cancelled."""
    bodies, started = Bodies(), asyncio.Event()
    deaf = await member.client.on_hint(REPLAY_SUBJECT, ReplayStarted, lambda _: started.set())
    busy_until = 0.0
    try:
        while True:
            started.clear()
            if await carry_on(member, bodies):
                busy_until = monotonic() + TAKEN_SECONDS
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(started.wait(), LOOK_SECONDS if monotonic() < busy_until else QUIET_SECONDS)
    finally:
        deaf()


class Taken(msgspec.Struct, frozen=True):
    """A replay that this member goes on with. `rows`: what fits next; `after`: where it will have come to."""

    id: Any
    feed: Feed
    before: int
    after: int
    due_at: datetime
    now: datetime
    rate: int
    rows: list[Any]


async def carry_on(member: Member, bodies: Bodies, moment: datetime | None = None) -> bool:
    """One portion of one replay. False when none is due. Without a `moment` it is now by the database's clock: a member's may be put back."""
    async with member.transaction() as work:
        row = await work.fetchrow(SQL["take_replay"], moment, TAKEN_SECONDS)
        if row is None:
            return False
        taken = await _look(work, row, row["now"])
    if taken is None:
        return True
    try:
        again, new = await _chosen(member, bodies, taken)
    except OutOfReach as away:
        member.log.warning("replay waits for bodies", replay=str(taken.id), reason=str(away))
        return True
    async with member.transaction() as work:
        next_at = max(taken.due_at, taken.now - timedelta(seconds=PORTION_SECONDS)) + timedelta(seconds=(len(again) + len(new)) / taken.rate)
        moved = await work.fetchval(
            SQL["move_replay_on"], taken.id, taken.before, taken.after, len(again) + len(new), len(new), next_at, work.now
        )
        if moved is not None:
            await _send(work, taken.feed, again, new)
    return True


async def _look(work: Work, row: Any, now: datetime) -> Taken | None:
    """What comes next; nothing when enough is on its way already."""
    feed = (await find_feeds(work, [row["endpoint_id"]])).get(row["endpoint_id"])
    if feed is None:
        await work.execute(SQL["stop_replay"], row["endpoint"], row["id"], now)
        return None
    rate = row["rate_per_second"]
    room = await _room(work, feed, rate, now)
    if room <= 0:
        await work.execute(SQL["replay_later"], row["id"], now + timedelta(seconds=FULL_SECONDS))
        return None
    events = msgspec.json.decode(row["events"], type=Chosen)
    limit = min(room, PORTION_MAX, max(1, int(rate * PORTION_SECONDS)))
    # What is about one thing is found by an index; for the rest it goes through all events, so many at once.
    looked_to = row["until"] if events.key is not None else min(row["until"], row["after"] + LOOKED_AT_MAX)
    rows = await work.fetch(SQL["fitting"], *fitting(feed, events, row["after"], looked_to, work, now, limit))
    after = rows[-1]["position"] if len(rows) == limit else looked_to
    return Taken(row["id"], feed, row["after"], after, row["due_at"], now, rate, rows)


async def _room(work: Work, feed: Feed, rate: int, now: datetime) -> int:
    if feed.pull_only:
        return PORTION_MAX
    if feed.seq - feed.done_to > BEHIND_SECONDS * rate + PORTION_MAX:
        return 0
    most = min(WAITING_SECONDS * rate, WAITING_MAX)
    return most - int(await work.fetchval(SQL["going_out"], feed.number, now, most))


async def _chosen(member: Member, bodies: Bodies, taken: Taken) -> tuple[list[int], list[Any]]:
    """The seqs that are sent again, and the rows that are new to the feed: these meet the endpoint's own condition."""
    again = sorted(row["seq"] for row in taken.rows if row["seq"] is not None)
    new = [row for row in taken.rows if row["seq"] is None]
    if not new or not taken.feed.condition:
        return again, new
    found = await bodies.fetch(asking(member.client), [Kept(row["position"], row["log"], row["log_position"]) for row in new])
    wish = compile_filter(taken.feed.event_types, taken.feed.store_ids, taken.feed.condition)
    return again, [row for row in new if row["position"] in found and wish.wants(row["type"], row["store_id"], found[row["position"]])]


async def _send(work: Work, feed: Feed, again: Sequence[int], new: Sequence[Any]) -> None:
    if new:
        await work.execute(SQL["append_to_feed"], feed.number, [row["position"] for row in new], [lane_of(row["key"]) for row in new], work.now)
        work.hint(NEWS_SUBJECT, News(endpoint_ids=[feed.id]))
    if again:
        await send_again(work, feed, again, hurry=False)
