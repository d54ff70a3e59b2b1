"""The faults. Each does its harm, and puts right what an operator, or whoever restarts processes for them, would."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.faults.stage import Stage
from tests.support import eventually

AWAY_SECONDS_MIN, AWAY_SECONDS_MAX = 0.5, 3.0
TAKEOVER_SECONDS = 5.0

Fault = Callable[[Stage], Awaitable[None]]


async def an_orders_member_is_killed(stage: Stage) -> None:
    """One that is not the relay too."""
    relay = await eventually(lambda: stage.relay_of("orders"))
    await next(process for process in stage.of("orders") if process is not relay).kill()
    await stage.join("orders")


async def a_webhooks_member_is_killed(stage: Stage) -> None:
    await stage.of("webhooks")[0].kill()
    await stage.join("webhooks")


async def an_inventory_member_is_killed(stage: Stage) -> None:
    """The only one: what it has not heard of waits for the next."""
    await stage.of("inventory")[0].kill()
    await stage.join("inventory")


async def an_office_is_killed(stage: Stage) -> None:
    """One that follows the orders for customers, drawers, receipts and figures; another goes on where it was."""
    office = stage.of("shifts")[0]
    await office.kill()
    await stage.join(*office.parts)


async def the_relay_of_orders_is_killed(stage: Stage) -> None:
    relay = await eventually(lambda: stage.relay_of("orders"))
    await relay.kill()
    await eventually(lambda: stage.relay_of("orders"), within_seconds=TAKEOVER_SECONDS)
    await stage.join("orders")


async def nats_stops_and_starts(stage: Stage) -> None:
    await stage.stop_nats()
    await _a_while()
    await stage.start_nats()


async def the_streams_are_deleted(stage: Stage) -> None:
    """NATS has no time to say goodbye either."""
    await stage.nats.child.end()
    stage.delete_streams()
    await stage.start_nats()


async def postgres_crashes(stage: Stage) -> None:
    await stage.stop_postgres_at_once()
    await _a_while()
    await stage.start_postgres()


async def everybody_who_sells_is_killed(stage: Stage) -> None:
    there = stage.of("orders")
    await asyncio.gather(*(process.kill() for process in there))
    await asyncio.gather(*(stage.join("orders") for _ in there))


async def the_edge_is_killed(stage: Stage) -> None:
    """And with it stores, catalog, staff and payments, their relays included."""
    edge = stage.of("edge")[0]
    await edge.kill()
    await stage.join(*edge.parts)


async def _a_while() -> None:
    """Shorter and longer than the patience of whoever asks."""
    await asyncio.sleep(random.uniform(AWAY_SECONDS_MIN, AWAY_SECONDS_MAX))


FAULTS: tuple[Fault, ...] = (
    an_orders_member_is_killed, a_webhooks_member_is_killed, an_inventory_member_is_killed, the_relay_of_orders_is_killed, nats_stops_and_starts,
    the_streams_are_deleted, postgres_crashes,
)
AT_LENGTH = (*FAULTS, an_office_is_killed, everybody_who_sells_is_killed, the_edge_is_killed)
