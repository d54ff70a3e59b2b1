"""The town that is made up: the same for the same number, and such that a shopkeeper would believe it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.simulation.baskets import CASH_STEP, fill, handed_over, in_cash
from deploy.simulation.curves import customers_on, moments
from deploy.simulation.drawers import FLOAT, in_notes
from deploy.simulation.goods import PRICE_STEP, everything, groceries
from deploy.simulation.offers import Row, coupon_off, take_off
from deploy.simulation.people import buyers, clerks
from deploy.simulation.requests import Request
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import STORES_MAX, shops
from deploy.simulation.town import Plan, Town

UNTIL = date(2026, 11, 15)
seeds = st.integers(0, 999_999).map(Seed)


def plan(seed: int = 7, days: int = 9, stores: int = 3, per_day: int = 60) -> Plan:
    return Plan(Seed(seed), days, stores, UNTIL, per_day)


def all_of(town: Town) -> list[Request]:
    return [*town.founding(), *(request for _, requests in town.days() for request in requests)]


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    return all_of(Town(plan()))


def sales(requests: list[Request]) -> list[dict[str, Any]]:
    return [order for request in requests if request.orders for order in request.body["orders"]]


def test_the_same_number_makes_the_same_requests_byte_for_byte(requests: list[Request]) -> None:
    assert msgspec.json.encode(requests) == msgspec.json.encode(all_of(Town(plan())))


def test_another_number_makes_another_town(requests: list[Request]) -> None:
    other = all_of(Town(plan(seed=8)))
    assert {order["id"] for order in sales(requests)}.isdisjoint(order["id"] for order in sales(other))
    assert {request.key for request in requests if request.orders}.isdisjoint(request.key for request in other)


def test_a_longer_time_has_the_same_last_days() -> None:
    """What a day sells comes from the date alone, however many days there are before it."""
    two, one = (sales(all_of(Town(plan(days=days)))) for days in (2, 1))
    last = [order for order in two if order["sold_at"][:10] >= str(UNTIL)]
    assert [(order["id"], order["total"]) for order in one] == [(order["id"], order["total"]) for order in last]


def test_every_id_and_every_key_is_there_once(requests: list[Request]) -> None:
    ids = Counter(order["id"] for order in sales(requests))
    ids.update(request.body["id"] for request in requests if isinstance(request.body, dict) and "id" in request.body)
    assert [id for id, count in ids.items() if count > 1] == []
    keys = Counter(request.key for request in requests if request.key)
    assert [key for key, count in keys.items() if count > 1] == []


def test_receipts_of_a_register_have_no_gaps(requests: list[Request]) -> None:
    numbers: dict[Any, list[int]] = {}
    for order in sales(requests):
        numbers.setdefault(order["register_id"], []).append(int(order["receipt"].rpartition("-")[2]))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())


def test_sales_lie_within_opening_hours(requests: list[Request]) -> None:
    shop_of = {till.id: shop for shop in shops(Seed(7), 3) for till in shop.tills}
    for order in sales(requests):
        shop, at = shop_of[order["register_id"]], datetime.fromisoformat(order["sold_at"])
        hour = at.hour if at.hour >= 4 else at.hour + 24
        assert shop.opens <= hour < shop.closes


def test_totals_are_what_a_minimarket_takes(requests: list[Request]) -> None:
    totals = sorted(order["total"]["amount"] for order in sales(requests))
    assert all(0 < total < 5_000_000_00 for total in totals)
    assert 20_000_00 < totals[len(totals) // 2] < 120_000_00


def test_everything_happens(requests: list[Request]) -> None:
    paths = Counter("/".join(word for word in request.path.split("/") if len(word) < 20) for request in requests)
    wanted = ("orders/refunds", "inventory/counts/close", "inventory/transfers/receive", "shifts/close", "shifts/cash", "customers/credit")
    assert [path for path in wanted if f"/v1/{path}" not in paths] == []
    kinds = {tender["type"] for order in sales(requests) for tender in order["tenders"]}
    assert kinds == {"cash", "qris", "card", "transfer", "voucher"}
    assert any(order.get("coupons") for order in sales(requests))


def test_a_shift_holds_exactly_its_sales(requests: list[Request]) -> None:
    """Each sale's moment lies between the opening and the closing of some shift of its register."""
    opened: dict[Any, tuple[Any, datetime]] = {}
    shifts: dict[Any, list[tuple[datetime, datetime]]] = {}
    for request in requests:
        if request.path == "/v1/shifts":
            opened[request.body["id"]] = request.body["register_id"], datetime.fromisoformat(request.body["at"])
        elif request.path.endswith("/close") and "shifts" in request.path:
            register_id, began = next(found for id, found in opened.items() if str(id) in request.path)
            shifts.setdefault(register_id, []).append((began, datetime.fromisoformat(request.body["at"])))
    for order in sales(requests):
        at = datetime.fromisoformat(order["sold_at"])
        assert sum(began <= at <= ended for began, ended in shifts[order["register_id"]]) == 1
    assert all(first[1] <= then[0] for spans in shifts.values() for first, then in pairwise(spans))


