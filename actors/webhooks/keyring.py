"""The keys that sign for endpoints, out of the database."""

from __future__ import annotations

from collections.abc import Sequence

from actors.runtime.work import Work
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.signing import Key, Keys, read_signing_key, secret_key


async def find_keys(work: Work, endpoints: Sequence[int]) -> dict[int, Keys]:
    """By endpoint number: those that have not ended, and only of the kinds that the endpoint wishes for."""
    keys: dict[int, Keys] = dict.fromkeys(endpoints, ())
    for row in await work.fetch(SQL["find_keys"], sorted(set(endpoints)), work.now):
        ends_at = row["ends_at"].timestamp() if row["ends_at"] is not None else None
        if "v1" in row["signatures"]:
            keys[row["endpoint"]] += (Key("v1", secret_key(work.unseal(row["secret"]).decode()), ends_at),)
        if "v1a" in row["signatures"] and row["signing_key"] is not None:
            keys[row["endpoint"]] += (Key("v1a", read_signing_key(work.unseal(row["signing_key"]).decode()), ends_at),)
    return keys
