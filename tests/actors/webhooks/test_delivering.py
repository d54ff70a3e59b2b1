"""Events on their way to real listeners, over real HTTP."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import msgspec
import pytest
from aiohttp import web

from actors.orders.contract import CANCEL_ORDER, PLACE_ORDER, CancelOrder, LineInput, OrderTold, PlaceOrder, TenderInput
from actors.runtime.client import Refused
from actors.stores.contract import CREATE_STORE, CreateStore, Store
from actors.webhooks.contract import (
    GET_DELIVERY,
    GET_ENDPOINT,
    LIST_DELIVERIES,
    RESEND_DELIVERY,
    SEND_TEST,
    UPDATE_ENDPOINT,
    Delivery,
    EndpointChanges,
    GetDelivery,
    GetEndpoint,
    ListDeliveries,
    NewEndpoint,
    ResendDelivery,
    SendTest,
    UpdateEndpoint,
)
from tests.actors.webhooks.listener import listen, register, statuses
from tests.support import House, eventually, rupiah, unique

SMALL = ("webhooks", "stores")


async def open_store(house: House) -> Store:
    return await house.call(CREATE_STORE, CreateStore(name=f"Toko {unique()}", currency="IDR", time_zone="Asia/Jakarta"))


async def deliveries(house: House, endpoint: NewEndpoint, **filters: Any) -> list[Delivery]:
    return (await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, **filters))).items


async def the_delivery(house: House, endpoint: NewEndpoint, state: str, attempts: int = 1) -> Delivery:
    """The endpoint's only delivery, once it is in this state."""

    async def found() -> Delivery | None:
        items = await deliveries(house, endpoint)
        return items[0] if len(items) == 1 and items[0].state == state and len(items[0].attempts) >= attempts else None

    delivery: Delivery = await eventually(found)
    return delivery


async def test_an_event_arrives_signed_by_the_standard(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.*")
        store = await open_store(house)
        await eventually(lambda: any(one.event["data"]["id"] == str(store.id) for one in listener.arrived))
        [arrived] = [one for one in listener.arrived if one.event["data"]["id"] == str(store.id)]
        event = arrived.verify(endpoint.secret)
        assert (event["type"], event["data"]["name"]) == ("store.created", store.name)
        assert arrived.headers["content-type"] == "application/json"
        [logged] = await house.fetch("SELECT id, body FROM stores.log WHERE key = $1", str(store.id))
        assert (arrived.id, arrived.body) == (str(logged["id"]), logged["body"])


async def test_a_sale_and_what_became_of_it_arrive_as_they_were_answered(house: House) -> None:
    _, register_ = await house.open_store()
    product = await house.add_product()
    async with listen() as listener:
        endpoint = await register(house, listener.url, "order.*")
        tender = TenderInput(type="cash", amount=rupiah(20_000))
        ask = PlaceOrder(register_id=register_.id, lines=[LineInput(sku=product.variants[0].sku, quantity=3)], tenders=[tender])
        order = await house.call(PLACE_ORDER, ask, by="key-1")
        off = await house.call(CANCEL_ORDER, CancelOrder(id=order.id, reason="Rung up twice"), by="key-2")
        await eventually(lambda: len(listener.arrived) == 2)
        told = {one.verify(endpoint.secret)["type"]: msgspec.convert(one.event["data"], OrderTold) for one in listener.arrived}
        first, last = told["order.created"], told["order.cancelled"]
        assert (first.order, first.version, first.before, first.after.payment, first.by) == (order, 1, None, "paid", "key-1")
        assert (last.order, last.version, last.before, last.by, last.reason) == (off, 2, first.after, "key-2", "Rung up twice")
        assert (last.after.status, last.after.payment) == ("cancelled", "refunded")
        assert {"status", "payment", "stock", "refunds"} <= set(last.changed)


async def test_every_attempt_can_be_read(house: House) -> None:
    async with listen(statuses(500, 502, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "delivered", attempts=3)
        assert [(one.number, one.status, one.answer) for one in delivery.attempts] == [
            (1, 500, "answer 0"), (2, 502, "answer 1"), (3, 200, "answer 2"),
        ]
        assert delivery.next_attempt_at is None
        assert delivery == await house.call(GET_DELIVERY, GetDelivery(endpoint_id=endpoint.id, id=delivery.id))


async def test_a_retry_keeps_the_id_and_renews_the_timestamp(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="1.2")
    async with listen(statuses(404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await the_delivery(house, endpoint, "delivered", attempts=2)
        first, second = listener.arrived
        assert first.id == second.id
        assert int(second.timestamp) > int(first.timestamp)
        assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
        second.verify(endpoint.secret)


async def test_the_schedule_ends_in_failed_and_resend_starts_over(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="0.1,0.1")
    async with listen(statuses(404, 404, 404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        failed = await the_delivery(house, endpoint, "failed", attempts=3)
        assert [one.status for one in failed.attempts] == [404, 404, 404]
        again = await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=failed.id))
        assert again.state == "pending"
        delivered = await the_delivery(house, endpoint, "delivered", attempts=4)
        assert len(set(listener.ids())) == 1
        # What was delivered may be sent again, too.
        await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=delivered.id))
        await the_delivery(house, endpoint, "delivered", attempts=5)
        assert len(listener.arrived) == 5


async def test_410_disables_and_coming_back_sends_what_is_pending(house: House) -> None:
    async with listen(statuses(410, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)

        async def disabled() -> bool:
            return not (await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))).active

        await eventually(disabled)
        stopped = await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))
        assert stopped.disabled_reason == "It answered 410 Gone."
        logged = await house.fetch("SELECT name FROM webhooks.log WHERE key = $1 ORDER BY position", str(endpoint.id))
        assert [one["name"] for one in logged] == ["webhook_endpoint.created", "webhook_endpoint.updated"]
        [pending] = await deliveries(house, endpoint)
        assert pending.state == "pending"
        with pytest.raises(Refused) as no:
            await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=pending.id))
        assert no.value.refusal.code == "webhooks.inactive"
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=stopped.version, changes=EndpointChanges(active=True)))
        back = await the_delivery(house, endpoint, "delivered", attempts=2)
        assert [one.status for one in back.attempts] == [410, 200]
        assert (await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))).disabled_reason is None


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(fresh_house: Any, status: int) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="0.1,0.1")
    async with listen(statuses(status, 200, Retry_After="2")) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await the_delivery(house, endpoint, "delivered", attempts=2)
        first, second = listener.arrived
        assert second.at - first.at >= 2.0


