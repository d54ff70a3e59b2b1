"""docs/pricing.md"""

from __future__ import annotations

from actors.orders import recipes, scales
from actors.runtime.money import EXPONENTS, printed_decimals
from tests.actors.orders.test_taxable import PPN, a_sale, told
from tests.journeys.numbers.proofs import Page, in_words

VECTORS = "tests/actors/orders/test_vectors.py::test_it_comes_to_what_is_published"
SCALES = "tests/actors/stores/test_store_rules.py::test_what_a_scale_prints_is_read_in_one_way"
PRINTED = "tests/actors/runtime/test_money.py::test_printed_prices_have_the_decimals_that_coins_have"


def coinless() -> str:
    """Currencies whose decimals no coin has, as the page lists them: from MNT on in the next line."""
    return ", ".join(sorted(code for code in EXPONENTS if EXPONENTS[code] and not printed_decimals(code))).replace(" MNT", "\nMNT")


def with_ppn_in_it() -> tuple[str, str, str, str]:
    """A hundred things of 1,110.00: what they cost, the share that is tax, the tax, the net."""
    shop, body = a_sale([PPN], ["ppn"])
    body["lines"][0]["quantity"] = 100
    [line], [tax] = told(shop, body)
    shown = [f"{money.amount / 100:,.2f}" for money in (line.total, tax.amount, line.net)]
    return shown[0], f"{tax.amount.amount / line.net.amount:g}", shown[1], shown[2]


PAGE = Page("docs/pricing.md", (
    ("the store's `prefix` (two digits)", SCALES),
    ("When it is null: {} of a weight (01250 is 1.250 kg)", lambda: scales.WEIGHT_DECIMALS),
    ("(01250 is 12.50 EUR, 1,250 JPY)", PRINTED),
    ("no coin has them any more: {} (01250 is Rp 1,250)", coinless),
    ("are `percent` off (100 when missing)", VECTORS),
    ("(left out when it is 1)", VECTORS),
    ("both are told with an amount of 0", VECTORS),
    ("Indonesia's PPN, 12 % on 11/12 of the price", VECTORS),
    ("{0} with it included: g = 0.12 × 11/12 = {1}, tax = {0} × {1} / 1.11 = {2}, net = {3}", with_ppn_in_it),
    ("A total of 0 is paid without tenders", VECTORS),
    ("those by theirs, {} deep", lambda: in_words(recipes.DEPTH_MAX)),
), r"\| \d+ \||what step 11 taxes|(1 \+ the sum of|/ \(1 \+ I\))")  # fmt: skip
