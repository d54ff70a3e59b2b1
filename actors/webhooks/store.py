"""Rows <-> structs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from actors.runtime.queries import load_queries
from actors.runtime.work import Work
from actors.webhooks.contract import Attempt, Delivery, Endpoint, State

SQL = load_queries(__file__)


class Posted(msgspec.Struct, frozen=True):
    """An attempt as it is kept: its number is its place in the list."""

    at: datetime
    latency_ms: int
    status: int | None
    error: str | None
    answer: str


class Outcome(msgspec.Struct):
    """What a delivery is after its latest posts. `state` "pending" is due again after `wait_seconds`."""

    state: State
    wait_seconds: float
    round: int
    posted: list[Posted]


_posted = msgspec.json.Decoder(list[Posted])
Pair = tuple[UUID, UUID]
"""endpoint id, delivery id"""


# --- endpoints ----------------------------------------------------------------------------------------------


async def find_endpoints(work: Work, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Endpoint]:
    rows = await work.fetch(SQL["lock_endpoints" if lock else "find_endpoints"], sorted(set(ids)))
    return {row["id"]: to_endpoint(row) for row in rows}


async def insert_endpoints(work: Work, endpoints: Sequence[Endpoint], secrets: Sequence[str], position: int) -> None:
    """`position`: of the first one's event; the others follow."""
    await work.execute(
        SQL["insert_endpoints"],
        work.now,
        [endpoint.id for endpoint in endpoints],
        [endpoint.url for endpoint in endpoints],
        [json_text(endpoint.event_types) for endpoint in endpoints],
        [endpoint.description for endpoint in endpoints],
        [work.seal(secret.encode()) for secret in secrets],
        [endpoint.active for endpoint in endpoints],
        list(range(position, position + len(endpoints))),
    )


async def save_endpoints(work: Work, changed: Sequence[tuple[Endpoint, str | None, int]]) -> None:
    """Endpoints that exist, each with its new secret (None keeps it) and the log position of its last change."""
    await work.execute(
        SQL["save_endpoints"],
        [endpoint.id for endpoint, _, _ in changed],
        [endpoint.version for endpoint, _, _ in changed],
        [endpoint.url for endpoint, _, _ in changed],
        [json_text(endpoint.event_types) for endpoint, _, _ in changed],
        [endpoint.description for endpoint, _, _ in changed],
        [None if secret is None else work.seal(secret.encode()) for _, secret, _ in changed],
        [endpoint.active for endpoint, _, _ in changed],
        [endpoint.disabled_reason for endpoint, _, _ in changed],
        [endpoint.updated_at for endpoint, _, _ in changed],
        [endpoint.deleted_at for endpoint, _, _ in changed],
        [position for _, _, position in changed],
    )


def to_endpoint(row: Any) -> Endpoint:
    return Endpoint(
        id=row["id"],
        version=row["version"],
        url=row["url"],
        event_types=list(row["event_types"]),
        description=row["description"],
        active=row["active"],
        disabled_reason=row["disabled_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )


# --- deliveries ---------------------------------------------------------------------------------------------


async def find_deliveries(work: Work, pairs: Sequence[Pair]) -> dict[Pair, Delivery]:
    rows = await work.fetch(SQL["find_deliveries"], [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return {(row["endpoint_id"], row["id"]): to_delivery(row) for row in rows}


async def record_outcomes(work: Work, outcomes: Sequence[tuple[Pair, Outcome]]) -> None:
    await work.execute(
        SQL["record_outcomes"],
        [pair[0] for pair, _ in outcomes],
        [pair[1] for pair, _ in outcomes],
        [outcome.state for _, outcome in outcomes],
        [outcome.wait_seconds for _, outcome in outcomes],
        [outcome.round for _, outcome in outcomes],
        [json_text(outcome.posted) for _, outcome in outcomes],
    )


async def find_targets(work: Work, endpoint_ids: Sequence[UUID]) -> list[tuple[UUID, int, str, str]]:
    """Id, version, URL and secret of those that are active."""
    rows = await work.fetch(SQL["find_targets"], endpoint_ids)
    return [(row["id"], row["version"], row["url"], work.unseal(row["secret"]).decode()) for row in rows]


def to_delivery(row: Any) -> Delivery:
    posted = _posted.decode(row["attempts"])
    return Delivery(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        event_id=str(row["id"]),
        event_type=row["event_type"],
        state=row["state"],
        attempts=[
            Attempt(number=number, at=one.at, latency_ms=one.latency_ms, status=one.status, error=one.error, answer=one.answer)
            for number, one in enumerate(posted, start=1)
        ],
        next_attempt_at=row["due_at"] if row["state"] == "pending" else None,
        created_at=row["created_at"],
    )


def readable(answer: bytes) -> str:
    """Text that can be stored: Postgres takes no NUL in JSON."""
    return answer.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


