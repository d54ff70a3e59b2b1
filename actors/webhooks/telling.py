"""What is said of endpoints, by the member in charge: how they fare, that they are failing, that they are back, that they are disabled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from actors.runtime.ids import now
from actors.runtime.words import Event
from actors.webhooks import endpoints
from actors.webhooks.bag import Bag
from actors.webhooks.contract import ENDPOINT_FAILING, ENDPOINT_RECOVERED, EndpointTold
from actors.webhooks.deliveries_store import SQL
from actors.webhooks.endpoints import Disabling
from actors.webhooks.metrics import DISABLED
from actors.webhooks.postman import Postman

if TYPE_CHECKING:
    from actors.runtime.member import Member

DAY_SECONDS = 86_400


async def tell(member: Member, postman: Postman) -> None:
    """Once when it has been failing for some time, once when it is back."""
    moment, after = now(), member.settings.webhooks_failing_after_seconds
    bags = [bag for bag in postman.bags.values() if not bag.shut]
    failing = [bag for bag in bags if not bag.vitals.told_failing and bag.vitals.failing_seconds(moment) >= after]
    back = [bag for bag in bags if bag.vitals.told_failing and bag.vitals.is_back]
    await _tell(member, failing, ENDPOINT_FAILING, told=True)
    await _tell(member, back, ENDPOINT_RECOVERED, told=False)


async def _tell(member: Member, bags: Sequence[Bag], event: Event[EndpointTold], told: bool) -> None:
    if not bags:
        return
    numbers = sorted(bag.target.number for bag in bags)
    async with member.transaction() as work:
        new = {row["endpoint"] for row in await work.fetch(SQL["told_failing"], numbers, told)}
        for bag in bags:
            if bag.target.number in new:
                work.record(event, bag.target.endpoint_id, _told(bag))
    for bag in bags:
        bag.vitals.told_failing = told
        endpoint = str(bag.target.endpoint_id)
        if told:
            member.log.warning("webhook endpoint fails", endpoint=endpoint, description=bag.target.description, error=bag.vitals.last_error)
        else:
            member.log.info("webhook endpoint is back", endpoint=endpoint, description=bag.target.description)


async def disable(member: Member, postman: Postman) -> None:
    """Those that answered 410, and those that have been failing for days."""
    moment, limit = now(), member.settings.webhooks_disable_after_days * DAY_SECONDS
    wanted = []
    postman.gone.intersection_update(postman.bags)
    for number, bag in postman.bags.items():
        if number in postman.gone:
            wanted.append(_disabling(bag, "It answered 410 Gone."))
        elif not bag.shut and bag.vitals.failing_seconds(moment) >= limit:
            wanted.append(_disabling(bag, f"It has been failing for {_days(bag.vitals.failing_seconds(moment))}: {bag.vitals.last_error}."))
    if not wanted:
        return
    # With the attempt that decided it: once it is disabled, it is nobody's charge any more.
    await save_health(member, [postman.bags[one.number] for one in wanted])
    async with member.transaction() as work:
        disabled = await endpoints.disable(work, wanted)
    postman.gone.difference_update(one.number for one in wanted)
    for endpoint in disabled:
        DISABLED.inc()
        member.log.warning("webhook endpoint disabled", endpoint=str(endpoint.id), description=endpoint.description, reason=endpoint.disabled_reason)


def _disabling(bag: Bag, reason: str) -> Disabling:
    return Disabling(bag.target.number, reason, _told(bag, reason), bag.target.version)


def _told(bag: Bag, reason: str = "") -> EndpointTold:
    return EndpointTold(
        endpoint_id=bag.target.endpoint_id, url=str(bag.target.url), description=bag.target.description, failing_since=bag.vitals.failing_since,
        consecutive_failures=bag.vitals.consecutive_failures, last_error=bag.vitals.last_error, reason=reason,
    )


def _days(seconds: float) -> str:
    return f"{seconds / DAY_SECONDS:.1f}".removesuffix(".0") + " days"


async def save_health(member: Member, bags: Iterable[Bag]) -> None:
    """Of those that were posted to since the last time."""
    bags = sorted((bag for bag in bags if bag.vitals.changed or bag.circuit.state != bag.told_circuit), key=lambda bag: bag.target.number)
    if not bags:
        return
    moment, monotonic = now(), time.monotonic()
    rows = [
        (
            bag.target.number, bag.circuit.state, *bag.vitals.rates(moment), bag.vitals.consecutive_failures, bag.vitals.failing_since,
            bag.vitals.last_success_at, bag.vitals.last_attempt_at, bag.vitals.last_error,
            None if bag.circuit.closed else moment + timedelta(seconds=max(0.0, bag.circuit.probe_at - monotonic)),
        )
        for bag in bags
    ]
    for bag in bags:
        bag.vitals.changed, bag.told_circuit = False, bag.circuit.state
    async with member.transaction() as work:
        await work.execute(SQL["save_health"], *(list(column) for column in zip(*rows, strict=True)), UUID(member.name))
