"""What a member posts next, out of the database: what is fresh in the feeds, and troubles whose time has come.

Nothing is claimed. Only who is in charge reads, after where it has read to, as much as there is room for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from actors.webhooks.bag import Bag
from actors.webhooks.bodies import Bodies, Kept, OutOfReach, asking
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.lanes import Parcel
from actors.webhooks.metrics import LATE_SECONDS
from actors.webhooks.postman import Postman

if TYPE_CHECKING:
    from actors.runtime.member import Member

ROWS_MAX = 4096
"""Read at once, by all bags together."""
DUE_FIRST, LATEST_FIRST = (SQL["read_due"].replace("{order}", order) for order in ("ASC", "DESC"))

Room = tuple[Bag, int]


class Reader:
    def __init__(self, member: Member, postman: Postman, bodies: Bodies) -> None:
        self._member = member
        self._postman = postman
        self._bodies = bodies
        self._ask = asking(member.client)

    async def read(self) -> None:
        """Once for all bags that want something and have room: first what is due, then what is fresh."""
        rooms = self._rooms()
        await self._read_due([(bag, room) for bag, room in rooms if bag.due])
        now = time.monotonic()
        left = [(bag, min(room, bag.room(now))) for bag, room in rooms if bag.known_to > bag.read_to]
        await self._read_fresh([(bag, room) for bag, room in left if room])

    def _rooms(self) -> list[Room]:
        """Of each bag that wants something. What all may hold together is bounded, and so are probes: who gets nothing is the first
        next time."""
        postman, now = self._postman, time.monotonic()
        if postman.held_back:
            return []
        total = min(ROWS_MAX, postman.count_spare())
        probes = postman.places.probes_max - postman.places.probes
        rooms = []
        for bag in list(postman.hungry):
            room = bag.room_for_due(now) if bag.due else bag.room(now)
            if room and (not total or (not bag.circuit.closed and not probes)):
                continue
            del postman.hungry[bag]
            if room:
                probes -= not bag.circuit.closed
                rooms.append((bag, min(room, total)))
                total -= rooms[-1][1]
        return rooms

    # --- troubles

    async def _read_due(self, rooms: Sequence[Room]) -> None:
        """A probe takes what somebody has just asked for."""
        for sql, some in (
            (DUE_FIRST, [one for one in rooms if one[0].circuit.closed]), (LATEST_FIRST, [one for one in rooms if not one[0].circuit.closed]),
        ):
            if some:
                await self._read_due_by(sql, some)

    async def _read_due_by(self, sql: str, rooms: Sequence[Room]) -> None:
        with _reading(rooms) as still:
            asked = [room + len(bag.troubled) for bag, room in rooms]
            async with self._member.transaction() as work:
                rows = await work.read(sql, [bag.target.number for bag, _ in rooms], asked)
            found = await self._fetch(rows)
            by_endpoint = {number: list(some) for number, some in groupby(rows, lambda row: row["endpoint"])}
            for (bag, _), limit in zip(rooms, asked, strict=True):
                if still(bag):
                    some = by_endpoint.get(bag.target.number, [])
                    bag.due = len(some) >= limit
                    self._postman.take_troubles(bag, [_parcel(row, found, trouble=True) for row in some if row["event"] in found])

    # --- what is fresh

    async def _read_fresh(self, rooms: Sequence[Room]) -> None:
        if not rooms:
            return
        with _reading(rooms) as still:
            numbers, read_to = [bag.target.number for bag, _ in rooms], [bag.read_to for bag, _ in rooms]
            async with self._member.transaction() as work:
                rows = await work.read(SQL["read_fresh"], numbers, read_to, [room for _, room in rooms])
            bags = {bag.target.number: bag for bag, _ in rooms}
            found = await self._fetch([row for row in rows if row["seq"] is not None and bags[row["endpoint"]].is_fresh(row["seq"])])
            LATE_SECONDS.set(max((row["late_seconds"] or 0.0 for row in rows), default=0.0))
            by_endpoint = {number: list(some) for number, some in groupby(rows, lambda row: row["endpoint"])}
            for bag, room in rooms:
                if still(bag) and bag.target.number in by_endpoint:
                    self._take_fresh(bag, room, by_endpoint[bag.target.number], found)

    def _take_fresh(self, bag: Bag, room: int, rows: Sequence[Any], found: dict[int, bytes]) -> None:
        """`rows` with a seq of None: there was nothing."""
        parcels = []
        read_to = rows[0]["stretch_to"] if len(rows) < room or rows[0]["seq"] is None else rows[-1]["seq"]
        for row in rows:
            if row["seq"] is None:
                break
            if row["event"] in found:
                parcels.append(_parcel(row, found, trouble=False))
            elif bag.is_fresh(row["seq"]):
                # In order: what comes after it is read again with it.
                return self._postman.take_fresh(bag, parcels, row["seq"] - 1)
        self._postman.take_fresh(bag, parcels, read_to)
        self._postman.refill(bag)

    # --- bodies

    async def _fetch(self, rows: Sequence[Any]) -> dict[int, bytes]:
        """By position in webhooks.sorted. A log whose owner is away holds up only what comes from it."""
        found: dict[int, bytes] = {}
        wanted = sorted({Kept(row["event"], row["log"], row["log_position"]) for row in rows}, key=lambda one: (one.log, one.position))
        for log, some in groupby(wanted, lambda one: one.log):
            try:
                found.update(await self._bodies.fetch(self._ask, some))
            except OutOfReach as error:
                self._member.log.warning("webhook bodies not read", log_=log, reason=str(error))
        self._postman.places.saw(len(found), sum(len(body) for body in found.values()))
        return found


@contextmanager
def _reading(rooms: Sequence[Room]) -> Iterator[Any]:
    """Gives a function that tells whether what was read for a bag is still of use."""
    epochs = {bag: bag.begin_reading() for bag, _ in rooms}
    try:
        yield lambda bag: bag.epoch == epochs[bag] and not bag.shut
    finally:
        for bag in epochs:
            bag.reading = False


def _parcel(row: Any, found: dict[int, bytes], trouble: bool) -> Parcel:
    round_ = row["round"] if trouble else 0
    return Parcel(row["seq"], row["lane"], str(row["id"]), found[row["event"]], row["traceparent"], round_, trouble)

