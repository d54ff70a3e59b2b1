"""Removes what is older than `webhooks_retention_days`: deliveries, those that went well too, then events that are in no feed any more.

From each feed's beginning on, so that what is left has no hole: `first_seq` says where it begins. Age counts for all of it, also for
what never arrived; the log of this process tells how much that was. Only what no daily digest has covered yet stays longer.
The events themselves stay in the logs of their actors.

In small portions by primary key, each in a transaction of its own: nobody waits long for a lock, and a crash loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors.runtime.ids import now as clock
from actors.webhooks.deliveries_store import SQL

if TYPE_CHECKING:
    from actors.runtime.member import Member

SWEEP_SECONDS = 3600.0
PORTION = 2_000
REST_SECONDS = 0.02
"""Between portions: others need the database more."""


class Elsewhere(Exception):
    """Another member is at it."""


async def remove_old(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        await sweep(member, clock())
        await asyncio.sleep(SWEEP_SECONDS)


async def sweep(member: Member, now: datetime) -> None:
    """Everything that is too old at that moment."""
    cutoff = now - timedelta(days=member.settings.webhooks_retention_days)
    try:
        for feed in await _fetch(member, SQL["feeds_with_old"], cutoff):
            await _sweep_feed(member, feed, cutoff)
        await _sweep_sorted(member, cutoff)
        await _fetch(member, SQL["remove_replays"], cutoff)
        await _fetch(member, SQL["remove_ended_secrets"], now)
    except Elsewhere:
        member.log.debug("old deliveries are removed elsewhere")


async def _sweep_feed(member: Member, feed: Any, cutoff: datetime) -> None:
    removed = undelivered = 0
    while True:
        async with member.transaction() as work:
            if not await work.fetchval(SQL["only_one_removes"]):
                raise Elsewhere
            await work.execute(SQL["keep_notes_waiting"], feed["number"])
            row = await work.fetchrow(SQL["remove_deliveries"], feed["number"], cutoff, feed["up_to"], PORTION)
            assert row is not None
            if row["removed"]:
                lanes = await work.fetch(SQL["remove_troubles"], feed["number"], row["up_to"])
                # What stood behind them is first now.
                await work.fetch(SQL["go_on"], [feed["number"]] * len(lanes), [lane["lane"] for lane in lanes])
        removed, undelivered = removed + row["removed"], undelivered + row["undelivered"]
        if row["removed"] < PORTION:
            break
        await asyncio.sleep(REST_SECONDS)
    if undelivered:
        member.log.warning("webhook deliveries grew too old before they arrived, and were removed", endpoint=str(feed["id"]), deliveries=undelivered)
    if removed:
        member.log.info("old webhook deliveries removed", endpoint=str(feed["id"]), deliveries=removed)


async def _sweep_sorted(member: Member, cutoff: datetime) -> None:
    """Goes on as long as there is something old: what is in a feed still, where a replay put it, may stand between the rest."""
    position = 0
    while True:
        [row] = await _fetch(member, SQL["remove_sorted"], position, cutoff, PORTION)
        if not row["old"]:
            return
        position = row["looked_to"]
        await asyncio.sleep(REST_SECONDS)


async def _fetch(member: Member, sql: str, *args: Any) -> Iterable[Any]:
    """In a transaction of its own, and only if nobody else is at it."""
    async with member.transaction() as work:
        if not await work.fetchval(SQL["only_one_removes"]):
            raise Elsewhere
        return await work.fetch(sql, *args)
