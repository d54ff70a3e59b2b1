"""Events on their way to real listeners, over real HTTP."""

from __future__ import annotations

import asyncio
import errno
import gzip
import itertools
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from actors.orders.contract import CANCEL_ORDER, PLACE_ORDER, CancelOrder, LineInput, OrderTold, PlaceOrder, TenderInput
from actors.runtime.client import Refused
from actors.webhooks import posting, postman
from actors.webhooks.contract import (
    DELETE_ENDPOINT,
    GET_ENDPOINT,
    GET_HEALTH,
    PAUSE_ENDPOINT,
    RESEND_DELIVERY,
    RESUME_ENDPOINT,
    UPDATE_ENDPOINT,
    DeleteEndpoint,
    EndpointChanges,
    GetEndpoint,
    GetHealth,
    PauseEndpoint,
    ResendDelivery,
    ResumeEndpoint,
    UpdateEndpoint,
)
from tests.actors.webhooks.listener import listen, register, statuses
from tests.actors.webhooks.watching import SMALL, all_settled, deliveries, open_store, open_stores, postman_of, the_delivery
from tests.certificates import wrong_certificate
from tests.support import House, eventually, rupiah


async def test_an_event_arrives_signed_by_the_standard(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.*", headers={"X-Shop": "Toko Maju"})
        store = await open_store(house)
        await eventually(lambda: any(one.event["data"]["id"] == str(store.id) for one in listener.arrived))
        [arrived] = [one for one in listener.arrived if one.event["data"]["id"] == str(store.id)]
        event = arrived.verify(endpoint.secret)
        assert (event["type"], event["data"]["name"]) == ("store.created", store.name)
        assert (arrived.headers["content-type"], arrived.headers["x-shop"]) == ("application/json", "Toko Maju")
        [logged] = await house.fetch("SELECT id, body FROM stores.log WHERE key = $1", str(store.id))
        assert (arrived.id, arrived.body) == (str(logged["id"]), logged["body"])
        assert sorted(int(one.headers["webhook-seq"]) for one in listener.arrived) == list(range(1, len(listener.arrived) + 1))


async def test_what_a_mistake_of_ours_has_kept_from_going_out_goes_out_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known that raises there; if anything does, the parcel must not stay under way for ever, and its lane with it."""
    mistakes = iter([RuntimeError("a mistake"), RuntimeError("the same")])

    async def mistaken(*args: Any) -> Any:
        if (mistake := next(mistakes, None)) is not None:
            raise mistake
        return await posting.post(*args)

    monkeypatch.setattr(postman, "post", mistaken)
    async with listen() as listener:
        await register(house, listener.url, "store.created")
        stores = [await open_store(house) for _ in range(3)]
        await eventually(lambda: len(set(listener.ids())) == 3)
    assert {one.event["data"]["id"] for one in listener.arrived} == {str(store.id) for store in stores}


async def test_a_machine_that_has_no_connection_left_says_nothing_about_the_listener(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([OSError(errno.EMFILE, "Too many open files")] * 20)

    def opened(*args: Any) -> bool:
        if (none := next(left, None)) is not None:
            raise none
        return True

    monkeypatch.setattr(posting, "may_connect", opened)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_stores(house, 3)
        await eventually(lambda: len(set(listener.ids())) == 3, within_seconds=60)
        health = await house.call(GET_HEALTH, GetHealth(id=endpoint.id))
        assert (health.circuit, health.consecutive_failures) == ("closed", 0)
        assert {len(one.attempts) for one in await deliveries(house, endpoint) if one.state == "delivered"} <= {1}
    assert next(left, None) is None


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
        told = [msgspec.convert(one.verify(endpoint.secret)["data"], OrderTold) for one in listener.arrived]
        assert [one.event["type"] for one in listener.arrived] == ["order.created", "order.cancelled"]
        first, last = told
        assert (first.order, first.version, first.before, first.after.payment, first.by) == (order, 1, None, "paid", "key-1")
        assert (last.order, last.version, last.before, last.by, last.reason) == (off, 2, first.after, "key-2", "Rung up twice")


async def test_every_attempt_can_be_read(house: House) -> None:
    async with listen(statuses(500, 502, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "delivered", attempts=3)
        assert [(one.number, one.status, one.answer) for one in delivery.attempts] == [
            (1, 500, "answer 0"), (2, 502, "answer 1"), (3, 200, "answer 2"),
        ]
        assert delivery.next_attempt_at is None


async def test_a_retry_keeps_the_id_and_the_seq_and_renews_the_timestamp(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="1.2")
    async with listen(statuses(404, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await the_delivery(house, endpoint, "delivered", attempts=2)
        first, second = listener.arrived
        assert (first.id, first.headers["webhook-seq"]) == (second.id, second.headers["webhook-seq"])
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
        await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=failed.id))
        delivered = await the_delivery(house, endpoint, "delivered", attempts=4)
        # What was delivered may be sent again, too.
        await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=delivered.id))
        await the_delivery(house, endpoint, "delivered", attempts=5)
        assert len(set(listener.ids())) == 1
        assert len(listener.arrived) == 5
        await all_settled(house)


async def test_an_endpoint_may_have_a_schedule_of_its_own(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600")
    async with listen(statuses(404)) as listener:
        endpoint = await register(house, listener.url, "store.created", schedule_seconds=[1])
        await open_store(house)
        failed = await the_delivery(house, endpoint, "failed", attempts=2)
        assert len(failed.attempts) == 2


async def test_410_disables_and_coming_back_sends_what_is_pending(house: House) -> None:
    async with listen(statuses(410, 200)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)

        async def disabled() -> bool:
            return (await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))).status == "disabled"

        await eventually(disabled)
        stopped = await house.call(GET_ENDPOINT, GetEndpoint(id=endpoint.id))
        assert stopped.disabled_reason == "It answered 410 Gone."
        health = await house.call(GET_HEALTH, GetHealth(id=endpoint.id))
        assert (health.last_error, health.consecutive_failures) == ("it answered 410", 1)
        logged = await house.fetch("SELECT name FROM webhooks.log WHERE key = $1 ORDER BY position", str(endpoint.id))
        assert [one["name"] for one in logged] == ["webhook_endpoint.created", "webhook_endpoint.updated", "webhook.endpoint_disabled"]
        pending = await the_delivery(house, endpoint, "pending")
        with pytest.raises(Refused) as no:
            await house.call(RESEND_DELIVERY, ResendDelivery(endpoint_id=endpoint.id, id=pending.id))
        assert no.value.refusal.code == "webhooks.inactive"
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id))
        back = await the_delivery(house, endpoint, "delivered", attempts=2)
        assert [one.status for one in back.attempts] == [410, 200]


async def test_what_comes_while_it_is_paused_goes_out_when_it_goes_on(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await eventually(lambda: listener.arrived)
        await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=endpoint.id))
        await open_stores(house, 10)

        async def sorted_in() -> bool:
            return len(await deliveries(house, endpoint, state="pending")) == 10

        await eventually(sorted_in)
        assert len(listener.arrived) == 1
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id))
        await eventually(lambda: len(listener.arrived) == 11)


async def test_what_was_missed_may_be_skipped(house: House) -> None:
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created", paused=True)
        await open_stores(house, 5)

        async def sorted_in() -> bool:
            return len(await deliveries(house, endpoint)) == 5

        await eventually(sorted_in)
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, skip_missed=True))
        store = await open_store(house)
        await eventually(lambda: listener.arrived)
        assert [(one.event["data"]["id"], one.headers["webhook-seq"]) for one in listener.arrived] == [(str(store.id), "6")]


async def test_what_was_skipped_stays_so_when_a_post_that_was_under_way_fails(fresh_house: Any) -> None:
    """A sick listener hangs: whoever has enough of it skips while a post still waits for its answer."""
    house = await fresh_house(SMALL)
    answer = asyncio.Event()

    async def hang(request: web.Request, before: int) -> web.StreamResponse:
        await answer.wait()
        return web.Response(status=500 if before == 0 else 200)

    async with listen(hang) as listener:
        endpoint = await register(house, listener.url, "store.created", concurrency=1)
        await open_stores(house, 5)

        async def sorted_in() -> bool:
            return len(await deliveries(house, endpoint)) == 5

        await eventually(sorted_in)
        await eventually(lambda: listener.arrived)
        resumed = await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, skip_missed=True))
        [bag] = postman_of(house).bags.values()
        await eventually(lambda: not bag.shut and bag.target.version == resumed.version)
        answer.set()
        await eventually(lambda: not bag.posting)
        await open_store(house)
        await eventually(lambda: listener.arrived[-1].headers["webhook-seq"] == "6")
        await eventually(lambda: bag.done_to == 6)
        assert ["1", "6"] == [one.headers["webhook-seq"] for one in listener.arrived]


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured_and_uses_up_no_retry(fresh_house: Any, status: int) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="3600")
    async with listen(statuses(status, status, status, 200, Retry_After="1")) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        await the_delivery(house, endpoint, "delivered", attempts=4)
        moments = [one.at for one in listener.arrived]
        assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(moments))


async def test_a_redirect_is_not_followed(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60")
    async with listen() as elsewhere, listen(statuses(302, Location=elsewhere.url)) as listener:
        endpoint = await register(house, listener.url, "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "retrying")
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
    assert await eventually(lambda: circuit_is(house, endpoint, "open"))


async def test_a_certificate_of_somebody_else_is_not_accepted(fresh_house: Any, tmp_path: Path) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60")
    said: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=wrong_certificate(tmp_path))
    async with server:
        endpoint = await register(house, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "store.created")
        await open_store(house)
        delivery = await the_delivery(house, endpoint, "pending", attempts=4)
    assert {(one.status, one.error) for one in delivery.attempts} == {(None, "the TLS certificate was not accepted")}
    assert said == []


async def circuit_is(house: House, endpoint: Any, state: str) -> bool:
    return (await house.call(GET_HEALTH, GetHealth(id=endpoint.id))).circuit == state


async def test_addresses_are_checked_again_when_connecting(fresh_house: Any) -> None:
    """The name may resolve differently by then; here the rules have changed since, and the literal and the name are both caught."""
    house = await fresh_house(SMALL, webhooks_schedule_seconds="60", webhooks_allow="")
    async with listen() as listener:
        for url in (listener.url, listener.url.replace("127.0.0.1", "localhost"), listener.url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            endpoint = await register(house, "https://8.8.8.8/", "store.created", paused=True)
            await house.fetch("UPDATE webhooks.endpoints SET url = $2 WHERE id = $1", endpoint.id, url)
            await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id))
            await open_store(house)
            delivery = await the_delivery(house, endpoint, "retrying")
            assert "not a" in (delivery.attempts[0].error or "")
            await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=endpoint.id))
        assert listener.arrived == []


async def test_listeners_that_hang_take_no_place_from_others(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_timeout_seconds=60, webhooks_in_flight=8, webhooks_in_flight_per_endpoint=4)

    async def hang(request: web.Request, before: int) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with listen(hang) as dead, listen() as alive:
        for _ in range(3):
            await register(house, dead.url, "store.created")
        await register(house, alive.url, "store.created")
        await open_stores(house, 40)
        await eventually(lambda: len(alive.arrived) == 40)
        assert postman_of(house).places.taken >= 3
        assert len(dead.arrived) == 3


async def test_a_new_url_holds_from_the_next_post(fresh_house: Any) -> None:
    house = await fresh_house(SMALL, webhooks_schedule_seconds="0.5,60")
    async with listen(statuses(404)) as old, listen() as new:
        endpoint = await register(house, old.url, "store.created")
        await open_store(house)
        await eventually(lambda: old.arrived)
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(url=new.url)))
        await eventually(lambda: new.arrived)
        assert new.arrived[0].id == old.arrived[0].id


async def test_a_long_backlog_goes_out_whole_and_memory_holds_a_part_of_it(fresh_house: Any) -> None:
    """Far more than a bag holds: the rest stays in the database until there is room."""
    house = await fresh_house(SMALL)
    async with listen() as listener:
        endpoint = await register(house, listener.url, "store.created", paused=True)
        for _ in range(6):
            await open_stores(house, 500)

        async def sorted_in() -> bool:
            [row] = await house.fetch("SELECT seq FROM webhooks.feeds")
            return bool(row["seq"] == 3000)

        await eventually(sorted_in)
        most = 0
        await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id, catch_up_per_second=10_000))

        def arrived() -> bool:
            nonlocal most
            most = max(most, sum(bag.lanes.held for bag in postman_of(house).bags.values()))
            return len(set(listener.ids())) == 3000

        await eventually(arrived, within_seconds=40)
        assert len(listener.arrived) == 3000
        assert 0 < most <= 2048
        await all_settled(house)


async def test_a_deleted_endpoint_gets_nothing_more_and_its_bag_is_put_away(fresh_house: Any) -> None:
    house = await fresh_house(SMALL)
    async with listen() as listener, listen() as other:
        endpoint = await register(house, listener.url, "store.created")
        await register(house, other.url, "store.created")
        await open_store(house)
        await eventually(lambda: listener.arrived)
        await house.call(DELETE_ENDPOINT, DeleteEndpoint(id=endpoint.id, if_version=1))
        await open_store(house)
        await eventually(lambda: len(other.arrived) == 2)
        await eventually(lambda: len(postman_of(house).bags) == 1)
        assert len(listener.arrived) == 1
