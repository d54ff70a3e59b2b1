"""Sales that come late, and sales without a shift: nothing is skipped, nothing is reopened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from actors.orders.contract import REFUND_ORDER, RefundOrder
from actors.runtime.client import Refused
from actors.runtime.envelopes import decode_event
from actors.runtime.ids import now
from actors.runtime.words import Money
from actors.shifts.contract import (
    LIST_CORRECTIONS,
    LIST_SHIFTS,
    LIST_Z_REPORTS,
    RECORD_CASH,
    ListCorrections,
    ListShifts,
    ListZReports,
    RecordCash,
    ShiftCorrected,
)
from tests.actors.shifts.counter import PRICE, Counter, card, findings
from tests.support import House

HOUR = timedelta(hours=1)


async def told(house: House, shift_id: object) -> list[ShiftCorrected]:
    rows = await house.fetch("SELECT body FROM shifts.log WHERE key = $1 AND name = 'shift.corrected' ORDER BY position", str(shift_id))
    return [decode_event(ShiftCorrected, row["body"]) for row in rows]


async def test_a_sale_that_comes_late_is_a_correction_of_its_z_report(counter: Counter) -> None:
    start = now() - 10 * HOUR
    shift = await counter.open(at=start)
    await counter.hand_in(start + HOUR)
    z = await counter.close(shift, at=start + 8 * HOUR)
    assert 1 == z.figures.sales

    order = await counter.hand_in(start + 2 * HOUR)
    await counter.hand_in(start + 3 * HOUR, card(PRICE))
    await counter.booked()
    after = await counter.z(shift)
    assert (z.figures, z.shift.expected, 2) == (after.figures, after.shift.expected, after.shift.corrections)
    assert (2, PRICE) == (after.corrected.sales, after.corrected_expected.amount)
    assert [("sale", start + 2 * HOUR, PRICE, PRICE), ("sale", start + 3 * HOUR, PRICE, 0)] == [
        (one.kind, one.at, one.amount.amount, one.cash.amount) for one in after.corrections
    ]
    assert order.id == after.corrections[0].order_id
    assert 2 == sum(one.added for one in await told(counter.house, shift.id))
    first = await counter.house.call(LIST_CORRECTIONS, ListCorrections(id=shift.id, limit=1))
    second = await counter.house.call(LIST_CORRECTIONS, ListCorrections(id=shift.id, limit=1, cursor=first.next_cursor))
    assert after.corrections == [*first.items, *second.items]
    assert [] == await findings(counter.house)


async def test_it_goes_to_the_shift_of_its_moment_not_to_the_open_one(counter: Counter) -> None:
    start = now() - 20 * HOUR
    yesterday = await counter.open(at=start)
    await counter.close(yesterday, at=start + 8 * HOUR)
    today = await counter.open()
    await counter.hand_in(start + HOUR)
    await counter.hand_in(start + 9 * HOUR)
    await counter.sell()
    assert 1 == (await counter.close(today)).figures.sales
    assert 1 == (await counter.z(yesterday)).corrected.sales
    assert 1 == sum(one.figures.sales for one in await counter.unshifted())


async def test_the_first_moment_is_of_the_shift_and_the_last_is_not(counter: Counter) -> None:
    start = now() - 5 * HOUR
    shift = await counter.open(at=start)
    await counter.close(shift, at=start + HOUR)
    for at in (start, start + HOUR):
        await counter.hand_in(at)
    await counter.booked()
    assert 1 == (await counter.z(shift)).corrected.sales
    assert 1 == sum(one.figures.sales for one in await counter.unshifted())


async def test_without_a_shift_it_is_kept_by_register_and_business_date(counter: Counter) -> None:
    order = await counter.sell()
    await counter.hand_in(now() - 48 * HOUR)
    await counter.booked()
    days = await counter.unshifted()
    assert [1, 1] == [one.figures.sales for one in days]
    assert order.business_date == days[0].business_date
    assert days[0].store_id == counter.store.id


async def test_a_refund_that_happened_before_the_close_and_comes_after_it(counter: Counter) -> None:
    start = now() - 10 * HOUR
    shift = await counter.open(at=start)
    order = await counter.hand_in(start + HOUR)
    await counter.close(shift, at=start + 5 * HOUR)
    amount = Money(amount=100_000, currency="IDR")
    await counter.house.call(REFUND_ORDER, RefundOrder(id=order.id, amount=amount, at=start + 2 * HOUR))
    await counter.booked()
    [correction] = (await counter.z(shift)).corrections
    assert ("refund", -100_000, -100_000) == (correction.kind, correction.amount.amount, correction.cash.amount)


@pytest.mark.parametrize(("minutes", "right"), [(-1, False), (1, True)])
async def test_a_shift_begins_after_all_that_is_in_the_books(counter: Counter, minutes: int, right: bool) -> None:
    sold = now() - 2 * HOUR
    await counter.hand_in(sold)
    await counter.booked()
    await _may(counter.open(at=sold + timedelta(minutes=minutes)), right)


@pytest.mark.parametrize(("minutes", "right"), [(-1, False), (1, True)])
async def test_a_shift_ends_after_all_that_is_in_the_books(counter: Counter, minutes: int, right: bool) -> None:
    start = now() - 5 * HOUR
    shift = await counter.open(at=start)
    await counter.hand_in(start + HOUR)
    await counter.house.call(RECORD_CASH, RecordCash(id=shift.id, kind="drop", amount=Money(amount=1, currency="IDR"), at=start + 2 * HOUR))
    await _may(counter.close(shift, at=start + 2 * HOUR + timedelta(minutes=minutes)), right)


async def _may(doing: Any, right: bool) -> None:
    if right:
        await doing
        return
    with pytest.raises(Refused) as refused:
        await doing
    assert "shifts.wrong_time" == refused.value.refusal.code


async def test_the_business_date_is_the_stores(house: House) -> None:
    """In Jakarta it is 01:30; the store's day begins at 04:00."""
    store, register = await house.open_store(day_starts_at="04:00")
    counter = Counter(house, store, register, await house.add_product())
    at = (now() - 48 * HOUR).replace(hour=18, minute=30)
    shift = await counter.open(at=at)
    assert at.date() == shift.business_date
    await counter.close(shift, at=at + HOUR)
    found = await house.call(LIST_Z_REPORTS, ListZReports(store_id=store.id, business_date=at.date()))
    assert [shift.id] == [one.shift.id for one in found.items]


async def test_lists_go_on_where_they_stopped(counter: Counter) -> None:
    start = now() - 20 * HOUR
    ids = []
    for hours in range(5):
        shift = await counter.open(at=start + hours * HOUR)
        await counter.close(shift, at=start + hours * HOUR + HOUR / 2)
        ids.append(shift.id)
    found, cursor = [], None
    while True:
        page = await counter.house.call(LIST_SHIFTS, ListShifts(register_id=counter.register.id, limit=2, cursor=cursor))
        found += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert ids[::-1] == found
