"""What listeners may hear: every event, in whose log it is, and where in it stands what filters and digests need. Pure.

An order is worth its total, a payment its amount; other events are worth nothing. A transfer belongs to the store that sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from actors.catalog import contract as catalog
from actors.customers import contract as customers
from actors.inventory import contract as inventory
from actors.orders import contract as orders
from actors.payments import contract as payments
from actors.runtime.words import Event
from actors.shifts import contract as shifts
from actors.stores import contract as stores
from actors.webhooks import contract as webhooks

Words = tuple[str, ...]
"""The way into `data`: names of fields; "0" is the first of a list."""


@dataclass(frozen=True, slots=True)
class Listenable:
    """`store`: whose store the event belongs to; `amount`: what it is worth. None: to none, nothing."""

    log: str
    event: Event[Any]
    store: Words | None = None
    amount: Words | None = None


def _all(log: str, *events: Event[Any], store: Words | None = None, amount: Words | None = None) -> tuple[Listenable, ...]:
    return tuple(Listenable(log, event, store, amount) for event in events)


LISTENABLE: tuple[Listenable, ...] = (
    *_all("orders", *orders.ORDER_EVENTS, store=("order", "store_id"), amount=("order", "totals", "total")),
    *_all("catalog", catalog.PRODUCT_CREATED, catalog.PRODUCT_UPDATED, catalog.PRODUCT_DELETED),
    *_all("catalog", catalog.PRICE_LIST_CREATED, catalog.PRICE_LIST_UPDATED, catalog.PROMOTION_CREATED, catalog.PROMOTION_UPDATED),
    *_all("inventory", inventory.STOCK_LOW, inventory.STOCK_OUT, inventory.STOCK_BACK, store=("level", "store_id")),
    *_all("inventory", inventory.STOCK_RECEIVED, inventory.STOCK_ADJUSTED, store=("items", "0", "store_id")),
    *_all("inventory", inventory.COUNT_CLOSED, store=("store_id",)),
    *_all("inventory", inventory.TRANSFER_SENT, inventory.TRANSFER_RECEIVED, inventory.TRANSFER_CANCELLED, store=("from_store_id",)),
    *_all("payments", payments.PAYMENT_APPROVED, payments.PAYMENT_FAILED, payments.PAYMENT_REFUNDED, amount=("amount",)),
    *_all("payments", payments.ACCOUNT_OPENED, payments.ACCOUNT_UPDATED),
    *_all("shifts", shifts.SHIFT_OPENED, shifts.SHIFT_CASH, shifts.SHIFT_HANDED_OVER, shifts.SHIFT_APPROVED, store=("store_id",)),
    *_all("shifts", shifts.SHIFT_CLOSED, shifts.SHIFT_CORRECTED, store=("shift", "store_id")),
    *_all("customers", *customers.CUSTOMER_EVENTS, customers.CREDIT_CHANGED, customers.POINTS_CHANGED),
    *_all("stores", stores.STORE_CREATED, stores.STORE_UPDATED, store=("id",)),
    *_all("stores", stores.REGISTER_CREATED, stores.REGISTER_UPDATED, store=("store_id",)),
    *_all("webhooks", webhooks.ENDPOINT_FAILING, webhooks.ENDPOINT_RECOVERED, webhooks.ENDPOINT_DISABLED),
)
"""What an endpoint may ask for."""
ADDRESSED: tuple[Event[Any], ...] = (webhooks.WEBHOOK_TEST, webhooks.WEBHOOK_DIGEST)
"""What is put into one endpoint's feed, whatever it has asked for."""
EVENT_TYPES = tuple(one.event.name for one in LISTENABLE)
_BY_NAME = {one.event.name: one for one in LISTENABLE}


def by_log() -> list[tuple[str, tuple[Event[Any], ...]]]:
    """The events to listen to in each log."""
    return [(log, tuple(one.event for one in some)) for log, some in groupby(LISTENABLE, key=lambda one: one.log)]


def log_of(name: str) -> str:
    return _BY_NAME[name].log


# --- what an event says of itself -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """`amount` in minor units of `currency`."""

    at: datetime
    store_id: UUID | None = None
    amount: int | None = None
    currency: str | None = None


class _Money(msgspec.Struct):
    amount: int
    currency: str


class _When(msgspec.Struct):
    timestamp: datetime


_when = msgspec.json.Decoder(_When)


def read_facts(name: str, body: bytes) -> Facts:
    """Only what is needed is decoded. What is told in another shape than today's has no store and no worth: it is delivered all the same."""
    one = _BY_NAME[name]
    try:
        told = _decoder(one.store, one.amount).decode(body)
    except msgspec.ValidationError:
        return Facts(_when.decode(body).timestamp)
    store_id = _at(told.data, one.store)
    money = _at(told.data, one.amount)
    return Facts(told.timestamp, store_id, money.amount if money else None, money.currency if money else None)


def _at(found: Any, words: Words | None) -> Any:
    for word in words or ():
        if found is None or found == []:
            return None
        found = found[0] if word == "0" else getattr(found, word)
    return found if words else None


@lru_cache(maxsize=64)
def _decoder(store: Words | None, amount: Words | None) -> msgspec.json.Decoder[Any]:
    data = _slim([(store, UUID), (amount, _Money)])
    return msgspec.json.Decoder(msgspec.defstruct("Told", [("timestamp", datetime), ("data", data)]))


def _slim(wanted: Sequence[tuple[Words | None, Any]]) -> Any:
    """A struct that has nothing but these fields, and those within them."""
    ways = [(words, kind) for words, kind in wanted if words]
    if ways and ways[0][0][0] == "0":
        return list[_slim([(words[1:], kind) for words, kind in ways])]  # type: ignore[misc]
    fields = []
    for word in dict.fromkeys(words[0] for words, _ in ways):
        inner = [(words[1:], kind) for words, kind in ways if words[0] == word]
        fields.append((word, (inner[0][1] if not inner[0][0] else _slim(inner)) | None, None))
    return msgspec.defstruct("Slim", fields)
