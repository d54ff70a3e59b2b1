"""What handlers share about endpoints: what is wrong with one, what becomes of one, saving it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks import rules, store
from actors.webhooks.contract import (
    ENDPOINT_DELETED,
    ENDPOINT_UPDATED,
    INACTIVE,
    INVALID,
    NOT_FOUND,
    REFUSED_URL,
    STALE,
    CreateEndpoint,
    Endpoint,
    EndpointChanges,
    NewEndpoint,
)
from actors.webhooks.postman import Gone, Postman


async def new_endpoint(body: CreateEndpoint, work: Work) -> NewEndpoint | Refusal:
    refused = await why_not(EndpointChanges(url=body.url, event_types=body.event_types, secret=body.secret or UNSET), work)
    return refused or NewEndpoint(
        id=body.id or work.new_id(),
        version=1,
        url=body.url,
        event_types=list(dict.fromkeys(body.event_types)),
        description=body.description,
        active=body.active,
        disabled_reason=None,
        created_at=work.now,
        updated_at=work.now,
        secret=body.secret or rules.new_secret(secrets.token_bytes(32)),
    )


async def why_not(changes: EndpointChanges, work: Work) -> Refusal | None:
    """Everything that is wrong with what was given, at once."""
    errors = []
    if changes.secret is not UNSET:
        try:
            rules.secret_key(changes.secret)
        except ValueError:
            errors.append(FieldError(pointer="/secret", detail="whsec_ and the base64 of 24 to 64 bytes, for example of 32 random ones."))
    if changes.event_types is not UNSET:
        for index in rules.unknown_event_types(changes.event_types):
            detail = f"No such event. There are: {', '.join(rules.EVENT_TYPES)}; order.* and * stand for several."
            errors.append(FieldError(pointer=f"/event_types/{index}", detail=detail))
    url_refused = None
    if changes.url is not UNSET:
        postman: Postman = work.resource
        url_refused = await postman.why_refused(changes.url)
    if url_refused is not None:
        pointed = FieldError(pointer="/url", detail=f"Refused: {url_refused}.")
        return REFUSED_URL.refuse(f"Give a URL that is reachable from outside, or ask the operator to allow it: {url_refused}.", pointed, *errors)
    return INVALID.refuse("Correct what is listed, and try again.", *errors) if errors else None


def find(known: Mapping[UUID, Endpoint], endpoint_id: UUID, if_version: int | None = None) -> Endpoint | Refusal:
    endpoint = known.get(endpoint_id)
    if endpoint is None or endpoint.deleted_at is not None:
        return NOT_FOUND.refuse(f"There is no endpoint {endpoint_id}.")
    if if_version is not None and endpoint.version != if_version:
        return STALE.refuse(f"It is at version {endpoint.version} by now. Read it again, and decide anew.")
    return endpoint


def why_not_active(known: Mapping[UUID, Endpoint], endpoint_id: UUID) -> Refusal | None:
    endpoint = find(known, endpoint_id)
    if isinstance(endpoint, Refusal):
        return endpoint
    return None if endpoint.active else INACTIVE.refuse("Set `active` first; what is pending then goes out by itself.")


def with_changes(endpoint: Endpoint, changes: EndpointChanges, now: datetime) -> Endpoint:
    """The same object when nothing changes."""
    given = {name: value for name in changes.__struct_fields__ if (value := getattr(changes, name)) is not UNSET}
    new_secret = given.pop("secret", None) is not None
    if given.get("active") and not endpoint.active:
        given["disabled_reason"] = None
    if not new_secret and all(getattr(endpoint, name) == value for name, value in given.items()):
        return endpoint
    return msgspec.structs.replace(endpoint, **given, version=endpoint.version + 1, updated_at=now)


def without_secret(made: NewEndpoint) -> Endpoint:
    return Endpoint(**{name: getattr(made, name) for name in Endpoint.__struct_fields__})


async def save(work: Work, changed: Sequence[tuple[Endpoint, str | None]]) -> None:
    """One event for each change, in order; of several changes of one endpoint the row keeps the last."""
    if not changed:
        return
    first = await work.reserve(len(changed))
    rows: dict[UUID, tuple[Endpoint, str | None, int]] = {}
    for position, (endpoint, secret) in enumerate(changed, start=first):
        _, earlier_secret, _ = rows.get(endpoint.id, (None, None, None))
        rows[endpoint.id] = (endpoint, secret or earlier_secret, position)
        work.record(ENDPOINT_UPDATED if endpoint.deleted_at is None else ENDPOINT_DELETED, endpoint.id, endpoint)
    await store.save_endpoints(work, list(rows.values()))
    postman: Postman = work.resource
    for endpoint, _, _ in rows.values():
        work.after_commit(lambda one=endpoint: postman.endpoint_changed(one.id, one.version, one.active))  # type: ignore[misc]
    work.after_commit(postman.look)


async def disable_gone(gone: Iterable[Gone], work: Work) -> list[Endpoint]:
    """Endpoints that answered 410 Gone, unless they were changed since. Their pending deliveries stay, for when they are back."""
    versions = {one.endpoint_id: one.version for one in gone}
    found = await store.find_endpoints(work, versions, lock=True)
    disabled = [
        msgspec.structs.replace(
            endpoint, version=endpoint.version + 1, active=False, disabled_reason="It answered 410 Gone.", updated_at=work.now
        )
        for endpoint in found.values()
        if endpoint.active and endpoint.version == versions[endpoint.id]
    ]
    await save(work, [(endpoint, None) for endpoint in disabled])
    return disabled
