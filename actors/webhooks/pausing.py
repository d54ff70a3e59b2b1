"""Stopping an endpoint for a while, and bringing it back with what it has missed."""

from __future__ import annotations

from collections.abc import Sequence

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.webhooks import endpoints
from actors.webhooks import endpoints_store as store
from actors.webhooks.contract import Endpoint, PauseEndpoint, ResumeEndpoint
from actors.webhooks.endpoints_store import Row


async def pause_endpoints(asked: Sequence[Asked[PauseEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    return [await _pause(one.body, work) for one in asked]


async def _pause(body: PauseEndpoint, work: Work) -> Endpoint | Refusal:
    """One that is not active stays as it is: paused already, or disabled for a reason that is worth knowing."""
    await store.take_turns(work)
    row = endpoints.found(await store.find_row(work, body.id), body.id)
    if isinstance(row, Refusal):
        return row
    if row.endpoint.status != "active":
        return row.endpoint
    paused = endpoints.changed(row.endpoint, work.now, status="paused", disabled_reason=body.reason or None)
    return await endpoints.save(work, Row(row.number, paused))


async def resume_endpoints(asked: Sequence[Asked[ResumeEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    return [await _resume(one.body, work) for one in asked]


async def _resume(body: ResumeEndpoint, work: Work) -> Endpoint | Refusal:
    """One that is active already may be resumed too: it is tried at once, and catches up at the rate that was given."""
    await store.take_turns(work)
    row = endpoints.found(await store.find_row(work, body.id), body.id)
    if isinstance(row, Refusal):
        return row
    await store.forget_failures(work, row.number)
    if body.skip_missed:
        await store.skip_missed(work, row.number)
    elif row.endpoint.status != "active" or body.catch_up_per_second is not None:
        await store.catch_up(work, row.number, body.catch_up_per_second or work.settings.webhooks_catch_up_per_second)
    resumed = endpoints.changed(row.endpoint, work.now, status="active", disabled_reason=None)
    return await endpoints.save(work, Row(row.number, resumed))
