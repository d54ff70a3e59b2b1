"""Sales from every side."""

from __future__ import annotations

from typing import Any

import pytest

from actors.orders.contract import (
    CANCEL_ORDER,
    PAY_ORDER,
    REFUND_ORDER,
    CancelOrder,
    Customer,
    DiscountInput,
    Order,
    PayOrder,
    RefundOrder,
    ReturnInput,
)
from actors.reports.contract import REFUNDS, TAXES, AskRefunds, AskTaxes, SalesRow
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.actors.reports.support import sales, whole_check
from tests.support import House


async def refund(shop: Shop, order: Order, quantity: int = 1, **given: Any) -> Order:
    wish = RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=quantity)], reason="Broken", **given)
    return await shop.house.call(REFUND_ORDER, wish, by="boss")


async def only_row(shop: Shop, by: str) -> SalesRow:
    [row] = (await sales(shop.house, by=by, store_id=shop.store.id)).rows
    return row


async def test_a_sale_counts_from_every_side_once(house: House) -> None:
    shop = await open_shop(house, name="Teh Botol", category="drinks")
    await shop.place(cash(10_000), customer=Customer(name="Sari", group="members"))

    for by, key, name in (
        ("day", None, None), ("month", None, None), ("store", str(shop.store.id), "Toko Melati"), ("cashier", "clerk", "clerk"),
        ("register", str(shop.register.id), "K1"), ("category", "drinks", "drinks"), ("customer_group", "members", "members"),
    ):  # fmt: skip
        row = await only_row(shop, by)
        assert (row.orders, row.gross, row.total, row.quantity, row.refunds) == (1, 700_000, 700_000, "2", 0), by
        assert key is None or (row.key, row.name) == (key, name)
    product = await only_row(shop, "product")
    assert (product.name, product.total) == ("Teh Botol", 700_000)
    tender = await only_row(shop, "tender")
    assert (tender.key, tender.name, tender.total) == ("cash", "Cash", 700_000)  # ten thousand, less the change
    tax = await only_row(shop, "tax")
    assert (tax.name, tax.net, tax.tax) == ("PPN 11 %", 630_631, 69_369)
    hours = (await sales(house, by="hour", store_id=shop.store.id)).rows
    assert len(hours) == 24
    assert sum(row.total for row in hours) == 700_000
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_what_is_not_paid_is_no_sale_and_what_is_called_off_is_a_void(house: House) -> None:
    shop = await open_shop(house)
    waiting = await shop.place(card(1_000))
    called_off = await shop.place()
    held = await shop.place(hold=True)
    await house.call(CANCEL_ORDER, CancelOrder(id=called_off.id, reason="Customer left"))
    assert (await sales(house, by="store", store_id=shop.store.id)).rows == []

    await house.call(PAY_ORDER, PayOrder(id=waiting.id, tenders=[cash(6_000)]))
    await house.call(CANCEL_ORDER, CancelOrder(id=held.id, reason="Customer left"))
    row = await only_row(shop, "store")
    assert (row.orders, row.total) == (1, 700_000)
    [void] = (await house.call(REFUNDS, AskRefunds(store_id=shop.store.id))).voids
    assert (void.key, void.orders, void.total) == ("Customer left", 2, 1_400_000)
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_what_comes_back_counts_once_on_its_own_side(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    await refund(shop, order)
    row = await only_row(shop, "product")
    assert (row.total, row.refunds, row.returned, row.refunded, row.left) == (700_000, 1, "1", 350_000, 350_000)

    await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="All wrong"), by="boss")
    row = await only_row(shop, "store")
    assert (row.orders, row.refunds, row.refunded, row.left) == (1, 2, 700_000, 0)
    report = await house.call(REFUNDS, AskRefunds(store_id=shop.store.id, by="kind"))
    assert sorted((row.key, row.total) for row in report.rows) == [("cancel", 350_000), ("return", 350_000)]
    reasons = await house.call(REFUNDS, AskRefunds(store_id=shop.store.id, by="reason"))
    assert sorted(row.key for row in reasons.rows) == ["All wrong", "Broken"]
    [tax] = (await house.call(TAXES, AskTaxes(store_id=shop.store.id))).rows
    assert (tax.code, tax.rate, tax.included, tax.tax, tax.due_tax, tax.due_net) == ("ppn", "11", True, 69_369, 0, 0)
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_a_part_payment_that_is_called_off_is_no_refund_of_a_sale(house: House) -> None:
    shop = await open_shop(house)
    order = await shop.place(card(1_000))
    await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Left"))
    report = await house.call(REFUNDS, AskRefunds(store_id=shop.store.id))
    await sales(house)
    report = await house.call(REFUNDS, AskRefunds(store_id=shop.store.id))
    assert (report.rows, [void.orders for void in report.voids]) == ([], [1])
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_discounts_have_their_reason(house: House) -> None:
    shop = await open_shop(house)
    await shop.place(cash(7_000), discounts=[DiscountInput(percent="10", reason="Regular")])
    row = await only_row(shop, "discount")
    assert (row.key, row.name, row.discount) == ("manual:Regular", "Regular", 70_000)
    assert await whole_check(house, store_id=shop.store.id) == []


@pytest.mark.parametrize("wish", [{"date_from": "2026-02-02", "date_to": "2026-02-01"}, {"date_from": "0001-01-01"}])
async def test_days_that_cannot_be_are_refused(house: House, wish: dict[str, str]) -> None:
    from datetime import date

    from actors.runtime.client import Refused

    with pytest.raises(Refused, match=r"reports\.invalid"):
        await sales(house, **{name: date.fromisoformat(day) for name, day in wish.items()})
