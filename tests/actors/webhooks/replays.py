"""Replays step by step: asked for, carried on at made-up moments, and what they leave in a feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from actors.webhooks import replaying
from actors.webhooks.bodies import Bodies
from actors.webhooks.contract import GET_REPLAY, START_REPLAY, Chosen, GetReplay, Replay, StartReplay
from tests.actors.webhooks.feeds import Listening, Sorted, member_of
from tests.support import House

NOW = datetime.now(UTC)
"""Events that are older than what is kept are not replayed."""
MINUTE = timedelta(minutes=1)


async def start(house: House, endpoint: Listening, *, rate: int = 1000, dry_run: bool = False, **chosen: Any) -> Replay:
    return await house.call(START_REPLAY, StartReplay(endpoint_id=endpoint.id, events=Chosen(**chosen), rate_per_second=rate, dry_run=dry_run))


async def now(house: House, replay: Replay) -> Replay:
    return await house.call(GET_REPLAY, GetReplay(endpoint_id=replay.endpoint_id, id=replay.id))


class Clock:
    """Moments as the one who carries out replays sees them."""

    def __init__(self, house: House) -> None:
        self.at = datetime.now(UTC) + timedelta(seconds=1)
        self._member = member_of(house)
        self._bodies = Bodies()

    async def step(self, seconds: float = 0.0) -> bool:
        self.at += timedelta(seconds=seconds)
        return await replaying.carry_on(self._member, self._bodies, self.at)

    async def to_the_end(self, house: House, endpoint: Listening) -> None:
        """With a listener that takes everything at once."""
        while await self.step(1):
            await delivered(house, endpoint)


async def delivered(house: House, endpoint: Listening) -> None:
    await house.fetch("DELETE FROM webhooks.troubles WHERE endpoint = $1 AND kind <> 'failed'", endpoint.number)
    await house.fetch("UPDATE webhooks.deliveries SET done = 'd' WHERE endpoint = $1", endpoint.number)
    await house.fetch("UPDATE webhooks.feeds SET done_to = seq WHERE endpoint = $1", endpoint.number)


async def whole_feed(house: House, endpoint: Listening) -> list[tuple[int, int]]:
    rows = await house.fetch("SELECT seq, event FROM webhooks.deliveries WHERE endpoint = $1 ORDER BY seq", endpoint.number)
    return [(row["seq"], row["event"]) for row in rows]


def places(events: list[Sorted], first: int = 1) -> list[tuple[int, int]]:
    return [(seq, one.position) for seq, one in enumerate(events, first)]
