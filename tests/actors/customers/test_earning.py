"""The rules of points by properties: whatever happens, the ledger is what the rules say of what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.customers.earning import (
    Amount,
    Sold,
    SoldLine,
    SoldTender,
    Terms,
    earned_by,
    months_after,
    points_back,
    points_needed,
    read_factor,
)
from actors.customers.holding import Cause, Holder

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = datetime(2026, 1, 31, 10, tzinfo=UTC)
amounts = st.integers(0, 5_000_000)


def new_ids() -> Callable[[], UUID]:
    numbers = iter(range(1, 1_000_000))
    return lambda: UUID(int=next(numbers))


def holder(**given: object) -> Holder:
    return Holder(id=UUID(int=2**100), at=NOW, new_id=new_ids(), **given)


def money(amount: int) -> Amount:
    return Amount(amount, "IDR")


terms = st.builds(
    Terms,
    earn_points=st.integers(0, 20), earn_per=st.integers(1, 1_000_000), minimum=st.sampled_from([0, 100_000]),
    excluded_categories=st.sampled_from([[], ["tobacco"]]), count_points=st.booleans(), factor=st.integers(0, 5_000),
    expire_months=st.none() | st.integers(1, 24),
)  # fmt: skip


@st.composite
def sales(draw: st.DrawFn) -> Sold:
    """Completed, some of it paid with points; nothing has come back yet."""
    totals = draw(st.lists(amounts, min_size=1, max_size=5))
    lines = [SoldLine(money(total), money(0), draw(st.sampled_from([None, "food", "tobacco"]))) for total in totals]
    by_points = draw(st.integers(0, sum(totals)))
    tenders = [SoldTender("points", money(by_points), money(0)), SoldTender("cash", money(sum(totals) - by_points), money(0))]
    return Sold(UUID(int=1), 1, "completed", NOW, NOW, lines, tenders)


@st.composite
def histories(draw: st.DrawFn) -> list[Sold]:
    """A sale, then refunds of parts of lines to some tender, and perhaps the whole called off: each version as the order tells it."""
    sold = draw(sales())
    versions = [sold]
    for _ in range(draw(st.integers(0, 6))):
        index = draw(st.integers(0, len(sold.lines) - 1))
        line, tender = sold.lines[index], sold.tenders[draw(st.integers(0, 1))]
        part = draw(st.integers(0, min(line.total.amount - line.refunded.amount, tender.amount.amount - tender.refunded.amount)))
        lines = [replace(one, refunded=money(one.refunded.amount + part)) if one is line else one for one in sold.lines]
        tenders = [replace(one, refunded=money(one.refunded.amount + part)) if one is tender else one for one in sold.tenders]
        sold = replace(sold, version=sold.version + 1, lines=lines, tenders=tenders)
        versions.append(sold)
    if draw(st.booleans()):
        lines = [replace(line, refunded=line.total) for line in sold.lines]
        tenders = [replace(tender, refunded=tender.amount) for tender in sold.tenders]
        versions.append(replace(sold, version=sold.version + 1, status="cancelled", lines=lines, tenders=tenders))
    return versions


def follow(who: Holder, sold: Sold, rules: Terms) -> None:
    """What the follower does about one version."""
    lot = next((lot for lot in who.lots.values() if lot.order_id == sold.id), None)
    if lot is None:
        if points := earned_by(sold, rules):
            who.earn(who.new_lot(sold.id, sold.version, months_after(NOW, rules.expire_months), rules), points, Cause(order_id=sold.id))
        return
    change = earned_by(sold, rules) - lot.earned
    lot = who.saw(lot, sold.version)
    if change > 0:
        who.earn(lot, change)
    elif change < 0:
        who.take_back(lot, -change)


def is_sound(who: Holder) -> None:
    assert who.points == sum(entry.points for _, entry in who.points_entries)
    assert sum(lot.left for lot in who.lots.values()) == max(0, who.points)
    assert all(lot.left >= 0 and lot.expired >= 0 and lot.left + lot.expired <= lot.earned for lot in who.lots.values())
    assert [number for number, _ in who.points_entries] == list(range(1, who.points_number + 1))


def by_kind(who: Holder, *kinds: str) -> int:
    return sum(entry.points for _, entry in who.points_entries if entry.kind in kinds)


@many
@given(
    history=histories(), rules=terms, seen=st.lists(st.booleans(), max_size=8), spent=st.lists(st.integers(0, 200), max_size=8), lost=st.booleans()
)
def test_earned_and_taken_back_come_to_what_is_left(
    history: list[Sold], rules: Terms, seen: list[bool], spent: list[int], lost: bool
) -> None:
    """Whichever versions are seen, and whatever the customer does with the points meanwhile."""
    who = holder()
    who.give(50, None, Cause(), "adjusted")
    for index, sold in enumerate(history):
        if index == len(history) - 1 or index >= len(seen) or seen[index]:
            follow(who, sold, rules)
            is_sound(who)
        if index < len(spent):
            who.use(spent[index])
            is_sound(who)
        if lost and index == 1:
            who.at = NOW + timedelta(days=1000)
            who.expire()
            is_sound(who)
    assert earned_by(history[-1], rules) == by_kind(who, "earned", "taken_back")


@many
@given(rules=terms, sold=sales())
def test_points_that_are_lost_and_taken_back_are_lost_once(rules: Terms, sold: Sold) -> None:
    who = holder()
    follow(who, sold, rules)
    who.at = NOW + timedelta(days=2000)
    who.expire()
    cancelled = replace(sold, version=2, status="cancelled")
    follow(who, cancelled, rules)
    assert 0 == who.points
    is_sound(who)


@many
@given(points=st.integers(0, 10**6), amount=st.integers(1, 10**9), steps=st.lists(st.integers(0, 10**9), max_size=6))
def test_what_paid_comes_back_once_and_to_the_last_point(points: int, amount: int, steps: list[int]) -> None:
    """Refunds are told as sums: in any parts, told twice or late, all points are back when all of the amount is."""
    returned, back = 0, 0
    for up_to in [*steps, *steps, amount]:
        if min(up_to, amount) > returned:
            returned = min(up_to, amount)
            now = points_back(points, amount, returned)
            assert back <= now <= points
            back = now
    assert points == back


@many
@given(amount=st.integers(1, 10**9), value=st.integers(1, 10**6))
def test_points_cover_what_they_pay(amount: int, value: int) -> None:
    points = points_needed(amount, value)
    assert (points - 1) * value < amount <= points * value


@many
@given(rules=terms, less=amounts, more=amounts)
def test_who_buys_more_does_not_earn_less(rules: Terms, less: int, more: int) -> None:
    def earns(total: int) -> int:
        return earned_by(Sold(UUID(int=1), 1, "completed", NOW, NOW, [SoldLine(money(total), money(0))], []), rules)

    assert earns(min(less, more)) <= earns(max(less, more))


@many
@given(one=st.lists(st.integers(-60, 80), max_size=8), other=st.lists(st.integers(-60, 80), max_size=8))
def test_two_accounts_merged_have_together_what_they_had(one: list[int], other: list[int]) -> None:
    ids = new_ids()
    holders = [Holder(id=UUID(int=2**100 + number), at=NOW, new_id=ids) for number in (1, 2)]
    for who, moves in zip(holders, (one, other), strict=True):
        for move in moves:
            if move > 0:
                who.give(move, None, Cause(), "adjusted")
            elif not who.use(-move):
                lot = who.new_lot(None, 1, None, None)
                who.earn(lot, -move)
                who.use(min(-move, max(0, who.points)))
                who.take_back(who.lots[lot.id], -move)
    before = sum(who.points for who in holders)
    holders[0].absorb(holders[1], Cause())
    assert (before, 0) == (holders[0].points, holders[1].points)
    assert not holders[1].lots
    assert sum(lot.left for lot in holders[0].lots.values()) == max(0, before)


def test_factors_and_months() -> None:
    assert [1500, 1000, 250, 1] == [read_factor(text) for text in ("1.5", "1", "0.25", "0.001")]
    assert datetime(2026, 2, 28, 10, tzinfo=UTC) == months_after(NOW, 1)
    assert datetime(2028, 2, 29, 10, tzinfo=UTC) == months_after(NOW, 25)
    assert months_after(NOW, None) is None
