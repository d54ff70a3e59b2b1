"""What concerns every actor."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from actors.runtime import upkeep
from http_edge.everywhere import AuditTrail
from http_edge.examples.story import AT, EVENT, LETTER, ORDER, an_id

_letter = upkeep.DeadLetter(
    id=LETTER, actor="webhooks", event_id=EVENT, event="order.created", key=str(ORDER), position=4711,
    error="ValueError: what went wrong", tries=5, failed_at=AT, body={"type": "order.created"},
)

_audited = upkeep.AuditEntry(
    id=LETTER, at=AT, by=str(an_id(60)), approved_by="", actor="orders", command="orders.refund", count=1, about=[str(ORDER)],
    request_ids=["0198c0de-0000-7000-8000-00000000a0d1"],
)

VALUES: tuple[Any, ...] = (
    upkeep.KeyOutcome(key="sale-000042", command="orders.place", outcome=Raw(b'{"id": "%s"}' % str(ORDER).encode()), at=AT),
    upkeep.DeadLetterList(items=[_letter]), upkeep.Resent(id=LETTER, event_id=EVENT),
    AuditTrail(items=[_audited]), upkeep.AuditPage(items=[_audited], more=False),
)
