"""What every operation does the same way: keys, versions, ids, statuses."""

from __future__ import annotations

from asyncio import gather
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.runtime.client import Reply
from actors.runtime.words import Refusal
from actors.webhooks.contract import Delivery
from http_edge.everywhere import ACTORS
from http_edge.examples import EXAMPLES, ORDER, PRODUCT
from http_edge.routes import ROUTES
from tests.http_edge.scripted import OWNER, READER, change, key_for
from tests.http_edge.test_bad_bodies import full_example, path_of

pytestmark = pytest.mark.asyncio

PLACE = next(route for route in ROUTES if route.operation_id == "orders_place")


def no(kind: Any, code: str = "orders.some_code", **more: Any) -> Reply:
    return Reply(refusal=Refusal(code=code, kind=kind, title="No", detail="Because.", **more))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
async def test_every_route_answers_with_its_example(counter: Any, route: Any) -> None:
    body = {"json": full_example(route)} if route.body_type else {}
    # What is sent again has one attempt less than when the edge looks: it does not wait.
    counter.actors.script["webhooks.resend"] = Reply(msgspec.json.encode(msgspec.structs.replace(EXAMPLES[Delivery], attempts=[])))
    answer = await counter.call(route.method, path_of(route), key=key_for(route), **body)
    assert answer.status == route.status, answer.body
    assert answer.headers["Content-Type"] == "application/json" or route.bytes_of
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("ETag" in answer.headers) == route.has_version
    assert ("Location" in answer.headers) == bool(route.location)
    assert route.command.result in EXAMPLES


async def test_a_created_order_says_where_it_is(counter: Any) -> None:
    answer = await counter.call("POST", "/v1/orders", json=full_example(PLACE))
    assert answer.headers["Location"] == f"/v1/orders/{ORDER}"
    assert answer.headers["ETag"] == '"1"'
    assert counter.actors.asked[0].context["key"] == "a-key"
    assert counter.actors.asked[0].context["by"] == "00000000-0000-0000-0000-000000000001"


async def test_a_price_list_is_found_by_its_code(counter: Any) -> None:
    route = next(route for route in ROUTES if route.operation_id == "catalog_create_price_list")
    counter.actors.script["catalog.create_price_list"] = Reply(b'{"code": "whole/sale", "version": 1}')
    answer = await counter.call("POST", route.path, json=full_example(route))
    assert (answer.status, answer.headers["Location"]) == (201, "/v1/price-lists/whole%2Fsale")
    await counter.call("GET", answer.headers["Location"])
    assert counter.actors.asked[1].request.code == "whole/sale"


async def test_a_replay_is_marked(counter: Any) -> None:
    counter.actors.script["orders.place"] = Reply(b'{"id":"x","version":1}', replayed=True)
    answer = await counter.call("POST", "/v1/orders", json=full_example(PLACE))
    assert (answer.status, answer.headers["Idempotent-Replayed"]) == (201, "true")


@pytest.mark.parametrize(
    ("key", "code"),
    [("-", "edge.idempotency_key_missing"), *((bad, "edge.bad_header") for bad in ("", "a b", "é", "x" * 256))],
)
async def test_idempotency_keys_that_cannot_be_used(counter: Any, key: str, code: str) -> None:
    answer = await counter.call("POST", "/v1/orders", json=full_example(PLACE), headers={"Idempotency-Key": key})
    assert (answer.status, answer.json["code"]) == (400, code)
    assert counter.actors.asked == []


@pytest.mark.parametrize(
    ("tag", "status"), [("-", 428), *((bad, 400) for bad in ("1", 'W/"1"', "*", '"0"', '"1", "2"', '"9999999999999999"')), ('"7"', 200)]
)
async def test_if_match(counter: Any, tag: str, status: int) -> None:
    for method, more in (("PATCH", {"json": {"category": "Water"}}), ("DELETE", {})):
        answer = await counter.call(method, f"/v1/products/{PRODUCT}", headers={"If-Match": tag}, **more)
        assert answer.status == status, answer.body
    assert all(asked.request.if_version == 7 for asked in counter.actors.asked)


