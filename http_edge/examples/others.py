"""Those who listen, the keys to the shop, and what concerns every actor."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from actors.runtime import upkeep
from actors.staff import contract as staff
from actors.webhooks import contract as webhooks
from http_edge.examples.story import AT, DELIVERY, ENDPOINT, EVENT, KEY, LETTER, ORDER

_endpoint = webhooks.Endpoint(
    id=ENDPOINT, version=1, url="https://books.example/kasir", event_types=["order.*"], description="Accounting", active=True,
    disabled_reason=None, created_at=AT, updated_at=AT,
)
_delivery = webhooks.Delivery(
    id=DELIVERY, endpoint_id=ENDPOINT, event_id=str(EVENT), event_type="order.created", state="delivered",
    attempts=[webhooks.Attempt(number=1, at=AT, latency_ms=18, status=204, error=None, answer="")], next_attempt_at=None, created_at=AT,
)
_key = staff.ApiKey(id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT)
_letter = upkeep.DeadLetter(
    id=LETTER, actor="webhooks", event_id=EVENT, event="order.created", key=str(ORDER), position=4711,
    error="ValueError: what went wrong", tries=5, failed_at=AT, body={"type": "order.created"},
)

VALUES: tuple[Any, ...] = (
    webhooks.CreateEndpoint(url="https://books.example/kasir", event_types=["order.*"], description="Accounting"),
    webhooks.EndpointChanges(active=True), _endpoint, webhooks.EndpointPage(items=[_endpoint]),
    webhooks.NewEndpoint(
        id=ENDPOINT, version=1, url="https://books.example/kasir", event_types=["order.*"], description="Accounting", active=True,
        disabled_reason=None, created_at=AT, updated_at=AT, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # noqa: S106 - the example of the Standard Webhooks specification
    ),
    _delivery, webhooks.DeliveryPage(items=[_delivery]), webhooks.Hello(),
    staff.CreateApiKey(name="Counter 1", scopes=["catalog:read", "orders:write"]), _key, staff.ApiKeyPage(items=[_key]),
    staff.NewApiKey(
        id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT,
        key="kasir_7Q2mX9aB_ThisKeyIsOnlyAnExampleAndOpensNoDoor",
    ),
    upkeep.KeyOutcome(key="sale-000042", command="orders.place", outcome=Raw(b'{"id": "%s"}' % str(ORDER).encode()), at=AT),
    upkeep.DeadLetterList(items=[_letter]), upkeep.Resent(id=LETTER, event_id=EVENT),
)
