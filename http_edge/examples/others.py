"""The keys to the shop, and what concerns every actor."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from actors.runtime import upkeep
from actors.staff import contract as staff
from http_edge.examples.story import AT, EVENT, KEY, LETTER, ORDER

_key = staff.ApiKey(id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT)
_letter = upkeep.DeadLetter(
    id=LETTER, actor="webhooks", event_id=EVENT, event="order.created", key=str(ORDER), position=4711,
    error="ValueError: what went wrong", tries=5, failed_at=AT, body={"type": "order.created"},
)

VALUES: tuple[Any, ...] = (
    staff.CreateApiKey(name="Counter 1", scopes=["catalog:read", "orders:write"]), _key, staff.ApiKeyPage(items=[_key]),
    staff.NewApiKey(
        id=KEY, version=1, name="Counter 1", prefix="kasir_7Q2mX9aB", scopes=["catalog:read", "orders:write"], created_at=AT,
        key="kasir_7Q2mX9aB_ThisKeyIsOnlyAnExampleAndOpensNoDoor",
    ),
    upkeep.KeyOutcome(key="sale-000042", command="orders.place", outcome=Raw(b'{"id": "%s"}' % str(ORDER).encode()), at=AT),
    upkeep.DeadLetterList(items=[_letter]), upkeep.Resent(id=LETTER, event_id=EVENT),
)
