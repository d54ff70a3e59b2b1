"""The places that all bags of one member share: how many posts are under way, and who may begin the next. Pure.

A bag posts through a window, as TCP sends: it opens by one with every success and closes by half with every failure.
"""

from __future__ import annotations

from collections import deque

from actors.webhooks.bag import Bag

PARCELS_PER_PLACE = 64
BYTES_MAX = 64 * 1024 * 1024
PROBES_PART = 16
"""At most this part of the places is for probes."""
BODY_BYTES_GUESS = 2048.0


class Places:
    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = 0
        self.probes = 0
        self._line: deque[Bag] = deque()
        self._body_bytes = BODY_BYTES_GUESS

    def limit(self, bag: Bag) -> int:
        """How many of the places this bag may have now: its window, but at most a quarter of those still free.

        The fuller the house, the less one bag gets, so that a few that hang leave places for the others.
        """
        return max(1, min(bag.window, (self.count - self.taken) // 4))

    def enter(self, bag: Bag) -> bool:
        """Takes a place for the bag, if there is one; else puts the bag in line for it."""
        if not bag.circuit.closed and self.probes >= self.probes_max:
            return False
        if self.taken < self.count:
            if bag.places < self.limit(bag):
                self.taken += 1
                bag.places += 1
                return True
        elif not bag.places and not bag.in_line:
            bag.in_line = True
            self._line.append(bag)
        return False

    def should_leave(self, bag: Bag) -> bool:
        """Whether a bag has to give its place to one in line, or has more than its window."""
        if self._line and self.taken >= self.count:
            return True
        return bag.places > bag.window

    def leave(self, bag: Bag) -> Bag | None:
        """Gives the place back; returns the bag whose turn it is."""
        self.taken -= 1
        bag.places -= 1
        if bag.lanes.ready and not bag.shut and not bag.places and not bag.in_line:
            bag.in_line = True
            self._line.append(bag)
        while self._line:
            following = self._line.popleft()
            following.in_line = False
            if following.lanes.ready and not following.shut:
                return following
        return None

    @property
    def probes_max(self) -> int:
        return max(1, self.count // PROBES_PART)

    # --- how much may be held: memory is bounded, whatever the number of endpoints

    def room(self, held: int, held_bytes: int) -> int:
        """How many more parcels the member may hold, with so many and so much in its hands."""
        by_bytes = int((BYTES_MAX - held_bytes) / self._body_bytes)
        return max(0, min(self.count * PARCELS_PER_PLACE - held, by_bytes))

    def saw(self, count: int, size: int) -> None:
        """So many bodies have come, of so many bytes: the next ones are likely to be as large."""
        if count:
            self._body_bytes += (max(size / count, 1.0) - self._body_bytes) * min(1.0, count / 100)
