"""The chain of a register's receipts: whatever is changed or taken away in the database afterwards, the check names it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from actors.orders.contract import (
    CANCEL_ORDER,
    PLACE_ORDER,
    PLACE_ORDERS,
    REFUND_ORDER,
    VOID_RECEIPTS,
    CancelOrder,
    LineInput,
    OfflineOrder,
    Order,
    PlaceOrder,
    PlaceOrders,
    RefundOrder,
    ReturnInput,
    VoidedReceipts,
    VoidReceipts,
)
from actors.receipts.chain import BEGINNING, joined
from actors.receipts.contract import CHECK_CHAIN, ChainCheck, ChainFinding, CheckChain
from actors.runtime.client import Refused
from actors.runtime.database import connect_alone
from actors.runtime.ids import now
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, Servers, eventually, open_house, some_id

SELLS = 6


async def check(shop: Shop) -> ChainCheck:
    return await shop.house.call(CHECK_CHAIN, CheckChain(register_id=shop.register.id))


async def whole(shop: Shop, links: int) -> ChainCheck:
    async def all_linked() -> ChainCheck | None:
        told = await check(shop)
        return told if told.length >= links and not told.behind else None

    found: ChainCheck = await eventually(all_linked)
    return found


def named(findings: list[ChainFinding]) -> set[tuple[str, int | None, int]]:
    return {(finding.what, finding.number, finding.refund) for finding in findings}


@pytest_asyncio.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[House]:
    """One that nobody shares: orders are tampered with here."""
    async with open_house(await servers.settings()) as house:
        yield house


@pytest_asyncio.fixture
async def sold(house: House) -> tuple[Shop, list[Order]]:
    """Six sales; the third with two refunds, the fifth called off: nine links."""
    shop = await open_shop(house)
    orders = [await shop.place(cash(10000)) for _ in range(SELLS)]
    for reason in ("Basi", "Rusak"):
        await house.call(REFUND_ORDER, RefundOrder(id=orders[2].id, lines=[ReturnInput(line=1, quantity=1)], reason=reason))
    await house.call(CANCEL_ORDER, CancelOrder(id=orders[4].id, reason="Salah"))
    told = await whole(shop, SELLS + 3)
    assert (told.findings, told.receipts, told.links, told.last, told.next_cursor) == ([], SELLS, SELLS + 3, SELLS, None)
    return shop, orders


Sold = tuple[Shop, list[Order]]
pytestmark = pytest.mark.asyncio


async def test_an_order_that_was_changed_in_the_log(sold: Sold) -> None:
    """Where an order's body is stored, and nowhere else: the same length, so that everything still reads well."""
    shop, orders = sold
    changed = await shop.house.fetch(
        "UPDATE orders.log SET body = convert_to(replace(convert_from(body, 'UTF8'), '\"amount\":700000', '\"amount\":100000'), 'UTF8')"
        " WHERE key = $1 RETURNING position",
        str(orders[1].id),
    )
    assert len(changed) == 1
    assert named((await check(shop)).findings) == {("changed", 2, 0)}


