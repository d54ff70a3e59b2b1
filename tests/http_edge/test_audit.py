"""Who did what, over REST, on the running house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest_asyncio

from actors.runtime.words import Rights
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from actors.stores.contract import CREATE_STORE, CreateStore
from http_edge.app import Edge
from http_edge.routes import ROUTES
from tests.actors.payments.test_qris import STATIC
from tests.http_edge.conftest import Counter
from tests.support import House, eventually, some_id, unique

Do = Callable[..., Awaitable[Any]]
"""(method, path, body, version, who) -> JSON"""


@pytest_asyncio.fixture
async def office(house: House) -> AsyncIterator[Counter]:
    async with counter_of(house) as counter:
        yield counter


@asynccontextmanager
async def counter_of(house: House) -> AsyncIterator[Counter]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    await eventually(lambda: edge.gate.loaded)
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="office", scopes=["*"]))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {owner.key}"}) as session:
        counter = Counter(edge, house, session)  # type: ignore[arg-type]
        counter.by = str(owner.id)  # type: ignore[attr-defined]
        yield counter
    await edge.stop()


async def call(office: Counter, method: str, path: str, body: Any = None, **headers: str) -> Any:
    more = {} if body is None else {"json": body}
    answer = await office.call(method, path, key=None, headers={"Idempotency-Key": unique(), **headers}, **more)
    assert answer.status < 300, answer.body
    return answer.json


async def trail(office: Counter, **query: str | int) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await office.call("GET", "/v1/audit", key=None, params={**query, **more})
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        cursor = answer.json["next_cursor"]
        if not cursor:
            return found


async def test_what_was_done_in_many_actors_is_one_list_newest_first(office: Counter) -> None:
    store = await call(
        office, "POST", "/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"}, **{"X-Request-Id": "open-the-store"}
    )
    variant = {"sku": unique(), "price": {"amount": 100, "currency": "IDR"}}
    product = await call(office, "POST", "/v1/products", {"name": "Teh", "variants": [variant]})
    await call(office, "PATCH", f"/v1/stores/{store['id']}", {"address": "Jl. Melati 5"}, **{"If-Match": '"1"'})
    lines = [{"variant_id": product["variants"][0]["id"], "quantity": "5"}]
    moved = await call(office, "POST", "/v1/inventory/receipts", {"store_id": store["id"], "lines": lines})
    await call(office, "GET", f"/v1/stores/{store['id']}")
    by = office.by  # type: ignore[attr-defined]

    done = await trail(office, by=by)

    assert [(one["actor"], one["command"], one["count"]) for one in done] == [
        ("inventory", "inventory.receive", 1), ("stores", "stores.update", 1), ("catalog", "catalog.create", 1), ("stores", "stores.create", 1),
    ]  # fmt: skip
    assert [one["about"] for one in done] == [[moved["items"][0]["id"]], [store["id"]], [product["id"]], [store["id"]]]
    assert {one["by"] for one in done} == {by}
    assert await trail(office, by=by, limit=1) == done
    assert await trail(office, about=store["id"]) == [done[1], done[3]]
    assert await trail(office, by=by, actor="catalog") == await trail(office, by=by, command="catalog.create") == [done[2]]
    assert await trail(office, by=by, actor="catalog", command="stores.create") == []
    assert await trail(office, by=by, since=done[2]["at"], until=done[0]["at"]) == done[1:3]


async def test_the_one_who_approved_it_stands_beside_the_one_who_did_it(office: Counter, house: House) -> None:
    by, approver = unique(), unique()
    ask = CreateStore(name="Toko", currency="IDR", time_zone="Asia/Jakarta")
    await house.call(CREATE_STORE, ask, by=by, approved_by=approver, rights=Rights())

    [entry] = await trail(office, approved_by=approver)

    assert (entry["by"], entry["approved_by"], entry["command"]) == (by, approver, "stores.create")


async def test_a_cursor_of_another_list_is_refused(office: Counter) -> None:
    for cursor in ("abc", "WyJ4Il0"):
        answer = await office.call("GET", "/v1/audit", key=None, params={"cursor": cursor})
        assert (answer.status, answer.json["code"]) == (422, "operations.wrong_cursor"), answer.body


async def test_who_only_asks_has_done_nothing(office: Counter) -> None:
    """Checks and reports write down how far they have come; that is no deed of who asks."""
    store = await call(office, "POST", "/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    by = office.by  # type: ignore[attr-defined]
    for route in ROUTES:
        if route.method == "GET" and "{" not in route.path and not route.waits:
            await office.call("GET", route.path, key=None)

    assert [entry["about"] for entry in await trail(office, by=by)] == [[store["id"]]]


async def test_who_has_signed_in_or_was_tried_in_vain_is_found(office: Counter) -> None:
    async def ask(method: str, path: str, body: Any, who: str = "") -> Any:
        return await call(office, method, path, body, **({"Authorization": f"Bearer {who}"} if who else {}))

    async def fails(path: str, body: Any, who: str) -> None:
        answer = await office.call("POST", path, key=None, json=body, headers={"Authorization": f"Bearer {who}"})
        assert answer.status == 403, answer.body

    async def found(**query: str) -> list[tuple[str, str, list[str]]]:
        return [(one["command"], one["by"], one["about"]) for one in await trail(office, actor="staff", **query)]

    code, login = unique(), f"{unique()}@toko.id"
    store = await ask("POST", "/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    register = await ask("POST", "/v1/registers", {"store_id": store["id"], "code": "K1"})
    person = (await ask("POST", "/v1/people", {"code": code, "name": "Siti", "roles": ["supervisor"], "login": login}))["id"]
    await ask("POST", f"/v1/people/{person}/pin", {"pin": "271828"})
    await ask("POST", f"/v1/people/{person}/password", {"password": "correct horse battery"})
    offer = await ask("POST", f"/v1/registers/{register['id']}/enrolment", None)
    enrolled = await ask("POST", "/v1/enrolments", {"code": offer["code"]})
    place = [enrolled["id"], register["id"]]
    by_pin = await ask("POST", "/v1/sessions", {"code": code, "pin": "271828"}, enrolled["key"])
    by_password = await ask("POST", "/v1/sessions/password", {"login": login, "password": "correct horse battery"})

    assert await found(about=register["id"]) == [
        ("staff.sign_in", person, [by_pin["id"], *place]), ("staff.enrol", enrolled["id"], place),
        ("staff.offer_enrolment", office.by, [register["id"]]),  # type: ignore[attr-defined]
    ]  # fmt: skip
    assert await found(by=person) == [
        ("staff.sign_in_by_password", person, [by_password["id"]]), ("staff.sign_in", person, [by_pin["id"], *place])
    ]
    assert [entry[0] for session in (by_pin, by_password) for entry in await found(about=session["id"])] == [
        "staff.sign_in", "staff.sign_in_by_password"
    ]

    await fails("/v1/sessions/password", {"login": login, "password": "wrong battery"}, "")
    await fails("/v1/approvals", {"code": code, "pin": "141421", "purpose": "discount"}, by_pin["key"])
    for _ in range(4):
        await fails("/v1/sessions", {"code": code, "pin": "141421"}, enrolled["key"])
    tried = [entry for entry in await found(about=person) if entry[0] in ("staff.locked", "staff.sign_in_failed")]
    assert tried == [
        ("staff.locked", enrolled["id"], [person, register["id"]]), *[("staff.sign_in_failed", enrolled["id"], [person, register["id"]])] * 3,
        ("staff.sign_in_failed", person, [person]), ("staff.sign_in_failed", "", [person]),
    ]  # fmt: skip


async def test_what_has_a_code_and_no_id_is_found_by_its_code(office: Counter) -> None:
    code = f"r{unique()}".lower()
    await call(office, "POST", "/v1/price-lists", {"code": code, "name": "Vip"})
    await call(office, "POST", "/v1/customer-groups", {"code": code, "name": "Vip"})
    await call(office, "POST", "/v1/roles", {"code": code, "name": "Vip", "scopes": ["orders:read"]})
    await call(office, "PATCH", f"/v1/roles/{code}", {"name": "Best"}, **{"If-Match": '"1"'})

    assert [one["command"] for one in await trail(office, about=code)] == [
        "staff.update_role", "staff.create_role", "customers.create_group", "catalog.create_price_list"
    ]


UNCHANGING = {"orders.preview", "payments.find_gift_card"}
NOBODY = {"payments.take_callback"}
ABOUT_ALL = {"shifts.mend", "reports.rebuild"}
"""About nothing in particular."""
ELSEWHERE = {"operations.resend_dead_letter"}


async def test_every_route_that_changes_something_is_found_in_the_audit(fresh_house: Any) -> None:
    """Those with an Idempotency-Key are kept with their key, so they need no proof of their own; here are all others."""
    house = await fresh_house()
    async with counter_of(house) as office:
        wanted = {route.command.subject for route in ROUTES if route.method != "GET" and not route.command.keyed}
        await _do_all(office, house)
        kept = await trail(office)
        found = {entry["command"] for entry in kept}
        assert {entry["command"] for entry in kept if not entry["about"]} <= ABOUT_ALL

    ended = {"sessions.end": "staff.end_session", "staff.end_session": "staff.end_session"}
    missing = {ended.get(subject, subject) for subject in wanted} - found - UNCHANGING - NOBODY - ELSEWHERE
    assert missing == set()


async def _do_all(office: Counter, house: House) -> None:
    async def do(method: str, path: str, body: Any = None, version: int = 1, who: str = "") -> Any:
        headers = {"If-Match": f'"{version}"', **({"Authorization": f"Bearer {who}"} if who else {})}
        return await call(office, method, path, body, **headers)

    await _shop(do)
    await _money(do)
    await _people(do)
    await _webhooks(do)


def idr(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


async def _shop(do: Do) -> None:
    store = await do("POST", "/v1/stores", {"name": "Toko", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    other = await do("POST", "/v1/stores", {"name": "Toko Dua", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    register = await do("POST", "/v1/registers", {"store_id": store["id"], "code": "K1"})
    await do("PATCH", f"/v1/stores/{store['id']}", {"address": "Jl. Melati 5"})
    await do("PATCH", f"/v1/registers/{register['id']}", {"name": "Front"})
    product = await do("POST", "/v1/products", {"name": "Teh", "variants": [{"sku": "TEH", "price": idr(100)}]})
    await do("PATCH", f"/v1/products/{product['id']}", {"name": "Teh manis"})
    await do("POST", "/v1/price-lists", {"code": "vip", "name": "Vip"})
    await do("PATCH", "/v1/price-lists/vip", {"name": "Best"})
    promotion = await do("POST", "/v1/promotions", {"name": "Tenth", "code": "TEN", "terms": {"kind": "percent", "on": "order", "percent": "10"}})
    await do("PATCH", f"/v1/promotions/{promotion['id']}", {"active": False})

    lines = [{"variant_id": product["variants"][0]["id"], "quantity": "5"}]
    one, two = [await do("POST", "/v1/inventory/counts", {"store_id": store["id"], "variant_ids": [lines[0]["variant_id"]]}) for _ in range(2)]
    one = await do("POST", f"/v1/inventory/counts/{one['id']}/lines", {"lines": lines})
    await do("POST", f"/v1/inventory/counts/{one['id']}/close", version=one["version"])
    await do("POST", f"/v1/inventory/counts/{two['id']}/cancel")
    away = {"from_store_id": store["id"], "to_store_id": other["id"], "lines": lines}
    one, two = [await do("POST", "/v1/inventory/transfers", away) for _ in range(2)]
    await do("POST", f"/v1/inventory/transfers/{one['id']}/receive")
    await do("POST", f"/v1/inventory/transfers/{two['id']}/cancel")

    sale = {"register_id": register["id"], "lines": [{"sku": "TEH"}]}
    order = await do("POST", "/v1/orders", sale)
    order = await do("PATCH", f"/v1/orders/{order['id']}", {"note": "to go"})
    order = await do("POST", f"/v1/orders/{order['id']}/status", {"fulfillment": "preparing"})
    await do("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "left"})
    late = {**sale, "id": str(some_id()), "sold_at": "2026-01-31T10:00:00Z", "tenders": [{"type": "cash", "amount": idr(80)}], "total": idr(80)}
    told = await do("POST", "/v1/orders/batch", {"orders": [late]})
    await do("POST", f"/v1/orders/{told['items'][0]['id']}/review")
    shift = await do("POST", "/v1/shifts", {"register_id": register["id"], "float": idr(1000)})
    await do("POST", f"/v1/shifts/{shift['id']}/close", {"counted": {"total": 900}})
    await do("POST", f"/v1/shifts/{shift['id']}/approve", {"reason": "Lost"})
    await do("POST", "/v1/shifts/mend")
    await do("POST", "/v1/reports/rebuild")
    await do("DELETE", f"/v1/products/{product['id']}", version=2)


async def _money(do: Do) -> None:
    store = await do("POST", "/v1/stores", {"name": "Toko Tiga", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    register = await do("POST", "/v1/registers", {"store_id": store["id"], "code": "K1"})
    await do("POST", "/v1/products", {"name": "Kopi", "variants": [{"sku": "KOPI", "price": idr(100)}]})
    order = await do("POST", "/v1/orders", {"register_id": register["id"], "lines": [{"sku": "KOPI"}]})
    await do("POST", f"/v1/stores/{store['id']}/qris", {"qris": STATIC})
    intent = await do("POST", "/v1/payment-intents", {"order_id": order["id"], "method": "qris", "amount": idr(100)})
    await do("POST", f"/v1/payment-intents/{intent['id']}/cancel")
    credit = await do("POST", "/v1/store-credits", {"amount": idr(500)})
    await do("PATCH", f"/v1/accounts/{credit['id']}", {"note": "Sorry"}, version=credit["version"])
    await do("POST", "/v1/customer-groups", {"code": "vip", "name": "Vip"})
    await do("PATCH", "/v1/customer-groups/vip", {"name": "Best"})
    customer = await do("POST", "/v1/customers", {"name": "Ani"})
    await do("PATCH", f"/v1/customers/{customer['id']}", {"name": "Ani W."})
    await do("POST", f"/v1/customers/{customer['id']}/erase")


async def _people(do: Do) -> None:
    store = await do("POST", "/v1/stores", {"name": "Toko Empat", "currency": "IDR", "time_zone": "Asia/Jakarta"})
    register = await do("POST", "/v1/registers", {"store_id": store["id"], "code": "K1"})
    person = await do("POST", "/v1/people", {"code": "17", "name": "Siti", "roles": ["supervisor"], "login": "siti@toko.id"})
    at = f"/v1/people/{person['id']}"
    await do("PATCH", at, {"name": "Siti R."})
    await do("POST", f"{at}/pin", {"pin": "271828"})
    await do("POST", f"{at}/password", {"password": "correct horse battery"})
    await do("POST", f"{at}/unlock")
    await do("POST", "/v1/roles", {"code": "barista", "name": "Barista", "scopes": ["orders:write"]})
    await do("PATCH", "/v1/roles/barista", {"name": "Baristas"})
    offer = await do("POST", f"/v1/registers/{register['id']}/enrolment")
    enrolled = await do("POST", "/v1/enrolments", {"code": offer["code"]})
    session = await do("POST", "/v1/sessions", {"code": "17", "pin": "271828"}, who=enrolled["key"])
    await do("POST", "/v1/approvals", {"code": "17", "pin": "271828", "purpose": "discount"}, who=session["key"])
    await do("POST", "/v1/sessions/current/pin", {"pin": "271828", "new_pin": "314159"}, who=session["key"])
    await do("POST", "/v1/sessions/current/password", {"password": "correct horse battery", "new_password": "a better battery"}, who=session["key"])
    again = await do("POST", "/v1/sessions", {"code": "17", "pin": "314159"}, who=enrolled["key"])
    await do("POST", "/v1/sessions/password", {"login": "siti@toko.id", "password": "a better battery"})
    await do("DELETE", f"/v1/sessions/{again['id']}")
    await do("DELETE", f"/v1/registers/{register['id']}/enrolment")
    made = await do("POST", "/v1/api-keys", {"name": "gone", "scopes": ["orders:read"]})
    await do("DELETE", f"/v1/api-keys/{made['id']}")


async def _webhooks(do: Do) -> None:
    made = await do("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/nobody", "event_types": ["store.*"]})
    at = f"/v1/webhook-endpoints/{made['id']}"
    await do("PATCH", at, {"description": "Till"})
    sent = await do("POST", f"{at}/test")
    await do("POST", f"{at}/deliveries/{sent['id']}/resend")
    replay = await do("POST", f"{at}/replays", {"rate_per_second": 1})
    await do("POST", f"{at}/replays/{replay['id']}/stop")
    await do("POST", f"{at}/pause", {"reason": "Away"})
    await do("POST", f"{at}/resume")
    read = await do("GET", at)
    await do("DELETE", at, version=read["version"])
