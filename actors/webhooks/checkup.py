"""How an endpoint fares, for whoever asks: as the member in charge has last saved it, and what its feed says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.runtime.actor import Asked
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.webhooks.contract import GetHealth, Health, Unproven
from actors.webhooks.deliveries_store import SQL, no_endpoint

_unproven = msgspec.json.Decoder(Unproven)


async def get_healths(asked: Sequence[Asked[GetHealth]], work: Work) -> list[Health | Refusal]:
    rows = {row["id"]: row for row in await work.fetch(SQL["health_of"], sorted({one.body.id for one in asked}))}
    return [to_health(rows[one.body.id]) if one.body.id in rows else no_endpoint(one.body.id) for one in asked]


def to_health(row: Any) -> Health:
    """One that was never posted to fares well, as far as anybody knows."""
    return Health(
        id=row["id"],
        status=row["status"],
        circuit=row["circuit"] or "closed",
        success_rate=row["success_rate"],
        latency_ms_p50=row["latency_ms_p50"],
        latency_ms_p99=row["latency_ms_p99"],
        consecutive_failures=row["consecutive_failures"] or 0,
        failing_since=row["failing_since"],
        last_success_at=row["last_success_at"],
        last_attempt_at=row["last_attempt_at"],
        last_error=row["last_error"],
        next_attempt_at=row["next_attempt_at"],
        last_seq=row["seq"],
        pending=row["pending"],
        retrying=row["retrying"],
        failed=row["failed"],
        lag_seconds=row["lag_seconds"],
        pulled_to=row["pulled_to"],
        unproven=_unproven.decode(row["unproven"]) if row["unproven"] else None,
    )
