"""A picture that is wanted before what draws it has been loaded is asked for once more; figures and tables need no such thing."""

from __future__ import annotations

import pytest

from actors.receipts.contract import GET_RECEIPT, GetReceipt
from actors.reports.contract import SALES, AskSales
from actors.runtime.client import Refused
from actors.runtime.loading import Modules
from tests.actors.orders.shop import cash, open_shop
from tests.actors.runtime.test_loading import gate, slow
from tests.support import House, eventually

__all__ = ["slow"]


async def test_of_reports_and_of_receipts(house: House, slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    for name in ("reports", "receipts"):
        member = next(member for member in house.runtime._members if member.actor.name == name)
        await member.resource.modules.load()
        monkeypatch.setattr(member.resource, "modules", Modules([slow], patience_seconds=0.05))
    wishes = ((SALES, AskSales(format="png")), (GET_RECEIPT, GetReceipt(id=order.id, format="pdf")))
    for command, wish in wishes:
        with pytest.raises(Refused, match=r"Ask again in a few seconds") as refused:
            await house.call(command, wish)
        assert refused.value.refusal.kind == "busy"
    assert (await house.call(SALES, AskSales(format="csv"))).file is not None
    assert (await house.call(GET_RECEIPT, GetReceipt(id=order.id, format="text"))).content

    gate.set()
    for command, wish in wishes:

        async def drawn(command: object = command, wish: object = wish) -> bool:
            return (await house.client.ask(command, wish)).refusal is None  # type: ignore[arg-type]

        await eventually(drawn)
