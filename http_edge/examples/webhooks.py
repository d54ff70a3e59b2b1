"""Those who listen: an accountant's application, and what it has heard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import asdict

from actors.webhooks import contract as webhooks
from http_edge.event_types import EventType, EventTypeList, EventTypeSummary
from http_edge.examples.story import AT, ENDPOINT, EVENT, LATER, ORDER, REPLAY, STORE

URL, EMPTY = "https://books.example/kasir", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of the Standard Webhooks specification
PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

_endpoint = webhooks.Endpoint(
    id=ENDPOINT, version=1, url=URL, event_types=["order.*"], description="Accounting", status="active", disabled_reason=None,
    created_at=AT, updated_at=AT, store_ids=[STORE], condition="data.order.totals.total.amount >= `100000`", headers=["X-Shop"],
    signatures=["v1", "v1a"], public_keys=[webhooks.PublicKey(key=PUBLIC_KEY, created_at=AT)], rate_per_second=50, time_zone="Asia/Jakarta",
    day_starts_at="04:00",
)
_delivery = webhooks.Delivery(
    id=EVENT, endpoint_id=ENDPOINT, seq=4711, event_type="order.created", key=str(ORDER), state="delivered",
    attempts=[webhooks.Attempt(number=1, at=AT, latency_ms=18, status=204, error=None, answer="")], next_attempt_at=None, created_at=AT,
)
_replay = webhooks.Replay(
    id=REPLAY, endpoint_id=ENDPOINT, state="running", events=webhooks.Chosen(from_time=AT, until=LATER, event_types=["order.*"]),
    rate_per_second=100, total=1200, done=400, added=0, started_at=LATER,
)
_digest = webhooks.Digest(
    endpoint_id=ENDPOINT, window="hour", from_time=AT, until=AT + timedelta(hours=1), first_seq=4711, last_seq=4711, count=1,
    types=[webhooks.TypeSum(type="order.created", count=1, amounts=[webhooks.Sum(currency="IDR", amount=700000)])], hash=EMPTY,
)
_told = webhooks.EndpointTold(
    endpoint_id=ENDPOINT, url=URL, description="Accounting", failing_since=AT, consecutive_failures=9, last_error="it answered 500"
)
_type = EventTypeSummary(type="product.deleted", summary="A product was taken out of the catalog", version=1, listenable=True)
_body = '{"type":"product.deleted","timestamp":"2026-01-31T02:30:00Z","data":{}}'

TOLD: dict[str, Any] = {
    "webhook.endpoint_disabled": webhooks.EndpointTold(**{**asdict(_told), "reason": "It has been failing for 5 days."}),
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    webhooks.CreateEndpoint(url=URL, event_types=["order.*"], description="Accounting"),
    webhooks.EndpointChanges(event_types=["order.*", "payment.*"]), _endpoint, webhooks.EndpointPage(items=[_endpoint]),
    webhooks.NewEndpoint(**{name: getattr(_endpoint, name) for name in webhooks.Endpoint.__struct_fields__}, secret=SECRET),
    webhooks.PauseEndpoint(id=ENDPOINT, reason="Their server is being moved"), webhooks.ResumeEndpoint(id=ENDPOINT, catch_up_per_second=20),
    webhooks.RotateSecret(id=ENDPOINT, overlap_seconds=3600),
    webhooks.NewSecret(id=ENDPOINT, version=2, secret=SECRET, old_ends_at=LATER, public_key=PUBLIC_KEY),
    webhooks.Health(
        id=ENDPOINT, status="active", circuit="closed", success_rate=0.99, latency_ms_p50=18, latency_ms_p99=140, consecutive_failures=0,
        failing_since=None, last_success_at=AT, last_attempt_at=AT, last_error=None, next_attempt_at=None, last_seq=4711, pending=0,
        retrying=0, failed=0, lag_seconds=0.0,
    ),
    _delivery, webhooks.DeliveryPage(items=[_delivery]), webhooks.Hello(),
    webhooks.StartReplay(endpoint_id=ENDPOINT, events=webhooks.Chosen(from_time=AT, until=LATER, event_types=["order.*"]), dry_run=True),
    _replay, webhooks.ReplayPage(items=[_replay]), _digest,
    webhooks.SignedDigest(
        id=f"digest-{ENDPOINT}-4711-4711", timestamp=1769826600, signature=SIGNATURE, body=msgspec.json.encode(_digest).decode(), digest=_digest
    ),
    webhooks.PulledEvents(
        items=[webhooks.PulledEvent(seq=4711, type="product.deleted", id=EVENT, timestamp=1769826600, signature=SIGNATURE, body=_body)],
        last_seq=4711, first_seq=1,
    ),
    webhooks.KeptEvents(items=[webhooks.KeptEvent(position=9000, type="product.deleted", id=EVENT, body=_body)], position=9000, first_position=1),
    _told, EventTypeList(items=[_type]),
    EventType(**asdict(_type), schema={"type": "object"}, example={"type": "product.deleted", "timestamp": "2026-01-31T02:30:00Z", "data": {}}),
)  # fmt: skip
