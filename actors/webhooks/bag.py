"""A postman's bag for one endpoint in its charge: what it holds of the endpoint's feed, and what may go out next. Pure.

Everything up to `read_to` has been read here, and is settled (recorded), held, or under way. What is held can be forgotten at
any moment: `read_to` goes back, nothing is written, and it is read again later.

How much a bag may hold follows from how fast it gets rid of it (Little's law), so a dead endpoint holds next to no memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from yarl import URL

from actors.webhooks.circuit import Circuit
from actors.webhooks.health import Vitals
from actors.webhooks.lanes import Lanes, Parcel
from actors.webhooks.rates import Rate, wait_for
from actors.webhooks.signing import Keys

HOLD_SECONDS = 2.0
"""A bag holds what it can post within this time."""
ROOM_MIN, ROOM_MAX = 4, 2048
LATENCY_UNKNOWN_SECONDS = 0.05
BLOCKED_MAX = 1000
"""With so many lanes blocked, nothing fresh is read: the endpoint as a whole does not work."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an endpoint's parcels go, and how, as of one version of it."""

    number: int
    endpoint_id: UUID
    version: int
    url: URL
    keys: Keys
    refused: str | None = None
    """Why it may not be called, or None: literal addresses are checked here, others when connecting."""
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: float = 15.0
    rate_per_second: int | None = None
    window_max: int = 16
    schedule: tuple[float, ...] = ()
    description: str = ""
    unreadable: str | None = None
    """Why it has neither headers nor keys, or None; then it is refused."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What an endpoint missed, up to this seq, goes out at a rate of its own."""

    to: int = 0
    per_second: int | None = None


