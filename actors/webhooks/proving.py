"""Proves a stretch of a feed: counts it, sums it up and hashes it, in portions, so that a million events take no more memory than a few."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from actors.runtime.actor import Asked
from actors.runtime.envelopes import encode
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work
from actors.webhooks.contract import GONE, INVALID, Digest, GetDigest, SignedDigest, TypeSum
from actors.webhooks.deliveries_store import SQL, Feed, find_feeds, no_endpoint
from actors.webhooks.digests import Part, type_sums
from actors.webhooks.keyring import find_keys
from actors.webhooks.moments import out_of_reach
from actors.webhooks.signing import signature

PORTION = 10_000
ASKED_MAX = 1_000_000
"""Events that may be asked for at once: seconds of work."""
DISORDER = timedelta(minutes=1)
"""Times in a feed go up with `seq`, but for clocks that differ and transactions that took long: by less than this."""


class Incomplete(Exception):
    """Something in the stretch has been removed meanwhile: it was older than what is kept."""


# --- what a stretch amounts to --------------------------------------------------------------------------------


async def reckon(work: Work, endpoint: int, first_seq: int, last_seq: int) -> tuple[list[TypeSum], str]:
    """Counts and sums by type, and the hash. Incomplete when not every seq is there."""
    parts: list[Part] = []
    leaves = hashlib.sha256()
    for start in range(first_seq, last_seq + 1, PORTION):
        end = min(start + PORTION - 1, last_seq)
        whole, *some = await work.fetch(SQL["digest_portion"], endpoint, start, end)
        if whole["count"] != end - start + 1:
            raise Incomplete
        leaves.update(whole["leaves"])
        parts += [Part(row["type"], row["currency"], row["count"], row["amount"]) for row in some]
    return type_sums(parts), leaves.hexdigest()


class HasFeed(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def number(self) -> int: ...


async def make_digest(
    work: Work, feed: HasFeed, window: Literal["hour", "day", "asked"], first_seq: int, last_seq: int,
    from_time: datetime | None = None, until: datetime | None = None,
) -> Digest:  # fmt: skip
    types, whole = await reckon(work, feed.number, first_seq, last_seq)
    return Digest(
        endpoint_id=feed.id, window=window, from_time=from_time, until=until, first_seq=first_seq, last_seq=last_seq,
        count=max(last_seq - first_seq + 1, 0), types=types, hash=whole,
    )  # fmt: skip


async def seq_at(work: Work, endpoint: int, first_seq: int, last_seq: int, at: datetime) -> int:
    """The first seq from `first_seq` on whose time is `at` or later; `last_seq` + 1 when there is none.

    Looks at few rows, however many there are: halves the stretch down to about there, then goes through the rest.
    """
    low, high = first_seq, last_seq + 1
    while low < high:
        middle = (low + high) // 2
        found = await work.fetchval(SQL["delivery_at"], endpoint, middle)
        if found is None or found < at - DISORDER:
            low = middle + 1
        else:
            high = middle
    seq = await work.fetchval(SQL["first_at"], endpoint, low, at)
    return last_seq + 1 if seq is None else int(min(seq, last_seq + 1))


# --- asked for ------------------------------------------------------------------------------------------------


async def get_digests(asked: Sequence[Asked[GetDigest]], work: Work) -> list[SignedDigest | Refusal]:
    feeds = await find_feeds(work, [one.body.id for one in asked])
    keys = await find_keys(work, [feed.number for feed in feeds.values()])
    told: list[SignedDigest | Refusal] = []
    for one in asked:
        feed = feeds.get(one.body.id)
        digest = await _digest(one.body, feed, work) if feed is not None else no_endpoint(one.body.id)
        if feed is None or isinstance(digest, Refusal):
            told.append(digest)  # type: ignore[arg-type]
            continue
        body, digest_id, timestamp = encode(digest), str(work.new_id()), int(work.now.timestamp())
        signed = signature(keys[feed.number], digest_id, str(timestamp), body, work.now.timestamp())
        told.append(SignedDigest(id=digest_id, timestamp=timestamp, signature=signed, body=body.decode(), digest=digest))
    return told


async def _digest(body: GetDigest, feed: Feed, work: Work) -> Digest | Refusal:
    errors = list(out_of_reach("", from_time=body.from_time, until=body.until))
    errors += _backwards(body)
    if errors:
        return INVALID.refuse("Correct what is listed, and try again.", *errors)
    first = feed.first_seq if body.first_seq is None else max(body.first_seq, 1)
    last = feed.seq if body.last_seq is None else min(body.last_seq, feed.seq)
    if first < feed.first_seq:
        return _gone(feed)
    if body.from_time is not None:
        begins = await seq_at(work, feed.number, feed.first_seq, feed.seq, body.from_time)
        if begins == feed.first_seq > 1 and await _is_older(work, feed, body.from_time):
            return _gone(feed)
        first = max(first, begins)
    if body.until is not None:
        last = min(last, await seq_at(work, feed.number, feed.first_seq, feed.seq, body.until) - 1)
    if last - first >= ASKED_MAX:
        detail = f"It would cover {last - first + 1} events, {ASKED_MAX} are the most. Ask for parts of it, one after the other."
        return INVALID.refuse(detail, FieldError(pointer="/last_seq", detail=f"At most {first + ASKED_MAX - 1}."))
    try:
        return await make_digest(work, feed, "asked", first, last, body.from_time, body.until)
    except Incomplete:
        return _gone(feed)


def _backwards(body: GetDigest) -> Iterator[FieldError]:
    """With times, such a stretch is a question of its own: where these are in the feed."""
    first, last = body.first_seq, body.last_seq
    if first is not None and last is not None and last < first - 1 and body.from_time is None and body.until is None:
        yield FieldError(pointer="/last_seq", detail=f"It ends before it begins. Give {first} or more; {first - 1} is a stretch without events.")


async def _is_older(work: Work, feed: Feed, at: datetime) -> bool:
    """Whether there may have been something between `at` and the oldest that is kept."""
    oldest = await work.fetchval(SQL["delivery_at"], feed.number, feed.first_seq)
    return oldest is None or bool(at < oldest)


def _gone(feed: Feed) -> Refusal:
    return GONE.refuse(f"What is kept begins at seq {feed.first_seq}: ask from there on.")
