"""`kasir doctor --rebuild all`: every table that is derived is damaged on purpose, and comes back, while orders go on being placed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from actors.customers.contract import CREATE_CUSTOMER, LIST_CUSTOMERS, SET_PROGRAM, CreateCustomer, ListCustomers, Profile, SetProgram
from actors.inventory.contract import RECEIVE_GOODS, ReceiptLine, ReceiveGoods
from actors.orders.contract import PLACE_ORDER, REFUND_ORDER, Customer, LineInput, PlaceOrder, RefundOrder, ReturnInput
from actors.payments.contract import CREATE_INTENT, ISSUE_GIFT_CARD, CreateIntent, IssueGiftCard
from actors.reports.contract import PROFIT, AskProfit
from actors.shifts.contract import OPEN_SHIFT, OpenShift
from deploy import rebuilding
from tests.actors.orders.shop import Shop, card, cash, open_shop
from tests.actors.reports.support import caught_up
from tests.deploy.test_report_and_doctor import lasting_house, run
from tests.support import House, eventually, rupiah

__all__ = ["lasting_house"]

HARM = (
    "UPDATE inventory.levels SET on_hand = on_hand + 1, reserved = 5",
    "DELETE FROM inventory.levels WHERE variant_id = (SELECT min(variant_id::text)::uuid FROM inventory.levels)",
    "DELETE FROM inventory.orders WHERE order_id IN (SELECT order_id FROM inventory.orders ORDER BY order_id LIMIT 3)",
    "UPDATE payments.accounts SET balance = balance + 7",
    "UPDATE payments.intents SET taken = taken + 1",
    "UPDATE customers.balances SET points = points + 1",
    "DELETE FROM customers.lots",
    "DELETE FROM customers.finders",
    "DELETE FROM shifts.figures",
    "UPDATE shifts.unshifted SET body = '{}'",
    "UPDATE reports.days SET total = total + 1, net = net - 1 WHERE kind = 'product'",
    "DELETE FROM reports.sums",
    "DELETE FROM reports.refunds",
    "DELETE FROM reports.names",
    "UPDATE reports.cost_days SET cost = cost + 1, sold = 0",
    "DELETE FROM reports.cost_sums",
)
COSTS = """
    SELECT (SELECT sum(cost) FROM reports.cost_days WHERE variant_id = '00000000-0000-0000-0000-000000000000') AS days,
        (SELECT sum(cost) FROM reports.cost_days WHERE variant_id <> '00000000-0000-0000-0000-000000000000') AS variants,
        (SELECT -sum(quantity::numeric * unit_cost) FROM inventory.movements WHERE kind IN ('sale', 'return')) AS ledger
"""


async def test_everything_derived_comes_back_while_orders_are_placed(lasting_house: House) -> None:
    house = lasting_house
    shop, sari = await _harmed(house)

    selling = asyncio.create_task(_sell_until_cancelled(shop, sari))
    rebuilt = await run(house, "doctor", "--rebuild", "all")
    selling.cancel()
    await asyncio.gather(selling, return_exceptions=True)

    assert [f"rebuild: {name}" in rebuilt.stdout for name in rebuilding.NAMES] == [True] * len(rebuilding.NAMES), rebuilt.stdout + rebuilt.stderr
    await caught_up(house)
    well = await run(house, "doctor")
    assert well.returncode == 0, rebuilt.stdout + well.stdout + well.stderr
    assert sari.id in [one.id for one in (await house.call(LIST_CUSTOMERS, ListCustomers(q="wijayanti"))).items]
    assert await house.fetch("SELECT FROM reports.names WHERE kind = 'product'")
    await eventually(lambda: _costs_agree(house))


async def test_what_is_interrupted_is_begun_again(lasting_house: House) -> None:
    house = lasting_house
    await _harmed(house)
    for name in rebuilding.NAMES:
        begun = asyncio.create_task(rebuilding.rebuild(house.client, name, lambda name, step: begun.cancel()))  # noqa: B023 - is called meanwhile
        await asyncio.gather(begun, return_exceptions=True)

    done = await run(house, "doctor", "--rebuild", "all")

    assert done.returncode == 0, done.stdout + done.stderr
    again = [await rebuilding.rebuild(house.client, name, lambda name, step: None) for name in ("stock", "payments", "customers", "drawers")]
    assert [whole.mended + whole.left for whole in again] == [[]] * 4


async def _harmed(house: House) -> tuple[Shop, Profile]:
    """After a day, with everything that is derived changed or gone."""
    shop, sari = await _furnished(house)
    await _a_day(shop, sari)
    await caught_up(house)
    for statement in HARM:
        await house.fetch(statement)
    return shop, sari


async def _furnished(house: House) -> tuple[Shop, Profile]:
    shop = await open_shop(house)
    [variant], [other] = (await house.add_product()).variants, (await house.add_product()).variants
    lines = [ReceiptLine(variant_id=id, quantity="500", unit_cost=rupiah(2_000)) for id in (variant.id, other.id)]
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store.id, lines=lines))
    await house.call(SET_PROGRAM, SetProgram(currency="IDR", earn_points=1, earn_per=rupiah(1_000), point_value=rupiah(100)))
    return replace(shop, sku=variant.sku), await house.call(CREATE_CUSTOMER, CreateCustomer(name="Sari Wijayanti"))


async def _a_day(shop: Shop, sari: Profile) -> None:
    """Sales before and in a shift, some of which come back; one is paid by gift card."""
    house = shop.house
    await shop.place(cash(7_000))
    await house.call(OPEN_SHIFT, OpenShift(register_id=shop.register.id, float=rupiah(100_000)))
    for _ in range(3):
        sold = await _sale(shop, sari)
        await house.call(REFUND_ORDER, RefundOrder(id=sold, lines=[ReturnInput(line=1, quantity=1)]))
    await shop.place(card(3_500), quantity=1)
    gift = await house.call(ISSUE_GIFT_CARD, IssueGiftCard(amount=rupiah(50_000)))
    lines = [LineInput(sku=shop.sku, quantity=2)]
    tab = await house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register.id, lines=lines))
    paying = CreateIntent(order_id=tab.id, method="gift_card", amount=tab.totals.missing, code=gift.code)
    intent = await house.call(CREATE_INTENT, paying)
    await eventually(lambda: _taken(house, intent.id))


async def _sale(shop: Shop, sari: Profile) -> object:
    lines = [LineInput(sku=shop.sku, quantity=2)]
    asked = PlaceOrder(register_id=shop.register.id, lines=lines, tenders=[cash(7_000)], customer=Customer(id=sari.id))
    return (await shop.house.call(PLACE_ORDER, asked)).id


async def _sell_until_cancelled(shop: Shop, sari: Profile) -> None:
    while True:
        await _sale(shop, sari)


async def _taken(house: House, intent_id: object) -> bool:
    return bool(await house.fetch("SELECT FROM payments.intents WHERE id = $1 AND taken IS NOT NULL", intent_id))


async def _costs_agree(house: House) -> bool:
    """Whoever asks for the profit of a day has the costs of that day brought up before."""
    await house.call(PROFIT, AskProfit())
    [row] = await house.fetch(COSTS)
    return row["days"] == row["variants"] == row["ledger"] != Decimal(0)
