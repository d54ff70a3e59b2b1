"""What a register is told when a scale's barcode cannot be sold. What can be is in tests/vectors/scales.json."""

from __future__ import annotations

import pytest

from actors.orders.contract import LineInput, PlaceOrder
from actors.runtime.ean import check_digit
from actors.runtime.words import Refusal
from tests.actors.orders.pricing_support import REGISTER_ID, a_shop, sell

PRICES, WEIGHTS = {"prefix": "20", "holds": "price"}, {"prefix": "21", "holds": "weight"}


@pytest.mark.parametrize(
    ("item", "printed", "price", "told"),
    [
        ("2112345", "00000", 5_000_000, "The barcode holds no quantity in which Chili is sold."),
        ("2012345", "00001", 5_000_000, "The barcode holds the price IDR 1.00, and a kg of Chili costs IDR 50,000.00."),
        ("2012345", "00000", 5_000_000, "The barcode holds a price, and of Chili nothing can be told by it: it costs nothing."),
        ("2012345", "01250", 0, "The barcode holds a price, and of Chili nothing can be told by it: the product costs nothing."),
    ],
)
def test_it_says_what_the_barcode_holds(item: str, printed: str, price: int, told: str) -> None:
    variant = {"sku": "chili", "price": {"amount": price, "currency": "IDR"}, "barcodes": [item]}
    shop = a_shop({"scale_barcodes": [PRICES, WEIGHTS]}, [{"name": "Chili", "unit": "kg", "variants": [variant]}])
    barcode = f"{item}{printed}{check_digit(item + printed)}"

    refused = sell(shop, PlaceOrder(register_id=REGISTER_ID, lines=[LineInput(barcode=barcode)]))

    assert isinstance(refused, Refusal)
    assert [error.detail.startswith(told) for error in refused.errors] == [True], refused.errors
