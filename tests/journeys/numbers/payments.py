"""docs/payments.md"""

from __future__ import annotations

from actors.payments import codes, providers, rules, signing
from tests.journeys.numbers.proofs import Page, in_words

QRIS = "tests/actors/payments/test_qris.py::test_"

PAGE = Page("docs/payments.md", (
    ("the last {} characters", lambda: in_words(codes.HINT_LENGTH)),
    ("field 01 becomes `12`, field 54 the amount", QRIS + "a_dynamic_code_is_the_static_one_with_an_amount"),
    ("EMVCo MPM 1.1, CRC-16/CCITT", QRIS + "the_crc_is_the_one_of_the_standard"),
    ("a class with {} methods", lambda: in_words(sum(callable(one) for name, one in vars(providers.Provider).items() if not name.startswith("_")))),
    ("\n{} minutes). Reports may come twice", lambda: in_words(signing.TOLERANCE_SECONDS // 60)),
    ("and for {} days after a payment has expired", lambda: in_words(rules.LOOK_UPS_END.days)),
))  # fmt: skip
