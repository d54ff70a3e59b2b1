"""What handlers share about endpoints: what is wrong with one, what becomes of one, saving it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, UnsetType

from actors.runtime.words import Event, FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks import endpoints_store as store
from actors.webhooks import filters, own_headers, signing
from actors.webhooks.catalogue import EVENT_TYPES
from actors.webhooks.contract import (
    CHANGED_SUBJECT,
    ENDPOINT_DISABLED,
    ENDPOINT_UPDATED,
    INVALID,
    NOT_FOUND,
    REFUSED_URL,
    STALE,
    Endpoint,
    EndpointChanged,
    EndpointChanges,
    EndpointTold,
)
from actors.webhooks.endpoints_store import Row
from actors.webhooks.postman import Postman

CONDITIONS_MAX = 100
"""Each event is held against all conditions, one after the other, which takes some 10 us for each."""

# --- what is wrong ------------------------------------------------------------------------------------------


async def why_not(given: EndpointChanges, secret: str | None, work: Work) -> Refusal | None:
    """Everything that is wrong with what was given, at once. It may ask the DNS: before the transaction."""
    errors = [*secret_errors(secret), *_errors(given)]
    refused = None
    if isinstance(given.url, str):
        postman: Postman = work.resource
        refused = await postman.why_refused(given.url)
    if refused is not None:
        pointed = FieldError(pointer="/url", detail=f"Refused: {refused}.")
        return REFUSED_URL.refuse(f"Give a URL that is reachable from outside, or ask the operator to allow it: {refused}.", pointed, *errors)
    return INVALID.refuse("Correct what is listed, and try again.", *errors) if errors else None


async def why_not_one_more(work: Work, endpoint: Endpoint) -> Refusal | None:
    """Of an endpoint as it shall be. After `take_turns`."""
    if not endpoint.condition or await store.count_conditions(work, endpoint.id) < CONDITIONS_MAX:
        return None
    detail = f"{CONDITIONS_MAX} endpoints have conditions that differ: no more, for each event is held against all of them. Choose by type and store."
    return INVALID.refuse(detail, FieldError(pointer="/condition", detail=detail))


def why_not_there(endpoint: Endpoint, changes: EndpointChanges) -> Refusal | None:
    """The values of its headers are shown to nobody, so nobody sends them elsewhere who does not know them."""
    if not endpoint.headers or changes.headers is not UNSET or changes.url is UNSET or not own_headers.would_stray(endpoint.url, changes.url):
        return None
    known = ", ".join(endpoint.headers)
    detail = f"The values of {known} were given for another scheme, host or port, and do not go along: give all headers anew, or {{}} for none."
    return INVALID.refuse("Give `headers` together with this `url`.", FieldError(pointer="/headers", detail=detail))


def secret_errors(secret: str | None) -> Iterator[FieldError]:
    try:
        if secret is not None:
            signing.secret_key(secret)
    except ValueError:
        yield FieldError(pointer="/secret", detail="whsec_ and the base64 of 24 to 64 bytes, for example of 32 random ones.")


def _errors(given: EndpointChanges) -> Iterator[FieldError]:
    if given.event_types is not UNSET:
        for index in filters.unknown_event_types(given.event_types, EVENT_TYPES):
            detail = f"No such event. There are: {', '.join(EVENT_TYPES)}; order.* and * stand for several."
            yield FieldError(pointer=f"/event_types/{index}", detail=detail)
    if given.condition is not UNSET:
        wrong = filters.why_wrong(given.condition)
        if wrong is not None:
            yield FieldError(pointer="/condition", detail=wrong)
    if given.headers is not UNSET:
        yield from own_headers.why_not(given.headers)
    if given.time_zone is not UNSET and given.time_zone not in available_timezones():
        yield FieldError(pointer="/time_zone", detail=f"{given.time_zone} is no IANA time zone. An example: Asia/Jakarta.")


def found(row: Row | None, endpoint_id: UUID, if_version: int | None = None) -> Row | Refusal:
    if row is None or row.endpoint.deleted_at is not None:
        return NOT_FOUND.refuse(f"There is no endpoint {endpoint_id}.")
    if if_version is not None and row.endpoint.version != if_version:
        return STALE.refuse(f"It is at version {row.endpoint.version} by now. Read it again, and decide anew.")
    return row


# --- what becomes of one ------------------------------------------------------------------------------------


def with_changes(endpoint: Endpoint, changes: EndpointChanges, now: datetime) -> Endpoint:
    """The same object when nothing changes. Headers that are given do change it: nobody compares what is secret."""
    given = {name: value for name in changes.__struct_fields__ if (value := getattr(changes, name)) is not UNSET}
    headers: dict[str, str] | None = given.pop("headers", None)
    for name in ("event_types", "store_ids", "signatures"):
        if name in given:
            given[name] = list(dict.fromkeys(given[name]))
    if headers or (headers is not None and endpoint.headers):
        return changed(endpoint, now, headers=list(headers), **given)
    if all(getattr(endpoint, name) == value for name, value in given.items()):
        return endpoint
    return changed(endpoint, now, **given)


def changed(endpoint: Endpoint, now: datetime, **fields: Any) -> Endpoint:
    return msgspec.structs.replace(endpoint, **fields, version=endpoint.version + 1, updated_at=now)


def signing_key_for(endpoint: Endpoint) -> str | None:
    """A new one, when the endpoint wishes for signatures by ed25519."""
    return signing.new_signing_key(token_bytes(signing.SEED_BYTES)) if "v1a" in endpoint.signatures else None


# --- saving -------------------------------------------------------------------------------------------------


async def save(work: Work, row: Row, event: Event[Any] = ENDPOINT_UPDATED, headers: Mapping[str, str] | UnsetType = UNSET) -> Endpoint:
    """As it is from now on, and what the log says of it. Once per transaction, and after `take_turns`."""
    position = await work.reserve(1)
    return await _save(work, row, position, event, headers)


async def _save(work: Work, row: Row, position: int, event: Event[Any], headers: Mapping[str, str] | UnsetType) -> Endpoint:
    await store.save_endpoint(work, row.endpoint, position)
    if headers is not UNSET:
        await store.save_headers(work, row.number, dict(headers))
    await store.forget_ended(work, row.number)
    saved = await store.find_row(work, row.endpoint.id)
    assert saved is not None
    work.record(event, saved.endpoint.id, saved.endpoint)
    await tell_postmen(work, saved.endpoint)
    return saved.endpoint


async def tell_postmen(work: Work, endpoint: Endpoint) -> None:
    """Whoever has it in charge looks at it again: here at once, elsewhere when the hint arrives, or a second later."""
    await store.others_look_again(work)
    postman: Postman = work.resource
    active = endpoint.status == "active" and endpoint.url is not None and endpoint.deleted_at is None
    work.after_commit(lambda: postman.endpoint_changed(endpoint.id, endpoint.version, active))
    work.hint(CHANGED_SUBJECT, EndpointChanged(id=endpoint.id, version=endpoint.version, active=active))


class Disabling(NamedTuple):
    """`number`: which endpoint; `told`: what listeners hear of it. `version`: only if it is still this one; None: whichever."""

    number: int
    reason: str
    told: EndpointTold
    version: int | None = None


async def disable(work: Work, wanted: list[Disabling]) -> list[Endpoint]:
    """Those of them that are active. Their feeds go on. Nothing else is recorded in this transaction."""
    await store.take_turns(work)
    rows = {row.number: row for row in await store.find_by_number(work, [one.number for one in wanted])}
    known = [(one, row) for one in wanted if (row := rows.get(one.number)) is not None and row.endpoint.status == "active"]
    due = [(one, row) for one, row in known if one.version in (None, row.endpoint.version)]
    first = await work.reserve(2 * len(due)) if due else 0
    disabled = []
    for nth, (one, row) in enumerate(due):
        now = changed(row.endpoint, work.now, status="disabled", disabled_reason=one.reason)
        disabled.append(await _save(work, Row(row.number, now), first + 2 * nth, ENDPOINT_UPDATED, UNSET))
        work.record(ENDPOINT_DISABLED, now.id, one.told)
    return disabled
