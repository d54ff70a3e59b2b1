"""Events as Kasir posts them: real bodies, ids of their own, signed; and the ways in which one can be wrong."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from actors.orders.contract import ORDER_CREATED, ORDER_UPDATED
from actors.runtime.ids import new_id
from actors.runtime.words import Event
from actors.webhooks.contract import WEBHOOK_TEST
from actors.webhooks.signing import new_secret, secret_key, sign_v1
from http_edge.events import event_example

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """One event on its way to a listener."""

    id: str
    seq: int
    body: bytes


class Writer:
    """Writes letters, numbered without gaps, as the feed of one endpoint is."""

    def __init__(self) -> None:
        self._seqs = itertools.count(1)

    def order(self, order: UUID | None = None, version: int = 1, **extra: Any) -> Letter:
        """An order as Kasir tells of it: `order.created`, and `order.updated` for later versions. `extra` goes into the event."""
        event = _example(ORDER_CREATED if version == 1 else ORDER_UPDATED)
        event["data"]["version"] = event["data"]["order"]["version"] = version
        event["data"]["order"]["id"] = str(order or new_id())
        return self.write({**event, **extra})

    def test(self, message: str) -> Letter:
        event = _example(WEBHOOK_TEST)
        event["data"]["message"] = message
        return self.write(event)

    def write(self, event: dict[str, Any]) -> Letter:
        return self.seal(msgspec.json.encode(event))

    def seal(self, body: bytes) -> Letter:
        """Any bytes, as they are."""
        return Letter(str(new_id()), next(self._seqs), body)


def _example(event: Event[Any]) -> dict[str, Any]:
    return {**event_example(event), "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}


def headers_of(letter: Letter, secret: str, unix_seconds: int) -> Headers:
    """As Kasir sends them."""
    return {
        "webhook-id": letter.id,
        "webhook-timestamp": str(unix_seconds),
        "webhook-signature": signed(letter, secret, unix_seconds),
        "webhook-seq": str(letter.seq),
        "content-type": "application/json",
        "user-agent": "Kasir-Chaos/1",
    }


def signed(letter: Letter, secret: str, unix_seconds: int) -> str:
    return sign_v1(secret_key(secret), letter.id, str(unix_seconds), letter.body)


def stranger() -> str:
    """A secret that the listener does not know."""
    return new_secret(secrets.token_bytes(32))
