"""The events that webhooks carry to the outside."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.catalog.contract import PRODUCT_CREATED, PRODUCT_DELETED, PRODUCT_UPDATED
from actors.orders.contract import ORDER_CREATED
from actors.runtime.words import Event
from actors.staff.contract import API_KEY_CREATED, API_KEY_REVOKED
from actors.stores.contract import REGISTER_CREATED, REGISTER_UPDATED, STORE_CREATED, STORE_UPDATED
from actors.webhooks.contract import ENDPOINT_CREATED, ENDPOINT_DELETED, ENDPOINT_UPDATED, WEBHOOK_TEST
from http_edge.examples import AT, EXAMPLES

EVENTS: tuple[Event[Any], ...] = (
    ORDER_CREATED, PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED, STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED,
    ENDPOINT_CREATED, ENDPOINT_UPDATED, ENDPOINT_DELETED, API_KEY_CREATED, API_KEY_REVOKED, WEBHOOK_TEST,
)


def event_example(event: Event[Any]) -> dict[str, Any]:
    """The whole body of a webhook."""
    data = event.example if event.example is not None else EXAMPLES[event.data]
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"type": event.name, "timestamp": AT, "data": data}))
    return body
