"""Registering listeners, changing one's mind, stopping and going on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.runtime.client import Refused
from actors.runtime.words import FeedAfter
from actors.webhooks import endpoints, signing
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENDPOINT_CHANGES,
    GET_ENDPOINT,
    LIST_ENDPOINTS,
    PAUSE_ENDPOINT,
    RESUME_ENDPOINT,
    UPDATE_ENDPOINT,
    CreateEndpoint,
    DeleteEndpoint,
    Endpoint,
    EndpointChanges,
    GetEndpoint,
    ListEndpoints,
    PauseEndpoint,
    ResumeEndpoint,
    UpdateEndpoint,
)
from tests.actors.webhooks.listener import register
from tests.support import House, some_id

URL = "https://8.8.8.8/kasir"


async def change(house: House, endpoint: Endpoint, **changes: Any) -> Endpoint:
    return await house.call(
        UPDATE_ENDPOINT, UpdateEndpoint(id=endpoint.id, if_version=endpoint.version, changes=EndpointChanges(**changes))
    )


async def number_of(house: House, endpoint_id: UUID) -> int:
    [row] = await house.fetch("SELECT number FROM webhooks.endpoints WHERE id = $1", endpoint_id)
    return int(row["number"])


def shown(made: Endpoint) -> Endpoint:
    return Endpoint(**{name: getattr(made, name) for name in Endpoint.__struct_fields__})


async def wrongs(house: House, **given: Any) -> tuple[str, list[str]]:
    with pytest.raises(Refused) as no:
        await house.call(CREATE_ENDPOINT, CreateEndpoint(**given))
    return no.value.refusal.code, [error.pointer for error in no.value.refusal.errors]


# --- making one ---------------------------------------------------------------------------------------------


async def test_what_is_not_given_is_as_usual(house: House) -> None:
    made = await house.call(CREATE_ENDPOINT, CreateEndpoint())
    assert (made.url, made.event_types, made.signatures, made.status, made.time_zone) == (None, ["*"], ["v1"], "active", "UTC")
    assert (made.version, made.public_keys, made.headers, made.store_ids) == (1, [], [], [])
    assert made.created_at == made.updated_at


async def test_its_days_are_those_of_its_store(house: House) -> None:
    store, _ = await house.open_store(day_starts_at="04:00")
    other, _ = await house.open_store()

    async def days(**given: Any) -> tuple[str, str]:
        made = await house.call(CREATE_ENDPOINT, CreateEndpoint(**given))
        assert shown(made) == await house.call(GET_ENDPOINT, GetEndpoint(id=made.id))
        return made.time_zone, made.day_starts_at

    assert await days() == await days(store_ids=[store.id, other.id]) == await days(store_ids=[some_id()]) == ("UTC", "00:00")
    assert await days(store_ids=[store.id]) == ("Asia/Jakarta", "04:00")
    assert await days(store_ids=[store.id], time_zone="Asia/Tokyo") == ("Asia/Tokyo", "00:00")
    assert await days(store_ids=[store.id], day_starts_at="06:30") == ("UTC", "06:30")


async def test_the_hour_of_its_days_can_be_changed(house: House) -> None:
    made = await house.call(CREATE_ENDPOINT, CreateEndpoint())
    changes = EndpointChanges(day_starts_at="05:00")
    changed = await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=changes))
    assert (changed.version, changed.day_starts_at) == (2, "05:00")


async def test_everything_that_is_given_is_kept(house: House) -> None:
    stores = [some_id(), some_id()]
    made = await register(
        house, URL, "order.*", "order.*", "product.updated", description="books", paused=True, store_ids=[*stores, stores[0]],
        condition=" data.order ", headers={"X-Shop": "Maju", "Authorization": "Bearer abc"}, signatures=["v1", "v1a"],
        timeout_seconds=2.5, rate_per_second=7, concurrency=3, schedule_seconds=[1, 60], time_zone="Asia/Jakarta",
    )  # fmt: skip
    assert made.event_types == ["order.*", "product.updated"]
    assert (made.description, made.status, made.store_ids, made.condition) == ("books", "paused", stores, "data.order")
    assert (made.headers, made.signatures) == (["X-Shop", "Authorization"], ["v1", "v1a"])
    assert (made.timeout_seconds, made.rate_per_second, made.concurrency) == (2.5, 7, 3)
    assert (made.schedule_seconds, made.time_zone) == ([1, 60], "Asia/Jakarta")
    assert [key.key[:5] for key in made.public_keys] == ["whpk_"]
    assert await house.call(GET_ENDPOINT, GetEndpoint(id=made.id)) == shown(made)


async def test_the_same_key_gets_the_same_secret(house: House) -> None:
    ask, key = CreateEndpoint(url=URL), str(some_id())
    assert await house.call(CREATE_ENDPOINT, ask, key=key) == await house.call(CREATE_ENDPOINT, ask, key=key)


async def test_an_id_is_taken_once(house: House) -> None:
    made = await register(house, URL, id=some_id())
    with pytest.raises(Refused, match="already"):
        await register(house, URL, id=made.id)


async def test_each_has_a_feed_of_its_own(house: House) -> None:
    made = await register(house, URL, "transfer.received")  # that nobody makes happen here
    [feed] = await house.fetch("SELECT seq, first_seq, done_to FROM webhooks.feeds WHERE endpoint = $1", await number_of(house, made.id))
    assert dict(feed) == {"seq": 0, "first_seq": 1, "done_to": 0}


async def test_everything_that_is_wrong_is_told_at_once(house: House) -> None:
    given = CreateEndpoint(
        url="http://10.0.0.1/", event_types=["order.*", "ordr.created"], secret="whsec_" + "A" * 33, condition="data..",
        headers={"Host": "a", "X-A": "b", "x-a": "c"}, time_zone="Asia/Atlantis",
    )  # fmt: skip
    code, pointers = await wrongs(house, **msgspec.structs.asdict(given))
    assert code == "webhooks.refused_url"
    assert pointers == ["/url", "/secret", "/event_types/1", "/condition", "/headers/Host", "/headers/x-a", "/time_zone"]


@pytest.mark.parametrize(
    "name",
    [
        "webhook-id", "Webhook-Signature", "webhook-anything", "Host", "Content-Type", "content-length", "Content-Encoding", "Connection",
        "Transfer-Encoding", "User-Agent", "TE", "Trailer", "Upgrade", "Cookie", "Expect", "Proxy-Authorization", "X-Forwarded-For",
        "Forwarded", "traceparent", "Keep-Alive",
    ],
)  # fmt: skip
async def test_headers_that_are_not_the_owners_to_set(house: House, name: str) -> None:
    assert await wrongs(house, url=URL, headers={name: "x"}) == ("webhooks.invalid", [f"/headers/{name}"])


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "asia/jakarta", "+07", "/etc/passwd", "Asia"])
async def test_a_time_zone_is_one_of_those_that_there_are(house: House, zone: str) -> None:
    assert await wrongs(house, url=URL, time_zone=zone) == ("webhooks.invalid", ["/time_zone"])


async def test_only_so_many_conditions_that_differ(fresh_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event is held against all of them. One that is there already costs nothing more."""
    house: House = await fresh_house()
    monkeypatch.setattr(endpoints, "CONDITIONS_MAX", 2)
    first = await register(house, URL, condition="data.version == `1`")
    await register(house, URL, condition="data.version == `2`")
    with pytest.raises(Refused) as refused:
        await register(house, URL, condition="data.version == `3`")
    assert [error.pointer for error in refused.value.refusal.errors] == ["/condition"]

    plain = await register(house, URL)
    for endpoint, passes in ((plain, False), (first, True)):
        changes = UpdateEndpoint(id=endpoint.id, if_version=1, changes=EndpointChanges(condition="data.version == `4`"))
        told = await house.client.ask(UPDATE_ENDPOINT, changes)
        assert (told.refusal is None) is passes


