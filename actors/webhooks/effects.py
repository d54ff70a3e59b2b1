"""What a member of webhooks does beside answering: it posts what is due, and records what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.runtime.settings import Settings
from actors.runtime.work import Work
from actors.webhooks import endpoints, store
from actors.webhooks.addresses import read_networks
from actors.webhooks.fan_out import find_targets
from actors.webhooks.lanes import Parcel, Target
from actors.webhooks.metrics import DISABLED, LATE_SECONDS
from actors.webhooks.posting import open_session
from actors.webhooks.postman import Postman
from actors.webhooks.store import SQL

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 1.0
"""How often a member looks for deliveries that are due by schedule, or whose member has died."""
LOOK_SECONDS_MIN = 0.005
GATHER_SECONDS = 0.01
"""Outcomes gather for so long, and share a transaction."""
AWAY_SECONDS = 0.5


@asynccontextmanager
async def open_postman(settings: Settings) -> AsyncIterator[Postman]:
    async with open_session(settings, read_networks(settings.webhooks_allow)) as session:
        yield Postman(settings, session)


async def deliver(member: Member) -> None:
    """Runs until cancelled. Told to stop, it begins nothing more, frees for others what it had not begun, and records to the end."""
    postman: Postman = member.resource
    tasks = [asyncio.create_task(work(member, postman)) for work in (_record, _look, _stop_in_time)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await postman.finish(within_seconds=member.settings.drain_seconds / 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await record_once(member, postman)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _stop_in_time(member: Member, postman: Postman) -> None:
    """Before the member is cancelled: what comes in from now on is for others."""
    await member.stopping.wait()
    postman.stop()
    await asyncio.Event().wait()


# --- recording


async def _record(member: Member, postman: Postman) -> None:
    while True:
        await postman.finished.wait()
        await asyncio.sleep(GATHER_SECONDS)
        postman.finished.clear()
        if not await record_once(member, postman):
            await asyncio.sleep(AWAY_SECONDS)
        postman.resume()


async def record_once(member: Member, postman: Postman) -> bool:
    """One transaction for everything that has finished. False when Postgres did not take it: it is kept for the next time."""
    outcomes, gone = postman.take_outcomes()
    postman.show()
    if not outcomes and not gone:
        return True
    try:
        async with member.transaction() as work:
            if outcomes:
                await store.record_outcomes(work, outcomes)
            disabled = await endpoints.disable_gone(gone, work) if gone else []
    except asyncio.CancelledError:
        postman.put_back(outcomes, gone)
        raise
    except Exception as error:
        postman.put_back(outcomes, gone)
        member.log.warning("webhook outcomes not recorded yet", outcomes=len(outcomes), error=str(error) or type(error).__name__)
        return False
    for endpoint in disabled:
        DISABLED.inc()
        postman.endpoint_changed(endpoint.id, endpoint.version, active=False)
        member.log.info("webhook endpoint disabled", endpoint=str(endpoint.id), reason=endpoint.disabled_reason)
    return True


# --- looking for what is due


async def _look(member: Member, postman: Postman) -> None:
    seen: int | None = None
    while not postman.stopping:
        started = time.monotonic()
        try:
            seen = await look_once(member, postman, seen)
        except Exception as error:
            member.log.warning("webhook backlog not read", error=str(error) or type(error).__name__)
            await asyncio.sleep(AWAY_SECONDS)
        await asyncio.sleep(max(0.0, started + LOOK_SECONDS_MIN - time.monotonic()))
        # Not wait_for: before Python 3.12 it can swallow a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await postman.wanted.wait()
        postman.wanted.clear()
    await asyncio.Event().wait()


async def look_once(member: Member, postman: Postman, seen: int | None) -> int:
    """Follows changes of endpoints after position `seen`, and claims what is due. Returns the position that it got to."""
    postman.show()
    async with member.transaction() as work:
        if seen is None:
            seen = await work.fetchval(SQL["newest_change"])
        else:
            for row in await work.fetch(SQL["changed_since"], seen):
                seen = row["position"]
                postman.endpoint_changed(row["id"], row["version"], row["active"])
        claimed = await claim(work, postman)
    for target, parcels, more in claimed:
        postman.take(target, parcels)
        if more:
            postman.left_behind(target.endpoint_id)
    return seen or 0


Claimed = tuple[Target, list[Parcel], bool]
"""Where to, what, and whether the database may hold more of it that is due."""


async def claim(work: Work, postman: Postman) -> list[Claimed]:
    """Leases what is due to this member, as much as each lane has room for."""
    ids = [lane.target.endpoint_id for lane in postman.lanes.all()]
    *rooms, fresh = postman.rooms([*ids, UUID(int=0)])
    room = postman.lanes.room
    if not room or not (fresh or any(rooms)):
        return []
    began = time.monotonic()
    rows = await work.fetch(SQL["claim_due"], ids, rooms, fresh, room, postman.lease_seconds)
    LATE_SECONDS.set(max((row["late_seconds"] for row in rows), default=0.0))
    postman.looked(endpoint_id for endpoint_id, room in zip(ids, rooms, strict=True) if room)
    claimed = await _addressed(work, postman, rows, began + postman.lease_seconds)
    limits = dict(zip(ids, rooms, strict=True))
    return [
        (target, parcels, len(parcels) >= limits.get(target.endpoint_id, fresh) or len(rows) >= room) for target, parcels in claimed
    ]


async def _addressed(work: Work, postman: Postman, rows: list[Any], leased_until: float) -> list[tuple[Target, list[Parcel]]]:
    """Claimed rows, by where they go. Targets that are not known in this version are read."""
    parcels: dict[UUID, list[Parcel]] = {}
    for row in rows:
        parcel = Parcel(row["id"], row["body"], row["round"], leased_until, row["traceparent"])
        parcels.setdefault(row["endpoint_id"], []).append(parcel)
    targets = await find_targets(work, postman, {row["endpoint_id"]: row["version"] for row in rows})
    return [(targets[endpoint_id], found) for endpoint_id, found in parcels.items() if endpoint_id in targets]