def test_refunds_come_after_their_sale_and_within_a_shift(requests: list[Request]) -> None:
    sold_at = {str(order["id"]): datetime.fromisoformat(order["sold_at"]) for order in sales(requests)}
    refunds = [request for request in requests if request.path.endswith("/refunds")]
    assert refunds
    for request in refunds:
        assert datetime.fromisoformat(request.body["at"]) > sold_at[request.path.split("/")[3]]


def test_late_sales_come_after_their_drawer_was_closed() -> None:
    requests = all_of(Town(plan(days=30, per_day=20)))
    closed: set[Any] = set()
    late = 0
    for request in requests:
        if request.path.endswith("/close"):
            closed.add((request.register_id, request.body["at"][:10]) if request.body else None)
        late += bool(request.orders) and (request.register_id, request.body["orders"][0]["sold_at"][:10]) in closed and _afternoon(request)
    assert late > 0


def _afternoon(request: Request) -> bool:
    return bool(request.body["orders"][0]["sold_at"][11:13] >= "15")


@given(seed=seeds, count=st.integers(1, STORES_MAX), day=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
@settings(max_examples=50, deadline=None)
def test_moments_are_in_order_and_within_the_day(seed: Seed, count: int, day: date) -> None:
    shop = shops(seed, count)[-1]
    die = seed.die("test", day)
    found = moments(day, shop, customers_on(day, shop, 100, die), die)
    assert found == sorted(found)
    assert all(timedelta(hours=shop.opens) <= at.replace(tzinfo=None) - datetime.combine(day, datetime.min.time()) for at in found)


@given(seed=seeds, coffee=st.booleans(), hour=st.integers(6, 23), day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), known=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_basket_adds_up(seed: Seed, coffee: bool, hour: int, day: date, known: bool) -> None:
    at = datetime(day.year, day.month, day.day, hour, 30, tzinfo=shops(seed, 1)[0].zone)
    basket = fill(at, buyers(seed)[0] if known else None, seed.die("basket"), coffee=coffee)
    given = {tender["type"]: tender["amount"]["amount"] for tender in basket.tenders}
    assert len(basket.lines) == len(basket.rows) == len({line["variant_id"] for line in basket.lines})
    assert 0 <= sum(row.off for row in basket.rows) < sum(row.gross for row in basket.rows)
    assert abs(basket.due - basket.total) <= CASH_STEP // 2
    assert given.pop("cash", 0) >= basket.cash
    assert sum(given.values()) + basket.cash == basket.due


@given(amount=st.integers(1, 10**10), seed=seeds)
def test_cash_handed_over_is_enough(amount: int, seed: Seed) -> None:
    due = in_cash(amount)
    assert due % CASH_STEP == 0
    assert due <= handed_over(due, seed.die("cash"))


@given(count=st.integers(0, 10**6))
def test_notes_come_to_what_was_counted(count: int) -> None:
    amount = count * CASH_STEP
    assert sum(note["value"] * note["count"] for note in in_notes(amount)) == amount


def test_five_packets_of_noodles_and_the_cheapest_is_free() -> None:
    rows = [Row("Mi Instan", 4000, 3_500_00), Row("Mi Instan", 2000, 3_100_00), Row("Camilan", 1000, 9_000_00)]
    take_off(rows, datetime(2026, 11, 15, 10, tzinfo=shops(Seed(1), 1)[0].zone))
    assert [row.off for row in rows] == [0, 3_100_00, 0]


def test_a_coupon_needs_enough() -> None:
    assert coupon_off([Row("Camilan", 1000, 74_900_00)]) == 0
    assert coupon_off([Row("Camilan", 2000, 40_000_00)]) == 8_000_00


def test_goods_have_prices_that_come_out_even_and_cost_less_than_they_bring() -> None:
    assert len(groceries()) > 200
    for thing in everything():
        assert thing.price % PRICE_STEP == 0 or not thing.popularity
        assert 0 < thing.cost < thing.price
        assert thing.wholesale is None or thing.cost < thing.price


def test_everybody_has_a_code_of_their_own() -> None:
    people = [clerk for shop in shops(Seed(7), STORES_MAX) for clerk in clerks(Seed(7), shop)]
    assert len({clerk.code for clerk in people}) == len(people)
    assert all(len(clerk.code) <= 16 for clerk in people)
    assert len({buyer.phone for buyer in buyers(Seed(7))}) == len(buyers(Seed(7)))
    assert FLOAT > 0
