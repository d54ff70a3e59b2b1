"""One function per subject: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.envelopes import encode_event
from actors.runtime.words import FeedAfter, FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks import endpoints, store
from actors.webhooks.contract import (
    ENDPOINT_CREATED,
    INVALID,
    NOT_FOUND,
    TAKEN,
    WEBHOOK_TEST,
    CreateEndpoint,
    DeleteEndpoint,
    Delivery,
    DeliveryPage,
    Endpoint,
    EndpointFeed,
    EndpointPage,
    GetDelivery,
    GetEndpoint,
    Hello,
    ListDeliveries,
    ListEndpoints,
    NewEndpoint,
    ResendDelivery,
    SendTest,
    UpdateEndpoint,
)
from actors.webhooks.postman import Postman
from actors.webhooks.store import SQL

# --- endpoints ----------------------------------------------------------------------------------------------


async def create_endpoints(asked: Sequence[Asked[CreateEndpoint]], work: Work) -> list[NewEndpoint | Refusal]:
    outcomes: list[NewEndpoint | Refusal] = [await endpoints.new_endpoint(one.body, work) for one in asked]
    known = await store.find_endpoints(work, [made.id for made in outcomes if isinstance(made, NewEndpoint)])
    taken, fresh = set(known), []
    for index, made in enumerate(outcomes):
        if not isinstance(made, NewEndpoint):
            continue
        if made.id in taken:
            outcomes[index] = TAKEN.refuse(f"There is an endpoint {made.id} already. Leave the id out, or take a new one.")
        else:
            taken.add(made.id)
            fresh.append(made)
    if fresh:
        shown = [endpoints.without_secret(made) for made in fresh]
        await store.insert_endpoints(work, shown, [made.secret for made in fresh], await work.reserve(len(fresh)))
        for endpoint in shown:
            work.record(ENDPOINT_CREATED, endpoint.id, endpoint)
    return outcomes


async def update_endpoints(asked: Sequence[Asked[UpdateEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    refused = [await endpoints.why_not(one.body.changes, work) for one in asked]
    now = await store.find_endpoints(work, [one.body.id for one in asked], lock=True)
    outcomes: list[Endpoint | Refusal] = []
    changed: list[tuple[Endpoint, str | None]] = []
    for one, no in zip(asked, refused, strict=True):
        outcome = endpoints.find(now, one.body.id, one.body.if_version) if no is None else no
        if isinstance(outcome, Endpoint):
            secret = one.body.changes.secret
            outcome = endpoints.with_changes(outcome, one.body.changes, work.now)
            if outcome is not now[outcome.id]:
                changed.append((outcome, None if secret is UNSET else secret))
                now[outcome.id] = outcome
        outcomes.append(outcome)
    await endpoints.save(work, changed)
    return outcomes


async def delete_endpoints(asked: Sequence[Asked[DeleteEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    now = await store.find_endpoints(work, [one.body.id for one in asked], lock=True)
    outcomes: list[Endpoint | Refusal] = []
    changed: list[tuple[Endpoint, str | None]] = []
    for one in asked:
        outcome = endpoints.find(now, one.body.id, one.body.if_version)
        if isinstance(outcome, Endpoint):
            outcome = msgspec.structs.replace(
                outcome, version=outcome.version + 1, active=False, updated_at=work.now, deleted_at=work.now
            )
            now[outcome.id] = outcome
            changed.append((outcome, None))
        outcomes.append(outcome)
    await endpoints.save(work, changed)
    return outcomes


async def get_endpoints(asked: Sequence[Asked[GetEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    found = await store.find_endpoints(work, [one.body.id for one in asked])
    return [endpoints.find(found, one.body.id) for one in asked]


async def list_endpoints(asked: Sequence[Asked[ListEndpoints]], work: Work) -> list[EndpointPage | Refusal]:
    return [await _endpoint_page(one.body, work) for one in asked]


async def endpoint_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[EndpointFeed]:
    feeds = []
    for one in asked:
        rows = await work.fetch(SQL["endpoints_after"], one.body.after, one.body.limit + 1)
        shown = rows[: one.body.limit]
        position = shown[-1]["position"] if shown else one.body.after
        feeds.append(EndpointFeed(items=[store.to_endpoint(row) for row in shown], position=position, more=len(rows) > len(shown)))
    return feeds


async def _endpoint_page(body: ListEndpoints, work: Work) -> EndpointPage | Refusal:
    after = (datetime.min.replace(year=1970, tzinfo=work.now.tzinfo), UUID(int=0))
    if body.cursor:
        try:
            after = read_cursor(body.cursor, tuple[datetime, UUID])
        except ValueError:
            return _bad_cursor()
    rows = await work.fetch(SQL["list_endpoints"], *after, body.limit + 1)
    items = [store.to_endpoint(row) for row in rows[: body.limit]]
    more = len(rows) > body.limit
    return EndpointPage(items=items, next_cursor=write_cursor(items[-1].created_at.isoformat(), str(items[-1].id)) if more else None)


def _bad_cursor() -> Refusal:
    return INVALID.refuse("Use the next_cursor of the page before.", FieldError(pointer="/cursor", detail="Not a cursor of this list."))


# --- deliveries ---------------------------------------------------------------------------------------------


async def list_deliveries(asked: Sequence[Asked[ListDeliveries]], work: Work) -> list[DeliveryPage | Refusal]:
    known = await store.find_endpoints(work, [one.body.endpoint_id for one in asked])
    pages: list[DeliveryPage | Refusal] = []
    for one in asked:
        endpoint = endpoints.find(known, one.body.endpoint_id)
        pages.append(endpoint if isinstance(endpoint, Refusal) else await _delivery_page(one.body, work))
    return pages


async def get_deliveries(asked: Sequence[Asked[GetDelivery]], work: Work) -> list[Delivery | Refusal]:
    known = await store.find_endpoints(work, [one.body.endpoint_id for one in asked])
    found = await store.find_deliveries(work, [(one.body.endpoint_id, one.body.id) for one in asked])
    outcomes: list[Delivery | Refusal] = []
    for one in asked:
        endpoint = endpoints.find(known, one.body.endpoint_id)
        delivery = found.get((one.body.endpoint_id, one.body.id))
        outcomes.append(endpoint if isinstance(endpoint, Refusal) else delivery or _no_delivery(one.body.id))
    return outcomes


async def resend_deliveries(asked: Sequence[Asked[ResendDelivery]], work: Work) -> list[Delivery | Refusal]:
    """Due now, from the start of the schedule, whatever came of it before."""
    known = await store.find_endpoints(work, [one.body.endpoint_id for one in asked])
    pairs = [(one.body.endpoint_id, one.body.id) for one in asked if endpoints.why_not_active(known, one.body.endpoint_id) is None]
    pairs = sorted(set(pairs))
    if pairs:
        await work.execute(SQL["resend_deliveries"], [pair[0] for pair in pairs], [pair[1] for pair in pairs])
        postman: Postman = work.resource
        work.after_commit(postman.look)
    found = await store.find_deliveries(work, pairs)
    return [
        endpoints.why_not_active(known, one.body.endpoint_id) or found.get((one.body.endpoint_id, one.body.id)) or _no_delivery(one.body.id)
        for one in asked
    ]


async def send_tests(asked: Sequence[Asked[SendTest]], work: Work) -> list[Delivery | Refusal]:
    """A `webhook.test` for one endpoint, whatever event types it wants. Not in the log: it is nobody else's business."""
    known = await store.find_endpoints(work, [one.body.endpoint_id for one in asked])
    made: dict[int, store.Pair] = {}
    for index, one in enumerate(asked):
        if endpoints.why_not_active(known, one.body.endpoint_id) is None:
            made[index] = (one.body.endpoint_id, await _write_test(one.body.endpoint_id, one.traceparent, work))
    found = await store.find_deliveries(work, list(made.values()))
    if made:
        postman: Postman = work.resource
        work.after_commit(postman.look)
    return [endpoints.why_not_active(known, one.body.endpoint_id) or found[made[index]] for index, one in enumerate(asked)]


async def _write_test(endpoint_id: UUID, traceparent: str, work: Work) -> UUID:
    event_id = work.new_id()
    body = encode_event(WEBHOOK_TEST.name, work.now, Hello())
    await work.execute(SQL["insert_event"], event_id, WEBHOOK_TEST.name, str(endpoint_id), body, traceparent, work.now)
    await work.execute(SQL["insert_delivery"], endpoint_id, event_id, WEBHOOK_TEST.name, work.now)
    return event_id


async def _delivery_page(body: ListDeliveries, work: Work) -> DeliveryPage | Refusal:
    before = None
    if body.cursor:
        try:
            (before,) = read_cursor(body.cursor, tuple[UUID])
        except ValueError:
            return _bad_cursor()
    rows = await work.fetch(SQL["list_deliveries"], body.endpoint_id, body.state, body.event_type, before, body.limit + 1)
    items = [store.to_delivery(row) for row in rows[: body.limit]]
    return DeliveryPage(items=items, next_cursor=write_cursor(str(items[-1].id)) if len(rows) > body.limit else None)


def _no_delivery(delivery_id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"This endpoint has no delivery {delivery_id}.")
