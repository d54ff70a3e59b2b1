"""Endpoints and the keys that sign for them: rows <-> structs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from actors.runtime.work import Work
from actors.webhooks import signing
from actors.webhooks.contract import Endpoint, ListEndpoints, PublicKey
from actors.webhooks.store import SQL

_public_keys = msgspec.json.Decoder(list[PublicKey])


class Row(NamedTuple):
    """An endpoint as it is shown, and its number, which stands for the id wherever there are many rows."""

    number: int
    endpoint: Endpoint


async def take_turns(work: Work) -> None:
    """From here to the commit nobody else changes endpoints, or sorts by them as they were. Before any other row is locked."""
    await work.lock_log()
    await work.execute(SQL["lock_sorted_head"])


async def find_row(work: Work, endpoint_id: UUID) -> Row | None:
    return (await find_rows(work, [endpoint_id])).get(endpoint_id)


async def find_rows(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    rows = await work.fetch(SQL["find_endpoints"], sorted(set(ids)))
    return {row["id"]: Row(row["number"], to_endpoint(row)) for row in rows}


async def find_by_number(work: Work, numbers: Iterable[int]) -> list[Row]:
    """In the order of their numbers; removed ones are left out."""
    return [Row(row["number"], to_endpoint(row)) for row in await work.fetch(SQL["endpoints_by_number"], sorted(set(numbers)))]


async def list_page(work: Work, asked: ListEndpoints, after: tuple[datetime, UUID]) -> tuple[list[Endpoint], bool]:
    """Those after this one, oldest first, and whether there are more."""
    rows = await work.fetch(SQL["list_endpoints"], *after, asked.status, asked.limit + 1)
    return [to_endpoint(row) for row in rows[: asked.limit]], len(rows) > asked.limit


# --- writing ------------------------------------------------------------------------------------------------


async def insert_endpoint(work: Work, endpoint: Endpoint, headers: dict[str, str], position: int) -> int:
    """With its feed. `position`: where the log tells of it. Returns its number."""
    number: int = await work.fetchval(SQL["insert_endpoint"], *_columns(endpoint), _sealed(work, headers), position, endpoint.created_at)
    await work.execute(SQL["insert_feed"], number)
    return number


async def save_endpoint(work: Work, endpoint: Endpoint, position: int) -> None:
    """All but its headers."""
    await work.execute(SQL["save_endpoint"], *_columns(endpoint), position, endpoint.deleted_at)


async def save_headers(work: Work, number: int, headers: dict[str, str]) -> None:
    await work.execute(SQL["save_headers"], number, _sealed(work, headers))


async def count_conditions(work: Work, but: UUID) -> int:
    """Different ones, beside that of endpoint `but`."""
    return int(await work.fetchval(SQL["count_conditions"], but))


async def others_look_again(work: Work) -> None:
    """Whoever sorts or posts by endpoints as they were finds out that they have changed."""
    await work.execute(SQL["next_generation"])


def _columns(endpoint: Endpoint) -> tuple[Any, ...]:
    return (
        endpoint.id, endpoint.version, endpoint.url, endpoint.event_types, endpoint.description, endpoint.status, endpoint.disabled_reason,
        endpoint.updated_at, endpoint.store_ids, endpoint.condition, endpoint.headers, endpoint.signatures, endpoint.timeout_seconds,
        endpoint.rate_per_second, endpoint.concurrency, endpoint.schedule_seconds, endpoint.time_zone,
        endpoint.day_starts_at,
    )  # fmt: skip


def _sealed(work: Work, headers: dict[str, str]) -> bytes | None:
    return work.seal(msgspec.json.encode(headers)) if headers else None


# --- keys ---------------------------------------------------------------------------------------------------


async def insert_secret(work: Work, number: int, secret: str, signing_key: str | None) -> None:
    """From now on it signs for the endpoint, and does not end."""
    public = None if signing_key is None else signing.public_key(signing_key)
    sealed = None if signing_key is None else work.seal(signing_key.encode())
    await work.execute(SQL["insert_secret"], number, work.seal(secret.encode()), sealed, public, work.now)


async def add_signing_key(work: Work, number: int, signing_key: str) -> None:
    """To the secret that does not end, if it has none yet."""
    await work.execute(SQL["add_signing_key"], number, work.seal(signing_key.encode()), signing.public_key(signing_key))


async def count_secrets(work: Work, number: int) -> int:
    """How many sign now."""
    count: int = await work.fetchval(SQL["count_secrets"], number, work.now)
    return count


async def find_secrets(work: Work, number: int) -> list[Any]:
    """Those that sign now, sealed."""
    return list(await work.fetch(SQL["find_secrets"], number, work.now))


async def end_secrets(work: Work, number: int, ends_at: datetime) -> None:
    """All that sign now do so until then at most."""
    await work.execute(SQL["end_secrets"], number, ends_at)


async def forget_ended(work: Work, number: int) -> None:
    await work.execute(SQL["forget_ended_secrets"], number, work.now)


async def forget_keys(work: Work, number: int) -> None:
    """Nothing signs for it any more, and its headers are gone."""
    await work.execute(SQL["forget_secrets"], number)
    await save_headers(work, number, {})


# --- what is to be posted -------------------------------------------------------------------------------------


async def catch_up(work: Work, number: int, per_second: int) -> None:
    """What its feed holds by now goes out at this rate."""
    await work.execute(SQL["catch_up"], number, per_second)


async def skip_missed(work: Work, number: int) -> None:
    """What its feed holds by now is not posted any more."""
    await work.execute(SQL["skip_missed"], number)
    await work.execute(SQL["keep_notes_waiting"], number)
    await work.execute(SQL["forget_troubles"], number)


async def begin_after_pulled(work: Work, number: int) -> None:
    """It was for pulling only: what the listener has fetched is not posted."""
    await work.execute(SQL["begin_after_pulled"], number)


async def forget_failures(work: Work, number: int) -> None:
    """It is tried as if it had never failed; whether somebody was told stays."""
    await work.execute(SQL["forget_failures"], number)


def to_endpoint(row: Any) -> Endpoint:
    return Endpoint(
        id=row["id"],
        version=row["version"],
        url=row["url"],
        event_types=list(row["event_types"]),
        description=row["description"],
        status=row["status"],
        disabled_reason=row["disabled_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        store_ids=list(row["store_ids"]),
        condition=row["condition"],
        headers=list(row["header_names"]),
        signatures=list(row["signatures"]),
        public_keys=_public_keys.decode(row["public_keys"]),
        timeout_seconds=row["timeout_seconds"],
        rate_per_second=row["rate_per_second"],
        concurrency=row["concurrency"],
        schedule_seconds=list(row["schedule_seconds"]),
        time_zone=row["time_zone"],
        old_secret_ends_at=row["old_secret_ends_at"],
        deleted_at=row["deleted_at"],
        day_starts_at=row["day_starts_at"],
    )
