"""Sales that were made while the register was alone: never refused for stock or price, and flagged where they differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from actors import orders
from actors.catalog.contract import (
    CREATE_PRICE_LIST,
    CREATE_PRODUCT,
    CREATE_PROMOTION,
    CreateProduct,
    CreatePromotion,
    Price,
    PriceListInput,
    PromotionTerms,
    VariantInput,
)
from actors.orders.contract import (
    LIST_ORDERS,
    PLACE_ORDERS,
    REVIEW_ORDER,
    DiscountInput,
    LineInput,
    ListOrders,
    OfflineOrder,
    Order,
    PlaceOrders,
    ReviewOrder,
)
from tests.actors.orders.shop import Shop, cash, open_shop
from tests.support import House, rupiah, some_id, unique

MIGRATION = Path(orders.__file__).parent / "migrations" / "0004_printed.sql"
NIGHT = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
"""In Jakarta it is the first of April already."""


def sale(shop: Shop, **given: Any) -> OfflineOrder:
    values: dict[str, Any] = {"id": some_id(), "lines": [LineInput(sku=shop.sku)], "tenders": [cash(3_500)], "sold_at": NIGHT, **given}
    return OfflineOrder(register_id=shop.register.id, **values)


async def hand_in(shop: Shop, *sales: OfflineOrder) -> list[Order]:
    told = await shop.house.call(PLACE_ORDERS, PlaceOrders(orders=list(sales)))
    assert [item.problem for item in told.items] == [None] * len(sales)
    return [item.order for item in told.items if item.order is not None]


async def test_time_price_and_receipt_are_those_of_the_register(house: House) -> None:
    shop = await open_shop(house)

    [order] = await hand_in(shop, sale(shop, receipt="A-17", lines=[LineInput(sku=shop.sku, unit_price=rupiah(3_500))]))

    assert (order.sold_at, order.business_date, order.receipt, order.receipt_number) == (NIGHT, date(2026, 4, 1), "A-17", 1)
    assert (order.status, order.payment, order.fulfillment, order.offline, order.flags) == ("completed", "paid", "delivered", True, [])
    assert [use.sold for use in order.stock] == ["1"]


async def test_one_without_tenders_is_refused_alone_unless_it_cost_nothing(house: House) -> None:
    shop = await open_shop(house)
    free = sale(shop, tenders=[], discounts=[DiscountInput(percent="100")])
    asked = PlaceOrders(orders=[sale(shop), sale(shop, tenders=[]), free, sale(shop, tenders=[], total=rupiah(3_500))])

    told = (await house.call(PLACE_ORDERS, asked)).items

    problems = [item.problem and (item.problem.code, [error.pointer for error in item.problem.errors]) for item in told]
    refused = ("orders.invalid", ["/tenders"])
    assert problems == [None, refused, None, refused]
    assert told[2].order is not None
    assert (told[2].order.status, told[2].order.totals.due) == ("completed", rupiah(0))


async def test_a_night_belongs_to_the_day_before_until_the_stores_day_begins(house: House) -> None:
    shop = await open_shop(house, day_starts_at="04:00")
    minute = timedelta(minutes=1)
    four = datetime(2026, 3, 31, 21, 0, tzinfo=UTC)

    orders = await hand_in(shop, sale(shop), sale(shop, sold_at=four - minute), sale(shop, sold_at=four))

    assert [order.business_date for order in orders] == [date(2026, 3, 31), date(2026, 3, 31), date(2026, 4, 1)]


async def test_what_differs_is_kept_and_flagged(house: House) -> None:
    shop = await open_shop(house)
    cheaper = sale(shop, lines=[LineInput(sku=shop.sku, unit_price=rupiah(3_000))], tenders=[cash(3_000)])
    charged = sale(shop, total=rupiah(3_400), tenders=[cash(3_400)])
    gone = sale(shop, lines=[LineInput(sku=(await house.add_product(active=False)).variants[0].sku)])
    untaxed = sale(shop, lines=[LineInput(sku=(await house.add_product(taxes=["luxury"])).variants[0].sku)])

    orders = await hand_in(shop, cheaper, charged, gone, untaxed)

    assert [order.flags for order in orders] == [["price_differs"], ["total_differs"], ["not_for_sale"], ["unknown_tax"]]
    assert [order.totals.due for order in orders[:2]] == [rupiah(3_000), rupiah(3_400)]
    assert all(order.status == "completed" and order.totals.missing.amount == 0 for order in orders)


async def test_what_was_set_up_after_a_sale_does_not_price_it(house: House) -> None:
    """Neither a promotion nor a price list; but for one that somebody says has begun before, as when it was told by telephone."""
    code = f"vip{unique()}"
    shop = await open_shop(house)
    earlier = datetime.now(UTC)
    only = {"store_ids": [shop.store.id], "percent": "50"}
    await house.call(CREATE_PROMOTION, CreatePromotion(name="New", terms=PromotionTerms(kind="percent", **only)))
    await house.call(CREATE_PRICE_LIST, PriceListInput(code=code, name="New", store_ids=[shop.store.id]))
    variant = VariantInput(sku=unique(), price=rupiah(3_500), prices=[Price(price=rupiah(3_000), price_list=code)])
    shop.sku = (await house.call(CREATE_PRODUCT, CreateProduct(name="Tea", variants=[variant]))).variants[0].sku

    [was, of_now] = await hand_in(shop, sale(shop, sold_at=earlier, total=rupiah(3_500)), sale(shop, sold_at=datetime.now(UTC)))

    assert (was.flags, was.totals.total, was.totals.adjustment.amount, was.lines[0].trace[0].rule) == ([], rupiah(3_500), 0, "price:base")
    assert of_now.totals.total == rupiah(1_500)
    by_telephone = PromotionTerms(kind="percent", starts_at=NIGHT, **only)
    await house.call(CREATE_PROMOTION, CreatePromotion(name="Told", terms=by_telephone))
    [told] = await hand_in(shop, sale(shop, sold_at=earlier, total=rupiah(1_750)))
    assert (told.flags, told.totals.total) == ([], rupiah(1_750))


async def test_a_coupon_that_was_made_after_the_sale_holds_for_the_customer_had_it(house: House) -> None:
    shop = await open_shop(house)
    code = f"C{unique()}"
    await house.call(CREATE_PROMOTION, CreatePromotion(name="New", code=code, terms=PromotionTerms(kind="percent", on="order", percent="10")))

    [order] = await hand_in(shop, sale(shop, coupons=[code]))

    assert (order.flags, order.totals.total) == ([], rupiah(3_150))


async def test_after_an_upgrade_no_number_is_given_that_was_printed_before_printed_ones_counted(house: House) -> None:
    shop = await open_shop(house)
    printed = [f"{shop.register.code}-{number:06}" for number in (3, 4, 5)]
    await hand_in(shop, *(sale(shop, receipt=receipt) for receipt in (*printed, f"{shop.register.code}-20260331000001")))
    # As it was counted then: 1, 2, 3 and 4, whatever was printed.
    await house.fetch("UPDATE orders.orders SET receipt_number = receipt_number - 100 WHERE register_id = $1", shop.register.id)
    await house.fetch("UPDATE orders.receipt_numbers SET last = 4 WHERE register_id = $1", shop.register.id)

    await house.fetch(MIGRATION.read_text().partition("-- migrate:down")[0])

    [row] = await house.fetch("SELECT last FROM orders.receipt_numbers WHERE register_id = $1", shop.register.id)
    assert row["last"] == 5


async def test_what_there_is_not_enough_of_was_sold_all_the_same(house: House) -> None:
    shop = await open_shop(house, stock="deny")
    orders = await hand_in(shop, sale(shop), sale(shop, lines=[LineInput(sku=shop.sku, quantity=3)], tenders=[cash(11_000)]))
    assert [order.flags for order in orders] == [["short_stock"], ["short_stock"]]


async def test_a_receipt_that_was_printed_twice_is_flagged(house: House) -> None:
    shop = await open_shop(house)

    first, second = await hand_in(shop, sale(shop, receipt="A-1"), sale(shop, receipt="A-1"))
    [third] = await hand_in(shop, sale(shop, receipt="A-1"))

    assert [order.flags for order in (first, second, third)] == [[], ["receipt_repeated"], ["receipt_repeated"]]
    assert [order.receipt_number for order in (first, second, third)] == [1, 2, 3]


async def test_the_number_that_a_register_has_printed_is_the_receipts_number(house: House) -> None:
    shop = await open_shop(house)
    code = shop.register.code

    def printed(number: int, **given: Any) -> OfflineOrder:
        return sale(shop, receipt=f"{code}-{number:06}", **given)

    online = await shop.place(cash(7_000))
    unknown = printed(3, lines=[LineInput(sku="NO-SUCH")])
    told = await house.call(PLACE_ORDERS, PlaceOrders(orders=[printed(2), unknown, printed(5), printed(4)]))
    orders = [item.order for item in told.items if item.order is not None]
    after = await shop.place(cash(7_000))

    assert [item.outcome for item in told.items] == ["created", "refused", "created", "created"]
    assert [(order.receipt_number, order.receipt, order.flags) for order in (online, *orders, after)] == [
        (1, f"{code}-000001", []),
        (2, f"{code}-000002", []),
        (5, f"{code}-000005", []),
        (4, f"{code}-000004", ["receipt_gap"]),
        (6, f"{code}-000006", []),
    ]
    # Put right, and handed in again: the gap is none any more.
    [corrected] = await hand_in(shop, printed(3))
    assert (corrected.receipt_number, corrected.flags) == (3, [])
    assert (await shop.place(cash(7_000))).receipt_number == 7


async def test_a_number_that_another_sale_has_is_flagged_and_the_next_one_is_given(house: House) -> None:
    shop = await open_shop(house)
    code = shop.register.code
    online = await shop.place(cash(7_000))

    first, second = await hand_in(shop, sale(shop, receipt=online.receipt), sale(shop, receipt=online.receipt))
    [other] = await hand_in(shop, sale(shop, receipt="A-9"))
    [taken] = await hand_in(shop, sale(shop, receipt=f"{code}-000004"))

    assert [(order.receipt_number, order.receipt, order.flags) for order in (first, second, other, taken)] == [
        (2, online.receipt, ["receipt_repeated"]),
        (3, online.receipt, ["receipt_repeated"]),
        (4, "A-9", []),
        (5, f"{code}-000004", ["receipt_repeated"]),
    ]


async def test_what_is_no_number_of_the_registers_own_leaves_its_count_alone(house: House) -> None:
    shop = await open_shop(house)
    code = shop.register.code
    texts = [f"{code}-17", f"{code}-000000", f"{code}-٠٠٠٠٠١", f"{code}-20260331", "K9-000004"]

    orders = await hand_in(shop, *(sale(shop, receipt=text) for text in texts))

    assert [(order.receipt_number, order.receipt) for order in orders] == list(enumerate(texts, 1))
    assert [order.flags for order in orders] == [[], [], [], ["receipt_gap"], []]


async def test_a_coupon_that_was_used_up_meanwhile_is_flagged(house: House) -> None:
    shop = await open_shop(house)
    code = f"C{unique()}"
    terms = PromotionTerms(kind="percent", on="order", percent="10", uses_max=1)
    await house.call(CREATE_PROMOTION, CreatePromotion(name="Opening", code=code, terms=terms))

    now = datetime.now(UTC)
    orders = await hand_in(shop, *(sale(shop, coupons=[code], sold_at=now) for _ in range(2)))

    assert [order.flags for order in orders] == [[], ["coupon_overused"]]


async def test_flagged_orders_are_found_and_looked_at(house: House) -> None:
    shop = await open_shop(house)
    line = [LineInput(sku=shop.sku, unit_price=rupiah(3_000))]
    later, last = NIGHT + timedelta(minutes=1), NIGHT + timedelta(minutes=2)
    _, cheaper, charged = await hand_in(shop, sale(shop), sale(shop, lines=line, sold_at=later), sale(shop, total=rupiah(1), sold_at=last))

    async def found(flag: Any) -> list[Order]:
        return (await house.call(LIST_ORDERS, ListOrders(store_id=shop.store.id, flag=flag))).items

    assert await found("any") == [charged, cheaper]
    assert await found("price_differs") == [cheaper]
    looked_at = await house.call(REVIEW_ORDER, ReviewOrder(id=cheaper.id, note="was on offer"), by="chief")

    assert (looked_at.flags, looked_at.version) == ([], 2)
    assert await house.call(REVIEW_ORDER, ReviewOrder(id=cheaper.id)) == looked_at
    assert await found("any") == [charged]
    [_, (name, told)] = await shop.told(cheaper)
    assert (name, told.changed, told.by, told.reason) == ("order.updated", ["flags"], "chief", "was on offer")