@dataclass(slots=True, eq=False)
class Bag:
    target: Target
    circuit: Circuit
    vitals: Vitals = field(default_factory=Vitals)
    lanes: Lanes = field(default_factory=Lanes)
    read_to: int = 0
    known_to: int = 0
    """How far the feed goes, as far as this member knows."""
    saved_to: int = 0
    passed_to: int = 0
    """Up to here there was nothing to do any more when it was loaded: it is not read again, also when something of it comes back."""
    due: bool = True
    """Whether there may be troubles whose time has come."""
    told_circuit: str = ""
    """What the saved health says."""
    shut: bool = True
    """Nothing may be posted: it is not loaded yet, is being given up, or its endpoint has changed."""
    newest: int = 0
    """The version of the endpoint that was last heard of."""
    window: int = 1
    latency_seconds: float = LATENCY_UNKNOWN_SECONDS
    unsettled: set[int] = field(default_factory=set)
    """Fresh ones that were read, and are not recorded yet."""
    troubled: set[int] = field(default_factory=set)
    """Troubles that were read, and are not recorded yet."""
    set_aside: set[int] = field(default_factory=set)
    """Those beyond `done_to` that are among the troubles: in the feed they look as if they were fresh."""
    noted: Counter[int] = field(default_factory=Counter)
    """By lane: troubles that are not recorded yet."""
    places: int = 0
    """How many of the member's places it has."""
    in_line: bool = False
    """Whether it stands in line for one of the member's places."""
    epoch: int = 0
    """Changes when something is forgotten: what was asked of the database before is of no use any more."""
    reading: bool = False
    settled_lately: set[int] = field(default_factory=set)
    """Recorded since the reading that is under way began: it may show them as they were."""
    rates: tuple[Rate, ...] = ()
    missed: Missed = Missed()
    _missed_rate: tuple[Rate, ...] = ()

    def begin_loading(self) -> None:
        """When it is shut, and before it is read anew: lanes may wait for nothing any more. Those of which that is not recorded yet stay blocked."""
        self.lanes.blocked.intersection_update(lane for lane, count in self.noted.items() if count > 0)

    def load(
        self, target: Target, done_to: int, known_to: int, missed: Missed, blocked: Iterable[int], set_aside: Iterable[int], now: float
    ) -> None:  # fmt: skip
        """As it stands in the database now. What is under way stays under way."""
        self.forget()
        if target.rate_per_second != self.target.rate_per_second or not self.rates:
            self.rates = () if target.rate_per_second is None else (Rate(target.rate_per_second, used_up_at=now),)
        if missed != self.missed:
            self._missed_rate = () if missed.per_second is None else (Rate(missed.per_second),)
        # What was read may be older by now than what has been heard of: it is read again.
        self.target, self.missed, self.shut = target, missed, target.version < self.newest
        self.passed_to = max(self.passed_to, done_to)
        self.read_to, self.known_to = max(self.read_to, done_to), max(self.known_to, known_to)
        self.due = True
        # Beside those that were blocked meanwhile.
        self.lanes.blocked.update(blocked)
        self.set_aside.update(set_aside)
        self.window = min(self.window, target.window_max)

    # --- what comes in

    @property
    def capacity(self) -> int:
        if not self.circuit.closed:
            return 1
        held = int(min(max(self.window / self.latency_seconds * HOLD_SECONDS, ROOM_MIN), ROOM_MAX))
        per_second = min((rate.per_second for rate in (*self.rates, *self._missed_rates())), default=held)
        return min(held, max(1, int(per_second * HOLD_SECONDS)))

    def room(self, now: float) -> int:
        """How many more that are fresh it may hold."""
        return 0 if len(self.lanes.blocked) > BLOCKED_MAX else self.room_for_due(now)

    def room_for_due(self, now: float) -> int:
        """How many more it may hold, also of what its blocked lanes wait for. While it is not closed: one, when it is time for a probe."""
        if self.shut or (not self.circuit.closed and not self.circuit.may_probe(now)):
            return 0
        return max(0, self.capacity - self.lanes.held)

    def take_fresh(self, parcels: Sequence[Parcel], read_to: int) -> list[Parcel]:
        """What was read after `self.read_to`, in order. Returns those that must wait in the database, because their lane is blocked."""
        behind = []
        for parcel in parcels:
            if parcel.seq <= self.read_to or not self.is_fresh(parcel.seq):
                continue
            self.unsettled.add(parcel.seq)
            if parcel.lane in self.lanes.blocked:
                behind.append(parcel)
            else:
                self.lanes.add(parcel)
        self.read_to = max(self.read_to, read_to)
        self.known_to = max(self.known_to, self.read_to)
        return behind

    def is_fresh(self, seq: int) -> bool:
        """Not held, not settled, not set aside."""
        return not (seq in self.unsettled or seq in self.set_aside or seq in self.settled_lately)

    def take_troubles(self, parcels: Sequence[Parcel]) -> None:
        """Their lanes are blocked for everything else until they are settled."""
        for parcel in parcels:
            if parcel.seq not in self.troubled and parcel.seq not in self.settled_lately:
                self.troubled.add(parcel.seq)
                self.lanes.blocked.add(parcel.lane)
                self.lanes.add(parcel)

    # --- what goes out

    @property
    def posting(self) -> int:
        return len(self.lanes.posting)

    def delay(self, now: float) -> float | None:
        """Seconds until the next parcel may go, or None when there is none, or none may."""
        if self.shut or not self.lanes.ready:
            return None
        if not self.circuit.closed and not self.circuit.may_probe(now):
            return None
        return wait_for(self._rates_of(self.lanes.ready[0]), now) if self.rates or self._missed_rate else 0.0

    def take(self, now: float) -> Parcel:
        """The next parcel, under way from now on. Only when `delay` is 0."""
        for rate in self._rates_of(self.lanes.ready[0]):
            rate.went(now)
        parcel = self.lanes.take()
        parcel.probe = not self.circuit.closed
        if parcel.probe:
            self.circuit.begin_probe()
        return parcel

    def succeeded(self, seconds: float) -> None:
        if self.circuit.closed:
            self.window = min(self.window + 1, self.target.window_max)
        else:
            self.window = 1
        self.circuit.succeeded()
        self.latency_seconds += (max(seconds, 0.001) - self.latency_seconds) * 0.1

    def failed(self) -> None:
        self.window = max(1, self.window // 2)

    # --- what goes back, and what is settled

    def forget(self) -> None:
        """What is not under way goes back unharmed."""
        self.epoch += 1
        for parcel in self.lanes.forget():
            self._unread(parcel)

    def give_back(self, parcel: Parcel) -> None:
        """It was under way; it goes back, and what was held with it."""
        self.forget()
        self.lanes.done(parcel)
        self._unread(parcel)

    def drop(self, parcel: Parcel) -> None:
        """A trouble that is held no more; it stays where it is in the database."""
        self.troubled.discard(parcel.seq)

    def settled(self, seq: int, trouble: bool, set_aside: bool) -> None:
        """It has been recorded."""
        (self.troubled if trouble else self.unsettled).discard(seq)
        if set_aside:
            self.set_aside.add(seq)
        if self.reading:
            self.settled_lately.add(seq)

    def recorded(self, lane: int) -> None:
        """One that was noted as a trouble."""
        self.noted[lane] -= 1
        if self.noted[lane] <= 0:
            del self.noted[lane]

    def lost(self, seq: int, trouble: bool) -> None:
        """It is read again, by whoever is in charge."""
        if trouble:
            self.troubled.discard(seq)
        else:
            self.unsettled.discard(seq)
            self.read_to = max(self.passed_to, min(self.read_to, seq - 1))

    def begin_reading(self) -> int:
        """Returns the epoch in which it began; it is of use only if that is still the one when it ends."""
        self.reading = True
        self.settled_lately.clear()
        return self.epoch

    @property
    def done_to(self) -> int:
        """Everything up to here is recorded, or among the troubles."""
        return min(self.read_to, min(self.unsettled) - 1) if self.unsettled else self.read_to

    def saved(self, done_to: int) -> None:
        """Nothing up to there is ever read again."""
        self.saved_to = done_to
        self.set_aside = {seq for seq in self.set_aside if seq > done_to}

    @property
    def idle(self) -> bool:
        """Nothing under way, and nothing to be recorded."""
        return not (self.posting or self.unsettled or self.troubled)

    def _unread(self, parcel: Parcel) -> None:
        self.lost(parcel.seq, parcel.trouble)

    def _missed_rates(self) -> tuple[Rate, ...]:
        return self._missed_rate if self.read_to < self.missed.to else ()

    def _rates_of(self, parcel: Parcel) -> tuple[Rate, ...]:
        return (*self.rates, *self._missed_rate) if parcel.seq <= self.missed.to and not parcel.trouble else self.rates
