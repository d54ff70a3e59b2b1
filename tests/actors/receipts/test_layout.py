"""What stands on a receipt adds up, and is never wider than the paper, whatever was sold and whatever it is called."""

from __future__ import annotations

import re
from collections import Counter
from unicodedata import category, east_asian_width

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from actors.orders.contract import Order
from actors.receipts.contract import Template
from actors.receipts.layout import Item, Pair, Row, Wish, rows_of
from actors.receipts.on_text import COLUMNS, as_text, lines_of
from actors.receipts.texts import columns, plain, runs_backwards, wrap
from actors.receipts.wording import Speech
from actors.runtime.money import EXPONENTS
from actors.stores.contract import Store
from tests.actors.receipts.orders_made_up import orders, stores, templates, texts

wishes = st.builds(Wish, copy=st.booleans(), gift=st.booleans(), link=st.just("") | st.just("https://toko-maju.example/r/" + "x" * 40))
kinds = st.sampled_from(["IDR", "USD", "JPY", "KWD"])


def minor(text: str, speech: Speech) -> int:
    """Reads an amount as a person would: thousands apart, decimals behind the other sign."""
    comma = "." if speech.language == "id" else ","
    sign, digits = re.fullmatch(r"(-?)(?:\S+ )?([0-9.,]+)", text).groups()  # type: ignore[union-attr]
    whole, _, rest = digits.replace(comma, "").replace(",", ".").partition(".")
    exponent = EXPONENTS[speech.currency]
    return int(f"{sign}{whole}{rest or '0' * exponent}")


def sums(rows: list[Row], speech: Speech) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, Item):
            found["item"] += minor(row.amount, speech)
        elif isinstance(row, Pair) and row.part not in ("about", ""):
            found[row.part] += minor(row.right, speech)
    return found


def speech_of(template: Template, store: Store) -> Speech:
    return Speech(template.language, store.currency, store.time_zone)


@settings(max_examples=150)
@given(kinds, st.data())
def test_the_amounts_on_it_add_up_to_the_orders_totals(currency: str, data: st.DataObject) -> None:
    order, template = data.draw(orders(currency)), data.draw(templates())
    store = data.draw(stores(currency))
    speech, totals = speech_of(template, store), order.totals
    found = sums(rows_of(order, store, template, speech, Wish()), speech)
    parts = ("item", "discount", "service", "tax", "exempt", "adjustment")
    assert sum(found[part] for part in parts) == totals.total.amount
    assert found["due"] == totals.due.amount == totals.total.amount + found["rounding"]
    assert found["tender"] - found["change"] + found["missing"] == totals.due.amount
    assert found["due"] - totals.refunded.amount == (found["kept"] if order.refunds else found["due"])
    assert -found["returned"] == sum(tender.amount.amount for refund in order.refunds for tender in refund.tenders)


@settings(max_examples=150)
@given(orders(), stores(), templates(), wishes)
def test_no_line_is_wider_than_the_paper(order: Order, store: Store, template: Template, wish: Wish) -> None:
    text = as_text(rows_of(order, store, template, speech_of(template, store), wish), template.width)
    for line in text.split("\n"):
        assert max(cell_len(line), columns(line)) <= COLUMNS[template.width], line
        assert not any(category(sign) in ("Cc", "Cf", "Cs", "Cn", "Co") for sign in line)


@given(orders(), stores(), templates())
def test_every_amount_can_be_read_where_it_is_printed(order: Order, store: Store, template: Template) -> None:
    """At the end of a line that no text from right to left shares with it."""
    rows = rows_of(order, store, template, speech_of(template, store), Wish())
    for row in rows:
        amount = row.amount if isinstance(row, Item) else row.right if isinstance(row, Pair) and row.part != "about" else None
        if amount:
            last = list(lines_of(row, COLUMNS[template.width]))[-1]
            assert last.endswith(amount)
            assert not runs_backwards(last)


@given(orders(), stores(), templates())
def test_a_gift_receipt_has_no_amounts(order: Order, store: Store, template: Template) -> None:
    rows = rows_of(order, store, template, speech_of(template, store), Wish(gift=True))
    assert not [row for row in rows if isinstance(row, Pair) and row.part != "about"]
    assert all(not item.detail and item.amount.endswith(" x") for item in rows if isinstance(item, Item))


@given(texts, st.integers(8, 48))
def test_what_is_wrapped_is_all_there(text: str, width: int) -> None:
    shown = plain(text)
    lines = wrap(shown, width)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")
    assert all(columns(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kopi\x1b@\x1dV\x00 susu", "Kopi@V susu"), ("a\u202eb\u200bc", "abc"), ("a\tb\nc", "a b c"), ("Café", "Café"), ("Cafe\u0301", "Café"),
        ("x" + "\u0336" * 9, "x\u0336\u0336"), ("\u0301x", "x"), ("❤\ufe0f", "❤"), ("\ud800", ""), ("  a   b ", "a b"), ("牛肉", "牛肉"),
    ],
)  # fmt: skip
def test_what_is_left_of_a_text(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_wide_signs_count_twice() -> None:
    assert [columns(text) for text in ("abc", "牛肉", "🍜", "e\u0301", "한", "ก่")] == [3, 4, 2, 1, 2, 1]
    assert all(east_asian_width(sign) in "WF" for sign in "牛肉🍜")


@pytest.mark.parametrize(
    ("language", "currency", "amount", "shown", "money"),
    [
        ("id", "IDR", 350000, "3.500", "Rp 3.500"), ("id", "IDR", 69369, "693,69", "Rp 693,69"), ("en", "IDR", -350000, "-3,500", "-Rp 3,500"),
        ("en", "USD", 1050, "10.50", "USD 10.50"), ("id", "JPY", 980, "980", "JPY 980"), ("en", "KWD", 1, "0.001", "KWD 0.001"),
        ("id", "IDR", 10**13, "100.000.000.000", "Rp 100.000.000.000"),
    ],
)  # fmt: skip
def test_amounts(language: str, currency: str, amount: int, shown: str, money: str) -> None:
    speech = Speech(language, currency, "Asia/Jakarta")
    assert (speech.amount(amount), speech.money(amount)) == (shown, money)
