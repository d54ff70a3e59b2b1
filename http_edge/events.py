"""The events that webhooks carry to the outside, and those that nobody can ask for but everybody may read about."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from actors.catalog import contract as catalog
from actors.customers import contract as customers
from actors.inventory import contract as inventory
from actors.orders.contract import ORDER_EVENTS
from actors.payments import contract as payments
from actors.runtime.client import Client, Reply
from actors.runtime.words import Event
from actors.shifts.contract import SHIFT_EVENTS
from actors.staff.contract import STAFF_EVENTS
from actors.stores.contract import REGISTER_CREATED, REGISTER_UPDATED, STORE_CREATED, STORE_UPDATED
from actors.webhooks import contract as webhooks
from http_edge.event_types import EVENT_TYPE_UNKNOWN, EventType, EventTypeList, EventTypeSummary, GetEventType, ListEventTypes
from http_edge.examples import AT, EXAMPLES
from http_edge.examples import customers as people
from http_edge.examples import inventory as stock
from http_edge.examples import orders as sale
from http_edge.examples import payments as money
from http_edge.examples import shifts as drawer
from http_edge.examples import webhooks as listeners
from http_edge.schemas import components

if TYPE_CHECKING:
    from http_edge.auth import Key

LISTENABLE: tuple[Event[Any], ...] = (
    *ORDER_EVENTS,
    catalog.PRODUCT_CREATED, catalog.PRODUCT_UPDATED, catalog.PRODUCT_DELETED, catalog.PRICE_LIST_CREATED, catalog.PRICE_LIST_UPDATED,
    catalog.PROMOTION_CREATED, catalog.PROMOTION_UPDATED,
    inventory.STOCK_LOW, inventory.STOCK_OUT, inventory.STOCK_BACK, inventory.STOCK_RECEIVED, inventory.STOCK_ADJUSTED,
    inventory.COUNT_CLOSED, inventory.TRANSFER_SENT, inventory.TRANSFER_RECEIVED, inventory.TRANSFER_CANCELLED,
    payments.PAYMENT_APPROVED, payments.PAYMENT_FAILED, payments.PAYMENT_REFUNDED, payments.ACCOUNT_OPENED, payments.ACCOUNT_UPDATED,
    *SHIFT_EVENTS,
    *customers.CUSTOMER_EVENTS, customers.CREDIT_CHANGED, customers.POINTS_CHANGED,
    STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED,
    webhooks.ENDPOINT_FAILING, webhooks.ENDPOINT_RECOVERED, webhooks.ENDPOINT_DISABLED,
)  # fmt: skip
OTHERS: tuple[Event[Any], ...] = (
    webhooks.WEBHOOK_TEST, webhooks.WEBHOOK_DIGEST, webhooks.ENDPOINT_CREATED, webhooks.ENDPOINT_UPDATED, webhooks.ENDPOINT_DELETED,
    *STAFF_EVENTS,
)  # fmt: skip
EVENTS = (*LISTENABLE, *OTHERS)
TOLD: dict[str, Any] = {**sale.TOLD, **stock.TOLD, **money.TOLD, **people.TOLD, **drawer.TOLD, **listeners.TOLD}
VERSIONS: dict[str, int] = {}
"""Of the shapes of bodies, by event type, where it is not the first."""


def event_example(event: Event[Any]) -> dict[str, Any]:
    """The whole body of a webhook."""
    data = TOLD.get(event.name) or EXAMPLES[event.data]
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"type": event.name, "timestamp": AT, "data": data}))
    return body


@lru_cache
def event_schema(event: Event[Any]) -> dict[str, Any]:
    """JSON Schema of the whole body of a webhook, with everything that it refers to."""
    [data], named = components([event.data], "#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.name,
        "description": event.summary,
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": event.name}, "timestamp": {"type": "string", "format": "date-time"}, "data": data},
        "$defs": named,
    }


# --- the catalogue, which the edge tells itself -----------------------------------------------------------------


async def list_event_types(client: Client, request: ListEventTypes, asker: Key | None, **context: Any) -> Reply:
    return Reply(msgspec.json.encode(EventTypeList(items=[EventTypeSummary(**_summary(event)) for event in EVENTS])))


async def get_event_type(client: Client, request: GetEventType, asker: Key | None, **context: Any) -> Reply:
    event = next((event for event in EVENTS if event.name == request.type), None)
    if event is None:
        return Reply(refusal=EVENT_TYPE_UNKNOWN.refuse(f"There is no event {request.type}."))
    return Reply(msgspec.json.encode(EventType(**_summary(event), schema=event_schema(event), example=event_example(event))))


def _summary(event: Event[Any]) -> dict[str, Any]:
    version = VERSIONS.get(event.name, 1)
    return {"type": event.name, "summary": event.summary, "version": version, "listenable": event in LISTENABLE}
