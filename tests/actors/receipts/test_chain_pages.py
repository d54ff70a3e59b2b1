"""A chain that is proven page by page: receipts and voids share the room of a page, and what begins on one is seen on the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import groupby
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from actors.orders.contract import LIST_RECEIPTS, ListReceipts, ReceiptBodies, ReceiptBody
from actors.orders.receipts import Entry, how_many
from actors.receipts import checking
from actors.receipts.contract import CHECK_CHAIN, ChainCheck, CheckChain
from actors.runtime.client import Client
from tests.actors.orders.shop import Shop, open_shop
from tests.actors.receipts.test_chain import named, offline, void, whole
from tests.support import House, Servers, open_house, some_id

LAST, ROOM = 60, 4
SOLD = (1, 2, 41, LAST)
VOIDS = [*((number, number) for number in range(3, 41) if number != 20), (42, 50), (51, 58)]
"""20 and 59 are missing."""


@pytest_asyncio.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[House]:
    """One that nobody shares: voids are tampered with here."""
    async with open_house(await servers.settings()) as house:
        yield house


@pytest_asyncio.fixture
async def torn(house: House) -> Shop:
    """Ten times as many voids as a page has room for, and hardly a sale."""
    shop = await open_shop(house)
    await offline(shop, *SOLD)
    for first, last in VOIDS:
        await void(shop, first, last)
    await whole(shop, len(SOLD) + len(VOIDS))
    return shop


async def pages(shop: Shop) -> list[ChainCheck]:
    """Of the check, to its end."""
    told = [await shop.house.call(CHECK_CHAIN, CheckChain(register_id=shop.register.id))]
    while told[-1].next_cursor is not None:
        told.append(await shop.house.call(CHECK_CHAIN, CheckChain(register_id=shop.register.id, cursor=told[-1].next_cursor)))
    return told


async def page(shop: Shop, after: int, limit: int) -> ReceiptBodies:
    return await shop.house.call(LIST_RECEIPTS, ListReceipts(register_id=shop.register.id, after=after, limit=limit))


async def test_no_page_holds_more_voids_than_it_has_room_for(torn: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    [at_once] = await pages(torn)
    monkeypatch.setattr(checking, "RECEIPTS_MAX", ROOM)
    told = await pages(torn)

    assert len(told) > len(VOIDS) / ROOM
    assert all(one.receipts + len(one.voided) <= ROOM and one.links <= ROOM for one in told)
    assert VOIDS == [(void.first, void.last) for one in told for void in one.voided]
    assert (len(SOLD), len(SOLD) + len(VOIDS)) == (sum(one.receipts for one in told), sum(one.links for one in told))
    assert {("missing", 20, 0), ("missing", 59, 0)} == named(at_once.findings) == named([finding for one in told for finding in one.findings])


async def test_on_every_page_it_is_seen_what_somebody_has_changed(torn: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await torn.house.fetch("UPDATE orders.voided_receipts SET reason = 'x' WHERE register_id = $1 AND first = 5", torn.register.id)
    await torn.house.fetch("DELETE FROM orders.voided_receipts WHERE register_id = $1 AND first = 33", torn.register.id)
    again = "INSERT INTO orders.voided_receipts SELECT $1, register_id, first, last, reason, by, at FROM orders.voided_receipts"
    await torn.house.fetch(f"{again} WHERE register_id = $2 AND first = 12", some_id(), torn.register.id)
    monkeypatch.setattr(checking, "RECEIPTS_MAX", ROOM)
    found = named([finding for one in await pages(torn) for finding in one.findings])
    assert {("missing", 20, 0), ("missing", 59, 0), ("changed", 5, -1), ("removed", 33, -1), ("missing", 33, 0), ("unlinked", 12, -1)} == found


async def test_a_void_that_goes_on_after_a_sale_within_it_covers_the_next_page_too(torn: Shop) -> None:
    await offline(torn, 44)
    told = await page(torn, 44, ROOM)
    assert ([(42, 50), (51, 58)], [LAST]) == ([(one.first, one.last) for one in told.voided], [one.number for one in told.items])
    assert (None, LAST) == (told.until, told.last)


async def test_no_void_comes_before_a_receipt_that_was_too_big_for_the_page(torn: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """41 and both voids after it would fit; but 44 is between them, and does not."""
    await offline(torn, 44)
    [first, *_] = (await page(torn, 40, 500)).items
    monkeypatch.setattr(Client, "message_max", 2 * (len(first.body or b"") + 900))
    told = await page(torn, 40, 500)
    assert ([41], [], 41) == ([one.number for one in told.items], told.voided, told.until)


async def test_what_begins_with_one_number_is_on_one_page(torn: Shop) -> None:
    await offline(torn, 3)
    first = await page(torn, 0, 3)
    assert ([1, 2], [], 2) == ([one.number for one in first.items], first.voided, first.until)
    second = await page(torn, 2, 3)
    assert ([3], [3, 4], 4) == ([one.number for one in second.items], [one.first for one in second.voided], second.until)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 100)), min_size=1), st.integers(1, 40), st.integers(0, 1000))
def test_a_page_ends_where_its_room_does_and_not_within_a_number(sizes: list[tuple[int, int]], limit: int, bytes_max: int) -> None:
    found = [Entry(number, size, ReceiptBody(number, UUID(int=number), None)) for number, size in sorted(sizes)]
    count = how_many(found, limit, bytes_max)
    numbers = [len(list(same)) for _, same in groupby(found, lambda one: one.number)]

    assert count >= numbers[0]
    assert count == numbers[0] or (count <= limit and sum(one.size for one in found[:count]) <= bytes_max)
    if count < len(found):
        assert found[count - 1].number < found[count].number
        room = next(sum(numbers[: index + 1]) for index in range(len(numbers)) if sum(numbers[:index]) == count)
        assert room > limit or sum(one.size for one in found[:room]) > bytes_max
