"""The pure part, by properties: however pages are cut and shifts lie, each fact is counted once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.runtime.envelopes import encode_event
from actors.runtime.words import Refusal
from actors.shifts.contract import Counted, Denomination
from actors.shifts.facts import News, read_news
from actors.shifts.rules import boundary, read_count
from actors.shifts.sorting import Bucket, Page, Period, read_page, sort_page
from actors.shifts.tally import Tally, add, expected_cash, figures_of, merged, read_tally, write_tally

START = datetime(2026, 1, 31, 8, tzinfo=UTC)
REGISTERS = [UUID(int=number) for number in (1, 2)]
STORE = UUID(int=9)
DAY = "2026-01-31"

names = st.sampled_from(["sales", "tender:cash", "tender:card", "refunded:cash", "change", "tax:ppn|11|PPN", "cash:drop", "cash:paid_in", "gross"])
numbers = st.lists(st.integers(-(10**12), 10**12), min_size=3, max_size=3)
tallies: st.SearchStrategy[Tally] = st.dictionaries(names, numbers, max_size=6)


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


class History:
    """One order's events, as orders would tell them."""

    def __init__(self, order_id: UUID) -> None:
        self.id, self.status, self.tenders, self.refunds, self.at = order_id, "", [], [], START
        self.events: list[bytes] = []

    def pay(self, amounts: list[tuple[str, int]], minutes: int, *, done: bool, lines: bool = False) -> None:
        """`lines`: another order's lines and tenders have moved here."""
        self.at += timedelta(minutes=minutes)
        at = self.at - timedelta(hours=1) if lines else self.at
        self.tenders = [*self.tenders, *({"type": type, "amount": money(amount), "at": at, "tip": None} for type, amount in amounts)]
        self._tell("completed" if done else "open", ["tenders", "totals", *(["lines"] if lines else [])])

    def refund(self, amount: int, minutes: int, register_id: UUID) -> None:
        self.at += timedelta(minutes=minutes)
        back = [{"type": "cash", "amount": money(amount)}]
        self.refunds = [
            *self.refunds,
            {
                "kind": "return", "at": self.at, "lines": [], "amount": money(amount), "tenders": back, "register_id": register_id,
                "business_date": DAY,
            },
        ]
        self._tell(self.status, ["tenders", "refunds", "lines"])

    def _tell(self, status: str, changed: list[str]) -> None:
        nothing = {name: money(0) for name in ("gross", "discount", "service", "net", "tax", "total", "cash_rounding", "due", "change")}
        order = {
            "id": self.id, "status": status, "store_id": STORE, "register_id": REGISTERS[len(self.tenders) % 2], "receipt": "", "business_date": DAY,
            "sold_at": self.at, "updated_at": self.at, "tenders": self.tenders, "refunds": self.refunds, "totals": {**nothing, "taxes": []},
        }  # fmt: skip
        before = {"status": self.status} if self.events else None
        told: Any = {"order": order, "before": before, "changed": changed}
        self.events.append(encode_event("order.updated", self.at, told))
        self.status = status


amounts = st.lists(st.tuples(st.sampled_from(["cash", "card"]), st.integers(0, 10**6)), max_size=3)
minutes = st.integers(0, 90)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[bytes], Counter[str]]:
    """Of several orders, one after another, and what was given for them, and back."""
    events: list[bytes] = []
    expected: Counter[str] = Counter()
    for nr in range(draw(st.integers(1, 3))):
        history = History(UUID(int=100 + nr))
        for _ in range(draw(st.integers(0, 3))):
            given_ = draw(amounts)
            moved = bool(history.events) and draw(st.booleans())
            history.pay(given_, draw(minutes), done=False, lines=moved)
            if not moved:
                expected.update({f"tender:{type}": 0 for type, _ in given_})
                for type, amount in given_:
                    expected[f"tender:{type}"] += amount
        last = draw(amounts)
        history.pay(last, draw(minutes), done=True)
        expected["sales"] += 1
        for type, amount in last:
            expected[f"tender:{type}"] += amount
        for _ in range(draw(st.integers(0, 2))):
            amount = draw(st.integers(1, 10**6))
            history.refund(amount, draw(minutes), draw(st.sampled_from(REGISTERS)))
            expected["refunded:cash"] += amount
        events += history.events
    return events, expected