async def test_if_none_match(counter: Any) -> None:
    for tag, status in (('"1"', 304), ('W/"1"', 304), ('"0", "1"', 304), ("*", 304), ('"2"', 200)):
        answer = await counter.call("GET", f"/v1/products/{PRODUCT}", headers={"If-None-Match": tag})
        assert (answer.status, answer.headers["ETag"], bool(answer.body)) == (status, '"1"', status == 200)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("invalid", 422), ("not_found", 404), ("conflict", 409), ("stale", 412), ("forbidden", 403), ("busy", 503), ("failed", 500)],
)
async def test_an_actors_no(counter: Any, kind: str, status: int) -> None:
    counter.actors.script["orders.place"] = no(kind)
    answer = await counter.call("POST", "/v1/orders", json=full_example(PLACE))
    assert answer.status == status
    assert answer.json == {
        "type": "/docs#problem-orders.some_code", "title": "No", "status": status, "detail": "Because.", "code": "orders.some_code",
        "request_id": answer.headers["X-Request-Id"],
    }  # fmt: skip
    assert ("Retry-After" in answer.headers) == (kind == "busy")


async def test_a_key_used_for_something_else(counter: Any) -> None:
    counter.actors.script["orders.place"] = no("conflict", "runtime.key_reused")
    assert (await counter.call("POST", "/v1/orders", json=full_example(PLACE))).status == 422


async def test_paths_and_methods(counter: Any) -> None:
    assert (await counter.call("GET", "/v1/nothing")).json["code"] == "edge.no_such_path"
    assert (await counter.call("GET", "/v1/orders/", key=None)).status == 404
    answer = await counter.call("PUT", "/v1/orders")
    assert (answer.status, answer.headers["Allow"], answer.json["code"]) == (405, "GET, HEAD, OPTIONS, POST", "edge.no_such_method")
    answer = await counter.call("OPTIONS", f"/v1/products/{PRODUCT}", key=None)
    assert (answer.status, answer.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    answer = await counter.call("HEAD", f"/v1/products/{PRODUCT}")
    assert (answer.status, answer.headers["ETag"], answer.body) == (200, '"1"', b"")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        *((f"limit={bad}", "?limit") for bad in ("0", "x", "1e2", "", "9" * 5_000, "1&limit=2")),
        ("active=1", "?active"), ("active=null", "?active"), ("nonsense=1", "?nonsense"), ("q=%00", "?q"), ("barcode=1", "?barcode"),
    ],
)  # fmt: skip
async def test_bad_parameters(counter: Any, query: str, pointer: str) -> None:
    answer = await counter.call("GET", f"/v1/products?{query}")
    assert (answer.status, answer.json["code"], [error["pointer"] for error in answer.json["errors"]]) == (400, "edge.bad_parameter", [pointer])
    assert counter.actors.asked == []


@pytest.mark.parametrize(
    ("path", "query", "field", "value"),
    [
        ("/v1/orders", "business_date=2026-01-31", "business_date", date(2026, 1, 31)),
        ("/v1/orders", f"customer_id={ORDER}", "customer_id", ORDER),
        ("/v1/orders", "flag=any", "flag", "any"), ("/v1/orders", "flag=price_differs", "flag", "price_differs"),
        ("/v1/orders", "sold_from=2026-01-31T09:30:00%2B07:00", "sold_from", datetime(2026, 1, 31, 2, 30, tzinfo=UTC)),
        ("/v1/inventory/levels", "below_reorder=true", "below_reorder", True),
        ("/v1/inventory/movements", "kind=transfer_out", "kind", "transfer_out"),
        ("/v1/payment-intents", "state=held", "state", "held"), ("/v1/promotions", "code=MIE10&active=false", "active", False),
        ("/v1/catalog/offer-changes", "after=12", "after", 12),
    ],
)  # fmt: skip
async def test_parameters_of_every_kind(counter: Any, path: str, query: str, field: str, value: Any) -> None:
    assert (await counter.call("GET", f"{path}?{query}")).status == 200
    assert getattr(counter.actors.asked[0].request, field) == value