async def test_a_condition_that_is_none_is_refused_with_the_place(house: House) -> None:
    with pytest.raises(Refused) as no:
        await register(house, URL, condition="data.order ==")
    [error] = no.value.refusal.errors
    assert (error.pointer, error.detail) == ("/condition", "Not JMESPath at character 14: it ends too early.")


# --- changing one -------------------------------------------------------------------------------------------


async def test_changes_need_the_newest_version(house: House) -> None:
    made = await register(house, URL)
    changed = await change(house, made, description="books")
    assert (changed.version, changed.description) == (2, "books")
    with pytest.raises(Refused) as no:
        await change(house, made, description="other books")
    assert no.value.refusal.code == "webhooks.stale"


async def test_a_change_that_changes_nothing_makes_no_version(house: House) -> None:
    made = await register(house, URL, timeout_seconds=3.0)
    assert await change(house, made, url=URL, timeout_seconds=3.0, headers={}, event_types=["*", "*"]) == shown(made)


async def test_null_takes_a_limit_away_and_the_url_too(house: House) -> None:
    made = await register(house, URL, timeout_seconds=3.0, rate_per_second=1, concurrency=1)
    changed = await change(house, made, url=None, timeout_seconds=None, rate_per_second=None, concurrency=None)
    assert (changed.url, changed.timeout_seconds, changed.rate_per_second, changed.concurrency) == (None, None, None, None)


