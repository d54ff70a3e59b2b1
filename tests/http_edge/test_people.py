"""People before a real edge: from an empty system to a cashier at a register, what they may not do alone, and who tries to get around that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from actors.runtime.client import connect_client
from actors.staff.contract import CREATE_API_KEY, CreateApiKey
from http_edge.app import Edge
from tests.actors.staff.people import PASSWORD, PIN
from tests.http_edge.conftest import Answer
from tests.support import House, eventually, unique

pytestmark = pytest.mark.asyncio(loop_scope="session")
DISCOUNT = {"percent": "30", "reason": "Regular"}


@dataclass
class Shop:
    """Siti is a cashier, Budi a supervisor; both are known at the enrolled register."""

    house: House
    address: str
    session: aiohttp.ClientSession
    owner: str
    register: dict[str, Any]
    siti: dict[str, Any]
    budi: dict[str, Any]
    sku: str

    async def call(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {key or self.owner}", "Idempotency-Key": unique()}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        sent = {name: text for name, text in sent.items() if text}
        async with self.session.request(method, self.address + path, json=body, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())

    async def sign_in(self, person: dict[str, Any], pin: str = PIN, key: str = "") -> Answer:
        return await self.call("POST", "/v1/sessions", {"code": person["code"], "pin": pin}, key or self.register["key"])

    async def key_of(self, person: dict[str, Any]) -> str:
        answer = await self.sign_in(person)
        assert answer.status == 201, answer.body
        return str(answer.json["key"])

    async def approve(self, key: str, purpose: str = "discount", *also: str, pin: str = PIN) -> Answer:
        body = {"code": self.budi["code"], "pin": pin, "purpose": purpose, "also": also}
        return await self.call("POST", "/v1/approvals", body, key)

    def cart(self, **more: Any) -> dict[str, Any]:
        line = {"sku": self.sku, "quantity": 1, **more}
        return {"register_id": self.register["register_id"], "lines": [line]}

    async def sell(self, key: str, body: Any, **headers: str) -> Answer:
        return await self.call("POST", "/v1/orders", body, key, **headers)


async def hire(shop: Shop, *roles: str) -> dict[str, Any]:
    made = await shop.call("POST", "/v1/people", {"code": unique(), "name": roles[0].title(), "roles": list(roles), "login": f"{unique()}@toko.id"})
    person: dict[str, Any] = made.json
    for path, body in (("pin", {"pin": PIN}), ("password", {"password": PASSWORD})):
        answer = await shop.call("POST", f"/v1/people/{person['id']}/{path}", body)
        assert answer.status == 200, answer.body
        person = answer.json
    return person


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shop(house: House) -> AsyncIterator[Shop]:
    edge = Edge(house.settings, house.client)
    await edge.start()
    owner = await house.call(CREATE_API_KEY, CreateApiKey(name="shop", scopes=["*"]))
    _, register = await house.open_store()
    product = await house.add_product()
    async with aiohttp.ClientSession() as session:
        shop = Shop(house, edge.address, session, owner.key, {}, {}, {}, product.variants[0].sku)
        offered = await eventually(lambda: offer(shop, str(register.id)))
        shop.register = (await shop.call("POST", "/v1/enrolments", {"code": offered.json["code"]}, Authorization="")).json
        shop.siti, shop.budi = await hire(shop, "cashier"), await hire(shop, "supervisor")
        yield shop
    await edge.stop()


async def offer(shop: Shop, register_id: str) -> Answer | None:
    answer = await shop.call("POST", f"/v1/registers/{register_id}/enrolment")
    return answer if answer.status == 200 else None


async def placed(shop: Shop, key: str) -> dict[str, Any]:
    """Once `orders` knows the product."""
    answer = await eventually(lambda: sold(shop, key))
    assert answer.status == 201, answer.body
    order: dict[str, Any] = answer.json
    return order


async def sold(shop: Shop, key: str) -> Answer | None:
    answer = await shop.sell(key, shop.cart())
    return answer if answer.status == 201 or not answer.json["code"].startswith("orders.") else None


# --- sessions --------------------------------------------------------------------------------------------


async def test_who_sells_is_in_the_order(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    assert shop.siti["id"] == (await placed(shop, key))["placed_by"]
    assert shop.register["id"] == (await placed(shop, shop.register["key"]))["placed_by"]
    me = (await shop.call("GET", "/v1/sessions/current", key=key)).json
    assert (me["kind"], me["name"], me["person_id"], me["register_id"]) == ("session", "Cashier", shop.siti["id"], shop.register["register_id"])
    assert "key" not in me
    assert "api" == (await shop.call("GET", "/v1/sessions/current")).json["kind"]


async def test_a_session_is_known_at_every_edge(shop: Shop) -> None:
    """At once, although strangers make that edge look all the time."""
    async with connect_client(shop.house.settings) as client:
        edge = Edge(shop.house.settings, client)
        await edge.start()
        await eventually(lambda: edge.gate.loaded)
        other = replace(shop, address=edge.address)
        for _ in range(5):
            key = await shop.key_of(shop.siti)
            assert (await other.call("GET", "/v1/sessions/current", key="kasir_stranger")).status == 401
            assert (await other.call("GET", "/v1/sessions/current", key=key)).status == 200
        await edge.stop()


async def test_signed_out_is_out(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    ended = await shop.call("DELETE", "/v1/sessions/current", key=key)
    assert (ended.status, ended.json["person_id"]) == (200, shop.siti["id"])
    await eventually(lambda: is_out(shop, key), within_seconds=1.0)


async def is_out(shop: Shop, key: str) -> bool:
    return (await shop.call("GET", "/v1/sessions/current", key=key)).status == 401


async def test_another_ends_a_session(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    id = (await shop.call("GET", "/v1/sessions/current", key=key)).json["id"]
    assert (await shop.call("DELETE", f"/v1/sessions/{id}", key=key)).status == 403
    assert (await shop.call("DELETE", f"/v1/sessions/{id}")).status == 200
    await eventually(lambda: is_out(shop, key), within_seconds=1.0)


async def test_a_person_who_is_changed_is_another_at_once(shop: Shop) -> None:
    person = await hire(shop, "cashier")
    key, path = await shop.key_of(person), f"/v1/people/{person['id']}"
    assert (await shop.call("GET", "/v1/people", key=key)).status == 403
    changed = await shop.call("PATCH", path, {"roles": ["manager"]}, If_Match=f'"{person["version"]}"')
    assert changed.status == 200, changed.body
    await eventually(lambda: may_see_people(shop, key), within_seconds=1.0)
    await shop.call("PATCH", path, {"active": False}, If_Match=changed.headers["ETag"])
    await eventually(lambda: is_out(shop, key), within_seconds=1.0)
    assert "staff.wrong" == (await shop.sign_in(person)).json["code"]


async def may_see_people(shop: Shop, key: str) -> bool:
    return (await shop.call("GET", "/v1/people?limit=1", key=key)).status == 200


async def test_the_back_office_by_password(shop: Shop) -> None:
    manager = await hire(shop, "manager")
    body = {"login": manager["login"], "password": PASSWORD}
    answer = await shop.call("POST", "/v1/sessions/password", body, Authorization="")
    assert (answer.status, answer.headers["Location"], answer.headers["Cache-Control"]) == (201, "/v1/sessions/current", "no-store")
    assert (await shop.call("GET", "/v1/people?limit=1", key=answer.json["key"])).status == 200
    assert (await shop.call("DELETE", f"/v1/registers/{unique_id(shop)}/enrolment", key=answer.json["key"])).status == 404
    wrong = await shop.call("POST", "/v1/sessions/password", {**body, "password": "not the password"}, Authorization="")
    assert (wrong.status, wrong.json["code"]) == (403, "staff.wrong")
    bad = await shop.call("POST", "/v1/sessions/password", {**body, "password": 7}, Authorization="")
    assert (bad.status, [error["pointer"] for error in bad.json["errors"]]) == (422, ["/password"])


def unique_id(shop: Shop) -> str:
    return str(shop.siti["id"])


async def test_one_address_does_not_try_for_ever(fresh_house: Any) -> None:
    house = await fresh_house(("staff", "stores"), sign_ins_per_minute=3)
    edge = Edge(house.settings, house.client)
    await edge.start()
    async with aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(5):
            async with session.post(edge.address + "/v1/enrolments", json={"code": "0000-0000"}) as answer:
                statuses.append((answer.status, answer.headers.get("Retry-After")))
    await edge.stop()
    assert [(403, None)] * 3 + [(429, "20")] * 2 == statuses


# --- approvals -------------------------------------------------------------------------------------------


async def test_a_discount_that_another_approves(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    await placed(shop, key)
    body, retry = shop.cart(discounts=[DISCOUNT]), unique()
    refused = await shop.sell(key, body, Idempotency_Key=retry)
    assert (refused.status, refused.json["code"]) == (403, "orders.needs_approval")
    assert "discount" in refused.json["detail"]
    approved = await shop.approve(key)
    assert (approved.status, approved.json["person_id"], approved.json["purpose"]) == (200, shop.budi["id"], "discount")
    token = approved.json["token"]
    first = await shop.sell(key, body, Idempotency_Key=retry, Approval=token)
    assert (first.status, first.json["placed_by"]) == (201, shop.siti["id"]), first.body
    again = await shop.sell(key, body, Idempotency_Key=retry, Approval=token)
    assert (again.status, again.json["id"]) == (201, first.json["id"]), "a retry is no second use"
    await shop.house.fetch("UPDATE staff.approvals SET expires_at = now()")
    again = await shop.sell(key, body, Idempotency_Key=retry, Approval=token)
    assert (again.status, again.json["id"]) == (201, first.json["id"]), "not even when it comes late"
    other = await shop.sell(key, body, Approval=token)
    assert (other.status, other.json["code"]) == (403, "staff.approval_unknown")


async def test_an_approval_that_comes_too_late(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    await placed(shop, key)
    token = (await shop.approve(key)).json["token"]
    await shop.house.fetch("UPDATE staff.approvals SET expires_at = now()")
    answer = await shop.sell(key, shop.cart(discounts=[DISCOUNT]), Approval=token)
    assert (answer.status, answer.json["code"]) == (403, "staff.approval_unknown")


async def test_an_approval_is_for_what_was_sent_with_it_first(shop: Shop) -> None:
    """Also when that came to nothing: under the same key another body is another request."""
    key, retry = await shop.key_of(shop.siti), unique()
    await placed(shop, key)
    token = (await shop.approve(key)).json["token"]
    seen = shop.cart(discounts=[DISCOUNT], unit_price={"amount": 1, "currency": "IDR"})
    met = await shop.sell(key, seen, Idempotency_Key=retry, Approval=token)
    assert (met.status, met.json["code"]) == (409, "orders.price_changed"), met.body
    other = await shop.sell(key, shop.cart(quantity=100, discounts=[{**DISCOUNT, "percent": "50"}]), Idempotency_Key=retry, Approval=token)
    assert (other.status, other.json["code"]) == (403, "staff.approval_unknown")
    again = await shop.sell(key, seen, Idempotency_Key=retry, Approval=token)
    assert again.json["code"] == "orders.price_changed", "a retry of it is still approved"


async def test_one_approval_for_all_that_a_request_needs(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    await placed(shop, key)
    body = shop.cart(discounts=[DISCOUNT], override={"unit_price": {"amount": 300_000, "currency": "IDR"}, "reason": "Dented"})
    refused = await shop.sell(key, body)
    assert refused.json["detail"] == "Needs approval: override, discount."
    half = await shop.sell(key, body, Approval=(await shop.approve(key, "override")).json["token"])
    assert half.json["detail"] == "Needs approval: discount."
    approved = (await shop.approve(key, "override", "discount")).json
    assert (approved["purpose"], approved["also"]) == ("override", ["discount"])
    done = await shop.sell(key, body, Approval=approved["token"])
    assert done.status == 201, done.body
    [entry] = (await shop.call("GET", f"/v1/audit?about={done.json['id']}")).json["items"]
    assert entry["approved_by"] == shop.budi["id"]


async def test_nobody_approves_a_part_of_what_they_may_not(shop: Shop) -> None:
    """A chief of discounts alone: what else is asked for makes the whole of it more than theirs."""
    code, boss = f"r{unique()}", await hire(shop, "cashier")
    role = {"code": code, "name": "Discounts", "scopes": ["orders:write", "approvals:write"], "rights": {"discount_max": "50"}}
    assert 201 == (await shop.call("POST", "/v1/roles", role)).status
    await shop.call("PATCH", f"/v1/people/{boss['id']}", {"roles": [code]}, If_Match=f'"{boss["version"]}"')
    key = await shop.key_of(shop.siti)
    asked = {"code": boss["code"], "pin": PIN, "purpose": "discount"}
    assert 200 == (await shop.call("POST", "/v1/approvals", asked, key)).status
    refused = await shop.call("POST", "/v1/approvals", {**asked, "also": ["override", "void"]}, key)
    assert (refused.status, refused.json["code"], refused.json["detail"]) == (
        403, "staff.cannot_approve", "Cashier may not approve this: override, void. Ask somebody who may.",
    )  # fmt: skip


async def test_an_approval_used_for_many_at_once(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    await placed(shop, key)
    token = (await shop.approve(key)).json["token"]
    answers = await asyncio.gather(*(shop.sell(key, shop.cart(discounts=[DISCOUNT]), Approval=token) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [403] * 7


async def test_an_approval_is_for_one_purpose_and_one_person(shop: Shop) -> None:
    key, other = await shop.key_of(shop.siti), await shop.key_of(await hire(shop, "cashier"))
    await placed(shop, key)
    body = shop.cart(discounts=[DISCOUNT])
    void = (await shop.approve(key, "void")).json["token"]
    assert "orders.needs_approval" == (await shop.sell(key, body, Approval=void)).json["code"]
    token = (await shop.approve(key)).json["token"]
    assert "staff.approval_unknown" == (await shop.sell(other, body, Approval=token)).json["code"], "found by somebody else"
    assert "staff.approval_unknown" == (await shop.sell(key, body, Approval=token + "x")).json["code"]
    assert (await shop.sell(key, body, Approval=token)).status == 201
    too_much = await shop.sell(key, shop.cart(discounts=[{**DISCOUNT, "percent": "60"}]), Approval=(await shop.approve(key)).json["token"])
    assert "orders.needs_approval" == too_much.json["code"], "nobody approves more than they may do themselves"


async def paid(shop: Shop, key: str) -> str:
    """The path of an order that has been paid in cash."""
    await placed(shop, key)
    tender = {"type": "cash", "amount": {"amount": 400_000, "currency": "IDR"}}
    answer = await shop.sell(key, {**shop.cart(), "tenders": [tender]})
    assert (answer.status, answer.json["status"]) == (201, "completed"), answer.body
    return f"/v1/orders/{answer.json['id']}"


async def test_money_goes_back_when_another_approves(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    order, retry = await paid(shop, key), unique()
    body = {"amount": {"amount": 100_000, "currency": "IDR"}, "reason": "Dented"}
    refused = await shop.call("POST", order + "/refunds", body, key, Idempotency_Key=retry)
    assert (refused.status, refused.json["code"]) == (403, "orders.needs_approval"), refused.body
    token = (await shop.approve(key, "refund")).json["token"]
    done = await shop.call("POST", order + "/refunds", body, key, Idempotency_Key=retry, Approval=token)
    assert done.status in (200, 201), done.body
    again = await shop.call("POST", order + "/refunds", body, key, Approval=token)
    assert "staff.approval_unknown" == again.json["code"], "one refund"


async def test_what_has_no_key_and_no_version_is_approved_once(shop: Shop) -> None:
    """Although the client says that it is the same request."""
    key = await shop.key_of(shop.siti)
    order, other = await paid(shop, key), await paid(shop, key)
    refused = await shop.call("POST", order + "/cancel", {"reason": "Rung up twice"}, key)
    assert (refused.status, refused.json["code"]) == (403, "orders.needs_approval"), refused.body
    token = (await shop.approve(key, "void")).json["token"]
    same = {"Approval": token, "X_Request_Id": "the-same-1"}
    assert (await shop.call("POST", order + "/cancel", {"reason": "Rung up twice"}, key, **same)).status == 200
    for path in (order, other):
        assert "staff.approval_unknown" == (await shop.call("POST", path + "/cancel", {"reason": "Again"}, key, **same)).json["code"]


async def test_the_audit_names_both(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    await placed(shop, key)
    token = (await shop.approve(key)).json["token"]
    order = (await shop.sell(key, shop.cart(discounts=[DISCOUNT]), Approval=token)).json["id"]
    [entry] = (await shop.call("GET", f"/v1/audit?about={order}")).json["items"]
    assert (entry["by"], entry["approved_by"], entry["command"]) == (shop.siti["id"], shop.budi["id"], "orders.place")
    told = (await shop.call("GET", f"/v1/audit?actor=staff&by={shop.siti['id']}&command=staff.approve")).json["items"]
    assert told, "that it was approved is a change, too"


async def test_who_may_approve(shop: Shop) -> None:
    key = await shop.key_of(shop.siti)
    body = {"code": shop.siti["code"], "pin": PIN, "purpose": "void"}
    assert "staff.cannot_approve" == (await shop.call("POST", "/v1/approvals", body, key)).json["code"]
    assert "staff.wrong" == (await shop.approve(key, pin="0000")).json["code"]
    boss = await hire(shop, "supervisor")
    for _ in range(5):
        answer = await shop.call("POST", "/v1/approvals", {"code": boss["code"], "pin": "0000", "purpose": "void"}, key)
    assert "staff.wrong" == answer.json["code"]
    assert "staff.locked" == (await shop.sign_in(boss)).json["code"], "a PIN is counted wherever it is tried"


async def test_a_machine_has_no_bounds_and_needs_no_approval(shop: Shop) -> None:
    await placed(shop, await shop.key_of(shop.siti))
    answer = await shop.sell(shop.owner, shop.cart(discounts=[DISCOUNT]), Approval="approval_nonsense")
    assert answer.status == 201


async def test_a_register_that_is_enrolled_again(shop: Shop) -> None:
    """Last, for it changes the register's key for all."""
    key, former = await shop.key_of(shop.siti), shop.register["key"]
    offered = (await shop.call("POST", f"/v1/registers/{shop.register['register_id']}/enrolment")).json
    codes = [shop.call("POST", "/v1/enrolments", {"code": offered["code"]}, Authorization="") for _ in range(4)]
    answers = await asyncio.gather(*codes)
    assert sorted(answer.status for answer in answers) == [200, 403, 403, 403]
    shop.register = next(answer.json for answer in answers if answer.status == 200)
    await eventually(lambda: is_out(shop, key), within_seconds=1.0)
    await eventually(lambda: is_out(shop, former), within_seconds=1.0)
    assert (await shop.key_of(shop.siti)).startswith("kasir_")