@pytest.mark.parametrize(
    ("path", "query", "told"),
    [
        ("/v1/orders", "business_date=2026-02-30", "a date"), ("/v1/orders", "customer_id=7", "a UUID"), ("/v1/orders", "flag=none", "`any`"),
        ("/v1/orders", "status=null", "`draft`"), ("/v1/orders", "payment=", "`unpaid`"),
        ("/v1/inventory/levels", "below_reorder=null", "true or false"), ("/v1/payment-intents", "state=paid", "`held`"),
    ],
)  # fmt: skip
async def test_bad_parameters_of_every_kind(counter: Any, path: str, query: str, told: str) -> None:
    answer = await counter.call("GET", f"{path}?{query}")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, f"?{query.partition('=')[0]}")
    assert told in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00", "1700000000", "now"])
async def test_times_that_cannot_be(counter: Any, moment: str) -> None:
    answer = await counter.call("GET", f"/v1/orders?sold_from={moment}")
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, ["?sold_from"])


async def test_a_path_parameter_that_is_none(counter: Any) -> None:
    answer = await counter.call("GET", "/v1/products/7")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "{id}")
    assert (await counter.call("GET", "/v1/products?q=%ff")).status == 400


async def test_parameters_reach_the_actor(counter: Any) -> None:
    await counter.call("GET", "/v1/products?q=kopi+susu&active=true&limit=7")
    request = counter.actors.asked[0].request
    assert (request.q, request.active, request.limit) == ("kopi susu", True, 7)


async def test_request_ids_and_traces(counter: Any) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await counter.call("GET", "/v1/products", headers={"X-Request-Id": "mine-1", "traceparent": trace})
    context = counter.actors.asked[0].context
    assert (answer.headers["X-Request-Id"], context["request_id"], context["traceparent"]) == ("mine-1", "mine-1", trace)
    answer = await counter.call("GET", "/v1/products", headers={"X-Request-Id": "x" * 200, "traceparent": "00-0-0-0"})
    made = counter.actors.asked[1].context
    assert answer.headers["X-Request-Id"] == made["request_id"] != "x" * 200
    assert made["traceparent"].startswith("00-")
    assert len(made["traceparent"]) == 55


async def test_who_may_come_in(counter: Any) -> None:
    for header in ("-", "", "Bearer", "Bearer kasir_unknown", "Basic kasir_x", f"Bearer {OWNER}x", "Bearer kasir_\u00e9"):
        answer = await counter.call("GET", "/v1/products", key=None, headers={"Authorization": header})
        assert (answer.status, answer.json["code"], answer.headers["WWW-Authenticate"]) == (401, "edge.unauthorized", 'Bearer realm="kasir"')
    assert (await counter.call("GET", "/v1/products", key=READER)).status == 200
    answer = await counter.call("POST", "/v1/orders", key=READER, json=full_example(PLACE))
    assert (answer.status, answer.json["code"]) == (403, "edge.forbidden")
    assert "orders:write" in answer.json["detail"]


async def test_a_new_key_works_at_once_and_a_revoked_one_no_more(counter: Any) -> None:
    new = "kasir_new" + "C" * 32
    counter.actors.keys.append(change(new, ["catalog:write"], number=9))
    assert (await counter.call("GET", "/v1/products", key=new)).status == 200
    counter.actors.keys[-1] = change(new, [], number=9, revoked=True)
    await counter.edge.gate.client.refresh(counter.actors.views[0][0])
    assert (await counter.call("GET", "/v1/products", key=new)).status == 401


async def test_unknown_keys_do_not_flood_staff(counter: Any) -> None:
    before = counter.actors.refreshes
    answers = await gather(*(counter.call("GET", "/v1/products", key=f"kasir_guess{number}") for number in range(20)))
    assert {answer.status for answer in answers} == {401}
    assert counter.actors.refreshes - before <= 3


