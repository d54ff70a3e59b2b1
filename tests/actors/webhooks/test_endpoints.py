"""Registering listeners, and changing one's mind."""

from __future__ import annotations

import pytest

from actors.runtime.client import Refused
from actors.runtime.words import FeedAfter
from actors.webhooks import rules
from actors.webhooks.contract import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENDPOINT_CHANGES,
    GET_ENDPOINT,
    LIST_ENDPOINTS,
    UPDATE_ENDPOINT,
    CreateEndpoint,
    DeleteEndpoint,
    Endpoint,
    EndpointChanges,
    GetEndpoint,
    ListEndpoints,
    UpdateEndpoint,
)
from tests.actors.webhooks.listener import register
from tests.support import House, some_id

URL = "https://8.8.8.8/kasir"


async def test_a_secret_is_shown_once_and_kept_encrypted(house: House) -> None:
    made = await register(house, URL)
    assert len(rules.secret_key(made.secret)) == 32
    [row] = await house.fetch("SELECT secret FROM webhooks.endpoints WHERE id = $1", made.id)
    assert made.secret.encode() not in row["secret"]
    logged = await house.fetch("SELECT body FROM webhooks.log WHERE key = $1", str(made.id))
    assert all(made.secret.encode() not in one["body"] for one in logged)
    found = await house.call(GET_ENDPOINT, GetEndpoint(id=made.id))
    assert found == Endpoint(**{name: getattr(made, name) for name in Endpoint.__struct_fields__})


async def test_the_same_key_gets_the_same_secret(house: House) -> None:
    ask, key = CreateEndpoint(url=URL), str(some_id())
    assert await house.call(CREATE_ENDPOINT, ask, key=key) == await house.call(CREATE_ENDPOINT, ask, key=key)


async def test_an_id_is_taken_once(house: House) -> None:
    made = await register(house, URL, id=some_id())
    with pytest.raises(Refused, match="already"):
        await register(house, URL, id=made.id)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "http://0x0a000001/"])
async def test_private_addresses_are_refused(house: House, url: str) -> None:
    with pytest.raises(Refused) as no:
        await register(house, url)
    assert no.value.refusal.code == "webhooks.refused_url"
    assert [error.pointer for error in no.value.refusal.errors] == ["/url"]


async def test_a_name_that_resolves_to_a_private_address_is_refused(fresh_house) -> None:  # type: ignore[no-untyped-def]
    house = await fresh_house(("webhooks", "stores"), webhooks_allow="")
    for url in ("http://localhost:9/", "http://127.0.0.1:9/"):
        with pytest.raises(Refused) as no:
            await register(house, url)
        assert no.value.refusal.code == "webhooks.refused_url"


async def test_everything_that_is_wrong_is_told_at_once(house: House) -> None:
    with pytest.raises(Refused) as no:
        await register(house, "http://10.0.0.1/", "order.*", "ordr.created", secret="whsec_" + "A" * 33)
    assert [error.pointer for error in no.value.refusal.errors] == ["/url", "/secret", "/event_types/1"]


async def test_changes_need_the_newest_version(house: House) -> None:
    made = await register(house, URL)
    changed = await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=EndpointChanges(description="books")))
    assert (changed.version, changed.description) == (2, "books")
    with pytest.raises(Refused) as no:
        await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=EndpointChanges(active=False)))
    assert no.value.refusal.code == "webhooks.stale"


async def test_a_change_that_changes_nothing_makes_no_version(house: House) -> None:
    made = await register(house, URL)
    same = await house.call(UPDATE_ENDPOINT, UpdateEndpoint(id=made.id, if_version=1, changes=EndpointChanges(url=URL)))
    assert same.version == 1


async def test_a_deleted_endpoint_is_gone_but_for_the_feed(house: House) -> None:
    made = await register(house, URL)
    await house.call(DELETE_ENDPOINT, DeleteEndpoint(id=made.id, if_version=1))
    with pytest.raises(Refused) as no:
        await house.call(GET_ENDPOINT, GetEndpoint(id=made.id))
    assert no.value.refusal.code == "webhooks.not_found"
    feed = await house.call(ENDPOINT_CHANGES, FeedAfter(limit=1000))
    [last] = [item for item in feed.items if item.id == made.id]
    assert (last.deleted_at is not None, last.active, last.version) == (True, False, 2)


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


async def test_a_cursor_of_something_else_is_refused(house: House) -> None:
    for cursor in ("abc", "e30", "WyJhIl0"):
        with pytest.raises(Refused) as no:
            await house.call(LIST_ENDPOINTS, ListEndpoints(cursor=cursor))
        assert no.value.refusal.code == "webhooks.invalid"
