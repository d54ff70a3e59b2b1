"""Starts, shows and stops replays; `replaying.py` carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks.catalogue import ADDRESSED, EVENT_TYPES
from actors.webhooks.contract import (
    INACTIVE,
    INVALID,
    NOT_FOUND,
    PULL_ONLY,
    REPLAY_SUBJECT,
    REPLAYING,
    Chosen,
    GetReplay,
    ListReplays,
    Replay,
    ReplayPage,
    ReplayStarted,
    StartReplay,
    StopReplay,
)
from actors.webhooks.deliveries import bad_cursor
from actors.webhooks.deliveries_store import SQL, Feed, find_feeds, no_endpoint
from actors.webhooks.filters import unknown_event_types
from actors.webhooks.moments import out_of_reach

COUNT_FITTING = SQL["count_fitting"].replace("{fitting}", SQL["fitting"])
KNOWN_TYPES = (*EVENT_TYPES, *(event.name for event in ADDRESSED))


def fitting(feed: Feed, events: Chosen, after: int, until: int, work: Work, now: datetime, limit: int | None = None) -> tuple[Any, ...]:
    """The arguments of the statement `fitting`."""
    oldest = now - timedelta(days=work.settings.webhooks_retention_days)
    return (
        feed.number, after, until, events.from_time, events.until, events.event_types, events.store_id, events.key, events.states,
        feed.event_types, feed.store_ids, feed.done_to, feed.pull_only, oldest, limit,
    )  # fmt: skip


async def start_replays(asked: Sequence[Asked[StartReplay]], work: Work) -> list[Replay | Refusal]:
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    return [await _start(one.body, feeds.get(one.body.endpoint_id), work) for one in asked]


async def _start(body: StartReplay, feed: Feed | None, work: Work) -> Replay | Refusal:
    if feed is None:
        return no_endpoint(body.endpoint_id)
    refused = _why_not(body, feed) or (None if body.dry_run else await _why_not_now(body, feed, work))
    if refused is not None:
        return refused
    head = await work.fetchval(SQL["newest_sorted"])
    found = await work.fetchrow(COUNT_FITTING, *fitting(feed, body.events, 0, head, work, work.now))
    assert found is not None
    ended = body.dry_run or not found["total"]
    replay = Replay(
        id=body.id or work.new_id(), endpoint_id=feed.id, state="counted" if body.dry_run else "finished" if ended else "running",
        events=body.events, rate_per_second=body.rate_per_second, total=found["total"], done=0, added=0, started_at=work.now,
        finished_at=work.now if ended else None, at_most=bool(feed.condition),
    )  # fmt: skip
    if not body.dry_run:
        after, until = (found["first"] - 1, found["last"]) if found["total"] else (0, 0)
        await work.execute(
            SQL["insert_replay"], replay.id, feed.number, replay.state, msgspec.json.encode(body.events).decode(), body.rate_per_second,
            replay.total, after, until, work.now, replay.finished_at,
        )  # fmt: skip
        work.hint(REPLAY_SUBJECT, ReplayStarted(id=replay.id))
    return replay


def _why_not(body: StartReplay, feed: Feed) -> Refusal | None:
    events, errors = body.events, []
    for index in unknown_event_types(events.event_types or [], KNOWN_TYPES):
        errors.append(FieldError(pointer=f"/events/event_types/{index}", detail="No such event: GET /v1/event-types lists them."))
    errors += out_of_reach("/events", from_time=events.from_time, until=events.until)
    if not errors and events.from_time is not None and events.until is not None and events.from_time >= events.until:
        errors.append(FieldError(pointer="/events/until", detail="It must be later than from_time."))
    if errors:
        return INVALID.refuse("Correct what is listed, and try again.", *errors)
    if feed.pull_only and events.states is not None and "never" not in events.states:
        return PULL_ONLY.refuse('Nothing is posted to it. What is not in its feed can be added ("states": ["never"]); the rest can be pulled again.')
    return None


async def _why_not_now(body: StartReplay, feed: Feed, work: Work) -> Refusal | None:
    if feed.status != "active":
        return INACTIVE.refuse(f"It is {feed.status}. Resume it first: what is pending then goes out by itself.")
    running = await work.fetchval(SQL["running_replay"], feed.number)
    if running is not None:
        return REPLAYING.refuse(f"Replay {running} is running. Wait until it has finished, or stop it.")
    if body.id is not None and await work.fetchval(SQL["replay_taken"], body.id):
        return INVALID.refuse("Leave the id out, or take a new one.", FieldError(pointer="/id", detail="There is a replay with this id."))
    return None


# --- looking, stopping --------------------------------------------------------------------------------------


async def get_replays(asked: Sequence[Asked[GetReplay]], work: Work) -> list[Replay | Refusal]:
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    return [await _find(one.body, feeds.get(one.body.endpoint_id), work) for one in asked]


async def stop_replays(asked: Sequence[Asked[StopReplay]], work: Work) -> list[Replay | Refusal]:
    """What has been sent on its way goes on; one that has ended stays as it is."""
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    for one in sorted(asked, key=lambda one: one.body.id):
        if one.body.endpoint_id in feeds:
            await work.execute(SQL["stop_replay"], feeds[one.body.endpoint_id].number, one.body.id, work.now)
    return [await _find(one.body, feeds.get(one.body.endpoint_id), work) for one in asked]


async def _find(body: GetReplay | StopReplay, feed: Feed | None, work: Work) -> Replay | Refusal:
    if feed is None:
        return no_endpoint(body.endpoint_id)
    row = await work.fetchrow(SQL["find_replay"], feed.number, body.id)
    return to_replay(row, feed) if row is not None else NOT_FOUND.refuse(f"This endpoint has no replay {body.id}.")


async def list_replays(asked: Sequence[Asked[ListReplays]], work: Work) -> list[ReplayPage | Refusal]:
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    return [await _page(one.body, feeds.get(one.body.endpoint_id), work) for one in asked]


async def _page(body: ListReplays, feed: Feed | None, work: Work) -> ReplayPage | Refusal:
    if feed is None:
        return no_endpoint(body.endpoint_id)
    before = datetime.max.replace(tzinfo=UTC, year=9000), UUID(int=0)
    if body.cursor:
        try:
            before = read_cursor(body.cursor, tuple[datetime, UUID])
        except ValueError:
            return bad_cursor()
    rows = await work.fetch(SQL["list_replays"], feed.number, *before, body.limit + 1)
    items = [to_replay(row, feed) for row in rows[: body.limit]]
    more = len(rows) > body.limit
    return ReplayPage(items=items, next_cursor=write_cursor(items[-1].started_at.isoformat(), str(items[-1].id)) if more else None)


def to_replay(row: Any, feed: Feed) -> Replay:
    values = {name: row[name] for name in ("id", "state", "rate_per_second", "total", "done", "added", "started_at", "finished_at")}
    return Replay(endpoint_id=feed.id, events=msgspec.json.decode(row["events"], type=Chosen), at_most=bool(feed.condition), **values)
