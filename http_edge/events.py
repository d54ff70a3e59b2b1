"""The events that webhooks carry to the outside, and those that nobody can ask for but everybody may read about."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.catalog import contract as catalog
from actors.inventory import contract as inventory
from actors.orders.contract import ORDER_EVENTS
from actors.payments import contract as payments
from actors.runtime.words import Event
from actors.staff.contract import API_KEY_CREATED, API_KEY_REVOKED
from actors.stores.contract import REGISTER_CREATED, REGISTER_UPDATED, STORE_CREATED, STORE_UPDATED
from actors.webhooks.contract import ENDPOINT_CREATED, ENDPOINT_DELETED, ENDPOINT_UPDATED, WEBHOOK_TEST
from http_edge.examples import AT, EXAMPLES
from http_edge.examples import inventory as stock
from http_edge.examples import orders as sale
from http_edge.examples import payments as money

EVENTS: tuple[Event[Any], ...] = (
    *ORDER_EVENTS,
    catalog.PRODUCT_CREATED, catalog.PRODUCT_UPDATED, catalog.PRODUCT_DELETED, catalog.PRICE_LIST_CREATED, catalog.PRICE_LIST_UPDATED,
    catalog.PROMOTION_CREATED, catalog.PROMOTION_UPDATED,
    inventory.STOCK_LOW, inventory.STOCK_OUT, inventory.STOCK_BACK, inventory.STOCK_RECEIVED, inventory.STOCK_ADJUSTED,
    inventory.COUNT_CLOSED, inventory.TRANSFER_SENT, inventory.TRANSFER_RECEIVED, inventory.TRANSFER_CANCELLED,
    payments.PAYMENT_APPROVED, payments.PAYMENT_FAILED, payments.PAYMENT_REFUNDED, payments.ACCOUNT_OPENED, payments.ACCOUNT_UPDATED,
    STORE_CREATED, STORE_UPDATED, REGISTER_CREATED, REGISTER_UPDATED,
    ENDPOINT_CREATED, ENDPOINT_UPDATED, ENDPOINT_DELETED, API_KEY_CREATED, API_KEY_REVOKED, WEBHOOK_TEST,
)  # fmt: skip
TOLD: dict[str, Any] = {**sale.TOLD, **stock.TOLD, **money.TOLD}


def event_example(event: Event[Any]) -> dict[str, Any]:
    """The whole body of a webhook."""
    data = TOLD.get(event.name) or EXAMPLES[event.data]
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"type": event.name, "timestamp": AT, "data": data}))
    return body
