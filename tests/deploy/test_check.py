"""`kasir check` goes through all pages, and its exit code says whether the books are right."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable

import pytest

from actors.inventory import checking
from actors.inventory.contract import RECEIVE_GOODS, ReceiptLine, ReceiveGoods
from actors.orders.contract import PLACE_ORDER, LineInput, PlaceOrder, TenderInput
from tests.deploy.support import kasir
from tests.support import House, eventually, rupiah

TAMPER = "UPDATE inventory.levels SET on_hand = on_hand + $2 WHERE variant_id = $1"


async def check(house: House) -> subprocess.CompletedProcess[str]:
    settings = house.settings
    return await asyncio.to_thread(kasir, "check", "--nats", settings.nats_url, "--database", settings.database_url)


async def test_all_pages_are_looked_at_and_what_differs_is_named(
    fresh_house: Callable[..., Awaitable[House]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "BUDGET_SECONDS", 0.0)
    house = await fresh_house()
    store, register = await house.open_store()
    variant_id = (await house.add_product()).variants[0].id
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=store.id, lines=[ReceiptLine(variant_id=variant_id, quantity="10")]))
    lines, tenders = [LineInput(variant_id=variant_id)], [TenderInput(type="cash", amount=rupiah(10_000))]
    order = await house.call(PLACE_ORDER, PlaceOrder(register_id=register.id, lines=lines, tenders=tenders))
    await eventually(lambda: house.fetch("SELECT 1 FROM inventory.orders WHERE order_id = $1", order.id))

    right = await check(house)
    await house.fetch(TAMPER, variant_id, 1500)
    wrong = await check(house)

    assert (right.returncode, right.stdout) == (0, "Stock and money agree: 1 levels, 2 movements, 1 orders\n"), right.stderr
    assert (wrong.returncode, wrong.stdout.splitlines()) == (1, [
        f"level: variant {variant_id} in store {store.id}: expected 9, found 10.5",
        "1 findings in 1 levels, 2 movements, 1 orders",
    ])  # fmt: skip
