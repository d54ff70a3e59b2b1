"""Goods on their way from one store to another: in no book twice, and in none not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.inventory.contract import (
    CANCEL_TRANSFER,
    GET_TRANSFER,
    LIST_TRANSFERS,
    RECEIVE_GOODS,
    RECEIVE_TRANSFER,
    SEND_TRANSFER,
    CancelTransfer,
    GetTransfer,
    ListTransfers,
    ReceiptLine,
    ReceivedLine,
    ReceiveGoods,
    ReceiveTransfer,
    SendTransfer,
    Transfer,
    TransferLine,
)
from actors.runtime.client import Refused
from tests.actors.inventory.shop import Goods, Shop, open_shop
from tests.pages import whole_check
from tests.support import House, rupiah, some_id


async def send(here: Shop, there: Shop, *lines: tuple[Goods, str], **said: Any) -> Transfer:
    wanted = [TransferLine(variant_id=goods.variant_id, quantity=quantity) for goods, quantity in lines]
    return await here.house.call(SEND_TRANSFER, SendTransfer(from_store_id=here.store_id, to_store_id=there.store_id, lines=wanted, **said))


async def numbers(shop: Shop, goods: Goods) -> tuple[str, str]:
    """On hand, and on its way here."""
    level = await shop.level(goods)
    return level.on_hand, level.in_transit


async def proven(*shops: Shop) -> bool:
    checks = [await whole_check(shop.house, shop.store_id) for shop in shops]
    return all(not check.findings for check in checks)


async def test_goods_leave_are_on_their_way_and_arrive_at_what_they_cost(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await here.goods("10", cost=3000)
    received = ReceiptLine(variant_id=goods.variant_id, quantity="4", unit_cost=rupiah(6000))
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=there.store_id, lines=[received]))

    transfer = await send(here, there, (goods, "8"), reference="T-1", note="for the weekend")
    assert (await numbers(here, goods), await numbers(there, goods)) == (("2", "0"), ("4", "8"))
    assert await proven(here, there)
    ended = await house.call(RECEIVE_TRANSFER, ReceiveTransfer(id=transfer.id, if_version=1))

    assert (ended.state, ended.version, [line.received for line in ended.lines]) == ("received", 2, ["8"])
    assert (await numbers(here, goods), await numbers(there, goods)) == (("2", "0"), ("12", "0"))
    assert (await there.level(goods)).average_cost == "400000"
    assert await proven(here, there)
    assert await house.call(GET_TRANSFER, GetTransfer(id=transfer.id)) == ended
    told = await house.fetch("SELECT name FROM inventory.log WHERE key = $1 ORDER BY position", str(transfer.id))
    assert [row["name"] for row in told] == ["transfer.sent", "transfer.received"]


async def test_what_has_not_arrived_is_written_off_where_it_came_from(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods, other = await here.goods("10"), await here.goods("10")
    transfer = await send(here, there, (goods, "6"), (other, "2"))

    lines = [ReceivedLine(variant_id=goods.variant_id, quantity="5")]
    ended = await house.call(RECEIVE_TRANSFER, ReceiveTransfer(id=transfer.id, if_version=1, lines=lines))

    assert [line.received for line in ended.lines] == ["5", "0"]
    assert (await numbers(here, goods), await numbers(there, goods)) == (("4", "0"), ("5", "0"))
    assert (await numbers(here, other), await numbers(there, other)) == (("8", "0"), ("0", "0"))
    moved = [(one.kind, one.quantity) for one in await here.movements(goods, reference_id=transfer.id)]
    assert moved == [("transfer_out", "-6"), ("transfer_in", "1"), ("waste", "-1")]
    assert await proven(here, there)


async def test_a_transfer_ends_once_whoever_asks(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await here.goods("10")
    transfer = await send(here, there, (goods, "6"))
    receive, cancel = ReceiveTransfer(id=transfer.id, if_version=1), CancelTransfer(id=transfer.id, if_version=1)

    replies = await asyncio.gather(*(
        house.client.ask(command, request) for _ in range(6) for command, request in ((RECEIVE_TRANSFER, receive), (CANCEL_TRANSFER, cancel))
    ))  # fmt: skip

    refusals = [reply.refusal for reply in replies if reply.refusal is not None]
    assert len(refusals) == 11
    assert {refusal.code for refusal in refusals} == {"inventory.wrong_state"}
    ended = await house.call(GET_TRANSFER, GetTransfer(id=transfer.id))
    expected = (("4", "0"), ("6", "0")) if ended.state == "received" else (("10", "0"), ("0", "0"))
    assert (await numbers(here, goods), await numbers(there, goods)) == expected


async def test_called_back_the_goods_are_where_they_were(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await here.goods("10", cost=3000)
    transfer = await send(here, there, (goods, "6"))

    await house.call(CANCEL_TRANSFER, CancelTransfer(id=transfer.id, if_version=1))

    assert (await numbers(here, goods), await numbers(there, goods)) == (("10", "0"), ("0", "0"))
    assert (await here.level(goods)).average_cost == "300000"
    assert await proven(here, there)


async def test_what_cannot_be_sent_or_received_is_refused(house: House) -> None:
    here, there = await open_shop(house), await open_shop(house)
    goods = await here.goods("10")

    assert await problems(send(here, here, (goods, "1"), (goods, "0.5"))) == [
        "/to_store_id", "/lines/1/quantity", "/lines/1/variant_id",
    ]  # fmt: skip
    nowhere = SendTransfer(from_store_id=some_id(), to_store_id=some_id(), lines=[TransferLine(variant_id=some_id(), quantity="1")])
    assert await problems(house.call(SEND_TRANSFER, nowhere)) == ["/from_store_id", "/to_store_id", "/lines/0/variant_id"]
    transfer = await send(here, there, (goods, "6"))
    lines = [
        ReceivedLine(variant_id=goods.variant_id, quantity="7"), ReceivedLine(variant_id=some_id(), quantity="1"),
        ReceivedLine(variant_id=goods.variant_id, quantity="0.5"),
    ]  # fmt: skip
    assert await problems(house.call(RECEIVE_TRANSFER, ReceiveTransfer(id=transfer.id, if_version=1, lines=lines))) == [
        "/lines/0/quantity", "/lines/1/variant_id", "/lines/2/variant_id",
    ]  # fmt: skip
    with pytest.raises(Refused, match=r"inventory\.stale"):
        await house.call(CANCEL_TRANSFER, CancelTransfer(id=transfer.id, if_version=2))
    with pytest.raises(Refused, match=r"inventory\.not_found"):
        await house.call(GET_TRANSFER, GetTransfer(id=some_id()))


async def problems(asking: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        await asking
    return [error.pointer for error in caught.value.refusal.errors]


async def test_transfers_are_listed_for_both_stores_newest_first(house: House) -> None:
    here, there, elsewhere = await open_shop(house), await open_shop(house), await open_shop(house)
    goods = await here.goods("10")
    sent = [await send(here, there, (goods, "1")) for _ in range(3)] + [await send(there, here, (goods, "1"))]
    await send(here, elsewhere, (goods, "1"))

    first = await house.call(LIST_TRANSFERS, ListTransfers(store_id=there.store_id, state="in_transit", limit=3))
    rest = await house.call(LIST_TRANSFERS, ListTransfers(store_id=there.store_id, limit=3, cursor=first.next_cursor))

    assert [one.id for one in (*first.items, *rest.items)] == [one.id for one in reversed(sent)]
    assert rest.next_cursor is None