# --- what a key did ----------------------------------------------------------------------------------------


async def test_what_a_key_did_is_told_to_who_asked_it_and_to_who_sees_everything(shop: Shop) -> None:
    siti = await shop.key_of(shop.siti)
    await placed(shop, siti)
    key, cart = unique(), shop.cart()
    order = await shop.sell(siti, cart, Idempotency_Key=key)
    dewi = await shop.key_of(await hire(shop, "cashier"))
    manager = await hire(shop, "manager")
    bound = await shop.call("PATCH", f"/v1/people/{manager['id']}", {"store_ids": [shop.register["store_id"]]}, If_Match=f'"{manager["version"]}"')
    assert bound.status == 200, bound.body
    office = await shop.call("POST", "/v1/sessions/password", {"login": manager["login"], "password": PASSWORD}, Authorization="")

    async def told(by: str) -> tuple[int, str]:
        answer = await shop.call("GET", f"/v1/idempotency-keys/{key}", None, by)
        return answer.status, answer.json["outcome"]["id"] if answer.status == 200 else answer.json["code"]

    unknown = (404, "runtime.key_unknown")
    assert [await told(siti), await told(await shop.key_of(shop.siti)), await told(shop.owner)] == [(200, order.json["id"])] * 3
    assert [await told(dewi), await told(shop.register["key"]), await told(office.json["key"])] == [unknown] * 3


async def test_what_one_could_not_send_another_sends_again_from_the_same_register(shop: Shop) -> None:
    siti = await shop.key_of(shop.siti)
    await placed(shop, siti)
    key, cart = unique(), shop.cart()
    first = await shop.sell(siti, cart, Idempotency_Key=key)
    again = await shop.sell(await shop.key_of(await hire(shop, "cashier")), cart, Idempotency_Key=key)
    assert (again.status, again.json["id"], again.json["placed_by"]) == (201, first.json["id"], shop.siti["id"])
