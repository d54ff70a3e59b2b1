"""What is given back, for any order and any sequence of returns and amounts: never too much, and in the end exactly all of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.orders.amounts import milli_text, quantity_milli, round_cash
from actors.orders.contract import Order, Refund, RefundOrder, RefundTender, ReturnInput
from actors.orders.refunded import apply_refund
from actors.orders.refunding import cancel_refund, make_refund
from actors.orders.repaying import left_of, tenders_left
from actors.runtime.words import Refusal
from actors.stores.contract import CashRounding
from tests.actors.orders.refund_stories import OCCASION, Ids, fixed_id, idr, order_of

BEANS, MILK = fixed_id(901), fixed_id(902)
# How quick the machine is says nothing about what is given back.
settled = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Case = tuple[Order, CashRounding | None, dict[int, dict[UUID, int]]]


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(st.sampled_from(["piece", "kg"]))
    quantity = draw(st.integers(1, 7)) * 1000 if unit == "piece" else draw(st.integers(1, 3000))
    text = milli_text(quantity) if unit == "piece" else f"{quantity // 1000}.{quantity % 1000:03}"
    return {
        "quantity": text, "unit": unit, "net": draw(st.integers(0, 2000)), "taxes": draw(st.lists(st.integers(0, 300), max_size=3)),
    }


@st.composite
def paid_orders(draw: st.DrawFn) -> Case:
    sold = draw(st.lists(lines(), min_size=1, max_size=4))
    total = sum(line["net"] + sum(line["taxes"]) for line in sold)
    adjustment = draw(st.sampled_from([0, 0, 7, -min(5, total), -(total // 2)]))
    rule = draw(st.none() | st.builds(CashRounding, increment=st.sampled_from([5, 100]), mode=st.sampled_from(["half_up", "up", "down"])))
    card = draw(st.integers(0, total + adjustment))
    in_cash = round_cash(total + adjustment - card, rule)
    cash_given = draw(st.lists(st.integers(0, 500), max_size=1))
    tenders = [{"type": kind, "amount": amount} for kind, amount in (("exchange", card // 3), ("card", card - card // 3)) if amount]
    tenders += [{"type": "cash", "amount": in_cash + extra} for extra in cash_given or [0] if in_cash]
    draw(st.randoms(use_true_random=False)).shuffle(tenders)
    uses = {
        number: {variant: draw(st.integers(1, 5000)) for variant in draw(st.sets(st.sampled_from([BEANS, MILK])))}
        for number in range(1, len(sold) + 1)
    }
    rounding = in_cash - (total + adjustment - card)
    return order_of(sold, tenders, adjustment=adjustment, cash_rounding=rounding, uses=uses), rule, uses


@st.composite
def wishes(draw: st.DrawFn, order: Order) -> RefundOrder:
    to = draw(st.sampled_from(["tenders", "store_credit"]))
    if draw(st.booleans()):
        return RefundOrder(id=order.id, amount=idr(draw(st.integers(0, order.totals.due.amount + 1))), to=to)  # type: ignore[arg-type]
    returns = []
    for line in draw(st.lists(st.sampled_from(order.lines), min_size=1, max_size=3)):
        step = 1000 if line.unit == "piece" else 1
        quantity = draw(st.integers(1, quantity_milli(line.quantity) // step)) * step
        returns.append(ReturnInput(line=line.number, quantity=milli_text(quantity), restock=draw(st.booleans())))
    return RefundOrder(id=order.id, lines=returns, to=to)  # type: ignore[arg-type]


def holds(order: Order) -> None:
    """What is true of every order after every refund."""
    due = order.totals.due.amount
    assert 0 <= order.totals.refunded.amount <= due
    assert order.totals.refunded.amount == sum(part.amount.amount for refund in order.refunds for part in refund.tenders)
    assert left_of(order) == due - order.totals.refunded.amount
    assert all(left >= 0 for left in tenders_left(order).values())
    assert sum(tenders_left(order).values()) >= left_of(order)
    for refund in order.refunds:
        adds_up(refund)
    for line in order.lines:
        back = [part for refund in order.refunds for part in refund.lines if part.line == line.number]
        assert line.refunded.amount == sum(part.total.amount for part in back) <= line.total.amount
        assert sum(part.net.amount for part in back) <= line.net.amount
        for index, tax in enumerate(line.taxes):
            assert sum(part.taxes[index].amount.amount for part in back) <= tax.amount.amount
        assert quantity_milli(line.returned) == sum(quantity_milli(part.quantity) for part in back) <= quantity_milli(line.quantity)
    for use in order.stock:
        assert quantity_milli(use.returned) <= quantity_milli(use.sold)


def adds_up(refund: Refund) -> None:
    assert refund.amount.amount >= 0
    assert refund.amount.amount == sum(line.total.amount for line in refund.lines) + refund.adjustment.amount
    assert refund.amount.amount + refund.cash_rounding.amount == sum(part.amount.amount for part in refund.tenders)
    for line in refund.lines:
        assert min(line.net.amount, line.tax.amount, line.total.amount, *(tax.amount.amount for tax in line.taxes), 0) == 0
        assert line.net.amount + line.tax.amount == line.total.amount
        assert line.tax.amount == sum(tax.amount.amount for tax in line.taxes)


def all_is_back(order: Order) -> bool:
    return all(quantity_milli(line.returned) == quantity_milli(line.quantity) for line in order.lines)


def rest_of(order: Order) -> list[ReturnInput]:
    left = {line.number: quantity_milli(line.quantity) - quantity_milli(line.returned) for line in order.lines}
    return [ReturnInput(line=number, quantity=milli_text(milli)) for number, milli in left.items() if milli]


@settled
@given(st.data())
def test_whatever_is_given_back_in_whatever_order_the_sums_never_exceed_and_meet_in_the_end(data: st.DataObject) -> None:
    order, rule, uses = data.draw(paid_orders())
    ids = Ids()
    for _ in range(data.draw(st.integers(0, 5))):
        refund = make_refund(order, data.draw(wishes(order)), OCCASION, rule, ids)
        if not isinstance(refund, Refusal):
            order = apply_refund(order, refund, uses)
            holds(order)
    rest = rest_of(order)
    last = make_refund(order, RefundOrder(id=order.id, lines=rest), OCCASION, rule, ids) if rest else None
    if isinstance(last, Refund):
        order = apply_refund(order, last, uses)
        holds(order)
        assert order.totals.refunded == order.totals.due
    assert all(line.refunded == line.total for line in order.lines)


@settled
@given(st.data())
def test_a_full_return_in_any_parts_gives_back_the_line_its_taxes_and_its_stock_exactly(data: st.DataObject) -> None:
    order, rule, uses = data.draw(paid_orders())
    ids = Ids()
    while rest := rest_of(order):
        line = data.draw(st.sampled_from(rest))
        unit = order.lines[line.line - 1].unit
        step = 1000 if unit == "piece" else 1
        milli = data.draw(st.integers(1, quantity_milli(line.quantity) // step)) * step
        if len(order.refunds) > 4:
            milli = quantity_milli(line.quantity)
        refund = make_refund(order, RefundOrder(id=order.id, lines=[replace(line, quantity=milli_text(milli))]), OCCASION, rule, ids)
        assert isinstance(refund, Refund)
        order = apply_refund(order, refund, uses)
        holds(order)
    assert order.totals.refunded == order.totals.due
    for sold in order.lines:
        back = [part for refund in order.refunds for part in refund.lines if part.line == sold.number]
        assert [sum(part.taxes[index].amount.amount for part in back) for index in range(len(sold.taxes))] == [
            tax.amount.amount for tax in sold.taxes
        ]
    assert all(use.returned == use.sold for use in order.stock)


@settled
@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.sampled_from(["half_up", "up", "down"]), st.booleans())
def test_many_small_refunds_in_cash_pay_as_much_as_one(amounts: list[int], mode: Any, by_weight: bool) -> None:
    """By amounts those that would pay nothing are refused; goods come back whatever they are worth, and the next ones pay for it."""
    line = {"quantity": "5.000", "unit": "kg", "net": 5000}
    order, rule = order_of([line], [{"type": "cash", "amount": 5000}]), CashRounding(increment=100, mode=mode)
    given = 0
    for amount in amounts:
        wish = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=milli_text(amount))]) if by_weight else None
        refund = make_refund(order, wish or RefundOrder(id=order.id, amount=idr(amount)), OCCASION, rule, Ids())
        if isinstance(refund, Refusal):
            assert not by_weight
            assert (refund.code, refund.errors[0].pointer) == ("orders.wrong_refund", "/amount")
            assert round_cash(given + amount, rule) == order.totals.refunded.amount
            continue
        given += amount
        order = apply_refund(order, refund, {})
        assert order.lines[0].refunded == idr(given)
        assert order.totals.refunded.amount == round_cash(given, rule)
        assert refund.tenders or by_weight


@settled
@given(st.data())
def test_calling_off_gives_back_all_that_is_left_with_the_tips(data: st.DataObject) -> None:
    order, rule, uses = data.draw(paid_orders())
    tip = data.draw(st.integers(1, 50))
    order = replace(order, tenders=[replace(tender, tip=idr(tip)) for tender in order.tenders])
    ids = Ids()
    first = make_refund(order, data.draw(wishes(order)), OCCASION, rule, ids)
    if isinstance(first, Refund):
        order = apply_refund(order, first, uses)
    last = cancel_refund(order, OCCASION, ids)
    if last is not None:
        order = apply_refund(order, last, uses)
    assert order.totals.refunded == order.totals.due
    assert sum(part.tip.amount for part in (last.tenders if last else []) if part.tip) == tip * len(order.tenders)
    assert all_is_back(order)
    assert cancel_refund(order, OCCASION, ids) is None


@settled
@given(st.data())
def test_tenders_named_by_hand_are_taken_when_they_are_what_kasir_would_do_and_refused_when_a_unit_is_off(data: st.DataObject) -> None:
    order, rule, _ = data.draw(paid_orders())
    amount = data.draw(st.integers(1, max(order.totals.due.amount, 1)))
    ours = make_refund(order, RefundOrder(id=order.id, amount=idr(amount)), OCCASION, rule, Ids())
    if isinstance(ours, Refusal):
        return
    # Where the part in cash is too small for the store's coins, there is nothing of it to name.
    assume(ours.tenders and (not ours.cash_rounding.amount or any(part.type == "cash" for part in ours.tenders)))
    named = [RefundTender(amount=part.amount, tender=part.tender) for part in ours.tenders]
    again = make_refund(order, RefundOrder(id=order.id, amount=idr(amount), tenders=named), OCCASION, rule, Ids())
    assert again == ours
    less = [replace(named[0], amount=idr(named[0].amount.amount + 1)), *named[1:]]
    refused = make_refund(order, RefundOrder(id=order.id, amount=idr(amount), tenders=less), OCCASION, rule, Ids())
    assert isinstance(refused, Refusal)
