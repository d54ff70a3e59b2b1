"""Feeds as tests want them: endpoints, events and deliveries written straight into the tables, in a webhooks that posts nothing by itself."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from actors.runtime.ids import new_id
from actors.runtime.member import Member
from actors.runtime.runtime import Runtime
from actors.runtime.sealing import Seal
from actors.webhooks.actor import ACTOR
from actors.webhooks.digests import leaf
from tests.support import House, Servers, unique

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

QUIET = replace(ACTOR, works=(), follows=())

@asynccontextmanager
async def open_quiet_house(servers: Servers, **given: Any) -> AsyncIterator[House]:
    settings = await servers.settings(**given)
    runtime = Runtime(settings, [QUIET])
    await runtime.start()
    try:
        yield House(settings, runtime)
    finally:
        await runtime.stop()


def member_of(house: House) -> Member:
    """The member of webhooks that runs here, for what it does beside answering."""
    return next(member for member in house.runtime._members if member.actor.name == "webhooks")


@dataclass(frozen=True)
class Listening:
    """An endpoint in the tables."""

    id: UUID
    number: int


async def add_endpoint(house: House, *, url: str | None = "http://127.0.0.1:9/hook", **columns: Any) -> Listening:
    values = {
        "id": new_id(), "version": 1, "url": url, "event_types": ["*"], "description": "", "created_at": START, "updated_at": START,
        "listens_from": START, "position": int(unique(), 16), **columns,
    }
    places = ", ".join(f"${index}" for index in range(1, len(values) + 1))
    sql = f"INSERT INTO webhooks.endpoints ({', '.join(values)}) VALUES ({places}) RETURNING number"
    [row] = await house.fetch(sql, *values.values())
    await house.fetch("INSERT INTO webhooks.feeds (endpoint, hour_from, hour_until, day_until) VALUES ($1, $2, $2, $2)", row["number"], START)
    sealed = Seal(house.settings.secret_key).seal(SECRET.encode())
    await house.fetch("INSERT INTO webhooks.secrets (endpoint, number, secret, created_at) VALUES ($1, 1, $2, $3)", row["number"], sealed, START)
    return Listening(values["id"], row["number"])


@dataclass(frozen=True)
class Sorted:
    """One event among all that were sorted."""

    position: int
    id: UUID
    type: str
    key: str
    body: bytes
    at: datetime


async def add_events(
    house: House, count: int = 1, *, type: str = "order.created", key: str = "", at: datetime = START, every: timedelta = timedelta(seconds=1),
    store_id: UUID | None = None, amount: int | None = None, currency: str | None = None,
) -> list[Sorted]:
    """`count` events, each about something of its own unless a `key` is given. Their bodies are in the log of webhooks
    itself, under a name that it may tell."""
    [head] = await house.fetch("UPDATE webhooks.sorted_head SET position = position + $1 RETURNING position - $1 AS before", count)
    events = []
    for n in range(count):
        position = head["before"] + n + 1
        body = b'{"type":"%s","timestamp":"2026-05-04T10:00:00Z","data":{"n":%d}}' % (type.encode(), position)
        events.append(Sorted(position, new_id(), type, key or f"k{position}", body, at + n * every))
    await house.fetch(
        "INSERT INTO webhooks.log (position, id, name, key, traceparent, at, body) "
        "SELECT 1000000 + p, i, 'webhook.test', k, '', a, b FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bytea[]) "
        "AS e (p, i, k, a, b)",
        [e.position for e in events], [e.id for e in events], [e.key for e in events], [e.at for e in events], [e.body for e in events],
    )
    await house.fetch(
        "INSERT INTO webhooks.sorted (position, id, log, log_position, type, key, store_id, amount, currency, leaf, traceparent, at) "
        "SELECT p, i, 'webhooks', 1000000 + p, n, k, $7, $8, $9, l, '', a "
        "FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[]) AS e (p, i, n, k, a, l)",
        [e.position for e in events], [e.id for e in events], [e.type for e in events], [e.key for e in events], [e.at for e in events],
        [leaf(e.id, e.body) for e in events], store_id, amount, currency,
    )
    return events


async def feed(house: House, endpoint: Listening, events: Sequence[Sorted], *, done: str = "d") -> list[int]:
    """Puts the events at the end of the endpoint's feed; 'd' and 'f' also move `done_to`. Returns their seqs."""
    [head] = await house.fetch(
        "UPDATE webhooks.feeds SET seq = seq + $2, done_to = CASE WHEN $3 = 'p' THEN done_to ELSE seq + $2 END "
        "WHERE endpoint = $1 RETURNING seq - $2 AS before", endpoint.number, len(events), done,
    )
    seqs = [head["before"] + n + 1 for n in range(len(events))]
    await house.fetch(
        "INSERT INTO webhooks.deliveries (endpoint, seq, event, lane, done, at) "
        "SELECT $1, s, p, l, $2::text::\"char\", a FROM unnest($3::bigint[], $4::bigint[], $5::integer[], $6::timestamptz[]) AS e (s, p, l, a)",
        endpoint.number, done, seqs, [e.position for e in events], [lane_of(e.key) for e in events], [e.at for e in events],
    )
    return seqs


async def trouble(house: House, endpoint: Listening, seq: int, kind: str, due_at: datetime | None = None) -> None:
    await house.fetch(
        "INSERT INTO webhooks.troubles (endpoint, seq, lane, kind, due_at) "
        "SELECT endpoint, seq, lane, $3, $4 FROM webhooks.deliveries WHERE endpoint = $1 AND seq = $2",
        endpoint.number, seq, kind, due_at,
    )


async def troubles(house: House, endpoint: Listening) -> list[tuple[int, str]]:
    rows = await house.fetch("SELECT seq, kind FROM webhooks.troubles WHERE endpoint = $1 ORDER BY seq", endpoint.number)
    return [(row["seq"], row["kind"]) for row in rows]


def lane_of(key: str) -> int:
    return zlib.crc32(key.encode()) - 2**31
