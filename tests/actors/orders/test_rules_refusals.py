"""What cannot be sold, and how that is told: every bad field at once, each with its pointer."""

from __future__ import annotations

from uuid import UUID

import pytest

from actors.orders.contract import LineInput
from actors.orders.rules import Item, TaxRate, rate_parts
from actors.runtime.words import Money, Refusal
from actors.stores.contract import CashRounding
from tests.actors.orders.test_rules import a_till, an_item, price, tender

PPN = TaxRate("ppn", "PPN", "11", rate_parts("11"), True)


def refused(lines: list[LineInput], items: list[Item], *tenders, **how) -> Refusal:  # type: ignore[no-untyped-def]
    told = price(a_till([PPN]), lines, items, list(tenders), **how)
    assert isinstance(told, Refusal)
    return told


def pointers(refusal: Refusal) -> list[str]:
    return [error.pointer for error in refusal.errors]


def test_every_bad_line_and_tender_is_named_and_the_first_gives_the_code() -> None:
    items = [an_item(0), an_item(1, unit="piece"), an_item(2, tax="vat"), an_item(3, for_sale=False), an_item(4, currency="USD"), an_item(5)]
    lines = [
        LineInput(sku="0"),
        LineInput(sku="1", quantity="1.5"),
        LineInput(sku="2"),
        LineInput(sku="3"),
        LineInput(sku="4"),
        LineInput(sku="5", unit_price=Money(amount=1, currency="IDR")),
        LineInput(sku="5", unit_price=Money(amount=1000, currency="USD")),
        LineInput(sku="none"),
        LineInput(barcode="none"),
        LineInput(variant_id=UUID(int=9)),
        LineInput(),
        LineInput(sku="0", barcode="0"),
        LineInput(sku="0"),
    ]

    told = refused(lines, items, tender("cash", 10**9), tender("card", 1, "USD"))

    assert told.code == "orders.wrong_quantity"
    assert pointers(told) == [
        "/lines/1/quantity", "/lines/2", "/lines/3", "/lines/4", "/lines/5/unit_price", "/lines/6/unit_price/currency", "/lines/7/sku",
        "/lines/8/barcode", "/lines/9/variant_id", "/lines/10", "/lines/11", "/tenders/1/amount/currency",
    ]
    assert all(error.detail for error in told.errors)


@pytest.mark.parametrize(
    ("line", "item", "code"),
    [
        (LineInput(sku="0"), an_item(0, tax="vat"), "orders.unknown_tax"),
        (LineInput(sku="0"), an_item(0, for_sale=False), "orders.not_for_sale"),
        (LineInput(sku="0"), an_item(0, currency="USD"), "orders.wrong_currency"),
        (LineInput(sku="0", unit_price=Money(amount=9, currency="IDR")), an_item(0), "orders.price_changed"),
        (LineInput(sku="1"), an_item(0), "orders.unknown_product"),
        (LineInput(sku="0", quantity="9999999.999"), an_item(0, price=10**13, unit="kg"), "orders.too_large"),
    ],
)
def test_each_no_has_its_code(line: LineInput, item: Item, code: str) -> None:
    assert refused([line], [item]).code == code


def test_what_was_sold_offline_is_sold_at_the_price_then() -> None:
    """Also when it is no longer for sale, or priced in another currency now."""
    shown = Money(amount=900, currency="IDR")
    for item in (an_item(0), an_item(0, for_sale=False), an_item(0, currency="USD")):
        priced = price(a_till(), [LineInput(sku="0", unit_price=shown)], [item], [tender("cash", 900)], offline=True)
        assert not isinstance(priced, Refusal)
        assert priced.totals.total == shown


def test_too_little_and_too_much_are_told_with_the_difference() -> None:
    lines, items = [LineInput(sku="0", quantity=3)], [an_item(0, price=1000)]

    short, over, none = refused(lines, items, tender("cash", 2999)), refused(lines, items, tender("card", 3001)), refused(lines, items)

    assert (short.code, pointers(short)) == ("orders.underpaid", ["/tenders"])
    assert short.detail.startswith("IDR 0.01 are missing")
    assert (over.code, pointers(over)) == ("orders.overpaid", ["/tenders"])
    assert (none.code, none.kind) == ("orders.underpaid", "invalid")


def test_only_the_cash_part_is_rounded() -> None:
    till = a_till(rounding=CashRounding(increment=100))
    lines, items = [LineInput(sku="0")], [an_item(0, price=1049)]

    cash = price(till, lines, items, [tender("cash", 1000)])
    card = price(till, lines, items, [tender("card", 1049)])
    both = price(till, lines, items, [tender("card", 949), tender("cash", 200)])

    assert not isinstance(cash, Refusal) and not isinstance(card, Refusal) and not isinstance(both, Refusal)  # noqa: PT018
    assert (cash.totals.cash_rounding.amount, cash.totals.due.amount, cash.totals.change.amount) == (-49, 1000, 0)
    assert (card.totals.cash_rounding.amount, card.totals.due.amount) == (0, 1049)
    assert (both.totals.cash_rounding.amount, both.totals.due.amount, both.totals.change.amount) == (0, 1049, 100)
    assert isinstance(price(till, lines, items, [tender("card", 1000)]), Refusal)


def test_sums_beyond_what_the_contract_can_say_are_refused() -> None:
    """Each part is fine, and the whole is not: in lines, in tenders, by the tax, by the rounding."""
    full = 10**13
    items = [an_item(0, price=full), an_item(1, price=full, tax="added")]
    added = TaxRate("added", "Added", "10", rate_parts("10"), False)
    till = a_till([added], CashRounding(increment=3 * 10**8, mode="up"))

    for lines, tenders in [
        ([LineInput(sku="0")] * 2, [tender("cash", full)] * 2),
        ([LineInput(sku="0")], [tender("cash", full)] * 2),
        ([LineInput(sku="1")], [tender("card", full), tender("card", full // 10)]),
        ([LineInput(sku="0")], [tender("cash", full)]),
    ]:
        told = price(till, lines, items, tenders)
        assert isinstance(told, Refusal)
        assert told.code == "orders.too_large"
        assert told.errors
