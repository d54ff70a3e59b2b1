"""Counts while selling goes on: the difference is the one of the moment that it was counted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from actors.inventory.contract import (
    CANCEL_COUNT,
    CLOSE_COUNT,
    GET_COUNT,
    LIST_COUNTS,
    OPEN_COUNT,
    RECORD_COUNT,
    CancelCount,
    CloseCount,
    Count,
    CountedLine,
    GetCount,
    ListCounts,
    OpenCount,
    RecordCount,
)
from actors.runtime.client import Refused
from tests.actors.inventory.shop import Goods, Shop, Told, ago, open_shop
from tests.support import House, some_id


async def open_count(shop: Shop, *goods: Goods, **said: Any) -> Count:
    return await shop.house.call(OPEN_COUNT, OpenCount(store_id=shop.store_id, variant_ids=[one.variant_id for one in goods], **said), by="key-1")


async def record(shop: Shop, count: Count, goods: Goods, quantity: str, at: datetime | None = None) -> Count:
    return await shop.house.call(RECORD_COUNT, RecordCount(id=count.id, lines=[CountedLine(variant_id=goods.variant_id, quantity=quantity, at=at)]))


async def close(shop: Shop, count: Count) -> Count:
    return await shop.house.call(CLOSE_COUNT, CloseCount(id=count.id, if_version=count.version), by="key-2")


async def test_what_is_sold_after_it_was_counted_does_not_disturb_the_count(house: House) -> None:
    shop = await open_shop(house)
    goods, other = await shop.goods("10"), await shop.goods("5")
    count = await open_count(shop, note="January")
    assert [one.variant_id for one in count.lines] == sorted([goods.variant_id, other.variant_id])

    await shop.hear(Told(shop, 1, [goods.use("2")]))
    count = await record(shop, count, goods, "7")
    await shop.hear(Told(shop, 1, [goods.use("3")]))
    closed = await close(shop, count)

    line = next(line for line in closed.lines if line.variant_id == goods.variant_id)
    assert (line.counted, line.expected, line.difference) == ("7", "8", "-1")
    assert (closed.state, closed.version, closed.opened_by) == ("closed", 3, "key-1")
    assert (await shop.on_hand(goods), await shop.on_hand(other)) == ("4", "5")
    (movement,) = await shop.movements(goods, kind="count")
    assert (movement.quantity, movement.reference_id, movement.reason, movement.by, movement.at) == (
        "-1", count.id, "January", "key-2", line.counted_at,
    )  # fmt: skip
    assert await house.call(GET_COUNT, GetCount(id=count.id)) == closed
    told = await house.fetch("SELECT name FROM inventory.log WHERE key = $1", str(count.id))
    assert [row["name"] for row in told] == ["stock.counted"]


async def test_a_sale_from_before_that_is_heard_of_later_was_seen_by_the_count(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    count = await record(shop, await open_count(shop, goods), goods, "6")
    before, after = Told(shop, 1, [goods.use("4")], sold_at=ago(hours=3)), Told(shop, 1, [goods.use("1")])

    await close(shop, count)
    assert await shop.on_hand(goods) == "6"
    await shop.hear(before, after)

    assert await shop.on_hand(goods) == "5"
    counted = [(one.quantity, one.at == before.sold_at) for one in await shop.movements(goods, kind="count", reference_id=count.id)]
    assert counted == [("-4", False), ("4", True)]
    # Bringing it back happens after the count, and counts.
    await shop.hear(before.then(2, goods.use("4", "4")))
    assert await shop.on_hand(goods) == "9"


async def test_a_sale_from_before_that_is_heard_of_in_between_is_expected(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    count = await record(shop, await open_count(shop, goods), goods, "6")

    await shop.hear(Told(shop, 1, [goods.use("4")], sold_at=ago(hours=3)))
    closed = await close(shop, count)

    assert [line.difference for line in closed.lines] == ["0"]
    assert await shop.on_hand(goods) == "6"


async def test_counted_again_the_last_one_holds_and_what_turns_up_comes_in(house: House) -> None:
    shop = await open_shop(house)
    goods, found = await shop.goods("10"), await shop.goods()
    count = await open_count(shop, goods)

    await record(shop, count, goods, "1")
    await record(shop, count, found, "3")
    closed = await close(shop, await record(shop, count, goods, "9"))

    assert {line.variant_id: line.difference for line in closed.lines} == {goods.variant_id: "-1", found.variant_id: "3"}
    assert (await shop.on_hand(goods), await shop.on_hand(found)) == ("9", "3")


async def test_an_older_count_does_not_undo_a_later_one(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    first = await record(shop, await open_count(shop, goods), goods, "8")
    second = await record(shop, await open_count(shop, goods), goods, "7")

    await close(shop, second)
    closed = await close(shop, first)

    assert [(line.counted, line.expected, line.difference) for line in closed.lines] == [("8", None, None)]
    assert await shop.on_hand(goods) == "7"


async def test_a_count_that_is_given_up_changes_nothing(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    count = await record(shop, await open_count(shop, goods), goods, "3")

    cancelled = await house.call(CANCEL_COUNT, CancelCount(id=count.id, if_version=count.version))

    assert cancelled.state == "cancelled"
    assert await shop.on_hand(goods) == "10"
    assert await code_of(close(shop, cancelled)) == "inventory.wrong_state"
    assert await code_of(record(shop, cancelled, goods, "3")) == "inventory.wrong_state"


@pytest.mark.parametrize("at", [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14))),
])  # fmt: skip
async def test_what_was_counted_beyond_all_calendars_is_refused(house: House, at: datetime) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    count = await open_count(shop, goods)
    assert await code_of(record(shop, count, goods, "3", at)) == "inventory.invalid"


async def code_of(asking: Any) -> str:
    with pytest.raises(Refused) as caught:
        await asking
    return caught.value.refusal.code


async def test_what_cannot_be_counted_is_refused(house: House) -> None:
    shop = await open_shop(house)
    goods, service = await shop.goods("10"), await shop.goods(stock="untracked")
    count = await open_count(shop, goods)
    lines = [
        CountedLine(variant_id=goods.variant_id, quantity="1.5", at=ago(hours=-1)), CountedLine(variant_id=service.variant_id, quantity="1"),
    ]  # fmt: skip

    with pytest.raises(Refused) as caught:
        await house.call(RECORD_COUNT, RecordCount(id=count.id, lines=lines))

    assert [error.pointer for error in caught.value.refusal.errors] == ["/lines/0/quantity", "/lines/0/at", "/lines/1/variant_id"]
    assert await code_of(open_count(shop, service)) == "inventory.unknown_variant"
    assert await code_of(house.call(OPEN_COUNT, OpenCount(store_id=some_id()))) == "inventory.unknown_store"
    assert await code_of(house.call(CLOSE_COUNT, CloseCount(id=count.id, if_version=7))) == "inventory.stale"
    for asking in (
        house.call(GET_COUNT, GetCount(id=some_id())), house.call(CLOSE_COUNT, CloseCount(id=some_id(), if_version=1)),
        house.call(RECORD_COUNT, RecordCount(id=some_id(), lines=lines)),
    ):  # fmt: skip
        assert await code_of(asking) == "inventory.not_found"


async def test_counts_are_listed_newest_first_in_pages(house: House) -> None:
    shop = await open_shop(house)
    goods = await shop.goods("10")
    counts = [await open_count(shop, goods) for _ in range(5)]
    await house.call(CANCEL_COUNT, CancelCount(id=counts[2].id, if_version=1))

    first = await house.call(LIST_COUNTS, ListCounts(store_id=shop.store_id, state="open", limit=3))
    rest = await house.call(LIST_COUNTS, ListCounts(store_id=shop.store_id, state="open", limit=3, cursor=first.next_cursor))

    assert [one.id for one in (*first.items, *rest.items)] == [counts[index].id for index in (4, 3, 1, 0)]
    assert rest.next_cursor is None
    assert await code_of(house.call(LIST_COUNTS, ListCounts(cursor="nonsense"))) == "inventory.invalid"
