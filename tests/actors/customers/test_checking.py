"""The check goes through everything, page by page, and names what differs wherever it is."""

from __future__ import annotations

import asyncio

import pytest

from actors.customers.contract import CHARGE, CHECK_CUSTOMERS, GIVE_BACK, ChargeCustomer, CheckCustomers, GiveBackCharge
from actors.runtime import walking
from actors.runtime.cursors import write_cursor
from actors.runtime.ids import new_id
from tests.actors.customers.support import Shop
from tests.actors.payments.support import refused
from tests.pages import check_customers
from tests.support import rupiah

MANY = 330


async def test_all_charges_are_looked_at_not_only_the_newest(beside: Shop) -> None:
    """Nobody knows the payments that these are for, so each is a finding."""
    sari = await beside.customer()
    await beside.credit(sari, 1_000_000)
    asks = [ChargeCustomer(intent_id=new_id(), order_id=new_id(), customer_id=sari.id, kind="on_account", amount=rupiah(1)) for _ in range(MANY)]
    await asyncio.gather(*(beside.house.call(CHARGE, ask) for ask in asks))
    await beside.house.call(GIVE_BACK, GiveBackCharge(intent_id=asks[0].intent_id, up_to=100))
    pages = await check_customers(beside.house)
    found = [finding.id for page in pages for finding in page.findings if finding.what == "charge"]
    assert len(found) == len(set(found))
    assert {ask.intent_id for ask in asks} <= set(found)
    assert len(pages) > 1
    [rows] = await beside.house.fetch(
        "SELECT count(*) AS customers, (SELECT count(*) FROM customers.charges WHERE state = 'approved') AS charges FROM customers.balances"
    )
    assert (rows["customers"], rows["charges"]) == (sum(page.customers for page in pages), sum(page.charges for page in pages))
    [owed] = await beside.house.fetch("SELECT sum(owed)::bigint AS owed FROM customers.balances")
    totals = [total for page in pages for total in page.totals]
    assert owed["owed"] == sum(one.owed for one in totals) == sum(one.charged - one.returned - one.paid for one in totals)


async def test_what_is_damaged_is_named_in_pages_of_one_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "BUDGET_SECONDS", 0.0)
    await shop.program()
    people = [await shop.customer() for _ in range(20)]
    sale = await shop.sale(people[0], 10)
    await shop.has_points(people[0], 35)
    wrong = {
        ("credit", people[1].id): "owed = owed + 1",
        ("points", people[19].id): "points = points - 1",
    }  # fmt: skip
    for (_, id), change in wrong.items():
        await shop.house.fetch(f"UPDATE customers.balances SET {change} WHERE customer_id = $1 RETURNING 1", id)
    await shop.house.fetch("UPDATE customers.lots SET earned = earned + 1, expired = expired + 1 WHERE order_id = $1 RETURNING 1", sale.id)
    pages = await check_customers(shop.house)
    for (_, id), change in wrong.items():
        await shop.house.fetch(f"UPDATE customers.balances SET {change.translate(str.maketrans('+-', '-+'))} WHERE customer_id = $1 RETURNING 1", id)
    await shop.house.fetch("UPDATE customers.lots SET earned = earned - 1, expired = expired - 1 WHERE order_id = $1 RETURNING 1", sale.id)
    assert len(pages) > 3
    assert {*wrong, ("order", sale.id)} == {(finding.what, finding.id) for page in pages for finding in page.findings}
    await shop.books_are_right()


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", write_cursor("moon", "0198c0de-0000-7000-8000-000000000001"), write_cursor("charges", "7")])
async def test_a_cursor_of_something_else(shop: Shop, cursor: str) -> None:
    assert "customers.invalid" == await refused(shop.house.call(CHECK_CUSTOMERS, CheckCustomers(cursor=cursor)))