async def test_a_refund_that_was_changed(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch(
        "UPDATE orders.log SET body = convert_to(replace(convert_from(body, 'UTF8'), 'Rusak', 'Rusuk'), 'UTF8') WHERE key = $1", str(orders[2].id)
    )
    assert (await check(shop)).findings == [], "its reason is a remark"
    await shop.house.fetch(
        "UPDATE orders.log SET body = convert_to(replace(convert_from(body, 'UTF8'), '\"number\":2,\"kind\":\"return\"', "
        "'\"number\":2,\"kind\":\"amount\"'), 'UTF8') WHERE key = $1",
        str(orders[2].id),
    )
    assert named((await check(shop)).findings) == {("changed", 3, 2)}


async def test_an_order_that_cannot_be_read_or_is_gone(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch("UPDATE orders.log SET body = decode('7bff00', 'hex') WHERE key = $1", str(orders[0].id))
    assert named((await check(shop)).findings) == {("changed", 1, 0)}
    await shop.house.fetch("DELETE FROM orders.log WHERE key = $1", str(orders[0].id))
    assert named((await check(shop)).findings) == {("removed", 1, 0)}


async def test_an_order_that_was_removed(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch("DELETE FROM orders.orders WHERE id = $1", orders[3].id)
    (finding,) = (await check(shop)).findings
    assert (finding.what, finding.number, finding.order_id) == ("removed", 4, orders[3].id)


async def test_the_last_receipt_that_was_removed_with_its_link(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch("DELETE FROM orders.orders WHERE id = $1", orders[-1].id)
    await shop.house.fetch("DELETE FROM receipts.links WHERE register_id = $1 AND number = $2", shop.register.id, SELLS)
    found = named((await check(shop)).findings)
    assert ("missing", SELLS, 0) in found, "the register has given that number"


async def test_a_link_that_was_removed(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch("DELETE FROM receipts.links WHERE order_id = $1", orders[1].id)
    assert named((await check(shop)).findings) == {("unlinked", 2, 0), ("broken", 3, 0)}
    await shop.house.fetch("DELETE FROM receipts.links WHERE order_id = $1", orders[0].id)
    assert named((await check(shop)).findings) == {("unlinked", 1, 0), ("unlinked", 2, 0), ("broken", 3, 0)}


async def test_the_last_link_that_was_removed(sold: Sold) -> None:
    shop, orders = sold
    await shop.house.fetch("DELETE FROM receipts.links WHERE order_id = $1 AND refund = 1", orders[4].id)
    assert named((await check(shop)).findings) == {("unlinked", 5, 1), ("broken", None, 0)}


async def test_two_links_that_were_swapped(sold: Sold) -> None:
    shop, _ = sold
    await shop.house.fetch(
        "UPDATE receipts.links AS l SET order_id = other.order_id, facts = other.facts FROM receipts.links AS other"
        " WHERE l.register_id = $1 AND other.register_id = $1 AND l.refund = 0 AND other.refund = 0"
        " AND (l.number, other.number) IN ((1, 2), (2, 1))",
        shop.register.id,
    )
    assert named((await check(shop)).findings) == {("changed", 1, 0), ("changed", 2, 0), ("broken", 1, 0), ("broken", 2, 0)}


async def test_two_receipts_that_were_swapped(sold: Sold) -> None:
    shop, _ = sold
    for number in (99, 1, 2):
        was = {99: 1, 1: 2, 2: 99}[number]
        sql = "UPDATE orders.orders SET receipt_number = $3 WHERE register_id = $1 AND receipt_number = $2"
        await shop.house.fetch(sql, shop.register.id, was, number)
    assert named((await check(shop)).findings) == {("changed", 1, 0), ("changed", 2, 0)}


async def test_a_receipt_that_was_slipped_in(sold: Sold) -> None:
    """As a copy of another one, with the next number."""
    shop, orders = sold
    await shop.house.fetch(
        "INSERT INTO orders.orders SELECT (o).* FROM (SELECT jsonb_populate_record(orders, jsonb_build_object('id', $2::text,"
        " 'receipt_number', 7)) AS o FROM orders.orders WHERE id = $1) AS copied",
        orders[0].id, str(some_id()),
    )  # fmt: skip
    assert named((await check(shop)).findings) == {("unlinked", 7, 0)}


async def test_what_never_was_a_receipt(sold: Sold) -> None:
    shop, _ = sold
    before = await check(shop)
    await shop.place(hold=True)
    paid = await shop.place(cash(10000))
    told = await whole(shop, SELLS + 4)
    assert (told.length, told.findings, paid.receipt_number) == (before.length + 1, [], SELLS + 1)
    assert told.head != before.head


async def test_a_chain_that_was_made_anew(sold: Sold) -> None:
    """By somebody who knows how: every link fits, and the head that was written down is in it no longer."""
    shop, _ = sold
    known = await check(shop)
    asked = CheckChain(register_id=shop.register.id, length=known.length, head=known.head)
    await shop.place(cash(10000))
    grown = await whole(shop, known.length + 1)
    assert (await shop.house.call(CHECK_CHAIN, asked)).findings == grown.findings == []
    rows = await shop.house.fetch("SELECT position, facts FROM receipts.links WHERE register_id = $1 ORDER BY position", shop.register.id)
    hash = BEGINNING
    for row in rows:
        facts = b"x" * 32 if row["position"] == 1 else row["facts"]
        hash = joined(hash, facts)
        sql = "UPDATE receipts.links SET facts = $3, hash = $4 WHERE register_id = $1 AND position = $2"
        await shop.house.fetch(sql, shop.register.id, row["position"], facts, hash)
    await shop.house.fetch("UPDATE receipts.chains SET hash = $2 WHERE register_id = $1", shop.register.id, hash)
    assert named((await check(shop)).findings) == {("changed", 1, 0)}
    assert named((await shop.house.call(CHECK_CHAIN, asked)).findings) == {("broken", None, 0), ("changed", 1, 0)}


async def test_nothing_is_found_while_the_register_sells_and_gives_back(house: House) -> None:
    shop = await open_shop(house)

    async def sell() -> None:
        for _ in range(15):
            order = await shop.place(cash(10000))
            await house.call(REFUND_ORDER, RefundOrder(id=order.id, lines=[ReturnInput(line=1, quantity=1)]))

    sellers = asyncio.gather(*(sell() for _ in range(3)))
    while not sellers.done():
        assert (await check(shop)).findings == []
    await sellers
    assert (await whole(shop, 90)).findings == []


async def test_an_unknown_register_and_a_cursor_that_is_none(sold: Sold) -> None:
    shop, _ = sold
    for asked, code in (
        (CheckChain(register_id=some_id()), "receipts.no_such_register"),
        (CheckChain(register_id=shop.register.id, cursor="eA"), "receipts.invalid"),
        (CheckChain(register_id=shop.register.id, length=1), "receipts.invalid"),
    ):
        with pytest.raises(Refused) as refused:
            await shop.house.call(CHECK_CHAIN, asked)
        assert refused.value.refusal.code == code


async def test_a_register_that_has_sold_nothing(house: House) -> None:
    told = await check(await open_shop(house))
    assert told == ChainCheck(findings=[], receipts=0, links=0, behind=0, last=0, length=0, head="")


async def test_another_member_goes_on_where_one_has_stopped(servers: Servers) -> None:
    """The chain stands in the database, with how far the log was followed: it is the same for who follows next."""
    settings = await servers.settings()
    async with open_house(settings) as house:
        shop = await open_shop(house)
        await shop.place(cash(10000))
        first = await whole(shop, 1)
    async with open_house(settings) as house:
        await house.call(PLACE_ORDER, PlaceOrder(register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(10000)]))
        second = await whole(replace(shop, house=house), 2)
    assert (first.findings, second.findings, second.length) == ([], [], 2)


# --- numbers that no sale has


async def offline(shop: Shop, *numbers: int) -> None:
    """Sales whose registers have printed these numbers."""
    sales = [
        OfflineOrder(
            id=some_id(), register_id=shop.register.id, lines=[LineInput(sku=shop.sku)], tenders=[cash(10000)], sold_at=now(),
            receipt=f"K1-{number:06}",
        )
        for number in numbers
    ]  # fmt: skip
    told = await shop.house.call(PLACE_ORDERS, PlaceOrders(orders=sales))
    assert [one.order.receipt_number if one.order else one.problem for one in told.items] == list(numbers)


async def void(shop: Shop, first: int, last: int, **by: str) -> VoidedReceipts:
    wish = VoidReceipts(register_id=shop.register.id, first=first, last=last, reason="The roll was torn")
    return await shop.house.call(VOID_RECEIPTS, wish, **by)


@pytest_asyncio.fixture
async def torn(house: House) -> Shop:
    """1, 2, 5 and 9 were sold."""
    shop = await open_shop(house)
    await offline(shop, 1, 2, 5, 9)
    assert named((await whole(shop, 4)).findings) == {("missing", 3, 0), ("missing", 6, 0)}
    return shop


async def test_numbers_that_were_made_void_are_not_missing(torn: Shop) -> None:
    some_of_them, others = await void(torn, 6, 7, by="manager"), await void(torn, 3, 4)
    told = await whole(torn, 6)
    [finding] = told.findings
    assert (finding.what, finding.number, "receipt 8 is" in finding.detail) == ("missing", 8, True)
    await void(torn, 8, 8)
    told = await whole(torn, 7)
    assert (told.findings, told.length, told.links) == ([], 7, 7)
    assert [(one.first, one.last) for one in told.voided] == [(3, 4), (6, 7), (8, 8)]
    assert (told.voided[0], told.voided[1]) == (others, some_of_them)
    assert (some_of_them.by, some_of_them.reason) == ("manager", "The roll was torn")
    await torn.place(cash(10000))
    assert (await whole(torn, 8)).findings == []
    rows = await torn.house.fetch("SELECT by FROM orders.audit WHERE command = 'orders.void_receipts' AND $1 = ANY (about)", str(some_of_them.id))
    assert ["manager"] == [row["by"] for row in rows]


async def test_only_what_is_missing_is_made_void(torn: Shop) -> None:
    await void(torn, 3, 3)
    for first, last, code, words in (
        (2, 3, "orders.not_missing", "Receipt 2 is there"), (4, 5, "orders.not_missing", "Receipt 5 is there"),
        (3, 4, "orders.not_missing", "Receipt 3 was made void before"), (8, 10, "orders.not_missing", "come to 9"),
        (7, 6, "orders.invalid", "before"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=words) as no:
            await void(torn, first, last)
        assert no.value.refusal.code == code
    with pytest.raises(Refused) as no:
        await torn.house.call(VOID_RECEIPTS, VoidReceipts(register_id=some_id(), first=1, last=1, reason="?"))
    assert no.value.refusal.code == "orders.unknown_register"


async def test_of_those_who_make_the_same_void_at_once_one_does(torn: Shop) -> None:
    """Nothing is written until two of them are at it."""
    lock = await connect_alone(torn.house.settings.database_url)
    try:
        async with lock.transaction():
            await lock.execute("LOCK TABLE orders.voided_receipts IN EXCLUSIVE MODE")
            asked = [asyncio.create_task(void(torn, 6, 8)) for _ in range(5)]
            waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            await eventually(lambda: _several(torn, waiting))
    finally:
        await lock.close()
    told = await asyncio.gather(*asked, return_exceptions=True)

    assert 1 == sum(not isinstance(one, BaseException) for one in told)
    assert [(one.first, one.last) for one in (await whole(torn, 5)).voided] == [(6, 8)]


async def _several(shop: Shop, sql: str) -> bool:
    return len(await shop.house.fetch(sql)) > 1


async def test_who_makes_void_and_who_sells_do_not_wait_for_each_other(torn: Shop) -> None:
    """A sale is about to be committed, and holds its register's number."""
    sale = await connect_alone(torn.house.settings.database_url)
    try:
        async with sale.transaction():
            await sale.execute("SELECT FROM orders.receipt_numbers WHERE register_id = $1 FOR UPDATE", torn.register.id)
            assert (await void(torn, 6, 8)).last == 8
    finally:
        await sale.close()


async def test_a_sale_that_comes_in_all_the_same_counts(torn: Shop) -> None:
    await void(torn, 3, 4)
    await void(torn, 6, 8)
    await offline(torn, 7)
    assert (await whole(torn, 7)).findings == []
    await torn.house.fetch("DELETE FROM orders.orders WHERE register_id = $1 AND receipt_number = 7", torn.register.id)
    assert named((await check(torn)).findings) == {("removed", 7, 0)}, "a link says that it was there"


async def test_what_is_void_is_proved_like_a_sale(torn: Shop) -> None:
    """Nobody makes a number void behind the back of the chain, nor takes it back, nor says later that it was somebody else."""
    said = await void(torn, 3, 4)
    await void(torn, 6, 8)
    assert (await whole(torn, 6)).findings == []
    await torn.house.fetch("UPDATE orders.voided_receipts SET by = 'somebody else' WHERE id = $1", said.id)
    assert named((await check(torn)).findings) == {("changed", 3, -1)}
    await torn.house.fetch("DELETE FROM orders.voided_receipts WHERE id = $1", said.id)
    assert named((await check(torn)).findings) == {("removed", 3, -1), ("missing", 3, 0)}
    again = "INSERT INTO orders.voided_receipts SELECT $1, register_id, 3, 4, reason, by, at FROM orders.voided_receipts WHERE register_id = $2"
    await torn.house.fetch(again, some_id(), torn.register.id)
    assert named((await check(torn)).findings) == {("removed", 3, -1), ("unlinked", 3, -1)}
