"""All the checks that Kasir has of itself, over REST, each until everybody has heard of everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote

from deploy.api import Api
from deploy.simulation.shops import Shop
from deploy.trouble import Trouble

PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.5
CHECKS = {
    "stock": "/v1/inventory/check", "payments": "/v1/payments/check", "shifts": "/v1/shifts/check", "customers": "/v1/customers/check",
    "reports": "/v1/reports/check",
}
COUNTED = ("levels", "movements", "orders", "intents", "accounts", "customers", "charges", "days", "receipts", "links")
"""What each page has looked at."""
SO_FAR = ("shifts", "events")
"""What all pages until this one have looked at."""


@dataclass
class Verdict:
    """`looked_at`: how many of what; `findings`: what differs, in words. `seconds`: until it could be judged."""

    name: str
    looked_at: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def judge(api: Api, shops: Sequence[Shop]) -> AsyncIterator[Verdict]:
    for name, path in CHECKS.items():
        yield await _until_judged(api, name, [path])
    chains = [f"/v1/registers/{till.id}/receipt-chain/check" for shop in shops for till in shop.tills]
    yield await _until_judged(api, "receipts", chains)
    letters = await api.ask("GET", "/v1/dead-letters")
    yield Verdict("dead letters", {}, [f"{letter['actor']}: {letter['error']}" for letter in letters["items"]])


async def _until_judged(api: Api, name: str, paths: Sequence[str]) -> Verdict:
    began = monotonic()
    while True:
        verdict, behind = Verdict(name), 0
        for path in paths:
            behind += await _look(api, path, verdict)
        verdict.seconds = monotonic() - began
        if not behind:
            return verdict
        if verdict.seconds > PATIENCE_SECONDS:
            raise Trouble(f"{name} could not be judged within {PATIENCE_SECONDS:.0f} s: {behind} are still on their way.")
        await asyncio.sleep(PAUSE_SECONDS)


async def _look(api: Api, path: str, verdict: Verdict) -> int:
    """All pages of one check; how much of it could not be judged yet."""
    cursor, behind = "", 0
    while True:
        page = await api.ask("GET", f"{path}?cursor={quote(cursor)}" if cursor else path)
        behind += page.get("behind", 0) + page.get("unsettled", 0)
        verdict.findings += [words(finding) for finding in page["findings"]]
        for name in COUNTED:
            if name in page:
                verdict.looked_at[name] = verdict.looked_at.get(name, 0) + page[name]
        verdict.looked_at |= {name: page[name] for name in SO_FAR if name in page}
        cursor = page.get("next_cursor") or ""
        if not cursor:
            return int(behind)


def words(finding: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in finding.items() if value not in (None, "", []))
