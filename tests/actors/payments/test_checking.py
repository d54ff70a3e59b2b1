"""The check goes through all payments, page by page."""

from __future__ import annotations

import pytest

from actors.payments.contract import CHECK_PAYMENTS, CheckPayments
from actors.runtime.cursors import write_cursor
from tests.actors.payments.support import Shop, refused
from tests.pages import check_money

MANY = 520


async def test_all_payments_are_looked_at_not_only_the_newest(shop: Shop) -> None:
    """Copies of one whose order has booked it: the order has no such tender for them."""
    order = await shop.order()
    intent = await shop.begin(order, "manual")
    await shop.order_becomes(order.id, "completed", "paid")
    await shop.books_are_right()
    columns = await shop.house.fetch(
        "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = ('payments', 'intents') AND column_name <> 'id'"
    )
    names = ", ".join(row["column_name"] for row in columns)
    copies = await shop.house.fetch(
        f"INSERT INTO payments.intents (id, {names}) SELECT gen_random_uuid(), {names} FROM payments.intents, generate_series(1, $2::int) "
        "WHERE id = $1 RETURNING id",
        intent.id, MANY,
    )  # fmt: skip
    check = await check_money(shop.house)
    await shop.house.fetch("DELETE FROM payments.intents WHERE id = ANY ($1::uuid[]) RETURNING id", [row["id"] for row in copies])
    assert {row["id"] for row in copies} == {finding.id for finding in check.findings}
    assert len(check.findings) == MANY
    [there] = await shop.house.fetch(
        "SELECT (SELECT count(*) FROM payments.intents) AS intents, (SELECT count(*) FROM payments.accounts) AS accounts"
    )
    assert (there["intents"] + MANY, there["accounts"]) == (check.intents, check.accounts)
    await shop.books_are_right()


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", write_cursor("moon", "0198c0de-0000-7000-8000-000000000001"), write_cursor("intents", "7")])
async def test_a_cursor_of_something_else(shop: Shop, cursor: str) -> None:
    assert "payments.invalid" == await refused(shop.house.call(CHECK_PAYMENTS, CheckPayments(cursor=cursor)))
