"""Whose drawer it is: part payments, change, tips, refunds at another register, exchanges, merged bills, what is called off."""

from __future__ import annotations

from actors.orders.contract import (
    CANCEL_ORDER,
    EXCHANGE_ORDER,
    MERGE_ORDERS,
    PAY_ORDER,
    REFUND_ORDER,
    SPLIT_ORDER,
    CancelOrder,
    ExchangeOrder,
    LineInput,
    MergeOrders,
    PartInput,
    PayOrder,
    PlaceOrder,
    RefundOrder,
    ReturnInput,
    SplitOrder,
)
from actors.payments.contract import CREATE_INTENT, ISSUE_GIFT_CARD, CreateIntent, IssueGiftCard
from actors.runtime.words import Money
from actors.shifts.contract import Figures
from tests.actors.shifts.counter import PRICE, Counter, card, cash, findings, refunded, tenders
from tests.support import eventually, rupiah

FLOAT = 50_000_000


def kinds(figures: Figures) -> dict[str, int]:
    return {one.kind: one.amount.amount for one in figures.returned}


async def test_a_part_payment_belongs_to_the_shift_that_took_it_and_the_sale_to_the_one_that_completed_it(counter: Counter) -> None:
    first = await counter.open()
    order = await counter.place(cash(200_000), quantity=1)
    morning = await counter.close(first)
    second = await counter.open()
    await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(200_000)]))
    evening = await counter.close(second)

    assert (0, {"cash": 200_000}) == (morning.figures.sales, tenders(morning.figures))
    assert (1, PRICE, 50_000) == (evening.figures.sales, evening.figures.due.amount, evening.figures.change.amount)
    assert {"cash": 200_000} == tenders(evening.figures)
    assert [FLOAT + 200_000, FLOAT + 150_000] == [one.shift.expected and one.shift.expected.amount for one in (morning, evening)]


async def test_paid_at_two_registers(counter: Counter) -> None:
    other = await counter.second()
    here, there = await counter.open(), await counter.open(other)
    order = await counter.place(cash(100_000), quantity=1)
    await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[card(50_000)], register_id=other.id))
    await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(200_000)], register_id=other.id))
    one, two = await counter.close(here), await counter.close(there)
    assert [{"cash": 100_000}, {"card": 50_000, "cash": 200_000}] == [tenders(one.figures), tenders(two.figures)]
    assert [0, 1] == [one.figures.sales, two.figures.sales]


async def test_several_payments_in_one_transaction_are_counted_once_each(counter: Counter) -> None:
    shift = await counter.open()
    order = await counter.place(quantity=1)
    for amount in (10_000, 20_000, 30_000):
        await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(amount)]))
    await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(300_000, tip=5_000)]))
    report = await counter.close(shift)
    assert (360_000, 10_000, 5_000) == (tenders(report.figures)["cash"], report.figures.change.amount, report.figures.tips.amount)
    assert FLOAT + PRICE + 5_000 == (report.shift.expected and report.shift.expected.amount)


async def test_a_refund_goes_out_of_the_drawer_where_it_is_given(counter: Counter) -> None:
    other = await counter.second()
    here, there = await counter.open(), await counter.open(other)
    order = await counter.sell(2)
    await counter.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], register_id=other.id))
    one, two = await counter.close(here), await counter.close(there)
    assert [{}, {"cash": PRICE}] == [refunded(one.figures), refunded(two.figures)]
    assert [FLOAT + 2 * PRICE, FLOAT - PRICE] == [report.shift.expected and report.shift.expected.amount for report in (one, two)]
    [ppn] = two.figures.taxes
    assert (0, True) == (ppn.amount.amount, ppn.refunded.amount > 0)


async def test_called_off_after_it_was_paid(counter: Counter) -> None:
    shift = await counter.open()
    order = await counter.place(cash(PRICE, tip=10_000))
    await counter.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Wrong customer"))
    report = await counter.close(shift)
    assert (1, {"cancel": PRICE}, {"cash": PRICE}) == (report.figures.sales, kinds(report.figures), refunded(report.figures))
    assert [("completed", 1)] == [(one.kind, one.count) for one in report.figures.voids]
    assert FLOAT == (report.shift.expected and report.shift.expected.amount)