async def test_headers_are_replaced_as_a_whole(house: House) -> None:
    made = await register(house, URL, headers={"X-A": "1", "X-B": "2"})
    changed = await change(house, made, headers={"X-C": "3"})
    assert changed.headers == ["X-C"]
    assert (await change(house, changed, headers={})).headers == []
    [row] = await house.fetch("SELECT headers FROM webhooks.endpoints WHERE id = $1", made.id)
    assert row["headers"] is None


@pytest.mark.parametrize("url", ["https://8.8.4.4/kasir", "http://8.8.8.8/kasir", "https://8.8.8.8:8443/kasir"])
async def test_headers_go_nowhere_else_by_a_new_url(house: House, url: str) -> None:
    """Else whoever may change an endpoint could read what is shown to nobody."""
    made = await register(house, URL, headers={"Authorization": "Bearer abc"})
    with pytest.raises(Refused) as no:
        await change(house, made, url=url)
    [error] = no.value.refusal.errors
    assert (no.value.refusal.code, error.pointer) == ("webhooks.invalid", "/headers")
    assert "Authorization" in error.detail
    unset = await change(house, made, url=None)
    with pytest.raises(Refused):
        await change(house, unset, url=url)
    moved = await change(house, unset, url=url, headers={})
    assert (moved.url, moved.headers) == (url, [])


@pytest.mark.parametrize("url", ["https://8.8.8.8/other?path=1", "https://8.8.8.8:443/kasir", None])
async def test_headers_stay_with_their_host(house: House, url: str | None) -> None:
    made = await register(house, URL, headers={"Authorization": "Bearer abc"})
    assert (await change(house, made, url=url)).headers == ["Authorization"]


async def test_what_others_change_at_the_same_time_is_not_lost(house: House) -> None:
    made = await register(house, URL)
    [before] = await house.fetch("SELECT generation FROM webhooks.sorted_head")
    now: Endpoint = shown(made)
    for turn in range(5):
        now = await change(house, now, description=str(turn))
    [after] = await house.fetch("SELECT generation FROM webhooks.sorted_head")
    assert now.version == 6
    assert after["generation"] >= before["generation"] + 5


async def test_a_deleted_endpoint_is_gone_but_for_the_changes(house: House) -> None:
    made = await register(house, URL, headers={"X-A": "1"})
    number = await number_of(house, made.id)
    await house.call(DELETE_ENDPOINT, DeleteEndpoint(id=made.id, if_version=1))
    with pytest.raises(Refused) as no:
        await house.call(GET_ENDPOINT, GetEndpoint(id=made.id))
    assert no.value.refusal.code == "webhooks.not_found"
    feed = await house.call(ENDPOINT_CHANGES, FeedAfter(limit=1000))
    [last] = [item for item in feed.items if item.id == made.id]
    assert (last.deleted_at is not None, last.version, last.headers) == (True, 2, [])
    assert await house.fetch("SELECT FROM webhooks.secrets WHERE endpoint = $1", number) == []
    with pytest.raises(Refused, match="already"):
        await register(house, URL, id=made.id)


# --- stopping and going on ------------------------------------------------------------------------------------


async def test_a_pause_has_a_reason_and_ends(house: House) -> None:
    made = await register(house, URL)
    paused = await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=made.id, reason="stocktaking"))
    assert (paused.status, paused.disabled_reason, paused.version) == ("paused", "stocktaking", 2)
    assert await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=made.id)) == paused
    resumed = await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id))
    assert (resumed.status, resumed.disabled_reason, resumed.version) == ("active", None, 3)


async def grown_to(house: House, endpoint: Endpoint, seq: int) -> int:
    number = await number_of(house, endpoint.id)
    await house.fetch("UPDATE webhooks.feeds SET seq = $2 WHERE endpoint = $1", number, seq)
    return number


async def test_what_was_missed_goes_out_at_the_rate_that_was_asked_for(house: House) -> None:
    made = await register(house, URL, paused=True)
    number = await grown_to(house, made, 12)
    await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id, catch_up_per_second=3))
    [feed] = await house.fetch("SELECT done_to, catch_up_to, catch_up_per_second FROM webhooks.feeds WHERE endpoint = $1", number)
    assert dict(feed) == {"done_to": 0, "catch_up_to": 12, "catch_up_per_second": 3}