@st.composite
def some_periods(draw: st.DrawFn) -> dict[UUID, list[Period]]:
    """Of each register, one after another."""
    periods: dict[UUID, list[Period]] = {}
    for register_id in REGISTERS:
        at = START - timedelta(hours=2)
        for nr in range(draw(st.integers(0, 4))):
            opened = at + timedelta(minutes=draw(st.integers(0, 60)))
            at = opened + timedelta(minutes=draw(st.integers(1, 120)))
            closed = (at, draw(st.integers(0, 12))) if nr < 3 else (None, None)
            periods.setdefault(register_id, []).append(Period(UUID(int=register_id.int * 100 + nr), opened, *closed))
    return periods


def fold(events: list[bytes], periods: dict[UUID, list[Period]], cuts: set[int]) -> dict[Bucket, Tally]:
    """Page after page, as whoever follows the log does."""
    kept: dict[Bucket, Tally] = {}
    counted: dict[UUID, int] = {}
    pages: list[list[tuple[int, News]]] = [[]]
    for position, event in enumerate(events, 1):
        pages[-1].append((position, read_news(event)))
        if position in cuts:
            pages.append([])
    for one in pages:
        page: Page = read_page(one, counted)
        counted |= page.counted
        for bucket, tally in sort_page(page, periods).tallies.items():
            kept[bucket] = merged(kept.get(bucket, {}), tally)
    return kept


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(histories(), some_periods(), st.sets(st.integers(1, 20)))
def test_each_fact_is_counted_once_however_pages_are_cut(
    told: tuple[list[bytes], Counter[str]], periods: dict[UUID, list[Period]], cuts: set[int]
) -> None:
    events, expected = told
    kept = fold(events, periods, cuts)
    assert kept == fold(events, periods, set())
    total = merged(*kept.values())
    assert {name: total.get(name, [0, 0, 0])[0 if name == "sales" else 1] for name in expected} == dict(expected)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(histories(), some_periods())
def test_what_is_in_a_shift_happened_in_it(told: tuple[list[bytes], Counter[str]], periods: dict[UUID, list[Period]]) -> None:
    page = read_page([(position, read_news(event)) for position, event in enumerate(told[0], 1)], {})
    for found in page.found:
        [bucket] = sort_page(Page(found=[found]), periods).tallies
        period = next((one for some in periods.values() for one in some if one.id == bucket.id), None)
        if period is None:
            assert (found.fact.register_id, DAY) == (bucket.id, bucket.day)
            continue
        assert period.opened_at <= found.fact.at
        assert period.closed_at is None or found.fact.at < period.closed_at
        assert bucket.late == (period.closed_position is not None and found.position > period.closed_position)


@given(tallies, tallies, st.integers(0, 10**10))
def test_what_is_expected_of_two_parts_is_what_is_expected_of_the_whole(one: Tally, other: Tally, opening: int) -> None:
    assert expected_cash(merged(one, other), opening) == expected_cash(one, opening) + expected_cash(other)


@given(tallies)
def test_a_tally_is_read_as_it_was_written(tally: Tally) -> None:
    assert tally == read_tally(write_tally(tally))
    assert write_tally(tally) == write_tally(dict(reversed(tally.items())))


@given(tallies)
def test_adding_changes_nothing_else(tally: Tally) -> None:
    copy = merged(tally)
    add(copy, [("sales", 1, 1, 1)])
    assert tally == read_tally(write_tally(tally))
    assert figures_of(copy, "IDR").sales == figures_of(tally, "IDR").sales + 1


@given(st.lists(st.builds(Denomination, value=st.integers(1, 10**7), count=st.integers(0, 1000)), min_size=1, max_size=10))
def test_a_count_comes_to_its_denominations(denominations: list[Denomination]) -> None:
    total = sum(one.value * one.count for one in denominations)
    count = read_count(Counted(denominations=denominations))
    assert not isinstance(count, Refusal)
    assert (total, total) == (count.total, sum(one.value * one.count for one in count.denominations))
    assert count == read_count(Counted(denominations=denominations, total=total))
    assert isinstance(read_count(Counted(denominations=denominations, total=total + 1)), Refusal)


@pytest.mark.parametrize(
    ("at", "right"), [(None, START), (START, START), (START - timedelta(seconds=1), None), (START + timedelta(minutes=9), None)]
)
def test_a_shift_begins_between_the_books_and_now(at: datetime | None, right: datetime | None) -> None:
    outcome = boundary(at, START, START + timedelta(minutes=5))
    assert (START + timedelta(minutes=5) if at is None else right) == (None if isinstance(outcome, Refusal) else outcome)


def test_our_clock_may_be_behind_the_books() -> None:
    assert START == boundary(None, START, START - timedelta(seconds=1))
