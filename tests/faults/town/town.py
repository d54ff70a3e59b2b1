"""The town as a test has it: who moved in, what they have heard, and whether their books are ours."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from actors.runtime.database import connect_alone
from tests.faults.stage import ROOT, Stage
from tests.faults.town.books import Books, Report, read_report
from tests.faults.town.residents import Resident, residents

PULL_WAIT_SECONDS = 5
PULL_AGAIN_SECONDS = 0.3

YESTERDAY = """
SELECT 1 FROM webhooks.sorted_head FOR UPDATE;
LOCK TABLE webhooks.deliveries, webhooks.feeds IN SHARE ROW EXCLUSIVE MODE;
UPDATE webhooks.feeds
SET hour_from = hour_from - interval '1 day', hour_until = hour_until - interval '1 day', day_until = day_until - interval '1 day';
UPDATE webhooks.deliveries SET at = at - interval '1 day'
"""
"""Nobody sorts meanwhile: times in a feed go up. And nobody writes: among hundreds of thousands of rows, taken one by one, each try would
meet somebody who waits for it."""
TOLD_OF_A_DAY = """
SELECT DISTINCT key FROM webhooks.log WHERE name = 'webhook.digest' AND convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'window' = 'day'
"""


@dataclass
class Tenant:
    """A resident with its endpoint. One that pulls keeps its books here."""

    resident: Resident
    endpoint_id: str
    secret: str
    books: Books | None = None


@dataclass
class Town:
    stage: Stage
    url: str
    tls_url: str
    tenants: dict[str, Tenant] = field(default_factory=dict)

    async def command(self, name: str, body: Any = None) -> bytes:
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/_{name}", data=msgspec.json.encode(body)) as answer:
            return await answer.read()

    async def counts(self) -> dict[str, int]:
        told: dict[str, int] = msgspec.json.decode(await self.command("counts"))
        return told

    async def reports(self) -> dict[str, Report]:
        reports = read_report(await self.command("report"))
        return reports | {name: tenant.books.report() for name, tenant in self.tenants.items() if tenant.books is not None}

    async def settle(self, resident: Resident) -> None:
        """The listener is there before its endpoint is."""
        secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        wishes = {"event_types": ["order.*"], "secret": secret, **resident.wishes}
        if not resident.pulls:
            wishes["url"] = f"{self.tls_url if resident.tls else self.url}/{resident.name}"
            await self.command("open", {"name": resident.name, "temper": resident.temper, "secrets": [secret], "whole": resident.whole})
        endpoint = await self.stage.post("/v1/webhook-endpoints", wishes)
        if endpoint.get("public_keys"):
            public = endpoint["public_keys"][0]["key"]
            opens = {"name": resident.name, "temper": resident.temper, "secrets": [], "public_key": public, "whole": resident.whole}
            await self.command("open", opens)
        books = Books([secret], "", whole=resident.whole) if resident.pulls else None
        self.tenants[resident.name] = Tenant(resident, endpoint["id"], secret, books)

    async def rotate(self, name: str) -> None:
        """The listener knows the new secret a moment before it is used."""
        tenant = self.tenants[name]
        secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        await self.command("rotate", {"name": name, "secret": secret})
        await self.stage.post(f"/v1/webhook-endpoints/{tenant.endpoint_id}/rotate-secret", {"secret": secret, "overlap_seconds": 5})

    async def feed(self, tenant: Tenant) -> list[dict[str, Any]]:
        """All of it, as one that pulls gets it."""
        found: list[dict[str, Any]] = []
        while page := (await self.stage.get(f"/v1/webhook-endpoints/{tenant.endpoint_id}/events?after={len(found)}&limit=1000"))["items"]:
            found += page
        return found

    async def a_day_passes(self) -> None:
        """What has happened so far was yesterday. So its hours and its day have ended, and everybody is to be told what they came to."""
        connection = await connect_alone(self.stage.postgres.url)
        try:
            async with connection.transaction():
                # Where two wait for each other it is we who notice, and come again.
                await connection.execute("SET LOCAL deadlock_timeout = '100ms'")
                await connection.execute(YESTERDAY, timeout=120)
        finally:
            await connection.close()

    async def told_of_a_day(self) -> bool:
        """Whether everybody has been."""
        connection = await connect_alone(self.stage.postgres.url)
        try:
            return {tenant.endpoint_id for tenant in self.tenants.values()} <= {row["key"] for row in await connection.fetch(TOLD_OF_A_DAY)}
        finally:
            await connection.close()

    async def pull(self, tenant: Tenant) -> None:
        """Until cancelled; whatever breaks, it goes on after the last that it has."""
        after = 0
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, OSError, AssertionError):
                path = f"/v1/webhook-endpoints/{tenant.endpoint_id}/events?after={after}&limit=500&wait_seconds={PULL_WAIT_SECONDS}"
                for event in (await self.stage.get(path))["items"]:
                    after = self._book(tenant, event)
                continue
            await asyncio.sleep(PULL_AGAIN_SECONDS)

    def _book(self, tenant: Tenant, event: Any) -> int:
        assert tenant.books is not None
        headers = {
            "webhook-id": event["id"], "webhook-timestamp": str(event["timestamp"]), "webhook-signature": event["signature"],
            "webhook-seq": str(event["seq"]),
        }
        if tenant.books.genuine(headers, event["body"].encode()):
            tenant.books.take(headers, event["body"].encode())
        return int(event["seq"])


@asynccontextmanager
async def open_town(stage: Stage, chosen: Callable[[Resident], bool] = lambda resident: True) -> AsyncIterator[Town]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.town.server", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(ROOT), env=environ
    )
    assert process.stdout is not None
    plain, tls = (await process.stdout.readline()).split()
    town = Town(stage, f"http://127.0.0.1:{int(plain)}", f"https://127.0.0.1:{int(tls)}")
    pulling: list[asyncio.Task[None]] = []
    try:
        for resident in filter(chosen, residents(stage.store_id)):
            await town.settle(resident)
        pulling = [asyncio.create_task(town.pull(tenant)) for tenant in town.tenants.values() if tenant.resident.pulls]
        yield town
    finally:
        for task in pulling:
            task.cancel()
        await asyncio.gather(*pulling, return_exceptions=True)
        process.terminate()
        await process.wait()


def elapsed(since: float) -> str:
    return f"{time.monotonic() - since:.0f} s"
