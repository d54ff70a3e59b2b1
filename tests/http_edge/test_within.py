"""Where people act: at their register and in its store; in the back office in the stores where they work; and everywhere, who works everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actors.runtime.ids import now
from actors.stores.contract import CREATE_REGISTER, CreateRegister
from http_edge.permissions import bound
from http_edge.routes import ROUTES
from tests.actors.staff.people import PASSWORD, PIN
from tests.drawers import all_booked
from tests.http_edge.conftest import Answer
from tests.http_edge.test_people import Shop, hire, placed, shop
from tests.support import eventually, some_id, unique

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
FLOAT, CASH = {"amount": 50_000_000, "currency": "IDR"}, {"type": "cash", "amount": {"amount": 400_000, "currency": "IDR"}}
SHARED = (
    "/v1/products", "/v1/categories", "/v1/catalog", "/v1/price-lists", "/v1/promotions", "/v1/customers", "/v1/customer-groups",
    "/v1/points-programs", "/v1/gift-cards", "/v1/store-credits", "/v1/accounts", "/v1/people", "/v1/sessions", "/v1/event-types",
    "/v1/payment-callbacks", "/v1/enrolments", "/v1/idempotency-keys", "/r/",
)  # fmt: skip
ONLY_LOOKED_AT = (
    "/v1/stores", "/v1/stores/{id}", "/v1/registers", "/v1/registers/{id}", "/v1/roles", "/v1/roles/{code}", "/v1/api-keys", "/v1/reports/rebuild",
)  # fmt: skip


async def elsewhere(answer: Answer) -> list[str]:
    """Where the request names what is elsewhere."""
    assert (answer.status, answer.json["code"]) == (403, "edge.elsewhere"), answer.body
    return [error["pointer"] for error in answer.json.get("errors", [])]


async def another_store(shop: Shop) -> tuple[str, str]:
    """Its id and its register's, which sells already."""
    store, register = await shop.house.open_store()
    await eventually(lambda: sells(shop, str(register.id)))
    return str(store.id), str(register.id)


async def sells(shop: Shop, register_id: str) -> bool:
    answer = await shop.call("POST", "/v1/orders/preview", {**shop.cart(), "register_id": register_id})
    return answer.status == 200


async def office(shop: Shop, *stores: str, roles: tuple[str, ...] = ("manager",)) -> tuple[dict[str, Any], str]:
    """Somebody who works in these stores, signed in by password; and the key."""
    person = await hire(shop, *roles)
    if stores:
        changed = await shop.call("PATCH", f"/v1/people/{person['id']}", {"store_ids": stores}, If_Match=f'"{person["version"]}"')
        assert changed.status == 200, changed.body
        person = changed.json
    return person, await by_password(shop, person)


async def by_password(shop: Shop, person: dict[str, Any]) -> str:
    answer = await shop.call("POST", "/v1/sessions/password", {"login": person["login"], "password": PASSWORD}, Authorization="")
    assert answer.status == 201, answer.body
    return str(answer.json["key"])


