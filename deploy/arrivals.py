"""A webhook that arrived, checked and put into one line for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.webhooks.signing import verify
from deploy.telling import summary


@dataclass(frozen=True, slots=True)
class Arrival:
    id: str
    genuine: bool
    type: str
    data: dict[str, Any]
    whole: Any

    @property
    def line(self) -> str:
        """`order.created  K1-000001  IDR 18,500.00  signature ok`"""
        told = (self.type, summary(self.type, self.data), self.id, "signature ok" if self.genuine else "SIGNATURE WRONG")
        return "  ".join(part for part in told if part)


def read_arrival(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Arrival:
    """Whatever came, genuine or not."""
    id = headers.get("webhook-id", "")
    genuine = verify([secret], id, headers.get("webhook-timestamp", ""), headers.get("webhook-signature", ""), body, now)
    try:
        whole = json.loads(body)
    except ValueError:
        whole = None
    event = whole if isinstance(whole, dict) else {}
    data = event.get("data")
    return Arrival(id, genuine, str(event.get("type", "?")), data if isinstance(data, dict) else {}, whole)
