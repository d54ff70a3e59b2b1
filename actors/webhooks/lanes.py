"""Who may post when: one lane per endpoint, so that a slow one holds up nobody else. No I/O, no waiting.

A lane posts to its endpoint through a window, as TCP sends: it opens by one with every success and closes by half with
every failure. How many deliveries a lane may hold follows from how fast it gets rid of them (Little's law), so a dead
endpoint holds next to no memory, and its backlog stays in the database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from yarl import URL

HOLD_SECONDS = 2.0
"""A lane holds what it can post within this time."""
ROOM_MIN, ROOM_MAX = 4, 2048
LATENCY_UNKNOWN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Target:
    """Where an endpoint's deliveries go, as of one version of it."""

    endpoint_id: UUID
    version: int
    url: URL
    key: bytes
    refused: str | None
    """Why it may not be called, or None: literal addresses are checked here, others when connecting."""


@dataclass(slots=True, eq=False)
class Parcel:
    """A delivery in this member's hands, until `leased_until` (monotonic seconds)."""

    id: UUID
    body: bytes
    round: int
    leased_until: float
    traceparent: str = ""
    tries: int = 0
    first_try_at: float = 0.0


@dataclass(slots=True, eq=False)
class Lane:
    target: Target
    window_max: int
    window: int = 1
    posting: int = 0
    soon: int = 0
    """Parcels that wait a moment for their next try."""
    waiting: bool = False
    """Whether it stands in line for one of the member's places."""
    backlog: bool = False
    """Whether the database holds more that is due than there was room for."""
    paused_until: float = 0.0
    latency_seconds: float = LATENCY_UNKNOWN_SECONDS
    queue: deque[Parcel] = field(default_factory=deque)

    @property
    def held(self) -> int:
        return len(self.queue) + self.posting + self.soon

    @property
    def capacity(self) -> int:
        return int(min(max(self.window / self.latency_seconds * HOLD_SECONDS, ROOM_MIN), ROOM_MAX))

    def room(self, now: float) -> int:
        return 0 if now < self.paused_until else max(0, self.capacity - self.held)

    def succeeded(self, seconds: float) -> None:
        self.window = min(self.window + 1, self.window_max)
        self.latency_seconds += (max(seconds, 0.001) - self.latency_seconds) * 0.1

    def failed(self) -> None:
        self.window = max(1, self.window // 2)

    def next(self, now: float, needed_seconds: float) -> Parcel | None:
        """The next parcel whose lease lasts long enough; the others are left to the claim, which finds them when it ends."""
        while self.queue:
            parcel = self.queue.popleft()
            if parcel.leased_until >= now + needed_seconds:
                return parcel
            self.backlog = True
        return None


class Lanes:
    """All lanes of one member, and the places that they share."""

    def __init__(self, places: int, places_per_lane: int) -> None:
        self.places = places
        self.per_lane = min(places_per_lane, places)
        self.posting = 0
        self._lanes: dict[UUID, Lane] = {}
        self._line: deque[Lane] = deque()

    def find(self, endpoint_id: UUID) -> Lane | None:
        return self._lanes.get(endpoint_id)

    def open(self, target: Target) -> Lane:
        """The endpoint's lane, from now on posting to this version of it."""
        lane = self._lanes.get(target.endpoint_id)
        if lane is None:
            lane = self._lanes[target.endpoint_id] = Lane(target, self.per_lane)
        elif lane.target.version < target.version:
            lane.target = target
        return lane

    def close(self, endpoint_id: UUID) -> list[Parcel]:
        """Forgets a lane; what it had not begun is handed back."""
        lane = self._lanes.pop(endpoint_id, None)
        if lane is None:
            return []
        parcels = list(lane.queue)
        lane.queue.clear()
        return parcels

    def all(self) -> Iterable[Lane]:
        return self._lanes.values()

    @property
    def held(self) -> int:
        return sum(lane.held for lane in self._lanes.values())

    @property
    def room(self) -> int:
        """How many parcels this member may take on: memory is bounded, whatever the number of endpoints."""
        return max(0, self.places * 64 - self.held)

    def limit(self, lane: Lane) -> int:
        """How many of the places this lane may have now: its window, but at most a quarter of those still free.

        The fuller the house, the less one lane gets, so that a few that hang leave places for the others.
        """
        return max(1, min(lane.window, (self.places - self.posting) // 4))

    def enter(self, lane: Lane) -> bool:
        """Takes a place for the lane, if there is one; else puts the lane in line for it."""
        if self.posting < self.places:
            if lane.posting < self.limit(lane):
                lane.posting += 1
                self.posting += 1
                return True
        elif not lane.posting and not lane.waiting:
            lane.waiting = True
            self._line.append(lane)
        return False

    def should_leave(self, lane: Lane) -> bool:
        """Whether a lane has more than its share while others wait, or more than its window."""
        if self._line and self.posting >= self.places:
            return True
        return lane.posting > lane.window

    def leave(self, lane: Lane) -> Lane | None:
        """Gives the place back; returns the lane whose turn it is."""
        lane.posting -= 1
        self.posting -= 1
        if lane.queue and not lane.posting and not lane.waiting:
            lane.waiting = True
            self._line.append(lane)
        return self.next_in_line()

    def next_in_line(self) -> Lane | None:
        while self._line:
            lane = self._line.popleft()
            lane.waiting = False
            if lane.queue:
                return lane
        return None
