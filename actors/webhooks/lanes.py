"""In which order one endpoint's parcels go out: within a lane strictly one after the other, lanes overtake each other. Pure.

A lane is a hash of what events are about: events about one order share one. Its first parcel is ready, under way, or waits
a moment for its next try; the others wait behind it. A lane whose first parcel must be tried much later is blocked: it
holds nothing in memory, what belongs to it waits in the database.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Parcel:
    """A delivery in this member's hands. `trouble`: it was among the troubles, so it has been tried, or asked for, before."""

    seq: int
    lane: int
    id: str
    body: bytes
    traceparent: str = ""
    round: int = 0
    trouble: bool = False
    probe: bool = False
    tries: int = 0
    first_try_at: float = 0.0


@dataclass(slots=True)
class Lanes:
    ready: deque[Parcel] = field(default_factory=deque)
    posting: dict[int, Parcel] = field(default_factory=dict)
    """By lane: what is under way."""
    waiting: dict[int, Parcel] = field(default_factory=dict)
    """By lane: what waits a moment for its next try."""
    blocked: set[int] = field(default_factory=set)
    held: int = 0
    held_bytes: int = 0
    _behind: dict[int, deque[Parcel] | None] = field(default_factory=dict)
    """By lane that has a first parcel: what comes after it."""

    def add(self, parcel: Parcel) -> None:
        self.held += 1
        self.held_bytes += len(parcel.body)
        if parcel.lane not in self._behind:
            self._behind[parcel.lane] = None
            self.ready.append(parcel)
            return
        behind = self._behind[parcel.lane]
        if behind is None:
            behind = self._behind[parcel.lane] = deque()
        behind.append(parcel)

    def take(self) -> Parcel:
        """The next one, from now on under way. There must be one in `ready`."""
        parcel = self.ready.popleft()
        self.posting[parcel.lane] = parcel
        return parcel

    def done(self, parcel: Parcel) -> None:
        """It was under way, and is no more in this lane's way."""
        del self.posting[parcel.lane]
        self._gone(parcel)
        behind = self._behind.pop(parcel.lane)
        if behind:
            # Its turn came long ago: it goes before what arrived later.
            self.ready.appendleft(behind.popleft())
            self._behind[parcel.lane] = behind or None

    def wait(self, parcel: Parcel) -> None:
        """It was under way, and is tried again in a moment; its lane waits."""
        del self.posting[parcel.lane]
        self.waiting[parcel.lane] = parcel

    def again(self, parcel: Parcel) -> bool:
        """The moment is over. False when it was forgotten meanwhile."""
        if self.waiting.get(parcel.lane) is not parcel:
            return False
        del self.waiting[parcel.lane]
        self.ready.appendleft(parcel)
        return True

    def block(self, parcel: Parcel) -> list[Parcel]:
        """It was under way, and is tried much later. Returns what was behind it, in order; all of it is held no more."""
        del self.posting[parcel.lane]
        self._gone(parcel)
        self.blocked.add(parcel.lane)
        behind = list(self._behind.pop(parcel.lane) or ())
        for one in behind:
            self._gone(one)
        return behind

    def forget(self) -> list[Parcel]:
        """Everything that is not under way is held no more, and returned. Lanes under way stay so: what is read again waits behind it."""
        forgotten = [*self.ready, *self.waiting.values(), *(one for behind in self._behind.values() for one in behind or ())]
        self.ready.clear()
        self.waiting.clear()
        self._behind = dict.fromkeys(self.posting)
        for parcel in forgotten:
            self._gone(parcel)
        return forgotten

    def _gone(self, parcel: Parcel) -> None:
        self.held -= 1
        self.held_bytes -= len(parcel.body)
