"""Deliveries and what feeds are: rows <-> structs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from actors.runtime.queries import load_queries
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.webhooks.contract import NOT_FOUND, Attempt, Delivery, State

SQL = load_queries(__file__)
STATE_OF_KIND: dict[str, State] = {"retry": "retrying", "behind": "waiting", "failed": "failed"}


class Posted(msgspec.Struct, frozen=True):
    """An attempt as it is kept: its number is its place in the list."""

    at: datetime
    latency_ms: int
    status: int | None
    error: str | None
    answer: str


_posted = msgspec.json.Decoder(list[Posted])


class Feed(msgspec.Struct, frozen=True):
    """An endpoint as far as its feed matters. `number` stands for its id wherever there are many rows.

    `probed_at`: when it is tried next, while it is down or has asked for time.
    """

    id: UUID
    number: int
    pull_only: bool
    status: str
    event_types: list[str]
    store_ids: list[UUID]
    condition: str
    time_zone: str
    seq: int
    first_seq: int
    done_to: int
    pulled_to: int
    probed_at: datetime | None = None

    @property
    def reached(self) -> int:
        """Up to here everything has arrived because the listener says so: it pulls, or did so before it had a URL."""
        return self.pulled_to

    @property
    def passed_to(self) -> int:
        """Up to here nothing goes out by itself any more: what has not arrived was skipped. Where nothing is posted, nothing is."""
        return 0 if self.pull_only else self.done_to


async def find_feeds(work: Work, endpoint_ids: Iterable[UUID]) -> dict[UUID, Feed]:
    rows = await work.fetch(SQL["feeds_of"], sorted(set(endpoint_ids)))
    return {row["id"]: msgspec.convert(dict(row), Feed) for row in rows}


def no_endpoint(endpoint_id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no endpoint {endpoint_id}.")


def no_delivery(delivery_id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"This endpoint has no delivery {delivery_id}.")


async def find_deliveries(work: Work, wanted: Sequence[tuple[Feed, UUID]]) -> dict[tuple[UUID, UUID], Delivery]:
    """By endpoint id and event id."""
    rows = await work.fetch(SQL["deliveries_by_id"], [feed.number for feed, _ in wanted], [event_id for _, event_id in wanted])
    feeds = {feed.number: feed for feed, _ in wanted}
    return {(feeds[row["endpoint"]].id, row["id"]): to_delivery(row, feeds[row["endpoint"]]) for row in rows}


def to_delivery(row: Any, feed: Feed) -> Delivery:
    posted = _posted.decode(f"[{row['attempts'].rstrip(',')}]")
    return Delivery(
        id=row["id"],
        endpoint_id=feed.id,
        seq=row["seq"],
        event_type=row["type"],
        key=row["key"],
        state=_state(row, feed),
        attempts=[
            Attempt(number=number, at=one.at, latency_ms=one.latency_ms, status=one.status, error=one.error, answer=one.answer)
            for number, one in enumerate(posted, start=1)
        ],
        next_attempt_at=_due_at(row, feed),
        created_at=row["at"],
    )


def _state(row: Any, feed: Feed) -> State:
    if row["kind"] is not None:
        return STATE_OF_KIND[row["kind"]]
    if row["done"] == b"p":
        return "delivered" if row["seq"] <= feed.reached else "skipped" if row["seq"] <= feed.passed_to else "pending"
    return "delivered" if row["done"] == b"d" else "failed"


def _due_at(row: Any, feed: Feed) -> datetime | None:
    """Nothing is posted before the endpoint is probed, whatever its own schedule says."""
    state, due_at = _state(row, feed), cast("datetime", row["due_at"])
    if state == "retrying":
        return due_at if feed.probed_at is None else max(due_at, feed.probed_at)
    return feed.probed_at if state == "pending" else None
