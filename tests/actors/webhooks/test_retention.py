"""What is too old goes, from the beginning of each feed on; what is left is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from actors.runtime.client import Refused
from actors.webhooks import retention
from actors.webhooks.contract import GET_DELIVERY, GET_DIGEST, LIST_DELIVERIES, GetDelivery, GetDigest, ListDeliveries
from actors.webhooks.deliveries_store import SQL
from tests.actors.webhooks.feeds import START, Listening, add_endpoint, add_events, feed, member_of, open_quiet_house, trouble, troubles
from tests.support import House, Servers, some_id

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LATER = START + 90 * DAY + 10 * MINUTE
"""What happened within ten minutes of START is too old by then."""


@pytest_asyncio.fixture
async def quiet(servers: Servers) -> AsyncIterator[House]:
    async with open_quiet_house(servers) as house:
        yield house


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 3)


async def covered(house: House, endpoint: Listening) -> None:
    """As if its daily digests had come to the end of its feed."""
    await house.fetch("UPDATE webhooks.feeds SET day_to = seq WHERE endpoint = $1", endpoint.number)


async def sweep(house: House, now: datetime = LATER) -> None:
    await retention.sweep(member_of(house), now)


async def kept(house: House, endpoint: Listening) -> list[int]:
    return [one.seq for one in (await house.call(LIST_DELIVERIES, ListDeliveries(endpoint_id=endpoint.id))).items][::-1]


async def sorted_count(house: House) -> int:
    [row] = await house.fetch("SELECT count(*) AS count FROM webhooks.sorted")
    return int(row["count"])


async def test_what_is_too_old_is_removed_with_its_events(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    events = await add_events(quiet, 20, every=MINUTE)
    await feed(quiet, endpoint, events)
    await covered(quiet, endpoint)
    await sweep(quiet)
    assert (list(range(11, 21)), 10) == (await kept(quiet, endpoint), await sorted_count(quiet))
    [row] = await quiet.fetch("SELECT first_seq, seq FROM webhooks.feeds WHERE endpoint = $1", endpoint.number)
    assert (11, 20) == (row["first_seq"], row["seq"])
    with pytest.raises(Refused, match=r"webhooks\.not_found"):
        await quiet.call(GET_DELIVERY, GetDelivery(endpoint_id=endpoint.id, id=events[0].id))
    assert (11, 20) == ((proven := (await quiet.call(GET_DIGEST, GetDigest(id=endpoint.id))).digest).first_seq, proven.last_seq)
    await sweep(quiet)
    assert 10 == len(await kept(quiet, endpoint))


async def test_an_event_stays_as_long_as_a_feed_has_it(quiet: House) -> None:
    early, late = await add_endpoint(quiet), await add_endpoint(quiet)
    events = await add_events(quiet, 8)
    await feed(quiet, early, events)
    await feed(quiet, late, events[:5])
    await quiet.fetch("UPDATE webhooks.deliveries SET at = $2 WHERE endpoint = $1", late.number, START + DAY)
    for endpoint in (early, late):
        await covered(quiet, endpoint)
    await sweep(quiet)
    assert ([], [1, 2, 3, 4, 5], 5) == (await kept(quiet, early), await kept(quiet, late), await sorted_count(quiet))
    await sweep(quiet, LATER + 2 * DAY)
    assert ([], 0) == (await kept(quiet, late), await sorted_count(quiet))


async def test_only_the_beginning_of_a_feed_is_removed(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 4))
    await feed(quiet, endpoint, await add_events(quiet, 1, at=START + DAY))
    await feed(quiet, endpoint, await add_events(quiet, 2))
    await covered(quiet, endpoint)
    await sweep(quiet)
    assert [5, 6, 7] == await kept(quiet, endpoint)


async def test_what_no_daily_digest_has_covered_stays_but_for_removed_endpoints(quiet: House) -> None:
    endpoint, removed = await add_endpoint(quiet), await add_endpoint(quiet, deleted_at=START)
    for one in (endpoint, removed):
        await feed(quiet, one, await add_events(quiet, 4))
    await quiet.fetch("UPDATE webhooks.feeds SET day_to = 2 WHERE endpoint = $1", endpoint.number)
    await sweep(quiet)
    assert [3, 4] == await kept(quiet, endpoint)
    assert [] == await quiet.fetch("SELECT FROM webhooks.deliveries WHERE endpoint = $1", removed.number)


async def test_troubles_go_with_their_deliveries_and_what_stood_behind_them_goes_on(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 2, key="one order"))
    await feed(quiet, endpoint, await add_events(quiet, 2, key="one order", at=START + DAY))
    for seq, kind in ((1, "failed"), (2, "retry"), (3, "behind"), (4, "behind")):
        await trouble(quiet, endpoint, seq, kind, LATER if kind == "retry" else None)
    await covered(quiet, endpoint)
    await sweep(quiet)
    assert [(3, "retry"), (4, "behind")] == await troubles(quiet, endpoint)


async def test_the_log_tells_what_never_arrived(quiet: House, caplog: pytest.LogCaptureFixture) -> None:
    endpoint, pulled = await add_endpoint(quiet), await add_endpoint(quiet, url=None)
    await feed(quiet, endpoint, await add_events(quiet, 2))
    await feed(quiet, endpoint, await add_events(quiet, 3), done="p")
    await feed(quiet, pulled, await add_events(quiet, 4), done="p")
    await quiet.fetch("UPDATE webhooks.feeds SET pulled_to = 4 WHERE endpoint = $1", pulled.number)
    for one in (endpoint, pulled):
        await covered(quiet, one)
    await sweep(quiet)
    said: list[Any] = [record.msg for record in caplog.records if "too old" in record.getMessage()]
    assert [(str(endpoint.id), 3)] == [(one["endpoint"], one["deliveries"]) for one in said]
    [row] = await quiet.fetch("SELECT done_to FROM webhooks.feeds WHERE endpoint = $1", endpoint.number)
    assert 5 == row["done_to"]


async def test_ended_replays_and_secrets_go_too(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    for finished_at in (START, START + DAY, None):
        await quiet.fetch(
            "INSERT INTO webhooks.replays (id, endpoint, state, events, rate_per_second, total, after, until, next_at, started_at, finished_at) "
            "VALUES ($1, $2, CASE WHEN $4::timestamptz IS NULL THEN 'running' ELSE 'finished' END, '{}', 1, 1, 0, 1, $3, $3, $4)",
            some_id(), endpoint.number, START, finished_at,
        )
    for number, ends_at in ((2, LATER - MINUTE), (3, LATER + MINUTE)):
        await quiet.fetch(
            "INSERT INTO webhooks.secrets (endpoint, number, secret, created_at, ends_at) VALUES ($1, $2, '', $3, $4)",
            endpoint.number, number, START, ends_at,
        )
    await sweep(quiet)
    assert 2 == len(await quiet.fetch("SELECT FROM webhooks.replays"))
    assert [1, 3] == [row["number"] for row in await quiet.fetch("SELECT number FROM webhooks.secrets ORDER BY number")]


async def test_one_member_at_a_time_removes(quiet: House) -> None:
    endpoint = await add_endpoint(quiet)
    await feed(quiet, endpoint, await add_events(quiet, 4))
    await covered(quiet, endpoint)
    async with member_of(quiet).transaction() as work:
        assert await work.fetchval(SQL["only_one_removes"])
        await sweep(quiet)
    assert 4 == len(await kept(quiet, endpoint))
