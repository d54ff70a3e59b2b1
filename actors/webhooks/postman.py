"""The postman of one member: what it holds, what it posts, what came of it. It knows HTTP, but no database.

    fan_out --take()--> lanes --> post --> outcomes --take_outcomes()--> effects.record
    effects.claim --take()--^        '--> a moment later, again
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from aiohttp import ClientSession
from yarl import URL

from actors.runtime.settings import Settings
from actors.webhooks import rules
from actors.webhooks.addresses import literal, may_connect, read_networks, why_refused
from actors.webhooks.lanes import Lane, Lanes, Parcel, Target
from actors.webhooks.metrics import ATTEMPTS, HELD, IN_FLIGHT, POST_SECONDS
from actors.webhooks.posting import post
from actors.webhooks.store import Outcome, Pair, Posted, readable

UNRECORDED_MAX = 10_000
"""With so many outcomes that Postgres has not taken yet, posting waits."""

SHARE_MIN = 64
"""So many deliveries an endpoint may get at once, however many endpoints there are."""

RESOLVE_SECONDS = 2.0


class Gone(NamedTuple):
    """An endpoint that answered 410, and the version of it that did."""

    endpoint_id: UUID
    version: int


class Postman:
    def __init__(self, settings: Settings, session: ClientSession) -> None:
        self.timeout_seconds = settings.webhooks_timeout_seconds
        self.lease_seconds = max(settings.webhooks_lease_seconds, self.timeout_seconds * 1.25)
        self.schedule = rules.read_schedule(settings.webhooks_schedule_seconds)
        self.allowed = read_networks(settings.webhooks_allow)
        self.lanes = Lanes(settings.webhooks_in_flight, settings.webhooks_in_flight_per_endpoint)
        self.stopping = False
        self.wanted = asyncio.Event()
        """Set when looking into the database may find something to do."""
        self.finished = asyncio.Event()
        """Set when there is something to record."""
        self._session = session
        self._outcomes: dict[Pair, Outcome] = {}
        self._gone: set[Gone] = set()
        self._posting: set[asyncio.Task[None]] = set()
        self._random = random.Random()  # noqa: S311  # jitter
        self._count = {verdict: ATTEMPTS.labels(verdict) for verdict in ("delivered", "gone", "throttled", "soon", "later")}

    # --- what handlers ask

    async def why_refused(self, url: str) -> str | None:
        """Why this URL may not be registered. A name that does not resolve now may do so later: it is checked at each connect."""
        refused = why_refused(url, self.allowed)
        host = URL(url).raw_host if refused is None else None
        if host is None or literal(host) is not None:
            return refused
        with suppress(OSError, TimeoutError, UnicodeError):
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await asyncio.get_running_loop().getaddrinfo(host, None)
            for *_, where in found:
                address = literal(str(where[0]).partition("%")[0])
                if address is None or not may_connect(address, self.allowed):
                    return f"{host} resolves to {where[0]}, which is not a public address"
        return None

    def target(self, endpoint_id: UUID, version: int, url: str, secret: str) -> Target:
        return Target(endpoint_id, version, URL(url), rules.secret_key(secret), why_refused(url, self.allowed))

    def known(self, endpoint_id: UUID, version: int) -> Target | None:
        """The endpoint's target, if it is this version of it that is known here."""
        lane = self.lanes.find(endpoint_id)
        return lane.target if lane is not None and lane.target.version == version else None

    def rooms(self, endpoint_ids: Sequence[UUID]) -> list[int]:
        """How many deliveries to each of these endpoints this member would post at once."""
        if self.stopping or self._overloaded:
            return [0] * len(endpoint_ids)
        now, room = time.monotonic(), self.lanes.room
        share = min(room, max(room // max(len(endpoint_ids), 1), SHARE_MIN))
        fresh = Lane(_NOWHERE, self.lanes.per_lane).capacity
        lanes = (self.lanes.find(endpoint_id) for endpoint_id in endpoint_ids)
        return [min(fresh if lane is None else lane.room(now), share) for lane in lanes]

    # --- what comes in

    def take(self, target: Target, parcels: Sequence[Parcel]) -> None:
        """Leased deliveries, to be posted as soon as their lane allows."""
        lane = self.lanes.open(target)
        if self.stopping or time.monotonic() < lane.paused_until:
            return self._hand_back(lane, parcels)
        lane.queue.extend(parcels)
        self._pump(lane)

    def endpoint_changed(self, endpoint_id: UUID, version: int, active: bool) -> None:
        """What is queued for an older version of it goes back, and comes again with the new one's URL and secret."""
        lane = self.lanes.find(endpoint_id)
        if lane is not None and (not active or lane.target.version < version):
            self._hand_back(lane, self.lanes.close(endpoint_id))

    def look(self) -> None:
        """Something may be due that this member does not know of."""
        self.wanted.set()

    def left_behind(self, endpoint_id: UUID) -> None:
        """There was more for this endpoint than room for it: the rest is fetched once half of what is held has gone out."""
        lane = self.lanes.find(endpoint_id)
        if lane is None:
            return self.wanted.set()
        lane.backlog = True
        self._refill(lane)

    def looked(self, endpoint_ids: Iterable[UUID]) -> None:
        """Everything that is due for these has just been fetched, unless `left_behind` says otherwise."""
        for endpoint_id in endpoint_ids:
            lane = self.lanes.find(endpoint_id)
            if lane is not None:
                lane.backlog = False

    def show(self) -> None:
        """Now and then: a gauge for each post costs as much as its signature."""
        IN_FLIGHT.set(self.lanes.posting)
        HELD.set(self.lanes.held)

    # --- what goes out

    def take_outcomes(self) -> tuple[list[tuple[Pair, Outcome]], set[Gone]]:
        """Everything that finished since the last time, sorted: members that record at once must not wait for each other."""
        outcomes, gone = self._outcomes, self._gone
        self._outcomes, self._gone = {}, set()
        return sorted(outcomes.items(), key=lambda item: item[0]), gone

    def put_back(self, outcomes: Sequence[tuple[Pair, Outcome]], gone: set[Gone]) -> None:
        """They could not be recorded: they are merged with what has finished meanwhile."""
        newer, self._outcomes = self._outcomes, dict(outcomes)
        self._gone |= gone
        for pair, outcome in newer.items():
            self._note(pair, outcome)
        self.finished.set()

    def resume(self) -> None:
        """After recording: lanes that waited for it go on."""
        for lane in self.lanes.all():
            if lane.queue and not lane.posting:
                self._pump(lane)

    def stop(self) -> None:
        """Begins nothing more, and hands back what was not begun."""
        self.stopping = True
        for lane in list(self.lanes.all()):
            parcels = list(lane.queue)
            lane.queue.clear()
            self._hand_back(lane, parcels)

    async def finish(self, within_seconds: float) -> None:
        """Stops, and lets posts that are under way end."""
        self.stop()
        if self._posting:
            await asyncio.wait(self._posting, timeout=within_seconds)
        for task in self._posting:
            task.cancel()

    # --- inside

    @property
    def _overloaded(self) -> bool:
        return len(self._outcomes) >= UNRECORDED_MAX

    def _pump(self, lane: Lane | None) -> None:
        """Starts as many runners as the lane has something for, and may have."""
        for _ in range(len(lane.queue) if lane is not None else 0):
            if lane is None or self.stopping or self._overloaded or not self.lanes.enter(lane):
                return
            task = asyncio.get_running_loop().create_task(self._run(lane))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def _run(self, lane: Lane) -> None:
        """Posts one parcel after the other, as long as the lane has any and keeps its place."""
        try:
            while not self.stopping and not self._overloaded:
                parcel = lane.next(time.monotonic(), self.timeout_seconds)
                if parcel is None:
                    break
                await self._post(lane, parcel)
                self._refill(lane)
                if self.lanes.should_leave(lane):
                    break
                if lane.posting < lane.window:
                    self._pump(lane)
        finally:
            self._pump(self.lanes.leave(lane))
            self._refill(lane)

    def _refill(self, lane: Lane) -> None:
        if lane.backlog and not self.stopping and lane.held * 2 <= lane.capacity and time.monotonic() >= lane.paused_until:
            self.wanted.set()

    async def _post(self, lane: Lane, parcel: Parcel) -> None:
        target, started, at = lane.target, time.monotonic(), time.time()
        parcel.tries += 1
        parcel.first_try_at = parcel.first_try_at or started
        said = await post(self._session, target, parcel, int(at))
        ended = time.monotonic()
        moment = datetime.fromtimestamp(at, UTC)
        after = None if said.retry_after is None else rules.parse_retry_after(said.retry_after, moment)
        verdict = rules.judge(said.status, after, said.lasting)
        self._count[verdict].inc()
        POST_SECONDS.observe(ended - started)
        posted = Posted(moment, round((ended - started) * 1000), said.status, said.error, readable(said.answer))
        if verdict == "delivered":
            lane.succeeded(ended - started)
            self._note((target.endpoint_id, parcel.id), Outcome("delivered", 0, parcel.round, [posted]))
        else:
            lane.failed()
            self._failed(lane, target, parcel, verdict, after, posted, ended)

    def _failed(
        self, lane: Lane, target: Target, parcel: Parcel, verdict: rules.Verdict, after: int | None, posted: Posted, now: float
    ) -> None:
        pair = (target.endpoint_id, parcel.id)
        if verdict == "gone":
            # It stays pending: it is the first to go out when somebody brings the endpoint back.
            self._gone.add(Gone(target.endpoint_id, target.version))
            return self._note(pair, Outcome("pending", 0, parcel.round, [posted]))
        if verdict == "throttled" and after:
            self._pause(lane, now + after)
        spread = self._random.random()
        wait = rules.wait_soon(parcel.tries, now - parcel.first_try_at, spread) if verdict == "soon" and not parcel.round else None
        if wait is not None and not self.stopping:
            parcel.leased_until = now + wait + self.lease_seconds
            self._note(pair, Outcome("pending", wait + self.lease_seconds, parcel.round, [posted]))
            lane.soon += 1
            asyncio.get_running_loop().call_later(wait, self._again, lane, parcel)
            return
        wait = rules.wait_later(self.schedule, parcel.round, after, spread)
        if wait is None:
            return self._note(pair, Outcome("failed", 0, parcel.round, [posted]))
        self._note(pair, Outcome("pending", wait, parcel.round + 1, [posted]))

    def _again(self, lane: Lane, parcel: Parcel) -> None:
        lane.soon -= 1
        if self.stopping or lane is not self.lanes.find(lane.target.endpoint_id) or time.monotonic() < lane.paused_until:
            return self._hand_back(lane, [parcel])
        lane.queue.append(parcel)
        self._pump(lane)

    def _pause(self, lane: Lane, until: float) -> None:
        """The listener asked for time. What is queued waits in the database meanwhile: a waiting lane holds no memory."""
        lane.paused_until = max(lane.paused_until, until)
        parcels = list(lane.queue)
        lane.queue.clear()
        self._hand_back(lane, parcels)

    def _hand_back(self, lane: Lane, parcels: Sequence[Parcel]) -> None:
        wait = max(0.0, lane.paused_until - time.monotonic())
        for parcel in parcels:
            self._note((lane.target.endpoint_id, parcel.id), Outcome("pending", wait, parcel.round, []))

    def _note(self, pair: Pair, outcome: Outcome) -> None:
        """To be recorded. Several posts of one delivery become one row to write: the latest outcome, and every attempt."""
        earlier = self._outcomes.get(pair)
        if earlier is not None:
            outcome.posted = earlier.posted + outcome.posted
            if earlier.state == "delivered":
                outcome.state = "delivered"
        self._outcomes[pair] = outcome
        self.finished.set()


_NOWHERE = Target(UUID(int=0), 0, URL("http://nowhere.invalid"), b"", None)

