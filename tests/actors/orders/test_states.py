"""The table of moves: what is allowed is done and written down, anything else is refused, and payment follows the money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest

from actors.orders.contract import (
    ORDER_CANCELLED,
    ORDER_CREATED,
    ORDER_PAID,
    ORDER_REFUNDED,
    ORDER_STATUS_UPDATED,
    ORDER_UPDATED,
    Fulfillment,
    Order,
    Payment,
    Refund,
    Status,
    Totals,
)
from actors.orders.rules import (
    FULFILLMENT_MOVES,
    PAYMENT_MOVES,
    STATUS_MOVES,
    changed_fields,
    event_of,
    moved,
    payment_of,
)
from actors.runtime.words import Money, Refusal, SignedMoney

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
STATUSES = ("draft", "open", "completed", "cancelled")


def totals(due: int = 1000, tendered: int = 0, refunded: int = 0) -> Totals:
    amounts: dict[str, Any] = dict.fromkeys(
        ("gross", "discount", "service", "net", "tax", "total", "change", "tips", "missing", "missing_in_cash"), idr(0)
    )
    signed = SignedMoney(amount=0, currency="IDR")
    return Totals(
        **amounts, adjustment=signed, cash_rounding=signed, due=idr(due), tendered=idr(tendered), refunded=idr(refunded), rounding="", taxes=[]
    )


def idr(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")


def an_order(status: str = "open", fulfillment: str = "pending", **given: Any) -> Order:
    """Paid, when it is completed."""
    number = 1 if status == "completed" else None
    values: dict[str, Any] = {
        "id": UUID(int=1), "version": 1, "status": status, "fulfillment": fulfillment, "payment": "unpaid", "store_id": UUID(int=2),
        "register_id": UUID(int=3), "receipt_number": number, "receipt": "", "business_date": AT.date(), "sold_at": AT, "offline": False,
        "lines": [], "tenders": [], "totals": totals(tendered=1000 if number else 0), "note": "", "placed_by": "", "created_at": AT,
        "updated_at": AT, **given,
    }  # fmt: skip
    order = Order(**values)
    return msgspec.structs.replace(order, payment=payment_of(order))


def test_the_tables_name_every_state_and_no_other() -> None:
    assert set(get_args(get_args(Status)[0])) == set(STATUSES)
    for table, states in ((STATUS_MOVES, STATUSES), (FULFILLMENT_MOVES, get_args(Fulfillment)), (PAYMENT_MOVES, get_args(Payment))):
        assert set(table) == {"", *states}
        assert {state for moves in table.values() for state in moves} <= set(states)


@pytest.mark.parametrize(("was", "wanted"), [pair for pair in product(STATUSES, STATUSES) if pair[0] != pair[1]])
def test_a_status_is_left_as_the_table_says(was: str, wanted: str) -> None:
    paid = totals(tendered=1000) if wanted == "completed" else an_order(was).totals
    outcome = moved(an_order(was), at=LATER, by="me", reason="why not", status=wanted, totals=paid)

    if wanted not in STATUS_MOVES[was]:
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.errors[0].pointer) == ("orders.wrong_state", "/status")
        assert all(possible in outcome.detail for possible in STATUS_MOVES[was])
        return
    assert not isinstance(outcome, Refusal)
    move = outcome.moves[-1]
    assert (outcome.status, outcome.version, outcome.updated_at) == (wanted, 2, LATER)
    assert (move.at, move.by, move.reason, move.before.status, move.after.status) == (LATER, "me", "why not", was, wanted)


@pytest.mark.parametrize(("was", "wanted"), [pair for pair in product(get_args(Fulfillment), get_args(Fulfillment)) if pair[0] != pair[1]])
@pytest.mark.parametrize("status", STATUSES)
def test_fulfillment_goes_on_while_the_order_is_wanted(status: str, was: str, wanted: str) -> None:
    outcome = moved(an_order(status, was), at=LATER, by="me", fulfillment=wanted)

    assert isinstance(outcome, Order) == (wanted in FULFILLMENT_MOVES[was] and status in ("open", "completed"))


@pytest.mark.parametrize(
    ("status", "number", "money", "payment"),
    [
        ("draft", None, {}, "unpaid"), ("open", None, {}, "unpaid"), ("open", None, {"tendered": 400}, "partially_paid"),
        ("completed", 1, {"tendered": 1000}, "paid"), ("completed", 1, {"due": 0}, "paid"),
        ("completed", 1, {"tendered": 1000, "refunded": 1}, "partially_refunded"),
        ("completed", 1, {"tendered": 1000, "refunded": 1000}, "refunded"), ("cancelled", None, {}, "unpaid"),
        ("cancelled", None, {"tendered": 400, "refunded": 400}, "refunded"), ("cancelled", 1, {"due": 0}, "refunded"),
    ],
)  # fmt: skip
def test_payment_follows_the_money(status: str, number: int | None, money: dict[str, int], payment: str) -> None:
    assert an_order(status, receipt_number=number, totals=totals(**money)).payment == payment


def test_what_changes_no_state_is_no_move() -> None:
    after = moved(an_order(), at=LATER, by="me", note="by the window")
    assert not isinstance(after, Refusal)
    assert (after.version, after.moves, changed_fields(an_order(), after)) == (2, [], ["note"])


def test_an_order_that_was_paid_on_is_not_held_any_more() -> None:
    outcome = moved(an_order(totals=totals(tendered=1)), at=LATER, by="me", status="draft")
    assert isinstance(outcome, Refusal)
    assert "cancel it" in outcome.detail


def test_each_version_is_told_by_the_most_specific_event() -> None:
    refund = Refund(
        number=1, kind="amount", at=AT, by="", reason="", lines=[], adjustment=SignedMoney(amount=0, currency="IDR"), amount=idr(1),
        cash_rounding=SignedMoney(amount=0, currency="IDR"), tenders=[],
    )  # fmt: skip
    sold = an_order("completed")
    assert event_of(None, sold) is ORDER_CREATED
    assert event_of(sold, an_order("cancelled", refunds=[refund])) is ORDER_CANCELLED
    assert event_of(sold, an_order("completed", refunds=[refund])) is ORDER_REFUNDED
    assert event_of(an_order(), sold) is ORDER_PAID
    assert event_of(an_order(), an_order("draft")) is ORDER_STATUS_UPDATED
    assert event_of(an_order(), an_order(fulfillment="ready")) is ORDER_STATUS_UPDATED
    assert event_of(an_order(), an_order(totals=totals(tendered=1))) is ORDER_UPDATED
