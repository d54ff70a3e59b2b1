"""A day at one drawer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from actors.orders.contract import REFUND_ORDER, RefundOrder
from actors.runtime.client import Refused
from actors.runtime.ids import new_id, now
from actors.runtime.words import Money, Rights
from actors.shifts.contract import (
    APPROVE_SHIFT,
    CLOSE_SHIFT,
    GET_SHIFT,
    HAND_OVER,
    LIST_CASH,
    LIST_SHIFTS,
    LIST_Z_REPORTS,
    OPEN_SHIFT,
    RECORD_CASH,
    ApproveShift,
    CashEvent,
    CashKind,
    CloseShift,
    Counted,
    Denomination,
    GetShift,
    HandOver,
    ListCash,
    ListShifts,
    ListZReports,
    OpenShift,
    RecordCash,
    Shift,
)
from actors.staff.contract import UPDATE_PERSON, PersonChanges, UpdatePerson
from tests.actors.shifts.counter import PRICE, Counter, card, cash, findings, refunded, tenders
from tests.actors.staff.people import hire
from tests.support import House, rupiah

FLOAT = 50_000_000


async def record(counter: Counter, shift: Shift, kind: CashKind, amount: int | None, reason: str = "", **context: object) -> CashEvent:
    money = Money(amount=amount, currency="IDR") if amount else None
    return await counter.house.call(RECORD_CASH, RecordCash(id=shift.id, kind=kind, amount=money, reason=reason), **context)


async def test_a_day(counter: Counter) -> None:
    shift = await counter.open()
    sold = await counter.place(cash(400_000))  # Rp 500 of change
    await counter.place(card(2 * PRICE), quantity=2)
    await counter.house.call(REFUND_ORDER, RefundOrder(id=sold.id, amount=Money(amount=100_000, currency="IDR")))
    await record(counter, shift, "paid_in", 1_000_000, "Change from the bank")
    await record(counter, shift, "paid_out", 200_000, "Ice")
    await record(counter, shift, "drop", 30_000_000)
    await record(counter, shift, "no_sale", None)

    expected = FLOAT + 400_000 - 50_000 - 100_000 + 1_000_000 - 200_000 - 30_000_000
    report = await counter.close(shift, expected)

    figures = report.figures
    assert (3, 3 * PRICE) == (figures.sales + 1, figures.due.amount)
    assert {"cash": 400_000, "card": 2 * PRICE} == tenders(figures)
    assert {"cash": 100_000} == refunded(figures)
    assert [("amount", 1, 100_000)] == [(one.kind, one.count, one.amount.amount) for one in figures.returned]
    assert (50_000, 1_000_000, 200_000, 30_000_000, 1) == (
        figures.change.amount, figures.paid_in.amount.amount, figures.paid_out.amount.amount, figures.drops.amount.amount, figures.no_sales,
    )  # fmt: skip
    assert figures.net.amount + figures.tax.amount == figures.total.amount == 3 * PRICE
    [ppn] = figures.taxes
    assert figures.tax == ppn.amount
    assert ppn.refunded.amount > 0
    closed = report.shift
    assert (expected, expected, 0, 1, "none") == (
        closed.counted and closed.counted.amount, closed.expected and closed.expected.amount, closed.difference and closed.difference.amount,
        closed.z_number, closed.approval,
    )  # fmt: skip
    assert report == await counter.z(shift)
    assert [report.shift.id] == [one.shift.id for one in (await counter.house.call(LIST_Z_REPORTS, ListZReports(store_id=counter.store.id))).items]
    assert 4 == len((await counter.house.call(LIST_CASH, ListCash(id=shift.id))).items)


async def test_x_tells_the_figures_so_far(counter: Counter) -> None:
    shift = await counter.open()
    await counter.sell()
    await counter.booked()
    first = await counter.x(shift)
    await counter.sell()
    await counter.booked()
    second = await counter.x(shift)
    assert [(1, FLOAT + PRICE), (2, FLOAT + 2 * PRICE)] == [(one.figures.sales, one.expected.amount) for one in (first, second)]


async def test_what_is_expected_is_not_shown_before_the_count(counter: Counter) -> None:
    shift = await counter.open()
    await counter.sell()
    await counter.booked()
    shown = await counter.house.call(GET_SHIFT, GetShift(id=shift.id))
    assert (None, None) == (shown.expected, shown.counted)


async def test_z_numbers_have_no_gaps_and_each_register_has_its_own(counter: Counter) -> None:
    other = await counter.second()
    numbers = [(await counter.close(await counter.open())).shift.z_number for _ in range(3)]
    assert [1, 2, 3] == numbers
    assert 1 == (await counter.close(await counter.open(other))).shift.z_number


async def test_one_open_shift_a_register(counter: Counter) -> None:
    await counter.open()
    with pytest.raises(Refused) as refused:
        await counter.open()
    assert "shifts.already_open" == refused.value.refusal.code


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"register_id": new_id()}, "shifts.unknown_register"),
        ({"float": Money(amount=1, currency="USD")}, "shifts.wrong_currency"),
        ({"at": now() + timedelta(hours=1)}, "shifts.wrong_time"),
        ({"float": Money(amount=10**11 + 1, currency="IDR")}, "shifts.invalid"),
    ],
)
async def test_who_cannot_open(counter: Counter, wish: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        await counter.house.call(OPEN_SHIFT, OpenShift(**{"register_id": counter.register.id, "float": rupiah(1), **wish}))  # type: ignore[arg-type]
    assert code == refused.value.refusal.code


async def test_counted_by_denomination_and_beyond_the_tolerance_it_needs_approval(counter: Counter) -> None:
    shift = await counter.open()
    await counter.sell()
    count = Counted(denominations=[Denomination(value=10_000_000, count=4), Denomination(value=5_000_000, count=1)])
    closed = (await counter.house.call(CLOSE_SHIFT, CloseShift(id=shift.id, counted=count))).shift
    assert closed.counted
    assert closed.expected
    assert (45_000_000, FLOAT + PRICE, "needed") == (closed.counted.amount, closed.expected.amount, closed.approval)
    waiting = await counter.house.call(LIST_SHIFTS, ListShifts(store_id=counter.store.id, approval="needed"))
    assert [closed.id] == [one.id for one in waiting.items]

    with pytest.raises(Refused) as refused:
        await counter.house.call(APPROVE_SHIFT, ApproveShift(id=shift.id, reason="It was me"), rights=Rights(), by="cashier")
    assert "shifts.needs_approval" == refused.value.refusal.code
    wish = ApproveShift(id=shift.id, reason="Counted again")
    approved = await counter.house.call(APPROVE_SHIFT, wish, rights=Rights(override=True), by="cashier", approved_by="boss")
    assert ("approved", "boss", "Counted again") == (approved.approval, approved.approved_by, approved.approval_reason)
    assert approved == await counter.house.call(APPROVE_SHIFT, wish)


async def test_a_count_must_be_one(counter: Counter) -> None:
    shift = await counter.open()
    for count in (Counted(), Counted(total=1, denominations=[Denomination(value=2, count=1)])):
        with pytest.raises(Refused) as refused:
            await counter.house.call(CLOSE_SHIFT, CloseShift(id=shift.id, counted=count))
        assert "shifts.invalid" == refused.value.refusal.code
    assert 0 == (await counter.close(shift)).shift.counted.amount  # type: ignore[union-attr]


async def test_the_drawer_is_not_opened_for_nothing_without_the_right(counter: Counter) -> None:
    shift = await counter.open()
    with pytest.raises(Refused) as refused:
        await record(counter, shift, "no_sale", None, rights=Rights(), by="cashier")
    assert ("shifts.needs_approval", "/kind") == (refused.value.refusal.code, refused.value.refusal.errors[0].pointer)
    event = await record(counter, shift, "no_sale", None, rights=Rights(no_sale=True), by="cashier", approved_by="boss")
    assert ("cashier", "boss") == (event.by, event.approved_by)


async def test_what_one_pays_out_alone_has_a_limit(counter: Counter) -> None:
    """All in all: a large sum does not become small in parts. What somebody approved does not count."""
    shift = await counter.open()
    cashier = {"rights": Rights(paid_out_max=500_000), "by": "cashier"}
    await record(counter, shift, "paid_out", 300_000, "Ice", **cashier)
    await record(counter, shift, "drop", 10_000_000, **cashier)
    with pytest.raises(Refused) as refused:
        await record(counter, shift, "paid_out", 200_001, "More ice", **cashier)
    [error] = refused.value.refusal.errors
    assert ("shifts.needs_approval", "/amount") == (refused.value.refusal.code, error.pointer)
    assert "\"paid_out\"" in error.detail

    event = await record(counter, shift, "paid_out", 900_000, "A repair", rights=Rights(paid_out_max=None), by="cashier", approved_by="boss")
    assert ("cashier", "boss") == (event.by, event.approved_by)
    await record(counter, shift, "paid_out", 200_000, "The rest", **cashier)
    await record(counter, shift, "paid_out", 500_000, "Somebody else's", rights=Rights(paid_out_max=500_000), by="other")


@pytest.mark.parametrize(("kind", "amount", "reason"), [("paid_out", 100, ""), ("paid_in", None, "x"), ("no_sale", 100, ""), ("drop", None, "")])
async def test_cash_that_says_too_little(counter: Counter, kind: CashKind, amount: int | None, reason: str) -> None:
    shift = await counter.open()
    with pytest.raises(Refused) as refused:
        await record(counter, shift, kind, amount, reason)
    assert "shifts.invalid" == refused.value.refusal.code


@pytest.mark.parametrize("kind", ["paid_in", "paid_out", "drop"])
async def test_no_drawer_holds_as_much(counter: Counter, kind: CashKind) -> None:
    shift = await counter.open(float=Money(amount=10**11, currency="IDR"))
    with pytest.raises(Refused) as refused:
        await record(counter, shift, kind, 10**11 + 1, "A barcode in the wrong field")
    assert ("shifts.invalid", "/amount/amount") == (refused.value.refusal.code, refused.value.refusal.errors[0].pointer)


async def test_handed_over_with_a_count_of_both(counter: Counter) -> None:
    shift = await counter.open()
    await counter.sell()
    to = (await hire(counter.house, store_ids=[counter.store.id])).id
    after = await counter.house.call(HAND_OVER, HandOver(id=shift.id, to=to, counted=Counted(total=FLOAT + PRICE - 500)))
    [told] = after.hand_overs
    assert (str(to), str(to), None) == (after.cashier, told.to, told.difference)
    assert after == await counter.house.call(GET_SHIFT, GetShift(id=shift.id))
    assert -500 == (await counter.x(shift)).shift.hand_overs[0].difference.amount  # type: ignore[union-attr]
    await counter.sell()
    report = await counter.close(shift, FLOAT + 2 * PRICE)
    assert (2, 0) == (report.figures.sales, report.shift.difference and report.shift.difference.amount)
    assert -500 == report.shift.hand_overs[0].difference.amount  # type: ignore[union-attr]


async def test_who_has_handed_it_over_does_not_close_it_nor_take_it_back(counter: Counter) -> None:
    siti, dewi, alone = (await hire(counter.house)).id, (await hire(counter.house)).id, Rights()
    shift = await counter.open(cashier=siti)
    back = HandOver(id=shift.id, to=siti)
    await counter.house.call(HAND_OVER, HandOver(id=shift.id, to=dewi), by=str(siti), rights=alone)
    count = CloseShift(id=shift.id, counted=Counted(total=FLOAT))
    for command, wish in ((CLOSE_SHIFT, count), (HAND_OVER, back)):
        with pytest.raises(Refused) as refused:
            await counter.house.call(command, wish, by=str(siti), rights=alone)
        assert "shifts.needs_approval" == refused.value.refusal.code
    await counter.house.call(HAND_OVER, back, by=str(dewi), rights=alone)
    await counter.house.call(HAND_OVER, HandOver(id=shift.id, to=dewi), by=str(siti), rights=Rights(override=True), approved_by="boss")
    assert str(dewi) == (await counter.house.call(CLOSE_SHIFT, count, by=str(dewi), rights=alone)).shift.closed_by


async def test_a_drawer_is_only_for_who_works_there(counter: Counter) -> None:
    """Whether it is handed over or opened for somebody."""
    shift, other = await counter.open(), await counter.second()
    left = await hire(counter.house, name="Budi")
    await counter.house.call(UPDATE_PERSON, UpdatePerson(id=left.id, if_version=left.version, changes=PersonChanges(active=False)))
    elsewhere = await hire(counter.house, store_ids=[(await counter.house.open_store())[0].id])
    for id in (new_id(), left.id, elsewhere.id):
        for wish, pointer in ((HandOver(id=shift.id, to=id), "/to"), (OpenShift(register_id=other.id, float=rupiah(1), cashier=id), "/cashier")):
            with pytest.raises(Refused) as refused:
                await counter.house.call(HAND_OVER if isinstance(wish, HandOver) else OPEN_SHIFT, wish)
            assert ("shifts.unknown_person", pointer) == (refused.value.refusal.code, refused.value.refusal.errors[0].pointer)
    here = await hire(counter.house)
    assert str(here.id) == (await counter.open(other, cashier=here.id)).cashier


async def test_what_is_closed_stays_so(counter: Counter) -> None:
    shift = await counter.open()
    await counter.close(shift)
    for wish in (counter.close(shift), record(counter, shift, "drop", 100), counter.house.call(HAND_OVER, HandOver(id=shift.id, to=new_id()))):
        with pytest.raises(Refused) as refused:
            await wish
        assert "shifts.wrong_state" == refused.value.refusal.code


async def test_the_check_finds_nothing(house: House, counter: Counter) -> None:
    await counter.sell()
    await counter.booked()
    assert [] == await findings(house)


async def test_a_close_waits_for_what_is_on_its_way_and_says_so_when_it_takes_too_long(fresh_house: Callable[..., Awaitable[House]]) -> None:
    """Whoever follows the orders is held up."""
    house = await fresh_house()
    store, register = await house.open_store()
    counter = Counter(house, store, register, await house.add_product())
    shift = await counter.open()
    await counter.sell()
    await counter.booked()
    async with house.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT position FROM shifts.followed WHERE log = 'orders' FOR UPDATE")
        await counter.sell()
        with pytest.raises(Refused) as refused:
            await counter.close(shift)
        assert ("shifts.behind", 1) == (refused.value.refusal.code, refused.value.refusal.retry_after_seconds)
    assert 2 == (await counter.close(shift)).figures.sales