# --- at a register -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["cashier", "register"])
async def test_nobody_sells_or_moves_cash_at_a_register_of_another_store(shop: Shop, who: str) -> None:
    store, there = await another_store(shop)
    key = await shop.key_of(shop.siti) if who == "cashier" else shop.register["key"]
    await placed(shop, key)
    sale = {**shop.cart(), "register_id": there}
    order = (await shop.sell(shop.owner, {**sale, "tenders": [CASH]})).json["id"]
    shift = (await shop.call("POST", "/v1/shifts", {"register_id": there, "float": FLOAT})).json["id"]
    offline = {**sale, "id": str(some_id()), "sold_at": now().isoformat(), "tenders": [CASH]}
    own = {**offline, "id": str(some_id()), "register_id": shop.register["register_id"]}
    one, refund = f"/v1/orders/{order}", {"amount": {"amount": 100, "currency": "IDR"}}

    async def said(method: str, path: str, body: Any = None, **headers: str) -> list[str]:
        return await elsewhere(await shop.call(method, path, body, key, **headers))

    assert await said("POST", "/v1/orders", sale) == ["/register_id"]
    assert await said("POST", "/v1/orders/preview", sale) == ["/register_id"]
    assert await said("POST", "/v1/orders/batch", {"orders": [own, offline]}) == ["/orders/1/register_id"]
    assert await said("POST", "/v1/shifts", {"register_id": there, "float": FLOAT}) == ["/register_id"]
    assert await said("POST", f"/v1/shifts/{shift}/cash", {"kind": "paid_in", "amount": FLOAT, "reason": "Change"}) == ["{id}"]
    assert await said("POST", f"/v1/shifts/{shift}/close", {"counted": {"total": 0}}) == ["{id}"]
    assert await said("GET", one) == ["{id}"]
    assert await said("GET", one + "/receipt") == ["{id}"]
    assert await said("POST", one + "/cancel", {"reason": "Not mine"}) == ["{id}"]
    assert await said("POST", one + "/refunds", {**refund, "register_id": there}) == ["/register_id", "{id}"]
    assert await said("POST", one + "/exchange", {"returns": [{"line": 1, "quantity": 1}], "order": sale}) == ["{id}", "/order/register_id"]
    assert await said("PATCH", one, {"register_id": there}, If_Match='"1"') == ["{id}", "/register_id"]
    assert await said("POST", "/v1/orders/status", {"items": [{"id": order, "status": "open"}]}) == ["/items/0/id"]
    mine = (await shop.sell(key, shop.cart())).json
    assert await said("POST", f"/v1/orders/{mine['id']}/merge", {"other_id": order, "other_version": 1}, If_Match='"1"') == ["/other_id"]
    assert await said("POST", "/v1/payment-intents", {"order_id": order, "method": "card", "amount": FLOAT}) == ["/order_id"]
    assert await said("GET", f"/v1/orders?store_id={store}") == ["?store_id"]
    assert await said("GET", "/v1/payment-intents") == ["?order_id"]
    assert 200 == (await shop.call("POST", "/v1/orders/batch", {"orders": [own]}, key)).status
    assert 404 == (await shop.call("GET", f"/v1/orders/{some_id()}", None, key)).status, "what is not there is nowhere"


async def test_a_list_is_about_the_registers_store(shop: Shop) -> None:
    _, there = await another_store(shop)
    key = await shop.key_of(shop.siti)
    mine, theirs = await placed(shop, key), (await shop.sell(shop.owner, {**shop.cart(), "register_id": there})).json
    listed = (await shop.call("GET", "/v1/orders", None, key)).json["items"]
    everything = (await shop.call("GET", "/v1/orders")).json["items"]
    assert (mine["id"] in map(_id, listed), theirs["id"] in map(_id, listed)) == (True, False)
    assert {mine["id"], theirs["id"]} <= {*map(_id, everything)}, "keys of machines are as they were"


def _id(item: dict[str, Any]) -> Any:
    return item["id"]


async def test_the_register_beside_is_looked_at_and_its_guests_pay_here(shop: Shop) -> None:
    beside = str((await shop.house.call(CREATE_REGISTER, CreateRegister(store_id=shop.register["store_id"], code="K9"))).id)
    await eventually(lambda: sells(shop, beside))
    key = await shop.key_of(shop.siti)
    order = (await shop.sell(shop.owner, {**shop.cart(), "register_id": beside})).json
    shift = (await shop.call("POST", "/v1/shifts", {"register_id": beside, "float": FLOAT})).json["id"]

    assert 200 == (await shop.call("GET", f"/v1/shifts/{shift}", None, key)).status
    assert ["{id}"] == await elsewhere(await shop.call("POST", f"/v1/shifts/{shift}/cash", {"kind": "paid_in", "amount": FLOAT, "reason": "x"}, key))
    assert ["/register_id"] == await elsewhere(await shop.sell(key, {**shop.cart(), "register_id": beside}))
    path = f"/v1/orders/{order['id']}/tenders"
    assert ["/register_id"] == await elsewhere(await shop.call("POST", path, {"tenders": [CASH], "register_id": beside}, key))
    paid = await shop.call("POST", path, {"tenders": [CASH]}, key)
    assert (paid.status, paid.json["register_id"]) == (200, shop.register["register_id"]), "the cash is in the drawer here"


async def test_an_order_that_has_moved_is_still_paid_into_the_drawer_where_it_is_paid(shop: Shop) -> None:
    """Also when this edge looked at it while it was here."""
    beside = str((await shop.house.call(CREATE_REGISTER, CreateRegister(store_id=shop.register["store_id"], code="K8"))).id)
    await eventually(lambda: sells(shop, beside))
    key = await shop.key_of(shop.siti)
    order = (await shop.sell(key, shop.cart())).json
    path = f"/v1/orders/{order['id']}"
    assert 200 == (await shop.call("GET", path, None, key)).status, "it is known where it is"
    moved = await shop.call("PATCH", path, {"register_id": beside}, If_Match=f'"{order["version"]}"')
    assert (moved.status, moved.json["register_id"]) == (200, beside), moved.body

    paid = await shop.call("POST", path + "/tenders", {"tenders": [CASH]}, key)
    assert (paid.status, paid.json["register_id"]) == (200, shop.register["register_id"]), paid.body


