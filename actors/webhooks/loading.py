"""Bags as their endpoints are now: where to post, with which keys, from where on in the feed, and which lanes are blocked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from yarl import URL

from actors.runtime.work import Work
from actors.webhooks.addresses import why_refused
from actors.webhooks.bag import Bag, Missed, Target
from actors.webhooks.circuit import Circuit
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.keyring import UNREADABLE, find_sealed, open_keys
from actors.webhooks.postman import Postman
from actors.webhooks.signing import Keys

if TYPE_CHECKING:
    from actors.runtime.member import Member

CANNOT_BE_READ = "cannot be read with this installation's key"

_headers = msgspec.json.Decoder(dict[str, str])


async def load_bags(member: Member, postman: Postman, numbers: Sequence[int]) -> None:
    """They are open afterwards. An endpoint that is active no more gets none."""
    for bag in (postman.bags[number] for number in numbers if number in postman.bags):
        postman.shut(bag)
        bag.begin_loading()
    async with member.transaction() as work:
        rows = await work.fetch(SQL["load_targets"], numbers)
        sealed = await find_sealed(work, numbers)
        blocked: dict[int, set[int]] = {number: set() for number in numbers}
        for row in await work.fetch(SQL["load_blocked"], numbers):
            blocked[row["endpoint"]].add(row["lane"])
        set_aside: dict[int, set[int]] = {number: set() for number in numbers}
        for row in await work.fetch(SQL["load_troubled"], numbers):
            set_aside[row["endpoint"]].add(row["seq"])
        targets = [_target(postman, row, _open(work, row, sealed[row["number"]])) for row in rows]
    if postman.stopping:
        return
    for row, target in zip(rows, targets, strict=True):
        _say_if_unreadable(member, postman, target)
        missed = Missed(row["catch_up_to"], row["catch_up_per_second"])
        bag = _bag(postman, target, row)
        bag.load(target, row["done_to"], row["seq"], missed, blocked[target.number], set_aside[target.number], time.monotonic())
        postman.look_for(bag)


class Opened(NamedTuple):
    """What was sealed. `unreadable`: why there is nothing of it, or None."""

    headers: dict[str, str]
    keys: Keys
    unreadable: str | None = None


def _open(work: Work, row: Any, sealed: Sequence[Any]) -> Opened:
    """One that was damaged holds up nobody else: nothing is posted to it until it is changed."""
    try:
        headers = _headers.decode(work.unseal(row["headers"])) if row["headers"] is not None else {}
    except (*UNREADABLE, msgspec.DecodeError):
        return Opened({}, (), f"its headers {CANNOT_BE_READ}: give all of them anew")
    try:
        return Opened(headers, open_keys(work, sealed))
    except UNREADABLE:
        return Opened({}, (), f"its secret {CANNOT_BE_READ}: rotate it")


def _say_if_unreadable(member: Member, postman: Postman, target: Target) -> None:
    """Once: it may be loaded again as it is."""
    known = postman.bags.get(target.number)
    if target.unreadable is not None and (known is None or known.target.unreadable is None):
        endpoint = str(target.endpoint_id)
        member.log.error("webhook endpoint not posted to", endpoint=endpoint, description=target.description, reason=target.unreadable)


def _target(postman: Postman, row: Any, opened: Opened) -> Target:
    settings = postman.settings
    return Target(
        number=row["number"],
        endpoint_id=row["id"],
        version=row["version"],
        url=URL(row["url"]),
        keys=opened.keys,
        refused=opened.unreadable or why_refused(row["url"], postman.allowed),
        headers=tuple(opened.headers.items()),
        timeout_seconds=row["timeout_seconds"] or settings.webhooks_timeout_seconds,
        rate_per_second=row["rate_per_second"],
        window_max=row["concurrency"] or settings.webhooks_in_flight_per_endpoint,
        schedule=tuple(float(wait) for wait in row["schedule_seconds"]),
        description=row["description"],
        unreadable=opened.unreadable,
    )


def _bag(postman: Postman, target: Target, row: Any) -> Bag:
    """The one that is there, or a new one. Somebody has changed the endpoint: it may work now, so its circuit begins closed."""
    bag = postman.bags.get(target.number)
    if bag is None:
        bag = Bag(target, _circuit(postman))
        postman.put(bag)
    elif bag.target.version == target.version:
        return bag
    else:
        bag.circuit, bag.window = _circuit(postman), 1
        if bag.vitals.is_back:
            # What was saved may be from before that: health is written every few seconds.
            return bag
    bag.vitals.look_back(
        row["consecutive_failures"], row["failing_since"], row["told_failing"], row["last_success_at"], row["last_attempt_at"], row["last_error"]
    )
    return bag


def _circuit(postman: Postman) -> Circuit:
    return Circuit(postman.settings.webhooks_probe_seconds_max)
