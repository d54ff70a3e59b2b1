"""Who lives in the town: twenty endpoints, what each wishes, and how it behaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jmespath
import msgspec

ORDERS = ("order.created", "order.updated", "order.status_updated", "order.cancelled", "order.paid", "order.refunded")
DEAR = "data.order.totals.total.amount > `2000000`"
_dear = jmespath.compile(DEAR)


@dataclass(frozen=True)
class Resident:
    """`wants`: whether an event belongs to its feed, by the test's own reckoning. Without `url` it pulls. `healthy`: it gets all of it in the end."""

    name: str
    temper: str
    wishes: dict[str, Any] = field(default_factory=dict)
    wants: Callable[[str, bytes], bool] = lambda name, body: name in ORDERS
    whole: bool = True
    healthy: bool = True
    pulls: bool = False
    tls: bool = False

    @property
    def event_types(self) -> list[str]:
        types: list[str] = self.wishes.get("event_types", ["order.*"])
        return types


def only(*types: str) -> Callable[[str, bytes], bool]:
    return lambda name, body: name in types


def _is_dear(name: str, body: bytes) -> bool:
    return name in ORDERS and bool(_dear.search(msgspec.json.decode(body)))


def of_store(store_id: str) -> Callable[[str, bytes], bool]:
    return lambda name, body: name in ORDERS and msgspec.json.decode(body)["data"]["order"]["store_id"] == str(UUID(store_id))


def residents(store_id: str) -> list[Resident]:
    return [
        Resident("accounts", "fast"),
        Resident("everything", "fast", {"event_types": ["*"]}, lambda name, body: True),
        Resident("dear", "fast", {"condition": DEAR}, _is_dear, whole=False),
        Resident("one_store", "fast", {"store_ids": [store_id]}, of_store(store_id)),
        Resident("ed25519", "fast", {"signatures": ["v1a"], "event_types": ["order.created"]}, only("order.created"), whole=False),
        Resident("rotating", "fast", {"event_types": ["order.created"]}, only("order.created"), whole=False),
        Resident("limited", "fast", {"rate_per_second": 400, "concurrency": 8, "event_types": ["order.created"]}, only("order.created"), whole=False),
        Resident("slow", "slow"),
        Resident("very_slow", "very_slow", {"event_types": ["order.cancelled", "order.refunded"], "concurrency": 32},
                 only("order.cancelled", "order.refunded"), whole=False),
        Resident("flaky", "flaky"),
        Resident("hangs_up", "hangs_up"),
        Resident("forgetful", "forgets_to_answer"),
        Resident("dead_for_a_while", "dead_for_a_while"),
        Resident("unavailable", "unavailable_for_a_while", {"event_types": ["order.created", "order.cancelled"]},
                 only("order.created", "order.cancelled"), whole=False),
        Resident("asks_for_time", "asks_for_time"),
        Resident("too_many", "too_many", {"event_types": ["order.created"]}, only("order.created"), whole=False),
        Resident("gone_once", "gone_once"),
        Resident("resets_mid_body", "resets_mid_body", {"event_types": ["order.created"]}, only("order.created"), whole=False),
        Resident("gzip_bomb", "bombs", {"event_types": ["order.paid"]}, only("order.paid"), whole=False),
        Resident("endless", "talks_on", {"event_types": ["order.refunded"]}, only("order.refunded"), whole=False),
        Resident("moved_for_a_while", "moved_for_a_while", {"event_types": ["order.updated"]}, only("order.updated"), whole=False),
        Resident("hangs", "hangs_now_and_then", {"event_types": ["order.created"], "timeout_seconds": 2}, only("order.created"), whole=False),
        Resident("pulls", "fast", pulls=True),
        Resident("moved", "moved", {"event_types": ["order.paid"]}, only("order.paid"), healthy=False),
        Resident("wrong_certificate", "fast", {"event_types": ["order.paid"]}, only("order.paid"), healthy=False, tls=True),
    ]
