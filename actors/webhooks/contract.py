"""What `webhooks` answers and tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from actors.runtime.words import Command, Cursor, Event, FeedAfter, Input, Limit, Note, Position, Reason, Value, Version

Url = Annotated[str, Meta(min_length=8, max_length=2000, pattern=r"^https?://[!-~]+$(?!\n)", examples=["https://books.example/kasir"])]
EventType = Annotated[
    str,
    Meta(max_length=64, pattern=r"^([a-z_]+\.)?(\*|[a-z_]+)$(?!\n)", description="An event's name, `order.*`, or `*`.", examples=["order.created"]),
]
EventTypes = Annotated[list[EventType], Meta(min_length=1, max_length=50)]
Secret = Annotated[
    str, Meta(max_length=128, pattern=r"^whsec_[A-Za-z0-9+/]{32,88}={0,2}$(?!\n)", description="whsec_ + base64 of 24 to 64 bytes.")
]
State = Literal["pending", "delivered", "failed"]


class CreateEndpoint(Input):
    """Without a `secret` one is made; either way the answer shows it, and nothing else ever does."""

    url: Url
    event_types: EventTypes = field(default_factory=lambda: ["*"])
    id: UUID | None = None
    secret: Secret | None = None
    description: Note = ""
    active: bool = True


class EndpointChanges(Input):
    url: Url | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    secret: Secret | UnsetType = UNSET
    description: Note | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UpdateEndpoint(Input):
    id: UUID
    if_version: Version
    changes: EndpointChanges


class DeleteEndpoint(Input):
    id: UUID
    if_version: Version


class GetEndpoint(Input):
    id: UUID


class ListEndpoints(Input):
    limit: Limit = 50
    cursor: Cursor | None = None


class Endpoint(Value):
    """`disabled_reason` says why Kasir itself stopped it (410 Gone); setting `active` brings it back."""

    id: UUID
    version: int
    url: str
    event_types: list[str]
    description: str
    active: bool
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


class NewEndpoint(Endpoint):
    secret: str = ""


class EndpointPage(Value):
    items: list[Endpoint]
    next_cursor: str | None = None


class Attempt(Value):
    """One post. `status` is missing when no answer came; then `error` says what happened."""

    number: int
    at: datetime
    latency_ms: int
    status: int | None
    error: str | None
    answer: str
    """The first kilobyte of what the listener said."""


class Delivery(Value):
    """One event on its way to one endpoint. `id` is the webhook-id: the same for every attempt."""

    id: UUID
    endpoint_id: UUID
    event_id: str
    event_type: str
    state: State
    attempts: list[Attempt]
    next_attempt_at: datetime | None
    created_at: datetime


class ListDeliveries(Input):
    endpoint_id: UUID
    state: State | None = None
    event_type: EventType | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class GetDelivery(Input):
    endpoint_id: UUID
    id: UUID


class ResendDelivery(Input):
    endpoint_id: UUID
    id: UUID


class SendTest(Input):
    endpoint_id: UUID


class DeliveryPage(Value):
    items: list[Delivery]
    next_cursor: str | None = None


NOT_FOUND = Reason("webhooks.not_found", "not_found", "No such endpoint or delivery", "Check the ids of the endpoint and the delivery.")
TAKEN = Reason("webhooks.taken", "conflict", "Already taken", "Choose another id, or change the endpoint that has it.")
STALE = Reason(
    "webhooks.stale", "stale", "Changed by somebody else",
    "Read it again, look at what changed, and send your change with the new `ETag`.",
)
INACTIVE = Reason("webhooks.inactive", "conflict", "The endpoint is not active", 'Activate the endpoint first: `PATCH` it with `{"active": true}`.')
REFUSED_URL = Reason(
    "webhooks.refused_url", "invalid", "Not a URL that Kasir may call",
    "Give a URL that leads to the outside; the operator can allow private networks.",
)
INVALID = Reason("webhooks.invalid", "invalid", "Not a possible request", "Correct the fields that `errors` names.")

CREATE_ENDPOINT = Command(
    "webhooks.create", CreateEndpoint, NewEndpoint, "Register a webhook endpoint", keyed=True, sealed=True, reasons=(TAKEN, REFUSED_URL, INVALID)
)
UPDATE_ENDPOINT = Command(
    "webhooks.update", UpdateEndpoint, Endpoint, "Change, stop or restart an endpoint", reasons=(NOT_FOUND, STALE, REFUSED_URL, INVALID)
)
DELETE_ENDPOINT = Command("webhooks.delete", DeleteEndpoint, Endpoint, "Remove an endpoint", reasons=(NOT_FOUND, STALE))
GET_ENDPOINT = Command("webhooks.get", GetEndpoint, Endpoint, "Get one endpoint", reasons=(NOT_FOUND,))
LIST_ENDPOINTS = Command("webhooks.list", ListEndpoints, EndpointPage, "List the endpoints, oldest first", reasons=(INVALID,))
LIST_DELIVERIES = Command(
    "webhooks.deliveries", ListDeliveries, DeliveryPage, "List an endpoint's deliveries, newest first, with every attempt",
    reasons=(NOT_FOUND, INVALID),
)
GET_DELIVERY = Command("webhooks.delivery", GetDelivery, Delivery, "Get one delivery with every attempt", reasons=(NOT_FOUND,))
RESEND_DELIVERY = Command(
    "webhooks.resend", ResendDelivery, Delivery, "Send one delivery again, now", reasons=(NOT_FOUND, INACTIVE)
)
SEND_TEST = Command(
    "webhooks.send_test", SendTest, Delivery, "Send a `webhook.test` event to one endpoint", keyed=True, reasons=(NOT_FOUND, INACTIVE)
)


class EndpointFeed(Value):
    """Endpoints as they are now, without secrets; deleted ones carry `deleted_at`."""

    items: list[Endpoint]
    position: Position
    more: bool


ENDPOINT_CHANGES = Command("webhooks.changes", FeedAfter, EndpointFeed, "Which endpoints came, changed or went after a position")

ENDPOINT_CREATED = Event("webhook_endpoint.created", Endpoint, "A webhook endpoint was registered")
ENDPOINT_UPDATED = Event("webhook_endpoint.updated", Endpoint, "A webhook endpoint was changed")
ENDPOINT_DELETED = Event("webhook_endpoint.deleted", Endpoint, "A webhook endpoint was removed")


class Hello(Value):
    """What `webhook.test` carries."""

    message: str = "This is a test from Kasir."


WEBHOOK_TEST = Event("webhook.test", Hello, "Somebody asked to see whether an endpoint works; sent to that endpoint only")
