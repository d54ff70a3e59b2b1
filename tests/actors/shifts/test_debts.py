"""Cash that pays a debt at a register: it is in that register's drawer by itself, once."""

from __future__ import annotations

import pytest

from actors.customers.contract import (
    CHARGE,
    CREATE_CUSTOMER,
    GET_STATEMENT,
    PAY_CREDIT,
    SET_CREDIT,
    ChargeCustomer,
    CreateCustomer,
    CreditAccount,
    GetStatement,
    PayCredit,
    Profile,
    SetCredit,
)
from actors.runtime.client import Refused
from actors.runtime.ids import new_id
from actors.runtime.words import Money
from actors.shifts.contract import LIST_CORRECTIONS, MEND_SHIFTS, Figures, ListCorrections, MendShifts
from actors.stores.contract import UPDATE_REGISTER, RegisterChanges, UpdateRegister
from tests.actors.shifts.counter import Counter, findings
from tests.support import House, rupiah

FLOAT = 50_000_000


async def debtor(house: House) -> Profile:
    """Owes Rp 100.000."""
    sari = await house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari"))
    await house.call(SET_CREDIT, SetCredit(id=sari.id, limit=rupiah(100_000)))
    charge = ChargeCustomer(intent_id=new_id(), order_id=new_id(), customer_id=sari.id, kind="on_account", amount=rupiah(100_000))
    assert "approved" == (await house.call(CHARGE, charge)).state
    return sari


async def pay(counter: Counter, sari: Profile, rupiah_: int, **given: object) -> CreditAccount:
    ask = PayCredit(id=sari.id, amount=rupiah(rupiah_), register_id=counter.register.id)
    return await counter.house.call(PAY_CREDIT, ask, **given)


def debts(figures: Figures) -> tuple[int, int]:
    assert figures.debts_paid is not None
    return figures.debts_paid.count, figures.debts_paid.amount.amount


async def test_it_is_expected_in_the_drawer(house: House, counter: Counter) -> None:
    sari, shift = await debtor(house), await counter.open()
    for _ in range(2):
        await pay(counter, sari, 30_000, key=f"debt-{sari.id}")
    await pay(counter, sari, 20_000)
    await house.call(PAY_CREDIT, PayCredit(id=sari.id, amount=rupiah(10_000), reference="Transfer"))
    await counter.sell()
    await counter.booked()
    now = await counter.x(shift)
    assert ((2, 5_000_000), FLOAT + 5_350_000) == (debts(now.figures), now.expected.amount)
    assert (0, 0) == (now.figures.paid_in.count, debts((await counter.x(await counter.open(await counter.second()))).figures)[0])

    report = await counter.close(shift, FLOAT + 5_350_000)
    assert ((2, 5_000_000), 0) == (debts(report.figures), report.shift.difference and report.shift.difference.amount)
    assert [] == await findings(house)
    told = (await house.call(GET_STATEMENT, GetStatement(id=sari.id))).items
    where = counter.register.id, counter.store.id, shift.business_date
    assert [(None, None, None), where, where, (None, None, None)] == [(one.register_id, one.store_id, one.business_date) for one in told]


async def test_a_close_waits_for_a_debt_that_has_just_been_paid(house: House, counter: Counter) -> None:
    """Who follows the customers is held up until the close has been sent."""
    sari, shift = await debtor(house), await counter.open()
    async with house.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT position FROM shifts.followed WHERE log = 'customers' FOR UPDATE")
        await pay(counter, sari, 10_000)
        with pytest.raises(Refused) as refused:
            await counter.close(shift)
        assert "shifts.behind" == refused.value.refusal.code
    assert (1, 1_000_000) == debts((await counter.close(shift)).figures)


async def test_without_a_shift_it_is_among_what_was_done_without_one(house: House, counter: Counter) -> None:
    await pay(counter, await debtor(house), 10_000)
    await counter.booked()
    [day] = await counter.unshifted()
    assert ((1, 1_000_000), 0) == (debts(day.figures), day.figures.sales)
    assert [] == await findings(house)


async def test_what_comes_after_the_z_report_is_a_correction(house: House, counter: Counter) -> None:
    """The clocks differ: for the drawer's the shift ended after the moment at which the debt was paid, for the log before."""
    sari, shift = await debtor(house), await counter.open()
    await counter.close(shift, FLOAT)
    await house.fetch("UPDATE shifts.shifts SET closed_at = closed_at + interval '1 hour' WHERE id = $1 RETURNING id", shift.id)
    await pay(counter, sari, 10_000)
    await counter.booked()
    report = await counter.z(shift)
    [correction] = report.corrections
    assert ("debt", None, sari.id, 1_000_000) == (correction.kind, correction.order_id, correction.customer_id, correction.cash.amount)
    assert ((0, 0), (1, 1_000_000), 1_000_000) == (debts(report.figures), debts(report.corrected), report.corrected_expected.amount)
    assert [correction] == (await house.call(LIST_CORRECTIONS, ListCorrections(id=shift.id))).items
    assert [] == await findings(house)


async def test_the_check_names_what_is_missing_and_mending_puts_it_right(house: House, counter: Counter) -> None:
    sari, shift = await debtor(house), await counter.open()
    await pay(counter, sari, 10_000)
    await counter.booked()
    await house.fetch("DELETE FROM shifts.figures WHERE shift_id = $1 RETURNING shift_id", shift.id)
    [found] = await findings(house)
    assert ("shift", str(shift.id)) == (found.what, found.id)
    assert "debts is missing, the log says [1, 1000000, 0]" in found.detail
    page = await house.call(MEND_SHIFTS, MendShifts())
    while page.next_cursor is not None:
        page = await house.call(MEND_SHIFTS, MendShifts(cursor=page.next_cursor))
    assert (1, 1_000_000) == debts((await counter.x(shift)).figures)
    assert [] == await findings(house)


async def test_which_registers_take_no_debt(house: House, counter: Counter) -> None:
    sari = await debtor(house)

    async def refused(wish: PayCredit) -> tuple[str, str]:
        with pytest.raises(Refused) as refused:
            await house.call(PAY_CREDIT, wish)
        return refused.value.refusal.code, refused.value.refusal.errors[0].pointer

    wrong = "customers.wrong_register", "/register_id"
    abroad = (await house.open_store(currency="USD"))[1]
    closed = await house.call(UPDATE_REGISTER, UpdateRegister(id=counter.register.id, if_version=1, changes=RegisterChanges(active=False)))
    for register_id in (new_id(), abroad.id, closed.id):
        assert wrong == await refused(PayCredit(id=sari.id, amount=rupiah(1), register_id=register_id))
    dollars = Money(amount=1, currency="USD")
    assert ("customers.wrong_currency", "/amount/currency") == await refused(PayCredit(id=sari.id, amount=dollars, register_id=abroad.id))
