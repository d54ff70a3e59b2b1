"""Endpoints: one function per subject: load, decide, save.

Those that change something take turns, one in a transaction (`batch=1`): it is rare, and what they lock, sorting needs as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import NamedTuple
from uuid import UUID

from msgspec import UNSET

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.words import FeedAfter, FieldError, Refusal
from actors.runtime.work import Work
from actors.stores.contract import GET_STORE, GetStore, Store
from actors.stores.contract import NOT_FOUND as NO_STORE
from actors.webhooks import deliveries_store, endpoints, signing
from actors.webhooks import endpoints_store as store
from actors.webhooks.contract import (
    ENDPOINT_CREATED,
    ENDPOINT_DELETED,
    INACTIVE,
    INVALID,
    TAKEN,
    WEBHOOK_TEST,
    CreateEndpoint,
    DeleteEndpoint,
    Delivery,
    Endpoint,
    EndpointChanges,
    EndpointFeed,
    EndpointPage,
    GetEndpoint,
    Hello,
    ListEndpoints,
    NewEndpoint,
    SendTest,
    UpdateEndpoint,
)
from actors.webhooks.endpoints_store import Row
from actors.webhooks.sorting import address
from actors.webhooks.store import SQL

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def create_endpoints(asked: Sequence[Asked[CreateEndpoint]], work: Work) -> list[NewEndpoint | Refusal]:
    return [await _create(one.body, work) for one in asked]


async def _create(body: CreateEndpoint, work: Work) -> NewEndpoint | Refusal:
    given = EndpointChanges(
        url=body.url, event_types=body.event_types, condition=body.condition, headers=body.headers, time_zone=body.time_zone or UNSET
    )
    refused = await endpoints.why_not(given, body.secret, work)
    if refused is not None:
        return refused
    days = await _days_of(body, work)
    if isinstance(days, Refusal):
        return days
    await store.take_turns(work)
    endpoint = _new_endpoint(body, days, body.id or work.new_id(), work.now)
    if await store.find_row(work, endpoint.id) is not None:
        return TAKEN.refuse(f"There is an endpoint {endpoint.id} already. Leave the id out, or take a new one.")
    if (too_many := await endpoints.why_not_one_more(work, endpoint)) is not None:
        return too_many
    secret = body.secret or signing.new_secret(token_bytes(32))
    number = await store.insert_endpoint(work, endpoint, body.headers, await work.reserve(1))
    await store.insert_secret(work, number, secret, endpoints.signing_key_for(endpoint))
    made = await store.find_row(work, endpoint.id)
    assert made is not None
    work.record(ENDPOINT_CREATED, endpoint.id, made.endpoint)
    await endpoints.tell_postmen(work, made.endpoint)
    return NewEndpoint(**{name: getattr(made.endpoint, name) for name in Endpoint.__struct_fields__}, secret=secret)


class Days(NamedTuple):
    """Whose days the digests are about."""

    time_zone: str = "UTC"
    starts_at: str = "00:00"


async def _days_of(body: CreateEndpoint, work: Work) -> Days | Refusal:
    """As given; those of its store when it listens to one and says nothing. A store that is not there has none."""
    if body.time_zone is not None or body.day_starts_at is not None:
        return Days(body.time_zone or Days().time_zone, body.day_starts_at or Days().starts_at)
    if len(set(body.store_ids)) != 1:
        return Days()
    shop: Store | Refusal = await work.ask(GET_STORE, GetStore(id=body.store_ids[0]))
    if isinstance(shop, Refusal):
        return Days() if shop.code == NO_STORE.code else shop
    return Days(shop.time_zone, shop.day_starts_at)


def _new_endpoint(body: CreateEndpoint, days: Days, endpoint_id: UUID, now: datetime) -> Endpoint:
    return Endpoint(
        id=endpoint_id,
        version=1,
        url=body.url,
        event_types=list(dict.fromkeys(body.event_types)),
        description=body.description,
        status="paused" if body.paused else "active",
        disabled_reason=None,
        created_at=now,
        updated_at=now,
        store_ids=list(dict.fromkeys(body.store_ids)),
        condition=body.condition.strip(),
        headers=list(body.headers),
        signatures=list(dict.fromkeys(body.signatures)),
        timeout_seconds=body.timeout_seconds,
        rate_per_second=body.rate_per_second,
        concurrency=body.concurrency,
        schedule_seconds=body.schedule_seconds,
        time_zone=days.time_zone,
        day_starts_at=days.starts_at,
    )


async def update_endpoints(asked: Sequence[Asked[UpdateEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    return [await _update(one.body, work) for one in asked]


async def _update(body: UpdateEndpoint, work: Work) -> Endpoint | Refusal:
    refused = await endpoints.why_not(body.changes, None, work)
    if refused is not None:
        return refused
    await store.take_turns(work)
    row = endpoints.found(await store.find_row(work, body.id), body.id, body.if_version)
    if isinstance(row, Refusal):
        return row
    if (stray := endpoints.why_not_there(row.endpoint, body.changes)) is not None:
        return stray
    endpoint = endpoints.with_changes(row.endpoint, body.changes, work.now)
    if endpoint is row.endpoint:
        return endpoint
    if endpoint.condition != row.endpoint.condition and (too_many := await endpoints.why_not_one_more(work, endpoint)) is not None:
        return too_many
    if row.endpoint.url is None and endpoint.url is not None:
        await store.begin_after_pulled(work, row.number)
    signing_key = endpoints.signing_key_for(endpoint)
    if signing_key is not None:
        await store.add_signing_key(work, row.number, signing_key)
    return await endpoints.save(work, Row(row.number, endpoint), headers=body.changes.headers)


async def delete_endpoints(asked: Sequence[Asked[DeleteEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    return [await _delete(one.body, work) for one in asked]


async def _delete(body: DeleteEndpoint, work: Work) -> Endpoint | Refusal:
    await store.take_turns(work)
    row = endpoints.found(await store.find_row(work, body.id), body.id, body.if_version)
    if isinstance(row, Refusal):
        return row
    await store.forget_keys(work, row.number)
    gone = endpoints.changed(row.endpoint, work.now, deleted_at=work.now, headers=[])
    return await endpoints.save(work, Row(row.number, gone), ENDPOINT_DELETED)


# --- looking ------------------------------------------------------------------------------------------------


async def get_endpoints(asked: Sequence[Asked[GetEndpoint]], work: Work) -> list[Endpoint | Refusal]:
    rows = await store.find_rows(work, [one.body.id for one in asked])
    outcomes = [endpoints.found(rows.get(one.body.id), one.body.id) for one in asked]
    return [one if isinstance(one, Refusal) else one.endpoint for one in outcomes]


async def list_endpoints(asked: Sequence[Asked[ListEndpoints]], work: Work) -> list[EndpointPage | Refusal]:
    return [await _page(one.body, work) for one in asked]


async def _page(body: ListEndpoints, work: Work) -> EndpointPage | Refusal:
    after = (EPOCH, UUID(int=0))
    if body.cursor:
        try:
            after = read_cursor(body.cursor, tuple[datetime, UUID])
        except ValueError:
            return INVALID.refuse("Use the next_cursor of the page before.", FieldError(pointer="?cursor", detail="Not a cursor of this list."))
    items, more = await store.list_page(work, body, after)
    return EndpointPage(items=items, next_cursor=write_cursor(items[-1].created_at.isoformat(), str(items[-1].id)) if more else None)


async def endpoint_changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[EndpointFeed]:
    feeds = []
    for one in asked:
        rows = await work.fetch(SQL["endpoints_after"], one.body.after, one.body.limit + 1)
        shown = rows[: one.body.limit]
        position = shown[-1]["position"] if shown else one.body.after
        feeds.append(EndpointFeed(items=[store.to_endpoint(row) for row in shown], position=position, more=len(rows) > len(shown)))
    return feeds


# --- trying it out ------------------------------------------------------------------------------------------


async def send_tests(asked: Sequence[Asked[SendTest]], work: Work) -> list[Delivery | Refusal]:
    """A `webhook.test` in the feed of one endpoint, whatever it wants to hear."""
    return [await _send_test(one.body.endpoint_id, work) for one in asked]


async def _send_test(endpoint_id: UUID, work: Work) -> Delivery | Refusal:
    feed = (await deliveries_store.find_feeds(work, [endpoint_id])).get(endpoint_id)
    if feed is None:
        return deliveries_store.no_endpoint(endpoint_id)
    if feed.status != "active":
        return INACTIVE.refuse(f"It is {feed.status}. Resume it first.")
    [sent] = await address(work, [(feed.number, WEBHOOK_TEST, Hello(), str(feed.id))])
    [delivery] = (await deliveries_store.find_deliveries(work, [(feed, UUID(sent.id))])).values()
    return delivery
