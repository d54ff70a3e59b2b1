"""What `kasir listen` says about a webhook."""

from __future__ import annotations

import msgspec
import pytest

from actors.webhooks.rules import secret_key, sign
from deploy.arrivals import in_words, read_arrival

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1614265330


def headers(body: bytes) -> dict[str, str]:
    signature = sign(secret_key(SECRET), "msg_1", str(NOW), body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}


def test_an_order_is_told_by_its_receipt_and_total() -> None:
    order = {"receipt": "K1-000001", "totals": {"due": {"amount": 1850000, "currency": "IDR"}}}
    body = msgspec.json.encode({"type": "order.created", "timestamp": "2026-01-01T00:00:00Z", "data": order})
    arrival = read_arrival(headers(body), body, SECRET, NOW)
    assert arrival.line == "order.created  K1-000001  IDR 18,500.00  msg_1  signature ok"


def test_a_changed_body_is_told_apart() -> None:
    body = b'{"type":"product.created","data":{"name":"Teh"}}'
    arrival = read_arrival(headers(body), body.replace(b"Teh", b"Kopi"), SECRET, NOW)
    assert not arrival.genuine
    assert arrival.line == "product.created  Kopi  msg_1  SIGNATURE WRONG"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"data":[]}', b'"x"'])
def test_nonsense_is_shown_and_not_believed(body: bytes) -> None:
    assert read_arrival({}, body, SECRET, NOW).line.endswith("SIGNATURE WRONG")


def test_money_is_told_in_its_own_decimals() -> None:
    assert in_words({"amount": 1234567, "currency": "JPY"}) == "JPY 1,234,567"
    assert in_words({"amount": 5, "currency": "KWD"}) == "KWD 0.005"
    assert in_words({}) == ""
