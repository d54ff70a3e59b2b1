"""What became of each event at an endpoint, and sending one again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks.contract import (
    DUE_SUBJECT,
    INACTIVE,
    INVALID,
    PULL_ONLY,
    Delivery,
    DeliveryPage,
    Due,
    GetDelivery,
    ListDeliveries,
    ResendDelivery,
)
from actors.webhooks.deliveries_store import SQL, STATE_OF_KIND, Feed, find_deliveries, find_feeds, no_delivery, no_endpoint, to_delivery

LOOKED_AT_MAX = 20_000
"""Deliveries that one page looks through for what is asked: it may show fewer than `limit`, and still not be the last."""
KIND_OF_STATE = {state: kind for kind, state in STATE_OF_KIND.items()}


async def list_deliveries(asked: Sequence[Asked[ListDeliveries]], work: Work) -> list[DeliveryPage | Refusal]:
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    pages: list[DeliveryPage | Refusal] = []
    for one in asked:
        feed = feeds.get(one.body.endpoint_id)
        pages.append(await _page(one.body, feed, work) if feed is not None else no_endpoint(one.body.endpoint_id))
    return pages


async def _page(body: ListDeliveries, feed: Feed, work: Work) -> DeliveryPage | Refusal:
    before = feed.seq + 1
    if body.cursor:
        try:
            (before,) = read_cursor(body.cursor, tuple[int])
        except ValueError:
            return bad_cursor()
    if body.state in KIND_OF_STATE:
        rows = await work.fetch(SQL["troubled_deliveries"], feed.number, KIND_OF_STATE[body.state], before, body.event_type, body.limit + 1)
        return _shown(rows, feed, body.limit, None)
    start = max(before - LOOKED_AT_MAX, feed.first_seq)
    rows = await work.fetch(
        SQL["deliveries_between"], feed.number, start, before, feed.reached, body.event_type, body.state, body.limit + 1, feed.passed_to
    )
    return _shown(rows, feed, body.limit, start if start > feed.first_seq else None)


def _shown(rows: Sequence[Any], feed: Feed, limit: int, looked_to: int | None) -> DeliveryPage:
    """`looked_to`: where looking stopped although there is more."""
    items = [to_delivery(row, feed) for row in rows[:limit]]
    after = items[-1].seq if len(rows) > limit else looked_to
    return DeliveryPage(items=items, next_cursor=None if after is None else write_cursor(after))


def bad_cursor() -> Refusal:
    return INVALID.refuse("Use the next_cursor of the page before.", FieldError(pointer="?cursor", detail="Not a cursor of this list."))


async def get_deliveries(asked: Sequence[Asked[GetDelivery]], work: Work) -> list[Delivery | Refusal]:
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    wanted = [(feeds[one.body.endpoint_id], one.body.id) for one in asked if one.body.endpoint_id in feeds]
    found = await find_deliveries(work, wanted)
    return [
        no_endpoint(one.body.endpoint_id)
        if one.body.endpoint_id not in feeds
        else found.get((one.body.endpoint_id, one.body.id)) or no_delivery(one.body.id)
        for one in asked
    ]


# --- sending one again --------------------------------------------------------------------------------------


async def resend_deliveries(asked: Sequence[Asked[ResendDelivery]], work: Work) -> list[Delivery | Refusal]:
    """Due now, from the start of the schedule, whatever came of it before; but after what goes before it in its lane."""
    feeds = await find_feeds(work, [one.body.endpoint_id for one in asked])
    refused = {one.body.endpoint_id: why_not_posted(feeds.get(one.body.endpoint_id), one.body.endpoint_id) for one in asked}
    wanted = [(feeds[one.body.endpoint_id], one.body.id) for one in asked if refused[one.body.endpoint_id] is None]
    for feed, seqs in _by_feed(wanted, await find_deliveries(work, wanted)):
        await send_again(work, feed, seqs)
    found = await find_deliveries(work, wanted)
    return [refused[one.body.endpoint_id] or found.get((one.body.endpoint_id, one.body.id)) or no_delivery(one.body.id) for one in asked]


def why_not_posted(feed: Feed | None, endpoint_id: UUID) -> Refusal | None:
    if feed is None:
        return no_endpoint(endpoint_id)
    if feed.pull_only:
        return PULL_ONLY.refuse("Nothing is posted to it: pull from `after` the seq before, or give it a `url`.")
    if feed.status != "active":
        return INACTIVE.refuse(f"It is {feed.status}. Resume it first: what is pending then goes out by itself.")
    return None


def _by_feed(wanted: Sequence[tuple[Feed, UUID]], found: dict[tuple[UUID, UUID], Delivery]) -> list[tuple[Feed, list[int]]]:
    """By endpoint number: rows are locked in the same order by everybody."""
    feeds = {feed.number: feed for feed, _ in wanted}
    return [
        (feeds[number], sorted({found[pair].seq for feed, id_ in wanted if feed.number == number and (pair := (feed.id, id_)) in found}))
        for number in sorted(feeds)
    ]


async def send_again(work: Work, feed: Feed, seqs: Sequence[int], *, hurry: bool = True) -> int:
    """Makes these troubles that are due now, in order; tells whoever posts. Returns how many they are.

    `hurry`: what goes before them in their lanes is tried now as well, whatever its schedule says.
    """
    await work.execute(SQL["keep_notes_waiting"], feed.number)
    rows = await work.fetch(SQL["make_due"], feed.number, seqs, feed.done_to)
    lanes = [row["lane"] for row in rows if row["kind"] == "behind"]
    if lanes and hurry:
        await work.execute(SQL["hurry_heads"], feed.number, lanes)
    work.hint(DUE_SUBJECT, Due(endpoint_ids=[feed.id]))
    return len(rows)
