"""How many payments are not settled between provider, payment and order, for Prometheus: looked at once in a while by each member."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from actors.payments.store import SQL
from actors.runtime.ids import now

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 5.0
UNSETTLED = Gauge("kasir_payments_unsettled", "Payments whose order has not been heard of yet, or that are still going back")
UNSETTLED_SECONDS = Gauge("kasir_payments_unsettled_seconds", "How long ago the oldest of them began")


async def watch_unsettled(member: Member) -> None:
    """Runs until cancelled."""
    while True:
        async with member.transaction() as work:
            [row] = await work.read(SQL["count_unsettled"])
        UNSETTLED.set(row["unsettled"])
        UNSETTLED_SECONDS.set((now() - row["since"]).total_seconds() if row["since"] is not None else 0)
        await asyncio.sleep(LOOK_SECONDS)
