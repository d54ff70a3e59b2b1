"""An event becomes deliveries: one for each endpoint that wants it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from actors.runtime.actor import Happened
from actors.runtime.work import Work
from actors.webhooks import store
from actors.webhooks.lanes import Parcel, Target
from actors.webhooks.postman import Postman
from actors.webhooks.store import SQL


async def fan_out(happened: Sequence[Happened[Any]], work: Work) -> None:
    """One delivery for each endpoint that wants the event; what this member can post at once goes out right after the commit."""
    rows = await work.fetch(SQL["interested_endpoints"], list({one.name for one in happened}))
    if not rows:
        return
    postman: Postman = work.resource
    targets = await find_targets(work, postman, {row["id"]: row["version"] for row in rows})
    rooms = dict(zip(targets, postman.rooms(list(targets)), strict=True))
    wanted = {row["type"] for row in rows}
    told = [one for one in happened if one.name in wanted]
    began = time.monotonic()
    new = await work.fetch(
        SQL["fan_out"],
        [UUID(one.id) for one in told],
        [one.name for one in told],
        [one.key for one in told],
        [one.body for one in told],
        [one.traceparent for one in told],
        work.now,
        [row["type"] for row in rows],
        [row["id"] for row in rows],
        [rooms.get(row["id"], 0) for row in rows],
        postman.lease_seconds,
    )
    leased = _leased(told, {row["id"] for row in new}, [(row["type"], row["id"]) for row in rows], rooms)
    behind = [endpoint_id for endpoint_id in leased if rooms.get(endpoint_id, 0) < len(told)]
    work.after_commit(lambda: _hand_over(postman, targets, leased, behind, began + postman.lease_seconds))


async def find_targets(work: Work, postman: Postman, versions: Mapping[UUID, int]) -> dict[UUID, Target]:
    """Where the deliveries of these endpoints go. The secret is read, and decrypted, only when the endpoint is new here or has changed."""
    targets = {endpoint_id: postman.known(endpoint_id, version) for endpoint_id, version in versions.items()}
    missing = [endpoint_id for endpoint_id, target in targets.items() if target is None]
    if missing:
        for endpoint_id, version, url, secret in await store.find_targets(work, missing):
            targets[endpoint_id] = postman.target(endpoint_id, version, url, secret)
    return {endpoint_id: target for endpoint_id, target in targets.items() if target is not None}


Leased = dict[UUID, list[Happened[Any]]]


def _leased(told: Sequence[Happened[Any]], new: set[UUID], wishes: Sequence[tuple[str, UUID]], rooms: Mapping[UUID, int]) -> Leased:
    """What `fan_out` has leased to this member, by endpoint: of the first `room` events, those that are new and wanted."""
    wanted: dict[UUID, set[str]] = {}
    for event_type, endpoint_id in wishes:
        wanted.setdefault(endpoint_id, set()).add(event_type)
    return {
        endpoint_id: [one for one in told[: rooms.get(endpoint_id, 0)] if one.name in types and UUID(one.id) in new]
        for endpoint_id, types in wanted.items()
    }


def _hand_over(postman: Postman, targets: Mapping[UUID, Target], leased: Leased, behind: Sequence[UUID], leased_until: float) -> None:
    for endpoint_id, events in leased.items():
        if events:
            postman.take(targets[endpoint_id], [Parcel(UUID(one.id), one.body, 0, leased_until, one.traceparent) for one in events])
    for endpoint_id in behind:
        postman.left_behind(endpoint_id)
