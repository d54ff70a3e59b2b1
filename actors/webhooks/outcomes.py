"""What follows from a post, and is noted for the database: it has arrived; or it is tried again in a moment, or by the schedule, or when the
endpoint is back; or never.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from actors.webhooks import rules
from actors.webhooks.bag import Bag
from actors.webhooks.circuit import TIMEOUT_WEIGHS, UNREACHABLE_WEIGHS
from actors.webhooks.deliveries_store import Posted
from actors.webhooks.lanes import Parcel
from actors.webhooks.notes import Became, Note
from actors.webhooks.posting import Said

if TYPE_CHECKING:
    from actors.webhooks.postman import Postman


class Outcomes:
    """Those of one postman."""

    def __init__(self, postman: Postman) -> None:
        self._postman = postman
        self._schedule = rules.read_schedule(postman.settings.webhooks_schedule_seconds)
        self._random = random.Random()  # noqa: S311  # jitter

    def delivered(self, bag: Bag, parcel: Parcel, seconds: float, attempt: str) -> None:
        bag.succeeded(seconds)
        bag.lanes.done(parcel)
        self.note(bag, parcel, "delivered", attempt)

    def outdated(self, bag: Bag, parcel: Parcel, attempt: str) -> None:
        """The endpoint has changed meanwhile: it says nothing about it as it is now."""
        bag.give_back(parcel)
        self._postman.look_for(bag)
        self.note(bag, parcel, "tried", attempt)

    def failed(self, bag: Bag, parcel: Parcel, verdict: rules.Verdict, after: int | None, weighs: int, attempt: str, now: float) -> None:
        """`after`: how many seconds the listener asks for; `weighs`: how much it tells about the endpoint; `now`: monotonic seconds."""
        bag.failed()
        spread = self._random.random()
        if verdict == "gone":
            self._postman.gone.add(bag.target.number)
            self._postman.shut(bag)
        elif verdict == "throttled":
            bag.circuit.throttled(now, after, parcel.probe, spread)
        else:
            bag.circuit.failed(now, weighs, parcel.probe, spread)
        if bag.shut or not bag.circuit.closed:
            bag.give_back(parcel)
            bag.window = 1
            self._wake_for_probe(bag, now)
            return self.note(bag, parcel, "tried", attempt)
        wait = rules.wait_soon(parcel.tries, now - parcel.first_try_at, spread) if verdict == "soon" and not parcel.round else None
        if wait is not None:
            bag.lanes.wait(parcel)
            asyncio.get_running_loop().call_later(wait, self._again, bag, parcel)
            return self.note(bag, parcel, "tried", attempt)
        wait = rules.wait_later(bag.target.schedule or self._schedule, parcel.round, after, spread)
        if wait is None:
            bag.lanes.done(parcel)
            return self.note(bag, parcel, "failed", attempt)
        self._block(bag, parcel, now + wait, attempt)

    def _block(self, bag: Bag, parcel: Parcel, due_at: float, attempt: str) -> None:
        """It is tried much later: until then everything in its lane waits in the database."""
        behind = bag.lanes.block(parcel)
        parcel.round += 1
        self.note(bag, parcel, "retry", attempt, due_at)
        for one in behind:
            if one.trouble:
                bag.drop(one)
            else:
                self.wait_behind(bag, one)

    def wait_behind(self, bag: Bag, parcel: Parcel) -> None:
        self.note(bag, parcel, "behind", "")

    def _again(self, bag: Bag, parcel: Parcel) -> None:
        if bag.lanes.again(parcel):
            self._postman.pump(bag)

    def _wake_for_probe(self, bag: Bag, now: float) -> None:
        if not bag.circuit.closed:
            asyncio.get_running_loop().call_later(max(0.0, bag.circuit.probe_at - now), self._postman.due_now, bag)

    def note(self, bag: Bag, parcel: Parcel, became: Became, attempt: str, due_at: float = 0.0) -> None:
        if became in ("retry", "behind"):
            bag.noted[parcel.lane] += 1
        self._postman.notes.add(
            Note(bag.target.number, parcel.seq, parcel.lane, became, parcel.trouble, due_at, parcel.round, attempt)
        )
        self._postman.finished.set()


def weight_of(said: Said) -> int:
    """How much a failure tells about the endpoint, as the circuit counts it."""
    if said.status is not None:
        return 1
    return TIMEOUT_WEIGHS if said.lasting else UNREACHABLE_WEIGHS


def written(at: datetime, latency_ms: int, said: Said) -> str:
    """An attempt as it is kept: JSON with a comma behind it. Postgres takes no NUL in text."""
    answer = said.answer.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return msgspec.json.encode(Posted(at, latency_ms, said.status, said.error, answer)).decode() + ","
