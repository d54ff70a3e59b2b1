"""Into which drawer's figures each fact goes: by its register and its moment, and whether the Z report had been written by then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from actors.shifts.facts import Fact, News, count_before, facts_of
from actors.shifts.tally import Tally, add


class Period(NamedTuple):
    """A shift: from `opened_at` on, until before `closed_at`. What stands in the log after `closed_position` came too late for its Z report.

    Each log has positions of its own: these are of the one that is sorted.
    """

    id: UUID
    opened_at: datetime
    closed_at: datetime | None
    closed_position: int | None


class Bucket(NamedTuple):
    """Figures that are kept: of a shift (`late`: what came after its Z report), or of a register on a business date without any."""

    id: UUID
    late: bool = False
    day: str = ""

    @property
    def name(self) -> str:
        """How the check calls it."""
        if self.day:
            return f"unshifted {self.id} {self.day}"
        return f"{'late' if self.late else 'shift'} {self.id}"

    @staticmethod
    def named(name: str) -> Bucket:
        what, id, *day = name.split()
        return Bucket(UUID(id), what == "late", *day)


class Owner(NamedTuple):
    """Whose unshifted figures they are."""

    store_id: UUID
    currency: str


class Source(NamedTuple):
    """The order that a fact is about, or the customer. The rest of it is not held on to: a page would fill the processor's caches with it."""

    order_id: UUID | None
    receipt: str
    store_id: UUID
    currency: str
    customer_id: UUID | None = None


class Found(NamedTuple):
    """A fact, and where in the log it stands."""

    position: int
    source: Source
    fact: Fact


class Late(NamedTuple):
    """A fact that came after the Z report of its shift."""

    shift_id: UUID
    found: Found


class Span(NamedTuple):
    first: datetime
    last: datetime


@dataclass(slots=True)
class Page:
    """What the events of a page come to. `counted`: tenders of orders that are not paid in full, by order."""

    found: list[Found] = field(default_factory=list)
    counted: dict[UUID, int] = field(default_factory=dict)
    spans: dict[UUID, Span] = field(default_factory=dict)

    def add(self, position: int, source: Source, fact: Fact) -> None:
        self.found.append(Found(position, source, fact))
        span = self.spans.get(fact.register_id)
        if span is None:
            self.spans[fact.register_id] = Span(fact.at, fact.at)
        elif not span.first <= fact.at <= span.last:
            self.spans[fact.register_id] = Span(min(span.first, fact.at), max(span.last, fact.at))


def read_page(news: Iterable[tuple[int, News]], known: Mapping[UUID, int]) -> Page:
    """`known`: how many tenders have been counted before, of orders of which some have."""
    page = Page()
    counts = dict(known)
    for position, one in news:
        before = count_before(one, counts)
        facts, counted = facts_of(one, before)
        if counted != before and one.told.order.status in ("draft", "open"):
            counts[one.order_id] = page.counted[one.order_id] = counted
        order = one.told.order
        source = Source(order.id, order.receipt, order.store_id, order.totals.due.currency)
        for fact in facts:
            page.add(position, source, fact)
    return page


@dataclass(slots=True)
class Sorted:
    """What is to be added to each of the figures, and what of it is a correction."""

    tallies: dict[Bucket, Tally] = field(default_factory=dict)
    owners: dict[Bucket, Owner] = field(default_factory=dict)
    late: list[Late] = field(default_factory=list)


def sort_page(page: Page, periods: Mapping[UUID, Sequence[Period]]) -> Sorted:
    """`periods`: by register, those that touch what the page tells of it."""
    out = Sorted()
    for found in page.found:
        position, source, fact = found
        bucket = _bucket(position, fact, periods.get(fact.register_id, ()))
        if bucket.late:
            out.late.append(Late(bucket.id, found))
        tally = out.tallies.get(bucket)
        if tally is None:
            tally = out.tallies[bucket] = {}
            if bucket.day:
                out.owners[bucket] = Owner(source.store_id, source.currency)
        add(tally, fact.rows)
    return out


def _bucket(position: int, fact: Fact, periods: Sequence[Period]) -> Bucket:
    for period in periods:
        if period.opened_at <= fact.at and (period.closed_at is None or fact.at < period.closed_at):
            return Bucket(period.id, period.closed_position is not None and position > period.closed_position)
    return Bucket(fact.register_id, day=fact.business_date)