async def test_called_off_before_it_was_paid_in_full(counter: Counter) -> None:
    shift = await counter.open()
    order = await counter.place(cash(100_000))
    await counter.house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Left"))
    await counter.house.call(CANCEL_ORDER, CancelOrder(id=(await counter.place()).id, reason="Left, too"))
    report = await counter.close(shift)
    assert (0, {"unfinished": 100_000}, {"cash": 100_000}) == (report.figures.sales, kinds(report.figures), refunded(report.figures))
    assert [("open", 2)] == [(one.kind, one.count) for one in report.figures.voids]
    assert FLOAT == (report.shift.expected and report.shift.expected.amount)


async def test_tenders_that_move_with_a_merge_are_not_counted_twice(counter: Counter) -> None:
    shift = await counter.open()
    into, other = await counter.place(cash(100_000)), await counter.place(cash(50_000), card(20_000))
    wish = MergeOrders(id=into.id, if_version=into.version, other_id=other.id, other_version=other.version)
    merged = await counter.house.call(MERGE_ORDERS, wish)
    await counter.house.call(PAY_ORDER, PayOrder(id=merged.id, tenders=[cash(merged.totals.missing.amount)]))
    report = await counter.close(shift)
    assert {"cash": 2 * PRICE - 20_000, "card": 20_000} == tenders(report.figures)
    assert (1, 2 * PRICE, []) == (report.figures.sales, report.figures.due.amount, report.figures.voids)
    assert FLOAT + 2 * PRICE - 20_000 == (report.shift.expected and report.shift.expected.amount)


async def test_a_split_bill(counter: Counter) -> None:
    shift = await counter.open()
    order = await counter.place(cash(100_000), quantity=2)
    wish = SplitOrder(id=order.id, if_version=order.version, lines=[PartInput(line=1, quantity=1)])
    split = await counter.house.call(SPLIT_ORDER, wish)
    assert split.new is not None
    await counter.house.call(PAY_ORDER, PayOrder(id=split.new.id, tenders=[card(PRICE)]))
    await counter.house.call(PAY_ORDER, PayOrder(id=order.id, tenders=[cash(250_000)]))
    report = await counter.close(shift)
    assert (2, {"cash": PRICE, "card": PRICE}) == (report.figures.sales, tenders(report.figures))


async def test_an_exchange_moves_no_cash_but_the_difference(counter: Counter) -> None:
    shift = await counter.open()
    order = await counter.sell()
    lines = [LineInput(variant_id=counter.product.variants[0].id, quantity=2)]
    new = PlaceOrder(register_id=counter.register.id, lines=lines, tenders=[cash(PRICE)])
    await counter.house.call(EXCHANGE_ORDER, ExchangeOrder(id=order.id, returns=[ReturnInput(line=1, quantity=1)], order=new))
    report = await counter.close(shift)
    assert (2, 3 * PRICE) == (report.figures.sales, report.figures.due.amount)
    assert ({"cash": 2 * PRICE, "exchange": PRICE}, {"exchange": PRICE}) == (tenders(report.figures), refunded(report.figures))
    assert FLOAT + 2 * PRICE == (report.shift.expected and report.shift.expected.amount)


async def test_what_is_not_cash_is_not_expected_in_the_drawer(counter: Counter) -> None:
    shift = await counter.open()
    gift = await counter.house.call(ISSUE_GIFT_CARD, IssueGiftCard(amount=rupiah(10_000)))
    order = await counter.place()
    money = Money(amount=PRICE, currency="IDR")
    await counter.house.call(CREATE_INTENT, CreateIntent(order_id=order.id, method="gift_card", amount=money, code=gift.code))

    async def sold() -> bool:
        await counter.booked()
        return (await counter.x(shift)).figures.sales == 1

    await eventually(sold)
    await counter.house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], to="store_credit"))
    report = await counter.close(shift)
    assert ({"gift_card": PRICE}, {"store_credit": PRICE}) == (tenders(report.figures), refunded(report.figures))
    assert FLOAT == (report.shift.expected and report.shift.expected.amount)


async def test_cash_is_rounded_and_the_drawer_knows(counter: Counter) -> None:
    """Rp 3.333 is Rp 3.300 in cash."""
    odd = await counter.house.add_product(price=333_300)
    shift = await counter.open()
    lines = [LineInput(variant_id=odd.variants[0].id)]
    await counter.place(cash(400_000), lines=lines)
    report = await counter.close(shift)
    assert (-3_300, 330_000) == (report.figures.cash_rounding.amount, report.figures.due.amount)
    assert FLOAT + 330_000 == (report.shift.expected and report.shift.expected.amount)


async def test_the_check_agrees_with_all_of_it(counter: Counter) -> None:
    await counter.booked()
    assert [] == await findings(counter.house)
