"""A picture that is wanted before there is where it is drawn is asked for once more; figures and plain receipts need no such thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.receipts import rendering
from actors.receipts.contract import GET_RECEIPT, GetReceipt
from actors.reports import filing
from actors.reports.contract import SALES, AskSales
from actors.runtime.client import Refused
from actors.runtime.workshop import Workshop
from tests.actors.orders.shop import cash, open_shop
from tests.actors.runtime.test_workshop import SLOW, folder, workshop
from tests.support import House, eventually

__all__ = ["folder", "workshop"]


async def test_of_reports_and_of_receipts(house: House, folder: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await open_shop(house)
    order = await shop.place(cash(7_000))
    for module, kind in ((filing, "png"), (rendering, "pdf")):
        monkeypatch.setattr(module, "WORKSHOP", workshop)
        monkeypatch.setitem(module.TOOLS, kind, (SLOW,))  # type: ignore[attr-defined]
    wishes = ((SALES, AskSales(format="png")), (GET_RECEIPT, GetReceipt(id=order.id, format="pdf")))
    for command, wish in wishes:
        with pytest.raises(Refused, match=r"Ask again in a few seconds") as refused:
            await house.call(command, wish)
        assert refused.value.refusal.kind == "busy"
    assert (await house.call(SALES, AskSales(format="csv"))).file is not None
    assert (await house.call(GET_RECEIPT, GetReceipt(id=order.id, format="text"))).content

    (folder / "go").touch()
    for command, wish in wishes:

        async def drawn(command: object = command, wish: object = wish) -> bool:
            return (await house.client.ask(command, wish)).refusal is None  # type: ignore[arg-type]

        await eventually(drawn)