async def test_a_redirect_is_not_followed(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60")
    async with listen() as elsewhere, listen(statuses(302, Location=elsewhere.url)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "pending")
        assert [one.status for one in delivery.attempts] == [302]
        assert elsewhere.arrived == []


async def test_a_gzip_bomb_stays_packed_and_an_endless_answer_is_cut(house: House) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)

    async def packed(request: web.Request, before: int) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async def endless(request: web.Request, before: int) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    for answer in (packed, endless):
        async with listen(answer) as listener:
            endpoint = await register(house, listener.url, "store.created")
            await open_store(house)
            delivery = await the_delivery(house, endpoint, "delivered")
            assert len(delivery.attempts[0].answer) <= 1024
            assert delivery.attempts[0].latency_ms < 5000


@pytest.mark.parametrize("answer", [b"\x00nul \xff bytes", b"", "\u2028 \U0001f4a3 \ufffe".encode()])
async def test_any_answer_can_be_kept(house: House, answer: bytes) -> None:
    async def say(request: web.Request, before: int) -> web.StreamResponse:
        return web.Response(body=answer)

    async with listen(say) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "delivered")
        assert delivery.attempts[0].answer == answer.decode("utf-8", "replace").replace("\x00", "\ufffd")


async def test_nobody_there_is_told_in_words(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60")
    async with listen() as listener:
        url = listener.url
    endpoint = await register(house, url, "store.created")
    await open_store(house)
    delivery = await the_delivery(house, endpoint, "pending", attempts=4)
    assert {(one.status, one.error) for one in delivery.attempts} == {(None, "connection refused or host unreachable")}
    assert delivery.next_attempt_at is not None


async def test_addresses_are_checked_again_when_connecting(fresh_house: Any) -> None:
    """The name may resolve differently by then; here the rules have changed since, and the literal and the name are both caught."""
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60", webhooks_allow="")
    async with listen() as listener:
        endpoint = await register(house, "https://8.8.8.8/", "store.created")
        for url in (listener.url, listener.url.replace("127.0.0.1", "localhost"), listener.url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            await house.fetch("UPDATE webhooks.endpoints SET url = $2, version = version + 1 WHERE id = $1", endpoint.id, url)
            store = await open_store(house)

            async def refused(key: str = str(store.id)) -> str | None:
                rows = await house.fetch(
                    "SELECT d.attempts->0->>'error' AS error FROM webhooks.deliveries d JOIN webhooks.events e USING (id)"
                    " WHERE e.key = $1 AND d.attempts <> '[]'", key,
                )
                return rows[0]["error"] if rows else None

            assert "not a" in await eventually(refused)
        assert listener.arrived == []


async def test_a_listener_that_hangs_slows_no_other(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_timeout_seconds=2, webhooks_in_flight=8, webhooks_in_flight_per_endpoint=4)

    async def hang(request: web.Request, before: int) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async with listen(hang) as dead, listen() as alive:
        for _ in range(3):
            await register(house, dead.url, "store.created")
        await register(house, alive.url, "store.created")
        stores = {str((await open_store(house)).id) for _ in range(40)}
        await eventually(lambda: {one.event["data"]["id"] for one in alive.arrived} == stores, within_seconds=1.5)


async def test_a_test_event_goes_to_one_endpoint_only(house: House) -> None:
    async with listen() as one, listen() as other:
        endpoint = await register(house, one.url, "order.created")
        await register(house, other.url, "*")
        sent = await house.call(SEND_TEST, SendTest(endpoint_id=endpoint.id))
        assert (sent.event_type, sent.state) == ("webhook.test", "pending")
        await eventually(lambda: one.arrived)
        assert one.arrived[0].id == str(sent.id)
        assert one.arrived[0].verify(endpoint.secret)["data"] == {"message": "This is a test from Kasir."}
        await the_delivery(house, endpoint, "delivered")
        assert str(sent.id) not in other.ids()


async def test_only_what_was_asked_for_arrives(house: House) -> None:
    async with listen() as products, listen() as stores:
        product_endpoint = await register(house, products.url, "product.*")
        await register(house, stores.url, "store.created", "product.deleted")
        store = await open_store(house)
        product = await house.add_product()
        await eventually(lambda: str(product.id) in [one.event["data"]["id"] for one in products.arrived])
        await eventually(lambda: str(store.id) in [one.event["data"]["id"] for one in stores.arrived])
        assert {one.event["type"] for one in products.arrived} == {"product.created"}
        assert {one.event["type"] for one in stores.arrived} == {"store.created"}
        assert {one.event_type for one in await deliveries(house, product_endpoint, event_type="product.*")} == {"product.created"}
        assert await deliveries(house, product_endpoint, event_type="store.*") == []


async def test_lists_newest_first_page_by_page(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        made = [str((await open_store(house)).id) for _ in range(5)]
        await eventually(lambda: {one.event["data"]["id"] for one in listener.arrived} >= set(made))
        found: list[str] = []
        cursor = None
        while True:
            page = await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id, limit=2, cursor=cursor))
            found += [one.event_id for one in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert found == sorted(found, reverse=True)
        assert set(found) == set(listener.ids())


async def test_a_new_url_and_secret_hold_from_the_next_post(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="0.5,60")
    async with listen(statuses(404)) as old, listen() as new:
        endpoint = await register(house, old.url, "store.created")
        await open_store(house)
        await eventually(lambda: old.arrived)
        secret = "whsec_" + "A" * 32
        changes = EndpointChanges(url=new.url, secret=secret)
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=changes))
        await eventually(lambda: new.arrived)
        assert new.arrived[0].id == old.arrived[0].id
        new.arrived[0].verify(secret)


