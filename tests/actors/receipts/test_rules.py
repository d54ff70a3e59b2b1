"""What a link is made of, and what is found when one does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from actors.orders.contract import Exchange, Order, ReceiptBody
from actors.receipts.chain import BEGINNING, End, Link, Sold, facts_of_sale, joined
from actors.receipts.rules import Found, Range, judge, judge_end
from http_edge.examples import EXAMPLES
from tests.support import some_id


def a_chain(count: int) -> tuple[list[Found], End]:
    register, hash, found = some_id(), BEGINNING, []
    for number in range(1, count + 1):
        facts = number.to_bytes(32)
        before, hash = hash, joined(hash, facts)
        found.append(Found(Link(register, number, number, some_id(), 0, facts, hash), before))
    return found, End(count, 1, count, hash)


@given(st.integers(2, 30), st.data())
def test_gaps_are_named_as_they_are(count: int, data: st.DataObject) -> None:
    links, end = a_chain(count)
    gone = data.draw(st.sets(st.integers(1, count)))
    left = [found for found in links if found.link.number not in gone]
    verdict = judge([], left, end, Range(0, count, behind=False))
    missing = [finding for finding in verdict.findings if finding.what == "missing"]
    starts = {number for number in gone if number - 1 not in gone}
    assert {finding.number for finding in missing} == starts
    assert [finding.number for finding in verdict.findings if finding.what == "removed"] == [found.link.number for found in left]


def test_an_end_that_is_not_that_of_the_chain() -> None:
    _, end = a_chain(2)
    assert judge_end(end, (end.position, end.hash)) == judge_end(None, None) == []
    for kept, last in ((None, (1, b"")), (end, None), (end, (1, end.hash)), (end, (2, b"else"))):
        assert [finding.what for finding in judge_end(kept, last)] == ["broken"]


def test_what_is_not_linked_yet_is_not_judged_as_long_as_the_log_goes_on() -> None:
    order = ReceiptBody(number=3, order_id=EXAMPLES[Order].id, body=json.encode(EXAMPLES[Order]))
    _, end = a_chain(2)
    waits = judge([order], [], end, Range(2, 3, behind=True))
    assert (waits.findings, waits.behind) == ([], 1)
    judged = judge([order], [], end, Range(2, 3, behind=False))
    assert ([finding.what for finding in judged.findings], judged.behind) == (["unlinked"], 0)


def test_what_was_linked_after_the_orders_were_read_is_left_to_the_next_check() -> None:
    links, end = a_chain(4)
    judged = judge([], links, end, Range(0, 0, behind=False, linked=2))
    assert [(finding.what, finding.number) for finding in judged.findings] == [("removed", 1), ("removed", 2)]


def test_receipts_from_before_the_chain_are_in_none() -> None:
    order = ReceiptBody(number=1, order_id=EXAMPLES[Order].id, body=json.encode(EXAMPLES[Order]))
    assert judge([order], [], End(1, 2, 2, b""), Range(0, 1, behind=False)).findings == []
    assert judge([order], [], End(1, 1, 2, b""), Range(0, 1, behind=False)).findings != []


def test_the_facts_do_not_change_with_what_happens_later() -> None:
    sale, returned = EXAMPLES[Order], EXAMPLES[Exchange].returned
    later = replace(returned, fulfillment="delivered", flags=["short_stock"], note="Seen", updated_at=returned.updated_at)
    facts = {facts_of_sale(json.decode(json.encode(order), type=Sold)) for order in (sale, returned, later)}
    assert len(facts) == 1


CHANGES = (
    lambda order: replace(order, sold_at=order.created_at.replace(year=2025)), lambda order: replace(order, receipt="K1-000043"),
    lambda order: replace(order, lines=order.lines * 2), lambda order: replace(order, lines=[replace(order.lines[0], name="Air")]),
    lambda order: replace(order, lines=[replace(order.lines[0], quantity="3")]),
    lambda order: replace(order, tenders=[replace(order.tenders[0], type="card")]),
    lambda order: replace(order, totals=replace(order.totals, due=order.totals.change)),
    lambda order: replace(order, register_id=order.store_id), lambda order: replace(order, id=order.store_id),
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_facts_change_with_whatever_the_receipt_says(change: Any) -> None:
    sale = EXAMPLES[Order]
    before, after = (facts_of_sale(json.decode(json.encode(order), type=Sold)) for order in (sale, change(sale)))
    assert before != after