async def test_what_was_missed_can_be_left_out(house: House) -> None:
    made = await register(house, URL, paused=True)
    number = await grown_to(house, made, 12)
    for seq, kind in ((3, "retry"), (4, "behind"), (5, "failed")):
        sql = "INSERT INTO webhooks.troubles (endpoint, seq, lane, kind, due_at) VALUES ($1, $2, 1, $3, now())"
        await house.fetch(sql, number, seq, kind)
    await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id, skip_missed=True))
    [feed] = await house.fetch("SELECT done_to, catch_up_to FROM webhooks.feeds WHERE endpoint = $1", number)
    assert dict(feed) == {"done_to": 12, "catch_up_to": 0}
    assert [row["seq"] for row in await house.fetch("SELECT seq FROM webhooks.troubles WHERE endpoint = $1", number)] == [5]


async def test_a_resumed_endpoint_has_never_failed(house: House) -> None:
    made = await register(house, URL, paused=True)
    number = await number_of(house, made.id)
    sql = "INSERT INTO webhooks.health (endpoint, circuit, consecutive_failures, failing_since, told_failing) VALUES ($1, 'open', 9, now(), true)"
    await house.fetch(sql, number)
    await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=made.id))
    [health] = await house.fetch("SELECT circuit, consecutive_failures, failing_since, told_failing FROM webhooks.health WHERE endpoint = $1", number)
    assert dict(health) == {"circuit": "closed", "consecutive_failures": 0, "failing_since": None, "told_failing": True}


async def test_nobody_pauses_or_resumes_what_is_not_there(house: House) -> None:
    for command, body in ((PAUSE_ENDPOINT, PauseEndpoint(id=some_id())), (RESUME_ENDPOINT, ResumeEndpoint(id=some_id()))):
        with pytest.raises(Refused) as no:
            await house.call(command, body)
        assert no.value.refusal.code == "webhooks.not_found"


# --- looking ------------------------------------------------------------------------------------------------


async def test_lists_page_by_page_oldest_first(house: House) -> None:
    made = [(await register(house, URL)).id for _ in range(5)]
    found, cursor = [], None
    while True:
        page = await house.call(LIST_ENDPOINTS, ListEndpoints(limit=2, cursor=cursor))
        found += [item.id for item in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert [one for one in found if one in made] == made
    assert len(found) == len(set(found))


async def test_lists_those_in_a_state(house: House) -> None:
    made = await register(house, URL, paused=True)
    paused = await house.call(LIST_ENDPOINTS, ListEndpoints(status="paused", limit=500))
    active = await house.call(LIST_ENDPOINTS, ListEndpoints(status="active", limit=500))
    assert made.id in [one.id for one in paused.items]
    assert made.id not in [one.id for one in active.items]


async def test_a_cursor_of_something_else_is_refused(house: House) -> None:
    for cursor in ("abc", "e30", "WyJhIl0"):
        with pytest.raises(Refused) as no:
            await house.call(LIST_ENDPOINTS, ListEndpoints(cursor=cursor))
        assert no.value.refusal.code == "webhooks.invalid"


# --- secrets ------------------------------------------------------------------------------------------------


async def test_neither_secrets_nor_headers_are_anywhere_to_read(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    planted = "Bearer planted-value-4711"
    made = await register(house, URL, headers={"Authorization": planted}, signatures=["v1", "v1a"])
    assert len(signing.secret_key(made.secret)) == 32
    paused = await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=made.id))
    await change(house, paused, headers={"Authorization": planted, "X-Other": planted})
    told = [await house.call(GET_ENDPOINT, GetEndpoint(id=made.id)), await house.call(LIST_ENDPOINTS, ListEndpoints(limit=500))]
    said = msgspec.json.encode([*told, await house.call(ENDPOINT_CHANGES, FeedAfter(limit=1000))]).decode()
    stored = "\n".join([await text_of(house, f"webhooks.{table}") for table in ("endpoints", "secrets", "log", "idempotency_keys", "sorted")])
    logged = "".join(capfd.readouterr())
    for secret in (made.secret, made.secret.removeprefix("whsec_"), planted, "planted-value"):
        for where in (said, stored, logged):
            assert secret not in where
            assert secret.encode().hex() not in where
    assert "Authorization" in said


async def text_of(house: House, table: str) -> str:
    rows = await house.fetch(f"SELECT t::text AS text FROM {table} AS t")
    log = await house.fetch("SELECT encode(body, 'escape') AS text FROM webhooks.log") if table.endswith(".log") else []
    return "\n".join(row["text"] for row in [*rows, *log])
