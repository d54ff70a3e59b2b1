"""Operations that are not JSON in, JSON out: bodies that may be left away, pictures, and callbacks without a key."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import msgspec
import pytest

from actors.orders.contract import CancelOrder, PayOrder, SplitOrder
from actors.runtime.client import Reply
from actors.runtime.settings import Settings
from actors.runtime.words import Money, Refusal
from http_edge.bodies import body_of, may_be_empty
from http_edge.examples import ORDER
from http_edge.examples.story import INTENT
from http_edge.limits import ADDRESSES_MAX, Doorstep, neighbourhood

pytestmark = pytest.mark.asyncio
CALLBACK = "/v1/payment-callbacks/simulated"


# --- bodies without what the path says ------------------------------------------------------------------------


async def test_the_path_and_the_body_make_one_request(counter: Any) -> None:
    tender = {"type": "cash", "amount": {"amount": 700000, "currency": "IDR"}}
    answer = await counter.call("POST", f"/v1/orders/{ORDER}/tenders", json={"tenders": [tender]})
    assert (answer.status, answer.headers["ETag"]) == (200, '"1"')
    asked = counter.actors.asked[0]
    assert (asked.request.id, asked.request.tenders[0].amount, asked.context["key"]) == (ORDER, Money(amount=700000, currency="IDR"), "a-key")


async def test_what_the_path_says_is_no_field_of_the_body(counter: Any) -> None:
    answer = await counter.call("POST", f"/v1/orders/{ORDER}/cancel", json={"id": str(ORDER), "reason": "Rung up twice"})
    assert (answer.status, answer.json["errors"]) == (422, [{"pointer": "/id", "detail": "is not a field here"}])


async def test_the_version_comes_from_if_match_and_the_key_from_its_header(counter: Any) -> None:
    await counter.call("POST", f"/v1/orders/{ORDER}/split", json={"parts": 2}, headers={"If-Match": '"3"'})
    assert (counter.actors.asked[0].request, counter.actors.asked[0].context["key"]) == (SplitOrder(id=ORDER, if_version=3, parts=2), "a-key")
    for header, status in (("If-Match", 428), ("Idempotency-Key", 400)):
        assert (await counter.call("POST", f"/v1/orders/{ORDER}/split", json={"parts": 2}, headers={header: "-"})).status == status


async def test_where_the_command_has_no_key_none_is_asked_for(counter: Any) -> None:
    answer = await counter.call("POST", f"/v1/orders/{ORDER}/cancel", json={"reason": "Rung up twice"}, headers={"Idempotency-Key": "-"})
    assert (answer.status, counter.actors.asked[0].request) == (200, CancelOrder(id=ORDER, reason="Rung up twice"))


@pytest.mark.parametrize(("body", "kind"), [(b"", "-"), (b"", "text/plain"), (b"{}", "application/json")])
async def test_a_body_whose_fields_all_have_defaults_may_be_left_away(counter: Any, body: bytes, kind: str) -> None:
    answer = await counter.call("POST", f"/v1/payment-intents/{INTENT}/confirm", data=body, headers={"Content-Type": kind})
    assert (answer.status, counter.actors.asked[0].request.reference) == (200, "")


@pytest.mark.parametrize(("body", "headers", "status"), [
    (b"{}", {"Content-Type": "text/plain"}, 415), (b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
    (b" ", {"Content-Type": "application/json"}, 400), (b"null", {"Content-Type": "application/json"}, 422),
])  # fmt: skip
async def test_one_that_is_there_must_be_right(counter: Any, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = await counter.call("POST", f"/v1/payment-intents/{INTENT}/confirm", data=body, headers=headers)
    assert (answer.status, counter.actors.asked) == (status, [])


async def test_a_derived_body_keeps_constraints_and_defaults() -> None:
    body = body_of(PayOrder, {"id"})
    assert (body.__name__, may_be_empty(body)) == ("PayOrderBody", False)
    tender = {"type": "cash", "amount": {"amount": 1, "currency": "IDR"}}
    assert msgspec.convert({"tenders": [tender]}, body).register_id is None  # type: ignore[attr-defined]
    for wrong in ({"tenders": []}, {"tenders": [tender], "id": str(ORDER)}, {}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, body)


# --- pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "kind", "content"), [("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<svg/>")])
async def test_a_picture_is_its_bytes(counter: Any, format: str, kind: str, content: bytes) -> None:
    told = {"content_type": kind, "content": b64encode(content).decode()}
    counter.actors.script["payments.qr"] = Reply(msgspec.json.encode(told))
    answer = await counter.call("GET", f"/v1/payment-intents/{INTENT}/qr.{format}")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, content, kind)
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "private, max-age=3600")
    assert (counter.actors.asked[0].request.id, counter.actors.asked[0].request.format) == (INTENT, format)
    head = await counter.call("HEAD", f"/v1/payment-intents/{INTENT}/qr.{format}")
    assert (head.status, head.body) == (200, b"")


async def test_a_picture_needs_a_key_and_takes_no_parameters(counter: Any) -> None:
    path = f"/v1/payment-intents/{INTENT}/qr.png"
    assert (await counter.call("GET", path, key=None)).status == 401
    assert (await counter.call("GET", f"{path}?format=svg")).status == 400
    counter.actors.script["payments.qr"] = Reply(refusal=Refusal(code="payments.not_found", kind="not_found", title="No", detail="None."))
    answer = await counter.call("GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


# --- callbacks ----------------------------------------------------------------------------------------------


async def test_a_callback_goes_on_as_it_came(counter: Any) -> None:
    body = b'{ "not quite":\xff json'
    sent = [("X-Signature", "t=1,v1=abc"), ("X-Twice", "one"), ("X-Twice", "two"), ("X-Odd", "caf\u00e9"), ("Content-Type", "text/plain")]
    async with counter.session.post(f"{counter.edge.address}{CALLBACK}?later=1", data=body, headers=sent) as response:
        assert (response.status, await response.json()) == (200, {"outcome": "taken"})
    asked = counter.actors.asked[0]
    assert (asked.request.provider, b64decode(asked.request.body), asked.context.get("key")) == ("simulated", body, None)
    told = asked.request.headers
    assert (told["x-signature"], told["x-twice"], told["content-type"]) == ("t=1,v1=abc", "one, two", "text/plain")
    assert all(name == name.lower() for name in told)


async def test_a_callback_is_refused_by_its_signature_its_provider_and_its_size(counter: Any) -> None:
    answer = await counter.call("POST", CALLBACK, key=None, data=b"x" * (64 * 1024 + 1))
    assert (answer.status, answer.json["code"]) == (413, "edge.body_too_large")
    assert (await counter.call("POST", "/v1/payment-callbacks/No%20Such", key=None, data=b"x")).status == 400
    assert counter.actors.asked == []
    no = Refusal(code="payments.bad_signature", kind="forbidden", title="No", detail="Not signed.")
    counter.actors.script["payments.take_callback"] = Reply(refusal=no)
    answer = await counter.call("POST", CALLBACK, key=None, data=b"x" * 64 * 1024)
    assert (answer.status, answer.json["code"]) == (403, "payments.bad_signature")


class TestFlood:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(http_port=0, rate_limit_per_second=0, callbacks_per_second=2, drain_seconds=0.2)

    async def test_one_address_cannot_flood_the_payments(self, counter: Any) -> None:
        answers = [await counter.call("POST", CALLBACK, key=None, data=b"{}") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert (answers[2].headers["Retry-After"], len(counter.actors.asked)) == ("1", 2)
        assert (await counter.call("GET", "/v1/products")).status == 200, "who has a key is not held up by it"


async def test_addresses_are_remembered_up_to_a_bound() -> None:
    door = Doorstep()
    assert [door.take("10.0.0.1", 1), door.take("10.0.0.1", 1)] == [0, -1]
    for number in range(ADDRESSES_MAX):
        door.take(f"{number}", 1)
    assert (len(door.buckets), door.take("10.0.0.1", 1)) == (ADDRESSES_MAX, 0)


async def test_who_lives_in_one_ipv6_network_is_one_neighbour() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff") != neighbourhood("2001:db8:1::1")
    assert neighbourhood("::ffff:10.0.0.1") != neighbourhood("::ffff:10.0.0.2")
    assert neighbourhood("10.0.0.1") == "10.0.0.1"
