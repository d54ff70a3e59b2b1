"""Whichever way sales are cut, they come to the same; and what a tax is due on, times its rate, is the tax."""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from collections.abc import Awaitable, Callable
from decimal import Decimal
from importlib.resources import files
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from actors import reports
from actors.orders.contract import (
    CANCEL_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    CancelOrder,
    Customer,
    LineInput,
    OfflineOrder,
    PlaceOrders,
    RefundOrder,
    ReturnInput,
)
from actors.reports.contract import REFUNDS, TAXES, AskRefunds, AskTaxes
from actors.reports.rules import base_of
from actors.runtime.ids import new_id, now
from actors.stores.contract import Tax
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.actors.reports.support import caught_up, sales, whole_check
from tests.support import House, eventually, rupiah

SIDES = ("day", "month", "store", "hour", "register", "cashier", "customer_group", "product", "category")


async def charged_otherwise(shop: Shop, total: int) -> Any:
    """Sold offline: two lines at Rp 3.500 each, by Kasir's prices."""
    other = await shop.house.add_product(name="Teh", taxes=["ppn"])
    lines = [LineInput(sku=shop.sku), LineInput(sku=other.variants[0].sku)]
    sale = OfflineOrder(
        id=new_id(), register_id=shop.register.id, lines=lines, tenders=[cash(total)], sold_at=now(), total=rupiah(total)
    )
    await shop.house.call(PLACE_ORDERS, PlaceOrders(orders=[sale]))
    return sale


async def test_each_way_of_cutting_comes_to_the_same(house: House) -> None:
    shop = await open_shop(house)
    sale = await charged_otherwise(shop, 6_500)
    for by in SIDES:
        [total] = (await sales(house, by=by, store_id=shop.store.id)).totals
        assert (total.orders, total.total, total.net + total.tax, total.refunds, total.left) == (1, 650_000, 700_000, 0, 650_000), by
    for by in ("product", "category"):
        rows = {row.name: row for row in (await sales(house, by=by, store_id=shop.store.id)).rows}
        assert (rows["Adjustments"].orders, rows["Adjustments"].total, rows["Adjustments"].net) == (1, -50_000, 0)
        assert sum(row.total for row in rows.values()) == 650_000

    await house.call(CANCEL_ORDER, CancelOrder(id=sale.id, reason="All wrong"))
    await caught_up(house)
    for by in SIDES:
        [total] = (await sales(house, by=by, store_id=shop.store.id)).totals
        assert (total.refunds, total.refunded, total.left) == (1, 650_000, 0), by
    for side in ("kind", "reason", "day", "month", "store", "register", "cashier", "product", "category"):
        [back] = (await house.call(REFUNDS, AskRefunds(by=side, store_id=shop.store.id))).totals
        assert (back.refunds, back.total) == (1, 650_000), side
    assert await whole_check(house, store_id=shop.store.id) == []


async def test_the_check_holds_lines_and_adjustments_against_the_whole(house: House) -> None:
    shop = await open_shop(house)
    sale = await charged_otherwise(shop, 6_500)
    await house.call(REFUND_ORDER, RefundOrder(id=sale.id, lines=[ReturnInput(line=1, quantity=1)], reason="Broken"))
    await house.call(CANCEL_ORDER, CancelOrder(id=sale.id, reason="All wrong"))
    await caught_up(house)
    # What came back is held to the whole of its day alone.
    await house.fetch("UPDATE reports.days SET total = total + 7 WHERE store_id = $1 AND kind = 'adjustment' AND back", shop.store.id)
    found = {one.name.rpartition(", ")[2] for one in await whole_check(house, store_id=shop.store.id)}
    assert found == {"product: total", "category: total"}


async def test_figures_of_before_are_counted_again(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    shop = await open_shop(house)
    await charged_otherwise(shop, 6_500)
    await caught_up(house)
    await house.fetch("DELETE FROM reports.days WHERE kind = 'adjustment'")
    assert await whole_check(house, store_id=shop.store.id) != []
    up, _, _ = (files(reports) / "migrations" / "0004_count_again.sql").read_text().partition("-- migrate:down")
    for statement in filter(str.strip, up.split(";")):
        await house.fetch(statement)

    async def agreed() -> bool:
        [state] = await house.fetch("SELECT building FROM reports.state")
        return not state["building"] and await whole_check(house, store_id=shop.store.id) == []

    await eventually(agreed)


async def test_what_is_filed_is_the_rate_of_its_base(house: House) -> None:
    store, register = await house.open_store(taxes=[Tax(code="ppn", name="PPN", rate="12", base="11/12")])
    taxed = await house.add_product(price=111_000_00, taxes=["ppn"])
    untaxed = await house.add_product(price=50_000_00, taxes=[])
    shop = Shop(house, store, register, taxed.variants[0].sku)
    lines = [LineInput(sku=one.variants[0].sku) for one in (taxed, untaxed)]
    for _ in range(2):
        order = await shop.place(cash(300_000), quantity=2)
    await shop.place(cash(300_000), sku=lines[1].sku or "")
    await shop.place(cash(300_000), quantity=1, customer=Customer(tax_exempt=True))
    await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)], reason="Broken"))
    await caught_up(house)

    exempt, due = (await house.call(TAXES, AskTaxes(store_id=store.id))).rows
    assert (due.rate, due.base, due.net, due.due_net, due.due_base, due.due_tax) == (
        "12", "11/12", 400_000_00, 300_000_00, 275_000_00, 33_000_00,
    )  # fmt: skip
    assert Decimal(due.rate) / 100 * due.due_base == due.due_tax
    assert (exempt.rate, exempt.base, exempt.due_net, exempt.due_base, exempt.due_tax) == ("0", "1", 100_000_00, 100_000_00, 0)
    names = [row.name for row in (await sales(house, by="tax", store_id=store.id)).rows]
    assert names == ["PPN 12 % on 11/12", "PPN 0 %"]

    file = (await house.call(TAXES, AskTaxes(store_id=store.id, format="csv"))).file
    assert file is not None
    table = csv.DictReader(io.StringIO(b64decode(file.content).decode("utf-8-sig")))
    assert len({*(table.fieldnames or [])}) == len(table.fieldnames or [])
    assert [(row["Rate %"], row["Rate is of"], row["Base of the rate"], row["Tax due"]) for row in table] == [
        ("0", "all", "100000.00", "0.00"), ("12", "11/12 of it", "275000.00", "33000.00"),
    ]  # fmt: skip
    assert await whole_check(house, store_id=store.id) == []


@given(st.integers(-(10**15), 10**15), st.integers(1, 10), st.integers(0, 10))
def test_a_part_is_rounded_half_up_and_the_same_below_zero(net: int, top: int, more: int) -> None:
    part = base_of(net, f"{top}/{top + more}")
    assert abs(part * (top + more) - net * top) * 2 <= top + more
    assert base_of(-net, f"{top}/{top + more}") == -part
