"""The postman of one member: a bag for each endpoint in its charge, what it posts, what came of it. It knows HTTP, but no database.

    sorting --offer()--> bags --> post --> notes --take()--> recording
    reading --take_fresh(), take_troubles()--^  '--> a moment later, again
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import zip_longest
from uuid import UUID

from aiohttp import ClientSession
from yarl import URL

from actors.runtime.logs import get_logger
from actors.runtime.settings import Settings
from actors.webhooks import rules
from actors.webhooks.addresses import literal, may_connect, read_networks, why_refused
from actors.webhooks.bag import Bag
from actors.webhooks.bodies import Bodies
from actors.webhooks.lanes import Parcel
from actors.webhooks.metrics import ATTEMPTS, CIRCUITS_OPEN, HELD, IN_FLIGHT, POST_SECONDS
from actors.webhooks.notes import Note, Notes
from actors.webhooks.outcomes import Outcomes, weight_of, written
from actors.webhooks.places import Places
from actors.webhooks.posting import NoneLeft, post
from actors.webhooks.turns import Turns
from actors.webhooks.wishes import Wishes

_log = get_logger(part="postman")

UNRECORDED_MAX = 10_000
"""With so many outcomes that Postgres has not taken yet, posting waits."""
RESOLVE_SECONDS = 2.0


class Postman:
    def __init__(self, settings: Settings, session: ClientSession) -> None:
        self.settings = settings
        self.allowed = read_networks(settings.webhooks_allow)
        self.bags: dict[int, Bag] = {}
        self.places = Places(settings.webhooks_in_flight)
        self.turns = Turns()
        self.bodies = Bodies()
        self.wishes = Wishes()
        self.notes = Notes()
        self.lease_until = 0.0
        """Monotonic seconds. Afterwards others may take what is in this member's charge: nothing is posted any more."""
        self.stopping = False
        self.changed = asyncio.Event()
        """Set when endpoints have changed since they were read."""
        self.wanted = asyncio.Event()
        """Set when looking into the database may find something to do."""
        self.hungry: dict[Bag, None] = {}
        """Bags for which that may be so, in order."""
        self.finished = asyncio.Event()
        """Set when there is something to record."""
        self.gone: set[int] = set()
        """Endpoints that answered 410."""
        self.spare = 0
        """How many more parcels all bags together may take, as it was last counted."""
        self._session = session
        self._numbers: dict[UUID, int] = {}
        self._unseen: dict[UUID, int] = {}
        """Versions of endpoints without a bag: one that is being read may be older by the time it is there."""
        self._posting: set[asyncio.Task[None]] = set()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._outcomes = Outcomes(self)
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

    def endpoint_changed(self, endpoint_id: UUID, version: int, active: bool) -> None:
        """After the commit. What is held for an older version goes back at once, and comes again with the new one's URL and keys."""
        bag = self.bags.get(self._numbers.get(endpoint_id, 0))
        if bag is None:
            self._unseen[endpoint_id] = max(self._unseen.get(endpoint_id, 0), version)
        else:
            bag.newest = max(bag.newest, version)
            if not active or bag.target.version < version:
                self.shut(bag)
        self.changed.set()

    # --- what comes in

    def offer(self, number: int, seq_before: int, parcels: Sequence[Parcel]) -> bool:
        """What has just been added to an endpoint's feed, after `seq_before`, without a gap. False, and nothing is held, when somebody
        else is in charge, there is no room, or something older has not been read yet; then it will be read."""
        bag = self.bags.get(number)
        if bag is None or not parcels:
            return False
        room = 0 if self.held_back or not bag.circuit.closed else min(self.spare, bag.room(time.monotonic()))
        if bag.read_to != seq_before or room < len(parcels):
            self.grown(number, parcels[-1].seq)
            return False
        self.spare -= len(parcels)
        self.take_fresh(bag, parcels, parcels[-1].seq)
        return True

    def grown(self, number: int, seq: int) -> None:
        """The endpoint's feed goes to `seq` now."""
        bag = self.bags.get(number)
        if bag is not None and seq > bag.known_to:
            bag.known_to = seq
            self.refill(bag)

    def heard_news(self, endpoint_ids: Iterable[UUID], seqs: Iterable[int] = ()) -> None:
        """Their feeds have grown, somebody says; so far, if it says so."""
        for endpoint_id, seq in zip_longest(endpoint_ids, seqs):
            number = self._numbers.get(endpoint_id, 0)
            if number in self.bags:
                self.grown(number, seq or self.bags[number].read_to + 1)

    def heard_due(self, endpoint_ids: Iterable[UUID]) -> None:
        """Somebody wants something posted now: a circuit that is open is probed with it."""
        for endpoint_id in endpoint_ids:
            bag = self.bags.get(self._numbers.get(endpoint_id, 0))
            if bag is not None:
                bag.circuit.probe_now(time.monotonic())
                self.due_now(bag)
            else:
                # It may have come back this moment, and be in nobody's charge.
                self.changed.set()

    def due_now(self, bag: Bag) -> None:
        bag.due = True
        self.look_for(bag)

    def look_for(self, bag: Bag) -> None:
        self.hungry[bag] = None
        self.wanted.set()

    def take_fresh(self, bag: Bag, parcels: Sequence[Parcel], read_to: int) -> None:
        for parcel in bag.take_fresh(parcels, read_to):
            self._outcomes.wait_behind(bag, parcel)
        self.pump(bag)

    def take_troubles(self, bag: Bag, parcels: Sequence[Parcel]) -> None:
        bag.take_troubles(parcels)
        self.pump(bag)

    # --- which endpoints

    def put(self, bag: Bag) -> None:
        bag.newest = self._unseen.pop(bag.target.endpoint_id, 0)
        self.bags[bag.target.number] = bag
        self._numbers[bag.target.endpoint_id] = bag.target.number

    def shut(self, bag: Bag) -> None:
        """Posts nothing more to it, until it is loaded anew; what is held goes back."""
        bag.shut = True
        bag.forget()

    def shut_all(self) -> None:
        for bag in self.bags.values():
            self.shut(bag)

    def put_away(self, bag: Bag) -> None:
        """It is no more in this member's charge."""
        self.bags.pop(bag.target.number, None)
        self.hungry.pop(bag, None)
        self._numbers.pop(bag.target.endpoint_id, None)

    def show(self) -> None:
        """Now and then: a gauge for each post costs as much as its signature."""
        IN_FLIGHT.set(self.places.taken)
        HELD.set(sum(bag.lanes.held for bag in self.bags.values()))
        CIRCUITS_OPEN.set(sum(not bag.circuit.closed for bag in self.bags.values()))

    # --- what goes out

    def begin(self) -> None:
        self.stopping = False

    @property
    def held_back(self) -> bool:
        return self.stopping or len(self.notes) >= UNRECORDED_MAX or time.monotonic() >= self.lease_until

    def stop(self) -> None:
        """Begins nothing more."""
        self.stopping = True
        self.shut_all()

    async def finish(self, within_seconds: float) -> None:
        """Stops, and lets posts that are under way end."""
        self.stop()
        if self._posting:
            await asyncio.wait(self._posting, timeout=within_seconds)
        for task in self._posting:
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()

    def count_spare(self) -> int:
        """Anew: what is held has gone out, or come in, meanwhile."""
        bags = self.bags.values()
        self.spare = self.places.room(sum(bag.lanes.held for bag in bags), sum(bag.lanes.held_bytes for bag in bags))
        return self.spare

    def resume(self) -> None:
        """Whatever waited for a lease, for room among the notes, or for a place of the probes."""
        for bag in list(self.bags.values()):
            if bag.lanes.ready and not bag.places:
                self.pump(bag)

    def pump(self, bag: Bag) -> None:
        """Starts as many posts as the bag has something for, and may have."""
        while not self.held_back and self._may_go(bag) and self.places.enter(bag):
            task = asyncio.get_running_loop().create_task(self._run(bag, bag.take(time.monotonic())))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    def refill(self, bag: Bag) -> None:
        """Once half of what it may hold has gone out, the next is fetched."""
        if (bag.known_to > bag.read_to or bag.due) and bag.lanes.held * 2 <= bag.capacity and bag.room(time.monotonic()):
            self.look_for(bag)

    def _may_go(self, bag: Bag) -> bool:
        """Whether its next parcel may go now. When that is a matter of its rate, it is looked at again in time."""
        now = time.monotonic()
        wait = bag.delay(now)
        if wait and bag.target.number not in self._timers:
            self._timers[bag.target.number] = asyncio.get_running_loop().call_later(wait, self._in_time, bag)
        return wait == 0

    def _in_time(self, bag: Bag) -> None:
        self._timers.pop(bag.target.number, None)
        self.pump(bag)

    async def _run(self, bag: Bag, parcel: Parcel) -> None:
        """Posts one parcel after the other, as long as the bag has any and keeps its place."""
        try:
            while True:
                await self.turns.mine(bag.target.number)
                await self._post_counted(bag, parcel)
                self.refill(bag)
                if self.held_back or self.places.should_leave(bag) or not self._may_go(bag):
                    break
                parcel = bag.take(time.monotonic())
                if bag.places < bag.window:
                    self.pump(bag)
        except Exception as error:
            self._stumbled(bag, parcel, error)
        finally:
            following = self.places.leave(bag)
            if following is not None:
                self.pump(following)
            if bag.lanes.ready:
                self.pump(bag)

    def _stumbled(self, bag: Bag, parcel: Parcel, error: Exception) -> None:
        """Not the listener's fault. What is held goes back, this parcel too; the endpoint is loaded anew with the next look, and tried again."""
        if isinstance(error, NoneLeft):
            _log.error("no connection left for webhooks: raise the limit of open files", reason=str(error))
        else:
            _log.error("webhook post failed", endpoint=str(bag.target.endpoint_id), seq=parcel.seq, exc_info=error)
        if bag.lanes.posting.get(parcel.lane) is parcel:
            bag.give_back(parcel)
        self.shut(bag)

    async def _post_counted(self, bag: Bag, parcel: Parcel) -> None:
        if not parcel.probe:
            return await self._post(bag, parcel)
        self.places.probes += 1
        try:
            await self._post(bag, parcel)
        finally:
            self.places.probes -= 1

    async def _post(self, bag: Bag, parcel: Parcel) -> None:
        started, at, target = time.monotonic(), time.time(), bag.target
        parcel.tries += 1
        parcel.first_try_at = parcel.first_try_at or started
        said = await post(self._session, target, parcel, at)
        ended = time.monotonic()
        moment = datetime.fromtimestamp(at, UTC)
        after = None if said.retry_after is None else rules.parse_retry_after(said.retry_after, moment)
        verdict = rules.judge(said.status, after, said.lasting)
        self._count[verdict].inc()
        POST_SECONDS.observe(ended - started)
        latency_ms = round((ended - started) * 1000)
        attempt = written(moment, latency_ms, said)
        if bag.target.version != target.version and verdict != "delivered":
            return self._outcomes.outdated(bag, parcel, attempt)
        bag.vitals.note(moment, latency_ms, None if verdict == "delivered" else said.error or f"it answered {said.status}")
        if verdict == "delivered":
            self._outcomes.delivered(bag, parcel, ended - started, attempt)
        else:
            self._outcomes.failed(bag, parcel, verdict, after, weight_of(said), attempt, ended)

    # --- what came of it

    def put_back(self, notes: Iterable[Note]) -> None:
        """They could not be recorded."""
        self.notes.put_back(notes)
        self.finished.set()
