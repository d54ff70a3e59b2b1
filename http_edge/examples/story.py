"""What the examples are about: the shop's ids, times and amounts."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from actors.runtime.words import Money, SignedMoney


def an_id(number: int) -> UUID:
    return UUID(f"0198c0de-0000-7000-8000-{number:012d}")


def rp(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")


def signed(amount: int) -> SignedMoney:
    return SignedMoney(amount=amount, currency="IDR")


AT = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)
LATER = datetime(2026, 1, 31, 4, 0, tzinfo=UTC)
STORE, REGISTER, PRODUCT, VARIANT, ORDER, ENDPOINT, REPLAY, KEY, EVENT, LETTER = map(an_id, range(1, 11))
NEW_ORDER, INTENT, ACCOUNT, CUSTOMER, PROMOTION, COUNT, TRANSFER, MOVEMENT, WAREHOUSE, BEANS, MILK = map(an_id, range(11, 22))
BY = str(KEY)
WATER, SKU, EAN, CARTON_EAN = "Aqua 600 ml", "AQUA-600", "8886008101053", "8886008101084"
