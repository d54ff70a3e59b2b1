"""Each tax tells what its rate was taken of: anybody can work it out again, and file it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.orders.amounts import quantity_milli
from actors.orders.contract import Line, LineTax
from actors.orders.shares import LineLeft
from actors.runtime.words import Money, Refusal
from tests.actors.orders.pricing_support import REGISTER_ID, Shop, a_shop
from tests.actors.orders.test_pricing import money, orders, place, shops, some

PPN = {"code": "ppn", "name": "PPN", "rate": "12", "base": "11/12"}


def exactly(tax: LineTax, net: Money) -> Fraction:
    """What its rate, its base and what it is due on come to."""
    return Fraction(tax.rate) / 100 * Fraction(tax.base) * (tax.taxable or net).amount


def a_sale(taxes: list[dict[str, Any]], *taxed: list[str], **store: Any) -> tuple[Shop, dict[str, Any]]:
    """A line of 1,110.00 for each of the lists of taxes."""
    products = [
        {"name": str(at), "taxes": codes, "variants": [{"sku": f"s{at}", "price": money(111000)}]} for at, codes in enumerate(taxed)
    ]
    lines = [{"sku": f"s{at}"} for at in range(len(taxed))]
    return a_shop({"taxes": taxes, **store}, products), {"register_id": str(REGISTER_ID), "lines": lines, "tenders": []}


def told(shop: Shop, body: dict[str, Any]) -> tuple[list[Line], list[LineTax]]:
    sold = place(shop, body)
    assert not isinstance(sold, Refusal)
    return sold.priced.lines, sold.settled.totals.taxes


@some
@given(shops(), orders())
def test_the_rate_of_the_base_is_the_tax(shop: Shop, body: dict[str, Any]) -> None:
    """But for half a unit of its own, and a unit of what it is taken of for each of the taxes, of which none is above 100 %."""
    sold = place(shop, body)
    if isinstance(sold, Refusal) or (body["customer"] or {}).get("tax_exempt"):
        return
    lines, totals = sold.priced.lines, sold.settled.totals
    for line in lines:
        assert all(abs(tax.amount.amount - exactly(tax, line.net)) <= 4 for tax in line.taxes)
    for tax in totals.taxes:
        assert abs(tax.amount.amount - exactly(tax, totals.net)) <= 4 * len(lines)
        parts = [(one.taxable or line.net).amount for line in lines for one in line.taxes if one.code == tax.code]
        assert (tax.taxable or totals.net).amount == sum(parts)


def test_goods_without_the_tax_are_not_in_its_base() -> None:
    lines, [tax] = told(*a_sale([PPN], ["ppn"], []))
    assert tax == LineTax(
        code="ppn", name="PPN", rate="12", included=True, amount=Money(amount=11000, currency="IDR"), base="11/12",
        taxable=Money(amount=100000, currency="IDR"),
    )  # fmt: skip
    assert lines[0].taxes[0].taxable is None


def test_a_tax_on_taxes_and_service_that_is_not_taxed() -> None:
    city = {"code": "city", "name": "City", "rate": "10", "included": False, "compound": True}
    shop, body = a_sale([PPN, city], ["ppn", "city"], service_charge={"rate": "10", "taxed": False})
    [line], taxes = told(shop, body)
    assert line.net.amount == 100000 + 11100
    assert [(tax.amount.amount, (tax.taxable or line.net).amount) for tax in taxes] == [(11000, 100000), (11100, 111000)]


@some
@given(shops(), orders(), st.data())
def test_what_goes_back_in_parts_was_taxed_as_the_whole(shop: Shop, body: dict[str, Any], data: st.DataObject) -> None:
    sold = place(shop, body)
    for line in [] if isinstance(sold, Refusal) else sold.priced.lines:
        milli, taxes = quantity_milli(line.quantity), [tax.amount.amount for tax in line.taxes]
        left = LineLeft(line, milli, 0, line.total.amount, taxes, 0, [0] * len(taxes))
        first = data.draw(st.integers(0, milli))
        money_back = left.take_amount(data.draw(st.integers(0, left.total)))
        back = [money_back, *(left.take_quantity(part, False) for part in (first, milli - first))]
        for index, tax in enumerate(line.taxes):
            if tax.taxable is not None:
                assert sum(_amounts(one.taxes[index].taxable for one in back)) == tax.taxable.amount


def _amounts(parts: Iterable[Money | None]) -> list[int]:
    return [part.amount for part in parts if part is not None]