async def drawers(shop: Shop) -> tuple[str, Callable[[], Awaitable[tuple[int, int, int]]]]:
    """A register beside, where an order can be paid: its id; and what is expected in both drawers now, here and there, and the voids here."""
    beside = str((await shop.house.call(CREATE_REGISTER, CreateRegister(store_id=shop.register["store_id"], code=f"B{unique()[-6:]}"))).id)
    await eventually(lambda: sells(shop, beside))
    here = await shop.call("GET", f"/v1/shifts?register_id={shop.register['register_id']}&status=open")
    shifts = [one["id"] for one in here.json["items"]]
    for register in [beside] if shifts else [shop.register["register_id"], beside]:
        opened = await shop.call("POST", "/v1/shifts", {"register_id": register, "float": FLOAT})
        assert opened.status == 201, opened.body
        shifts.append(opened.json["id"])

    async def expected() -> tuple[int, int, int]:
        await eventually(lambda: all_booked(shop.house))
        ours, theirs = [(await shop.call("GET", f"/v1/shifts/{shift}/x")).json for shift in shifts]
        return ours["expected"]["amount"], theirs["expected"]["amount"], sum(void["count"] for void in ours["figures"]["voids"])

    return beside, expected


async def test_what_is_called_off_here_is_paid_back_out_of_this_drawer(shop: Shop) -> None:
    beside, expected = await drawers(shop)
    key = await shop.key_of(shop.budi)
    order = (await shop.sell(shop.owner, {**shop.cart(), "register_id": beside, "tenders": [CASH]})).json
    paid = order["totals"]["due"]["amount"]
    here, there, voids = await expected()

    path = f"/v1/orders/{order['id']}/cancel"
    assert ["/register_id"] == await elsewhere(await shop.call("POST", path, {"reason": "Wrong dish", "register_id": beside}, key))
    gone = await shop.call("POST", path, {"reason": "Wrong dish"}, key)
    again = await shop.call("POST", path, {"reason": "Wrong dish"}, key)

    assert (gone.status, gone.json["refunds"][0]["register_id"]) == (200, shop.register["register_id"]), gone.body
    assert again.json == gone.json
    assert (here - paid, there, voids + 1) == await expected()


async def test_a_key_of_a_machine_names_the_register_or_means_the_orders_own(shop: Shop) -> None:
    beside, expected = await drawers(shop)
    sale = {**shop.cart(), "register_id": beside, "tenders": [CASH]}
    own, named = [(await shop.sell(shop.owner, sale)).json for _ in range(2)]
    paid = own["totals"]["due"]["amount"]
    here, there, voids = await expected()
    _, elsewhere_register = await another_store(shop)

    assert 200 == (await shop.call("POST", f"/v1/orders/{own['id']}/cancel", {"reason": "Wrong"})).status
    path = f"/v1/orders/{named['id']}/cancel"
    wrong = await shop.call("POST", path, {"reason": "Wrong", "register_id": elsewhere_register})
    assert (422, "orders.unknown_register") == (wrong.status, wrong.json["code"])
    assert 200 == (await shop.call("POST", path, {"reason": "Wrong", "register_id": shop.register["register_id"]})).status
    assert (here - paid, there - paid, voids + 1) == await expected()


async def test_cash_that_a_change_gives_back_is_of_the_drawer_where_it_is_changed(shop: Shop) -> None:
    beside, expected = await drawers(shop)
    key = await shop.key_of(shop.budi)
    two = {**shop.cart(quantity=2), "register_id": beside, "tenders": [CASH]}
    order = (await shop.sell(shop.owner, two)).json
    assert order["status"] == "open", order
    here, there, _ = await expected()

    path, version = f"/v1/orders/{order['id']}", f'"{order["version"]}"'
    line = {**shop.cart()["lines"][0], "number": 1}
    noted = await shop.call("PATCH", path, {"note": "No bag"}, key, If_Match=version)
    assert (noted.status, noted.json["register_id"]) == (200, beside), "a note takes nothing out of a drawer"
    done = await shop.call("PATCH", path, {"lines": [line]}, key, If_Match=noted.headers["ETag"])
    assert (done.status, done.json["status"], done.json["register_id"]) == (200, "completed", shop.register["register_id"]), done.body
    change = done.json["totals"]["change"]["amount"]
    assert change > 0
    assert (here - change, there) == (await expected())[:2]


