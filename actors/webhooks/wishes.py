"""What each endpoint wants, as of one generation of endpoints: read again when one of them has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from actors.webhooks.catalogue import Facts
from actors.webhooks.filters import Filter, compile_filter

LEEWAY = timedelta(seconds=60)
"""An event that an endpoint's registration has overtaken, on its way from another actor, is still for it."""


class Wish(NamedTuple):
    number: int
    endpoint_id: UUID
    since: datetime
    """Older events are not for it."""


class Told(NamedTuple):
    """An event as filters see it."""

    name: str
    body: bytes
    facts: Facts


class Wanted(NamedTuple):
    """`events`: which of those that were told, counted from 1."""

    events: Sequence[int]
    wishes: Sequence[Wish]


@dataclass
class Wishes:
    generation: int = -1
    _groups: list[tuple[Filter, list[Wish]]] = field(default_factory=list)
    """Endpoints with the same filter are asked together."""

    def learn(self, rows: Sequence[Any]) -> None:
        """`rows`: what `read_wishes` finds."""
        groups: dict[Any, list[Wish]] = {}
        for row in rows:
            if row["number"] is not None:
                what = (tuple(sorted(row["event_types"])), tuple(sorted(row["store_ids"])), row["condition"])
                groups.setdefault(what, []).append(Wish(row["number"], row["id"], row["listens_from"] - LEEWAY))
        self._groups = [(_filter(*what), wishes) for what, wishes in groups.items()]
        self.generation = rows[0]["generation"]

    def wanted(self, told: Sequence[Told], now: datetime) -> Iterator[Wanted]:
        """Who gets what; each endpoint at most once, and never nothing.

        Nobody has registered later than `now`: where it looks so, the clock was ahead and has been put right, and an endpoint that is there
        would miss what happens until it has caught up.
        """
        oldest, latest = min(one.facts.at for one in told), now - LEEWAY
        for wanted, wishes in self._groups:
            events = [number for number, one in enumerate(told, 1) if wanted.wants(one.name, one.facts.store_id, one.body)]
            if not events:
                continue
            if ready := [wish for wish in wishes if min(wish.since, latest) <= oldest]:
                yield Wanted(events, ready)
            for wish in wishes:
                since = min(wish.since, latest)
                if since > oldest and (late := [number for number in events if told[number - 1].facts.at >= since]):
                    yield Wanted(late, [wish])


def _filter(event_types: Sequence[str], store_ids: Sequence[UUID], condition: str) -> Filter:
    """A condition that was possible once, and is no more: rather too much than too little, and no reason to sort nothing at all."""
    try:
        return compile_filter(event_types, store_ids, condition)
    except ValueError:
        return compile_filter(event_types, store_ids)
