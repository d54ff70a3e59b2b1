"""What a member of webhooks does beside answering: it posts to the endpoints in its charge, and records what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from actors.runtime.settings import PREFIX, Settings, SettingsError
from actors.webhooks.addresses import read_networks
from actors.webhooks.charges import Charges
from actors.webhooks.contract import CHANGED_SUBJECT, DUE_SUBJECT, NEWS_SUBJECT, Due, EndpointChanged, News
from actors.webhooks.metrics import LATE_SECONDS
from actors.webhooks.posting import open_session
from actors.webhooks.postman import Postman
from actors.webhooks.reading import Reader
from actors.webhooks.recording import record_once, save_done_to
from actors.webhooks.rules import read_schedule
from actors.webhooks.telling import disable, save_health, tell

if TYPE_CHECKING:
    from actors.runtime.member import Member

Read = TypeVar("Read")

LOOK_SECONDS = 1.0
"""How often a member looks for what nobody has told it of."""
READ_SECONDS_MIN = 0.005
LEAVING_SECONDS = 0.05
GATHER_SECONDS = 0.01
"""Outcomes gather for so long, and share a transaction."""
DONE_TO_SECONDS = 2.0
HEALTH_SECONDS = 3.0
AWAY_SECONDS = 0.5


@asynccontextmanager
async def open_postman(settings: Settings) -> AsyncIterator[Postman]:
    _usable("webhooks_schedule_seconds", read_schedule, settings.webhooks_schedule_seconds)
    async with open_session(_usable("webhooks_allow", read_networks, settings.webhooks_allow)) as session:
        yield Postman(settings, session)


def _usable(name: str, read: Callable[[str], Read], text: str) -> Read:
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name.upper()} is {text!r}, which cannot be used: {error}") from None


async def deliver(member: Member) -> None:
    """Runs until cancelled. Told to stop, it begins nothing more, lets end what is under way, records it, and gives up its charges."""
    postman: Postman = member.resource
    charges = Charges(member, postman)
    if not member.stopping.is_set():
        postman.begin()
    await member.client.on_hint(NEWS_SUBJECT, News, lambda news: postman.heard_news(news.endpoint_ids, news.seqs))
    await member.client.on_hint(CHANGED_SUBJECT, EndpointChanged, lambda one: postman.endpoint_changed(one.id, one.version, one.active))
    await member.client.on_hint(DUE_SUBJECT, Due, lambda due: postman.heard_due(due.endpoint_ids))
    works = (_renew(member, charges), _look(member, postman, charges), _read(member, postman), _record(member, postman), _keep(member, postman))
    tasks = [asyncio.create_task(work) for work in (*works, _stop_in_time(member, postman))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await postman.finish(within_seconds=member.settings.drain_seconds / 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _leave(member, postman, charges)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _leave(member: Member, postman: Postman, charges: Charges) -> None:
    """What cannot be recorded any more is posted again by whoever takes over."""
    try:
        if await record_once(member, postman):
            await save_done_to(member, postman.bags.values())
            await save_health(member, postman.bags.values())
            await charges.leave()
    except Exception as error:
        member.log.warning("webhook charges not given up; others take them when the lease ends", error=str(error) or type(error).__name__)


async def _stop_in_time(member: Member, postman: Postman) -> None:
    """Before the member is cancelled: what comes in from now on is for others."""
    await member.stopping.wait()
    postman.stop()
    await asyncio.Event().wait()


async def _again_and_again(member: Member, what: str, work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Postgres may be away: it is tried again, for ever."""
    while True:
        try:
            await work()
        except Exception as error:
            member.log.warning(what, error=str(error) or type(error).__name__)
            await asyncio.sleep(AWAY_SECONDS)
        await asyncio.sleep(seconds)


async def _renew(member: Member, charges: Charges) -> None:
    await _again_and_again(member, "webhook lease not renewed", charges.renew, member.settings.webhooks_lease_seconds / 4)


async def _look(member: Member, postman: Postman, charges: Charges) -> None:
    async def look() -> None:
        postman.changed.clear()
        if not postman.held_back:
            await charges.look()
            for bag in postman.bags.values():
                postman.due_now(bag)
            postman.count_spare()
            if not any(bag.known_to > bag.read_to for bag in postman.bags.values()):
                LATE_SECONDS.set(0)
            postman.resume()
        postman.show()
        await _wait_for(postman.changed, LEAVING_SECONDS if charges.leaving else LOOK_SECONDS)

    await _again_and_again(member, "webhook charges not looked at", look, READ_SECONDS_MIN)


async def _read(member: Member, postman: Postman) -> None:
    reader = Reader(member, postman, postman.bodies)

    async def read() -> None:
        await _wait_for(postman.wanted, LOOK_SECONDS)
        postman.wanted.clear()
        await reader.read()

    await _again_and_again(member, "webhook feeds not read", read, READ_SECONDS_MIN)


async def _record(member: Member, postman: Postman) -> None:
    while True:
        await postman.finished.wait()
        await asyncio.sleep(GATHER_SECONDS)
        postman.finished.clear()
        if not await record_once(member, postman):
            await asyncio.sleep(AWAY_SECONDS)
        postman.resume()


async def _keep(member: Member, postman: Postman) -> None:
    """What is saved now and then, and told."""
    saved_at = health_at = 0.0

    async def keep() -> None:
        nonlocal saved_at, health_at
        await disable(member, postman)
        await tell(member, postman)
        if time.monotonic() - saved_at >= DONE_TO_SECONDS:
            saved_at = time.monotonic()
            await save_done_to(member, list(postman.bags.values()))
        if time.monotonic() - health_at >= HEALTH_SECONDS:
            health_at = time.monotonic()
            await save_health(member, [bag for bag in postman.bags.values() if not bag.shut])

    await _again_and_again(member, "webhook health not saved", keep, LOOK_SECONDS / 4)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    # Not wait_for: before Python 3.12 it can swallow a cancellation that comes together with the event.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