async def test_a_key_that_was_made_a_moment_ago_is_no_stranger(counter: Any) -> None:
    """Although somebody unknown has just made the edge look."""
    await counter.call("GET", "/v1/products", key="kasir_guess")
    new = "kasir_new" + "C" * 32
    counter.actors.keys.append(change(new, ["catalog:write"], number=9))
    assert (await counter.call("GET", "/v1/products", key=new)).status == 200


async def test_a_session_ends_at_its_end(counter: Any) -> None:
    now = datetime.now(UTC)
    over, lasting = "kasir_over" + "E" * 32, "kasir_lasting" + "F" * 32
    counter.actors.keys += [
        change(over, ["*"], number=10, kind="session", person_id=UUID(int=11), expires_at=now),
        change(lasting, ["*"], number=12, kind="session", person_id=UUID(int=13), expires_at=now + timedelta(hours=1)),
    ]
    answer = await counter.call("GET", "/v1/products", key=over)
    assert (answer.status, answer.json["code"]) == (401, "edge.unauthorized")
    assert "sign in again" in answer.json["detail"]
    assert (await counter.call("GET", "/v1/products", key=lasting)).status == 200
    assert counter.actors.asked[-1].context["by"] == str(UUID(int=13)), "a person, not a key"


async def test_who_misspells_a_parameter_is_told_those_there_are(counter: Any) -> None:
    answer = await counter.call("GET", "/v1/reports/shifts?from=2026-01-01")
    assert [error["pointer"] for error in answer.json["errors"]] == ["?from"]
    assert "There are: format, date_from, date_to, store_id, limit." in answer.json["detail"]
    assert "This call takes none." in (await counter.call("GET", f"/v1/orders/{PRODUCT}?expand=lines")).json["detail"]


async def test_an_unexpected_body_is_refused(counter: Any) -> None:
    path = f"/v1/webhook-endpoints/{PRODUCT}/test"
    assert (await counter.call("POST", path, json={"a": 1})).json["code"] == "edge.body_unexpected"
    assert (await counter.call("POST", path, json={})).status == 201


async def test_what_a_key_did(counter: Any) -> None:
    for actor in set(ACTORS) - {"orders"}:
        counter.actors.script[f"{actor}.recall_key"] = no("not_found", "runtime.key_unknown")
    answer = await counter.call("GET", "/v1/idempotency-keys/sale-000042")
    assert (answer.status, answer.json["command"]) == (200, "orders.place")
    counter.actors.script["orders.recall_key"] = no("busy", "runtime.timeout")
    assert (await counter.call("GET", "/v1/idempotency-keys/sale-000042")).status == 503
    counter.actors.script["orders.recall_key"] = no("not_found", "runtime.key_unknown")
    assert (await counter.call("GET", "/v1/idempotency-keys/sale-000042")).status == 404
    counter.actors.asked.clear()
    await counter.call("GET", "/v1/idempotency-keys/sale-000042", key=READER)
    assert [asked.subject for asked in counter.actors.asked] == ["catalog.recall_key"]


async def test_a_bug_is_a_500_that_tells_nothing(counter: Any) -> None:
    counter.actors.script["orders.place"] = Reply(b"not json")
    answer = await counter.call("POST", "/v1/orders", json=full_example(PLACE))
    assert (answer.status, answer.json["code"]) == (500, "edge.fault")
    assert answer.headers["X-Request-Id"] in answer.json["detail"]


async def test_the_edge_itself_tells_what_events_look_like(counter: Any) -> None:
    listed = {one["type"]: one for one in (await counter.call("GET", "/v1/event-types", key=READER)).json["items"]}
    assert listed["order.created"] == {"type": "order.created", "summary": "An order is there: sold, open or held", "version": 1, "listenable": True}
    assert not listed["webhook.test"]["listenable"]
    told = (await counter.call("GET", "/v1/event-types/order.created", key=READER)).json
    assert (told["example"]["type"], told["schema"]["title"]) == ("order.created", "order.created")
    assert counter.actors.asked == []
    answer = await counter.call("GET", "/v1/event-types/order.misspelt")
    assert (answer.status, answer.json["code"]) == (404, "events.unknown_type")
    assert (await counter.call("GET", "/v1/event-types", key=None)).status == 401
