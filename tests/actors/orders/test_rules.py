"""What a sale comes to: the sum of the parts is the whole, for any prices, quantities, taxes and tenders."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.orders import contract
from actors.orders.contract import LineInput, OfflineOrder, PlaceOrder, TenderInput, Totals
from actors.orders.rules import (
    FULL_RATE,
    Item,
    Priced,
    TaxRate,
    Till,
    business_date,
    content_of,
    price_sale,
    quantity_milli,
    quantity_text,
    rate_parts,
    round_cash,
    round_half_up,
)
from actors.runtime.words import Money, Refusal
from actors.stores.contract import CashRounding, Tax

ID = UUID(int=7)
rates = st.one_of(st.integers(0, 100).map(str), st.from_regex(r"\A[0-9]{1,2}\.[0-9]{1,4}\Z"))
amounts = st.one_of(st.integers(0, 10**9), st.integers(0, 10**13))
roundings = st.none() | st.builds(
    CashRounding, increment=st.sampled_from([1, 3, 5, 25, 100, 10000]) | st.integers(1, 10**9), mode=st.sampled_from(["half_up", "down", "up"])
)
pieces = st.integers(1, 1_000_000)
weights = st.integers(1, 9_999_999_999).map(lambda milli: f"{milli // 1000}.{milli % 1000:03}")


@st.composite
def sales(draw: st.DrawFn) -> tuple[Till, list[LineInput], list[Item]]:
    """A till with up to three taxes, and up to eight lines of things that have one of them, or none."""
    taxes = [TaxRate(code, code.upper(), rate, rate_parts(rate), draw(st.booleans())) for code in "abc" for rate in [draw(rates)]]
    till = a_till(taxes, draw(roundings))
    items, lines = [], []
    for index in range(draw(st.integers(1, 8))):
        unit = draw(st.sampled_from(["piece", "kg"]))
        items.append(an_item(index, price=draw(amounts), unit=unit, tax=draw(st.sampled_from([None, "a", "b", "c"]))))
        lines.append(LineInput(sku=str(index), quantity=draw(pieces if unit == "piece" else st.one_of(pieces, weights))))
    return till, lines, items


def a_till(taxes: Sequence[TaxRate] = (), rounding: CashRounding | None = None) -> Till:
    return Till(ID, ID, "K1", True, "IDR", ZoneInfo("Asia/Jakarta"), {tax.code: tax for tax in taxes}, rounding)


def an_item(index: int, price: int = 1000, unit: str = "piece", tax: str | None = None, currency: str = "IDR", for_sale: bool = True) -> Item:
    return Item(ID, UUID(int=index), str(index), f"Thing {index}", unit, price, currency, tax, for_sale)  # type: ignore[arg-type]


def price(till: Till, lines: list[LineInput], items: list[Item], tenders: Sequence[TenderInput] = (), **how: bool) -> Priced | Refusal:
    by_sku = {item.sku: item for item in items}
    return price_sale(till, lines, tenders, lambda line: by_sku.get(line.sku or ""), **{"offline": False, "paid": True, **how})


def tender(kind: str, amount: int, currency: str = "IDR") -> TenderInput:
    return TenderInput(type=kind, amount=Money(amount=amount, currency=currency))  # type: ignore[arg-type]


# --- sums


@given(sales())
def test_the_sum_of_the_parts_is_the_whole(sale: tuple[Till, list[LineInput], list[Item]]) -> None:
    priced = price(*sale, paid=False)
    if isinstance(priced, Refusal):
        assert priced.code == "orders.too_large"
        return
    lines, totals = priced.lines, priced.totals

    for line in lines:
        assert line.net.amount + line.tax.amount == line.total.amount
        assert sum(tax.amount.amount for tax in line.taxes) == line.tax.amount
    assert sum(line.net.amount for line in lines) == totals.net.amount
    assert sum(line.tax.amount for line in lines) == totals.tax.amount
    assert sum(line.total.amount for line in lines) == totals.total.amount == totals.net.amount + totals.tax.amount
    assert sum(tax.amount.amount for tax in totals.taxes) == totals.tax.amount
    assert len({tax.code for tax in totals.taxes}) == len(totals.taxes)


@given(sales())
def test_every_amount_is_the_nearest_to_the_exact_one(sale: tuple[Till, list[LineInput], list[Item]]) -> None:
    till, inputs, items = sale
    priced = price(till, inputs, items, paid=False)
    if isinstance(priced, Refusal):
        return
    for line, ask, item in zip(priced.lines, inputs, items, strict=True):
        gross = Fraction(item.price) * Fraction(str(ask.quantity))
        rate = till.taxes[item.tax] if item.tax else None
        exact = Fraction(rate.rate) / 100 if rate else Fraction(0)
        if rate and not rate.included:
            assert abs(line.net.amount - gross) <= Fraction(1, 2)
            assert abs(line.tax.amount - line.net.amount * exact) <= Fraction(1, 2)
        else:
            assert abs(line.total.amount - gross) <= Fraction(1, 2)
            assert abs(line.tax.amount - line.total.amount * exact / (1 + exact)) <= Fraction(1, 2)


@given(sales(), st.lists(st.tuples(st.sampled_from(["cash", "card", "qris", "voucher"]), amounts), max_size=5))
def test_tenders_are_what_is_due_and_the_change(sale: tuple[Till, list[LineInput], list[Item]], given_: list[tuple[str, int]]) -> None:
    till, lines, items = sale
    tenders = [tender(kind, amount) for kind, amount in given_]
    priced = price(till, lines, items, tenders, paid=False)
    if isinstance(priced, Refusal):
        assert priced.code in ("orders.overpaid", "orders.too_large")
        return
    totals = priced.totals

    assert totals.due.amount == totals.total.amount + totals.cash_rounding.amount
    assert totals.tendered.amount == sum(amount for _, amount in given_)
    assert totals.tendered.amount + priced.missing == totals.due.amount + totals.change.amount
    assert priced.missing == 0 or totals.change.amount == 0
    if not any(kind == "cash" for kind, _ in given_):
        assert totals.cash_rounding.amount == 0 == totals.change.amount
    paid = price(till, lines, items, tenders, paid=True)
    assert isinstance(paid, Refusal) == bool(priced.missing)


@given(sales(), st.lists(st.tuples(st.sampled_from(["cash", "card"]), amounts), max_size=3))
def test_whatever_is_sold_can_be_read_again(sale: tuple[Till, list[LineInput], list[Item]], given_: list[tuple[str, int]]) -> None:
    """What the rules let through, the contract takes: everybody who gets the order can decode it."""
    priced = price(*sale, [tender(kind, amount) for kind, amount in given_], paid=False)
    if isinstance(priced, Refusal):
        return
    assert msgspec.json.decode(msgspec.json.encode(priced.totals), type=Totals) == priced.totals
    assert msgspec.json.decode(msgspec.json.encode(priced.lines), type=list[contract.Line]) == priced.lines


# --- arithmetic


@given(st.integers(0, 10**20), st.integers(1, 10**7))
def test_half_goes_up_and_everything_else_to_the_nearest(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = round_half_up(numerator, denominator)

    assert -Fraction(1, 2) < rounded - exact <= Fraction(1, 2)


@given(st.integers(0, 10**13), roundings)
def test_cash_can_be_paid_with_the_coins_there_are(amount: int, rule: CashRounding | None) -> None:
    rounded = round_cash(amount, rule)
    if rule is None:
        assert rounded == amount
        return
    difference = rounded - amount
    assert rounded % rule.increment == 0
    assert rounded >= 0
    if rule.mode == "down":
        assert -rule.increment < difference <= 0
    elif rule.mode == "up":
        assert 0 <= difference < rule.increment
    else:
        assert -rule.increment < 2 * difference <= rule.increment


@pytest.mark.parametrize(
    ("amount", "increment", "mode", "expected"),
    [
        (1049999, 10000, "half_up", 1050000), (1045000, 10000, "half_up", 1050000), (1044999, 10000, "half_up", 1040000),
        (1049999, 10000, "down", 1040000), (1040001, 10000, "up", 1050000), (1040000, 10000, "up", 1040000),
        (1232, 5, "half_up", 1230), (1233, 5, "half_up", 1235), (2, 5, "half_up", 0), (0, 5, "up", 0),
    ],
)
def test_cash_rounding_as_shops_know_it(amount: int, increment: int, mode: str, expected: int) -> None:
    assert round_cash(amount, CashRounding(increment=increment, mode=mode)) == expected  # type: ignore[arg-type]


@given(st.integers(1, 9_999_999_999))
def test_a_quantity_survives_being_written_and_read(milli: int) -> None:
    assert quantity_milli(quantity_text(milli, "kg")) == milli
    assert quantity_milli(quantity_text(milli // 1000 * 1000, "piece")) == milli // 1000 * 1000


@given(st.from_regex(r"\A(?!0+(\.0+)?\Z)[0-9]{1,7}(\.[0-9]{1,3})?\Z"))
def test_every_quantity_that_the_contract_takes_is_exact(quantity: str) -> None:
    assert msgspec.convert({"quantity": quantity, "sku": "a"}, LineInput).quantity == quantity
    assert Fraction(quantity_milli(quantity), 1000) == Fraction(quantity)


@given(rates)
def test_every_rate_that_a_store_may_have_is_exact(rate: str) -> None:
    msgspec.convert({"code": "a", "name": "A", "rate": rate}, Tax)
    assert Fraction(rate_parts(rate), FULL_RATE) == Fraction(rate) / 100


# --- the same sale


def test_the_content_of_a_sale_never_changes_its_print() -> None:
    """It is stored: another print would make every sale that is sent again look like a new one."""
    assert content_of(_place()).hex() == "9d1afaa265f67b13660c77ab18e5ef01"


@given(st.sampled_from(["2", "2.0", "2.000", "02", 2]), st.text(max_size=5))
def test_how_it_is_written_does_not_matter(quantity: str | int, note: str) -> None:
    assert content_of(_place(quantity, note=note)) == content_of(_place())


def test_a_sale_made_offline_is_the_same_as_when_it_is_placed() -> None:
    placed = _place()
    offline = OfflineOrder(
        id=UUID(int=1), register_id=placed.register_id, lines=placed.lines, tenders=placed.tenders,
        sold_at=msgspec.convert("2026-01-01T00:00:00Z", contract.Moment),
    )
    assert content_of(offline) == content_of(placed)


def test_anything_else_is_another_sale() -> None:
    base = _place()
    others = [
        _place("3"),
        msgspec.structs.replace(base, register_id=UUID(int=8)),
        msgspec.structs.replace(base, lines=[*base.lines, *base.lines]),
        msgspec.structs.replace(base, lines=[LineInput(barcode="A1", quantity=2)]),
        msgspec.structs.replace(base, tenders=[tender("card", 5000)]),
        msgspec.structs.replace(base, tenders=[tender("cash", 5001)]),
    ]
    assert len({content_of(sale) for sale in (base, *others)}) == 1 + len(others)


def _place(quantity: str | int = 2, note: str = "") -> PlaceOrder:
    return PlaceOrder(register_id=ID, lines=[LineInput(sku="A1", quantity=quantity, note=note)], tenders=[tender("cash", 5000)], note=note)


@settings(max_examples=50)
@given(st.datetimes(timezones=st.timezones()), st.sampled_from(["Asia/Jakarta", "Pacific/Kiritimati", "America/New_York"]))
def test_the_day_is_that_of_the_stores_own_calendar(moment, zone: str) -> None:  # type: ignore[no-untyped-def]
    if not 2000 <= moment.year < 9000:
        return
    assert business_date(moment, ZoneInfo(zone)) == moment.astimezone(ZoneInfo(zone)).date()
