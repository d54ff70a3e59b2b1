"""What `kasir listen` says about a webhook."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.runtime.words import Event
from actors.webhooks.signing import secret_key, sign_v1
from deploy.arrivals import read_arrival
from deploy.telling import in_words, summary
from http_edge.events import EVENTS, event_example

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1614265330


def headers(body: bytes) -> dict[str, str]:
    signature = sign_v1(secret_key(SECRET), "msg_1", str(NOW), body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}


def test_an_order_is_told_by_its_receipt_and_total() -> None:
    order = {"receipt": "K1-000001", "totals": {"due": {"amount": 1850000, "currency": "IDR"}}}
    told = {"order": order, "before": None, "after": {"status": "completed", "payment": "paid"}}
    body = msgspec.json.encode({"type": "order.created", "timestamp": "2026-01-01T00:00:00Z", "data": told})
    arrival = read_arrival(headers(body), body, SECRET, NOW)
    assert arrival.line == "order.created  K1-000001  IDR 18,500.00  msg_1  signature ok"


def test_a_changed_body_is_told_apart() -> None:
    body = b'{"type":"product.created","data":{"name":"Teh"}}'
    arrival = read_arrival(headers(body), body.replace(b"Teh", b"Kopi"), SECRET, NOW)
    assert not arrival.genuine
    assert arrival.line == "product.created  Kopi  msg_1  SIGNATURE WRONG"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"data":[]}', b'"x"', b'{"type":"order.paid","data":{"order":[],"changed":7}}'])
def test_nonsense_is_shown_and_not_believed(body: bytes) -> None:
    assert read_arrival({}, body, SECRET, NOW).line.endswith("SIGNATURE WRONG")


TOLD = {
    "order.created": "K1-000042  IDR 7,000.00",
    "order.updated": "IDR 7,000.00  changed: note",
    "order.status_updated": "K1-000042  IDR 7,000.00  pending → delivered",
    "order.cancelled": "IDR 7,000.00  open → cancelled  Changed their mind",
    "order.paid": "K1-000042  IDR 7,000.00  open → completed, unpaid → paid",
    "order.refunded": "K1-000042  IDR 7,000.00  paid → partially_refunded  IDR 3,500.00 given back  One was open",
    "stock.low": "variant 0198c0de-0000-7000-8000-000000000004  13 → 12",
    "stock.received": "receipt +24  variant 0198c0de-0000-7000-8000-000000000004  DN-7781",
    "stock.adjusted": "waste -2  variant 0198c0de-0000-7000-8000-000000000004  Broken",
    "stock.counted": "1 counted, 1 differ  Shelf 3",
    "transfer.sent": "in_transit  1 line  DN-7782",
    "payment.approved": "qris  IDR 7,000.00  approved  QR-7781",
    "payment.failed": "qris  IDR 7,000.00  expired  Nobody paid in time",
    "payment.refunded": "qris  IDR 7,000.00  approved  IDR 3,500.00 given back",
    "account.opened": "gift card …7Q2M  IDR 100,000.00",
    "promotion.created": "Happy hour",
    "webhook.endpoint_disabled": "Accounting  It has been failing for 5 days.",
    "webhook.digest": "hour  seq 4711 to 4711",
}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_each_event_says_something(event: Event[Any]) -> None:
    told = summary(event.name, event_example(event)["data"])
    assert TOLD.get(event.name, told) == told
    assert told or event.name.startswith("webhook_endpoint.")


def test_an_order_that_is_held_says_so() -> None:
    held = {"order": {"totals": {"due": {"amount": 100, "currency": "IDR"}}}, "before": None, "after": {"status": "draft", "payment": "unpaid"}}
    assert summary("order.created", held) == "IDR 1.00  draft"


def test_goods_that_come_back_without_money_are_told_without_it() -> None:
    back = {"order": {"refunds": ["?", {"amount": {"amount": 0, "currency": "IDR"}}]}, "changed": ["refunds"], "reason": "Broken"}
    assert summary("order.refunded", back) == "changed: refunds  Broken"


def test_money_is_told_in_its_own_decimals() -> None:
    assert in_words({"amount": 1234567, "currency": "JPY"}) == "JPY 1,234,567"
    assert in_words({"amount": 5, "currency": "KWD"}) == "KWD 0.005"
    assert in_words({}) == ""