async def test_what_a_dead_member_held_is_taken_over(fresh_house: Any) -> None:
    """Leased by nobody who lives: due again when the lease ends."""
    house = await fresh_house(SMALL, webhooks_timeout_seconds=0.5, webhooks_lease_seconds=1)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await the_delivery(house, endpoint, "delivered")
        await house.fetch(
            "UPDATE webhooks.deliveries SET state = 'pending', attempts = '[]', due_at = now() + interval '1 second' WHERE endpoint_id = $1",
            endpoint.id,
        )
        await the_delivery(house, endpoint, "delivered")
        assert len(listener.arrived) == 2
        assert len(set(listener.ids())) == 1


async def test_a_long_backlog_goes_out_whole(fresh_house: Any) -> None:
    """Far more than one lane holds: the rest stays in the database until there is room."""
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created", active=False)
        await house.fetch(
            "WITH e AS (INSERT INTO webhooks.events SELECT gen_random_uuid(), 'store.created', '', '{}', '', now()"
            " FROM generate_series(1, 6000) RETURNING id)"
            " INSERT INTO webhooks.deliveries (endpoint_id, id, event_type, due_at, created_at)"
            " SELECT $1, id, 'store.created', now(), now() FROM e",
            endpoint.id,
        )
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(active=True)))
        await eventually(lambda: len(set(listener.ids())) == 6000, within_seconds=20)
        assert len(listener.arrived) == 6000

        async def all_recorded() -> bool:
            [row] = await house.fetch("SELECT count(*) AS n FROM webhooks.deliveries WHERE state <> 'delivered'")
            return bool(row["n"] == 0)

        await eventually(all_recorded)
