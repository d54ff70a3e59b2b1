"""Of each tax the receipt shows what it was taken of: rate x base is the tax, whatever else was sold."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from actors.orders.contract import Order
from actors.receipts.chain import Sold, facts_of_sale
from actors.receipts.contract import Template
from actors.receipts.layout import Pair, Wish, rows_of
from actors.receipts.wording import Speech
from actors.runtime.words import Money
from actors.stores.contract import Store
from http_edge.examples import EXAMPLES
from tests.actors.orders.test_taxable import PPN, a_sale, told

CITY = {"code": "city", "name": "City", "rate": "10", "included": False}


def an_order(*taxes: dict[str, Any]) -> Order:
    """1,110.00 with these taxes, and as much without any."""
    lines, taxed = told(*a_sale([*taxes], [tax["code"] for tax in taxes], []))
    example = EXAMPLES[Order]
    net = sum(line.net.amount for line in lines)
    return replace(example, lines=lines, totals=replace(example.totals, net=Money(amount=net, currency="IDR"), taxes=taxed))


def shown(order: Order, language: Any, parts: tuple[str, ...] = ("base", "included", "tax")) -> list[tuple[str, str]]:
    template, store = replace(EXAMPLES[Template], language=language, show_taxes=True), EXAMPLES[Store]
    rows = rows_of(order, store, template, Speech(language, "IDR", store.time_zone), Wish())
    return [(row.left, row.right) for row in rows if isinstance(row, Pair) and row.part in parts]


@pytest.mark.parametrize(
    ("language", "base", "tax"), [("id", ("DPP 11/12", "916,67"), ("PPN 12%", "110")), ("en", ("Net 11/12", "916.67"), ("PPN 12%", "110"))]
)
def test_a_share_of_the_goods_that_have_the_tax(language: str, base: tuple[str, str], tax: tuple[str, str]) -> None:
    """12 % of 916.67 is 110.00: neither of 1,000.00, nor of what was sold without the tax."""
    assert shown(an_order(PPN), language) == [base, tax]


def test_a_tax_that_was_added() -> None:
    assert shown(an_order(CITY), "id") == [("City 10%", "111"), ("DPP City 10%", "1.110")]


def test_a_receipt_of_before_shows_what_it_showed() -> None:
    """Its order tells no base: the net of the whole, as then."""
    order = an_order(PPN)
    taxes = [replace(tax, base="1", taxable=None) for tax in order.totals.taxes]
    assert shown(replace(order, totals=replace(order.totals, taxes=taxes)), "id") == [("DPP", "2.110"), ("PPN 12%", "110")]


def test_the_chain_does_not_know_of_it() -> None:
    """Receipts of before and of now have facts of the same kind."""
    order = an_order(PPN)
    before = replace(order, totals=replace(order.totals, taxes=[replace(tax, base="1", taxable=None) for tax in order.totals.taxes]))
    [facts] = {facts_of_sale(json.decode(json.encode(one), type=Sold)) for one in (order, before)}
    assert facts