async def test_a_pin_does_not_open_the_whole_house(shop: Shop) -> None:
    """Not even an owner's: 4 digits are enough for one register."""
    owner = await hire(shop, "owner")
    key = await shop.key_of(owner)
    assert [] == await elsewhere(await shop.call("POST", "/v1/api-keys", {"name": "x", "scopes": ["*"]}, key))
    assert [] == await elsewhere(await shop.call("GET", "/v1/events", None, key))
    assert 201 == (await shop.call("POST", "/v1/api-keys", {"name": "x", "scopes": ["orders:read"]}, await by_password(shop, owner))).status


# --- in the back office --------------------------------------------------------------------------------------


async def test_a_manager_of_some_stores_acts_in_those(shop: Shop) -> None:
    here, (there, register), (third, _) = shop.register["store_id"], await another_store(shop), await another_store(shop)
    _, one = await office(shop, here)
    _, two = await office(shop, here, there)
    goods = {"lines": [{"variant_id": str(some_id()), "quantity": "1"}]}

    assert 200 == (await shop.call("GET", "/v1/shifts", None, one)).status, "about the only one"
    assert ["?store_id", "?register_id"] == await elsewhere(await shop.call("GET", "/v1/shifts", None, two))
    assert 200 == (await shop.call("GET", f"/v1/shifts?register_id={register}", None, two)).status
    assert (200, ["?store_id"]) == ((await _sales(shop, two, there)).status, await elsewhere(await _sales(shop, two, third)))
    assert ["/store_id"] == await elsewhere(await shop.call("POST", "/v1/inventory/receipts", {"store_id": third, **goods}, two))
    assert ["/items/0/store_id"] == await elsewhere(await shop.call("POST", "/v1/inventory/reorder-points", _reorder(third), two))
    assert ["{id}"] == await elsewhere(await shop.call("PATCH", f"/v1/stores/{third}", {"name": "Mine"}, two, If_Match='"1"'))
    assert [] == await elsewhere(await shop.call("POST", "/v1/stores", {"name": "x", "currency": "IDR", "time_zone": "Asia/Jakarta"}, two))
    assert [] == await elsewhere(await shop.call("PATCH", "/v1/roles/cashier", {"name": "x"}, two, If_Match='"1"'))
    assert 201 == (await shop.sell(two, {**shop.cart(), "register_id": register})).status
    assert 200 == (await shop.call("GET", "/v1/stores", None, two)).status, "which stores there are is no secret"


async def _sales(shop: Shop, key: str, store: str) -> Answer:
    return await shop.call("GET", f"/v1/reports/sales?store_id={store}", None, key)


async def test_the_check_of_a_store_tells_nothing_of_the_whole_houses_books(shop: Shop) -> None:
    """Payments, customers and shifts are checked for all stores at once: who works in one of them may not see that."""
    _, key = await office(shop, shop.register["store_id"])
    checked: set[str] = set()
    path: str | None = "/v1/reports/check?only_reports=false"
    while path:
        answer = await shop.call("GET", path, None, key)
        assert answer.status == 200, answer.body
        checked.update(answer.json["checked"] + answer.json["skipped"])
        cursor = answer.json.get("next_cursor")
        path = f"/v1/reports/check?only_reports=false&cursor={cursor}" if cursor else None
    assert checked == {"reports"}


def _reorder(store: str) -> dict[str, Any]:
    return {"items": [{"store_id": store, "variant_id": str(some_id()), "reorder_point": "1"}]}


async def test_goods_are_sent_and_received_by_those_who_have_them(shop: Shop) -> None:
    here, (there, _) = shop.register["store_id"], await another_store(shop)
    variant = (await shop.call("GET", f"/v1/products?sku={shop.sku}")).json["items"][0]["variants"][0]["id"]
    line = {"variant_id": variant, "quantity": "1"}
    _, ours = await office(shop, here)
    _, theirs = await office(shop, there)
    wish = {"from_store_id": here, "to_store_id": there, "lines": [line]}
    await shop.call("POST", "/v1/inventory/receipts", {"store_id": here, "lines": [line]}, ours)

    assert ["/from_store_id"] == await elsewhere(await shop.call("POST", "/v1/inventory/transfers", wish, theirs))
    sent = await shop.call("POST", "/v1/inventory/transfers", wish, ours)
    assert sent.status == 201, sent.body
    path = f"/v1/inventory/transfers/{sent.json['id']}"
    assert (200, 200) == ((await shop.call("GET", path, None, ours)).status, (await shop.call("GET", path, None, theirs)).status)
    assert ["{id}"] == await elsewhere(await shop.call("POST", path + "/receive", {}, ours, If_Match='"1"'))
    assert ["{id}"] == await elsewhere(await shop.call("POST", path + "/cancel", None, theirs, If_Match='"1"'))
    assert 200 == (await shop.call("POST", path + "/receive", {}, theirs, If_Match='"1"')).status


