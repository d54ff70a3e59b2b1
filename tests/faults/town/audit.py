"""Are the listeners' books ours? Event by event, order by order, digest by digest."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from actors.runtime.database import connect_alone
from tests.faults.stage import Stage
from tests.faults.town.books import Digest, Report, Sale
from tests.faults.town.town import Tenant, Town
from tests.support import eventually

WINDOWS = 8
"""Stretches that are asked for, chosen by chance; and the whole."""
DIGEST = "webhook.digest"
SUMS = {True: "equal", False: "NO", None: "-"}
LOGS = ("orders", "catalog", "inventory", "payments", "stores", "webhooks", "customers", "shifts")


@dataclass
class Line:
    """What was proven of one listener. `wrong`: signatures, order, ids; in words. `sums_equal`: None for one that hears only some versions."""

    name: str
    wanted: int
    heard: int
    doubles: int
    missing: int
    wrong: list[str]
    sums_equal: bool | None
    digests: int
    digests_equal: int

    @property
    def perfect(self) -> bool:
        proven = self.digests_equal == self.digests
        return self.heard == self.wanted and not self.missing and not self.wrong and self.sums_equal is not False and proven


class Told(NamedTuple):
    """`key`: the id of what it is about."""

    id: str
    name: str
    key: str
    body: bytes


def _is_for(tenant: Tenant, told: Told) -> bool:
    """A digest is sent to its own endpoint, by the hour: also to those who have not asked for it."""
    if told.name == DIGEST:
        return told.key == tenant.endpoint_id
    return tenant.resident.wants(told.name, told.body)


class Expected:
    """Our own books: every event that anybody may listen to, and every order as it is."""

    def __init__(self, events: Sequence[Told], sales: dict[str, tuple[str, Sale]]) -> None:
        self._events = events
        self.sales = sales

    def __len__(self) -> int:
        return len(self._events)

    def leaves(self, tenant: Tenant) -> dict[str, str]:
        """Id and leaf of each event that belongs to this one's feed."""
        return {told.id: hashlib.sha256(f"{told.id}.".encode() + told.body).hexdigest() for told in self._events if _is_for(tenant, told)}


async def our_books(stage: Stage, types: Sequence[str]) -> Expected:
    """From the logs themselves, and from the orders as they stand in their tables: not from what webhooks has made of them."""
    connection = await connect_alone(stage.postgres.url)
    try:
        rows = []
        for log in LOGS:
            query = f'SELECT id::text, name, key, body, at FROM "{log}".log WHERE name = ANY ($1) ORDER BY position'
            rows += await connection.fetch(query, [*types, DIGEST])
        since = await connection.fetchval("SELECT max(created_at) FROM webhooks.endpoints")
        stored = await connection.fetch("SELECT body FROM orders.bodies")
    finally:
        await connection.close()
    orders = [msgspec.json.decode(row["body"]) for row in stored]
    sales = {order["id"]: (order["store_id"], _sale(order)) for order in orders}
    return Expected([Told(row["id"], row["name"], row["key"], row["body"]) for row in rows if row["at"] > since], sales)


def _sale(order: Any) -> Sale:
    totals = order["totals"]
    return Sale(order["version"], *(totals[name]["amount"] for name in ("total", "due", "refunded")), order.get("status", "draft"))


async def audit_town(town: Town, *, within_seconds: float) -> list[Line]:
    """Call it when nobody is selling, and everything is up. Waits until everybody who can be healthy has all of it."""
    types = await _listenable(town)
    healthy = [tenant for tenant in town.tenants.values() if tenant.resident.healthy]
    while True:
        ours = await our_books(town.stage, types)
        wanted = {name: ours.leaves(tenant) for name, tenant in town.tenants.items()}
        try:
            await eventually(lambda wanted=wanted: _all_heard(town, healthy, wanted), within_seconds=within_seconds)  # type: ignore[misc]
        except AssertionError:
            raise AssertionError(f"not heard within {within_seconds} s: {await _behind(town, healthy, wanted)}") from None
        # An endpoint that is well again while it catches up is told of, too: who wants every type hears of that as well.
        if len(await our_books(town.stage, types)) == len(ours):
            break
    reports = await town.reports()
    lines = [await _line(town, tenant, reports[tenant.resident.name], wanted[tenant.resident.name], ours) for tenant in healthy]
    for tenant in town.tenants.values():
        if not tenant.resident.healthy:
            await _waits(town, tenant, reports[tenant.resident.name], wanted[tenant.resident.name])
    return lines


