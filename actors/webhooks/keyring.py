"""The keys that sign for endpoints, out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.runtime.settings import SettingsError
from actors.runtime.work import Work
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.signing import Key, Keys, read_signing_key, secret_key

UNREADABLE = (SettingsError, ValueError)
"""What comes of something sealed that was damaged, or sealed with another key."""


async def find_keys(work: Work, endpoints: Sequence[int]) -> dict[int, Keys]:
    """By endpoint number: those that have not ended, and only of the kinds that the endpoint wishes for. One of UNREADABLE, as `open_keys`."""
    return {number: open_keys(work, sealed) for number, sealed in (await find_sealed(work, endpoints)).items()}


async def find_sealed(work: Work, endpoints: Sequence[int]) -> dict[int, list[Any]]:
    """By endpoint number: what `open_keys` reads."""
    sealed: dict[int, list[Any]] = {number: [] for number in endpoints}
    for row in await work.fetch(SQL["find_keys"], sorted(sealed), work.now):
        sealed[row["endpoint"]].append(row)
    return sealed


def open_keys(work: Work, sealed: Sequence[Any]) -> Keys:
    """Of one endpoint. One of UNREADABLE when its secret cannot be read; an older one, which ends by itself, is left out then."""
    keys: Keys = ()
    for row in sealed:
        try:
            keys += _open(work, row)
        except UNREADABLE:
            if row["ends_at"] is None:
                raise
    return keys


def _open(work: Work, row: Any) -> Keys:
    keys: Keys = ()
    ends_at = row["ends_at"].timestamp() if row["ends_at"] is not None else None
    if "v1" in row["signatures"]:
        keys += (Key("v1", secret_key(work.unseal(row["secret"]).decode()), ends_at),)
    if "v1a" in row["signatures"] and row["signing_key"] is not None:
        keys += (Key("v1a", read_signing_key(work.unseal(row["signing_key"]).decode()), ends_at),)
    return keys