async def test_where_somebody_works_counts_at_once(shop: Shop) -> None:
    there, _ = await another_store(shop)
    person, key = await office(shop, shop.register["store_id"])
    assert (await shop.call("GET", "/v1/sessions/current", None, key)).json["store_ids"] == [shop.register["store_id"]]
    assert ["?store_id"] == await elsewhere(await _sales(shop, key, there))
    await shop.call("PATCH", f"/v1/people/{person['id']}", {"store_ids": []}, If_Match=f'"{person["version"]}"')
    await eventually(lambda: _may_see(shop, key, there), within_seconds=1.0)


async def _may_see(shop: Shop, key: str, store: str) -> bool:
    return (await _sales(shop, key, store)).status == 200


async def test_nobody_hires_for_stores_in_which_they_do_not_work(shop: Shop) -> None:
    here, (there, _) = shop.register["store_id"], await another_store(shop)
    _, key = await office(shop, here)
    stranger, _ = await office(shop, there, roles=("cashier",))

    async def hires(**given: Any) -> Answer:
        return await shop.call("POST", "/v1/people", {"code": unique(), "name": "Agus", "roles": ["cashier"], **given}, key)

    for stores in ([], [there], [here, there]):
        refused = await hires(store_ids=stores)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (403, "/store_ids")
    hired = await hires(store_ids=[here])
    assert hired.status == 201, hired.body
    more = await shop.call("PATCH", f"/v1/people/{hired.json['id']}", {"store_ids": []}, key, If_Match='"1"')
    assert (403, "/store_ids") == (more.status, more.json["errors"][0]["pointer"])
    assert "staff.forbidden" == (await shop.call("POST", f"/v1/people/{stranger['id']}/pin", {"pin": "5515"}, key)).json["code"]
    assert 200 == (await shop.call("POST", f"/v1/people/{hired.json['id']}/pin", {"pin": "5515"}, key)).status


async def test_who_works_elsewhere_approves_nothing_here(shop: Shop) -> None:
    there, _ = await another_store(shop)
    boss, _ = await office(shop, there, roles=("supervisor",))
    key = await shop.key_of(shop.siti)
    body = {"code": boss["code"], "pin": "271828", "purpose": "discount"}
    assert "staff.not_here" == (await shop.call("POST", "/v1/approvals", body, key)).json["code"]
    assert ["/store_id"] == await elsewhere(await shop.call("POST", "/v1/approvals", {**body, "store_id": there}, key))


async def test_what_was_approved_in_one_store_is_approved_in_no_other(shop: Shop) -> None:
    """Also for those who may act in both."""
    here, (there, register) = shop.register["store_id"], await another_store(shop)
    _, key = await office(shop, here, there, roles=("cashier",))
    bound, _ = await office(shop, here, roles=("supervisor",))
    dear = [{"percent": "30", "reason": "Regular"}]
    ours, theirs = shop.cart(discounts=dear), {**shop.cart(discounts=dear), "register_id": register}

    async def token(**place: str) -> str:
        answer = await shop.call("POST", "/v1/approvals", {"code": bound["code"], "pin": PIN, "purpose": "discount", **place}, key)
        assert answer.status == 200, answer.body
        return str(answer.json["token"])

    async def sold(sale: dict[str, Any], approval: str) -> tuple[int, str]:
        answer = await shop.sell(key, sale, Approval=approval)
        return answer.status, answer.json.get("code", "")

    unknown = (403, "staff.approval_unknown")
    approval = await token(store_id=here)
    assert [await sold(theirs, approval), await sold(ours, approval)] == [unknown, (201, "")], "elsewhere it was not even used"

    _, everywhere = await office(shop, roles=("cashier",))
    key = everywhere
    assert [await sold(theirs, await token()), await sold(ours, await token())] == [unknown, (201, "")], "who approves works only here"


# --- the table -----------------------------------------------------------------------------------------------


async def test_what_belongs_to_all_stores_is_said_here() -> None:
    """A new route that names a store in a way of its own has to say so, or stand here."""
    free = [route for route in ROUTES if not bound(route)]
    assert [] == [
        (route.method, route.path) for route in free
        if not route.path.startswith(SHARED) and not (route.method == "GET" and route.path in ONLY_LOOKED_AT)
    ]  # fmt: skip