async def _waits(town: Town, tenant: Tenant, report: Report, wanted: dict[str, str]) -> None:
    """Who takes nothing has nothing, and its feed has all of it."""
    feed = await town.feed(tenant)
    assert report.entries == {}
    assert wanted == {event["id"]: hashlib.sha256(f"{event['id']}.{event['body']}".encode()).hexdigest() for event in feed}


async def _listenable(town: Town) -> list[str]:
    told = await town.stage.get("/v1/event-types")
    return [item["type"] for item in told["items"] if item["listenable"]]


async def _all_heard(town: Town, tenants: list[Tenant], wanted: dict[str, dict[str, str]]) -> bool:
    return not await _behind(town, tenants, wanted)


async def _behind(town: Town, tenants: list[Tenant], wanted: dict[str, dict[str, str]]) -> list[tuple[str, int, int]]:
    """Name, heard, wanted."""
    counts = await town.counts() | {name: tenant.books.count for name, tenant in town.tenants.items() if tenant.books is not None}
    names = [tenant.resident.name for tenant in tenants]
    return [(name, counts[name], len(wanted[name])) for name in names if counts[name] < len(wanted[name])]


async def _line(town: Town, tenant: Tenant, report: Report, wanted: dict[str, str], ours: Expected) -> Line:
    heard = {entry.id: entry.leaf for entry in report.entries.values()}
    wrong = list(report.wrong)
    if sorted(report.entries) != list(range(1, len(report.entries) + 1)):
        wrong.append("the seqs have gaps")
    if strangers := heard.keys() - wanted.keys():
        wrong.append(f"{len(strangers)} that were not asked for, for example {min(strangers)}")
    missing = sum(heard.get(id) != leaf for id, leaf in wanted.items())
    wrong += _holes(report.digests)
    digests = [*report.digests, *[await _asked(town, tenant, *window) for window in _windows(report)]]
    equal = sum(report.agrees(digest) for digest in digests)
    sums_equal = _sums_equal(tenant, report, ours)
    return Line(tenant.resident.name, len(wanted), len(heard), report.doubles, missing, wrong, sums_equal, len(digests), equal)


def _sums_equal(tenant: Tenant, report: Report, ours: Expected) -> bool | None:
    """To the last unit. Who hears only of some versions cannot know the last one; what it has was compared byte for byte."""
    if not tenant.resident.whole:
        return None
    stores = tenant.resident.wishes.get("store_ids")
    sales = {id: sale for id, (store_id, sale) in ours.sales.items() if stores is None or store_id in stores}
    return {id: sales.get(id) for id in report.sales} == report.sales and report.sales.keys() == sales.keys()


def _windows(report: Report) -> list[tuple[int, int]]:
    last = len(report.entries)
    if not last:
        return []
    chosen = [sorted(random.choices(range(1, last + 1), k=2)) for _ in range(WINDOWS)]
    return [(1, last), *((first, until) for first, until in chosen)]


async def _asked(town: Town, tenant: Tenant, first: int, last: int) -> Digest:
    told = await town.stage.get(f"/v1/webhook-endpoints/{tenant.endpoint_id}/digest?first_seq={first}&last_seq={last}")
    digest = msgspec.convert(told["digest"], Digest)
    assert (digest.first_seq, digest.last_seq) == (first, last)
    return digest


def _holes(digests: list[Digest]) -> Iterator[str]:
    """In words. Of hours as of days, each begins where the one before it ended; there is a day, and if it had events there is an hour."""
    days, hours = ([one for one in digests if one.window == window] for window in ("day", "hour"))
    if not days or (any(day.count for day in days) and not hours):
        yield f"{len(days)} digests of days, {len(hours)} of hours"
    for some in (days, hours):
        ends = [0, *sorted(digest.last_seq for digest in some)]
        if sorted(digest.first_seq - 1 for digest in some) != ends[:-1]:
            yield f"digests do not follow each other: {[(digest.first_seq, digest.last_seq) for digest in some]}"


def table(lines: list[Line]) -> str:
    heads = ("listener", "events", "heard", "doubles", "missing", "wrong", "sums", "digests")
    rows = [f"{heads[0]:<20}" + "".join(f"{head:>11}" for head in heads[1:])]
    for line in lines:
        digests = f"{line.digests_equal} of {line.digests}"
        cells = (line.wanted, line.heard, line.doubles, line.missing, len(line.wrong), SUMS[line.sums_equal], digests)
        rows.append(f"{line.name:<20}" + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(rows)
