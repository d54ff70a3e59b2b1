"""What a member of payments does beside answering: it asks providers about what is due, and books what they say.

    claim (a transaction) --> ask providers (no transaction, no connection) --> book (a transaction)

A member that dies in between loses nothing but its lease: another asks again, with the same keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from actors.payments import rules
from actors.payments.in_house import NAME as IN_HOUSE
from actors.payments.in_house import InHouse
from actors.payments.providers import Provider, ProviderAway, Refunded
from actors.payments.rules import Kept, Said
from actors.payments.simulated import Simulated
from actors.payments.store import SQL, save_books, take_books, to_kept
from actors.runtime.ids import now
from actors.runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from actors.runtime.member import Member

LOOK_SECONDS = 1.0
"""How often a member looks for what is due; what is begun here is looked at right after its commit."""
AWAY_SECONDS = 0.5
AT_ONCE = 32
LEASE_SECONDS_MIN = 15.0

PROVIDERS: dict[str, Callable[[Settings, ClientSession], Provider]] = {"simulated": Simulated}


@dataclass
class Desk:
    """What each member of payments holds: its providers, a bell that says that something is due, and what it is at."""

    providers: dict[str, Provider]
    house: InHouse
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    busy: set[asyncio.Task[None]] = field(default_factory=set)

    def look(self) -> None:
        self.wanted.set()

    def left(self, task: asyncio.Task[None]) -> None:
        self.busy.discard(task)
        self.wanted.set()


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    async with ClientSession(
        connector=TCPConnector(limit=AT_ONCE), timeout=ClientTimeout(total=settings.payments_timeout_seconds),
        cookie_jar=DummyCookieJar(), trust_env=False,
    ) as session:  # fmt: skip
        house = InHouse()
        yield Desk({**make_providers(settings, session), IN_HOUSE: house}, house)


def make_providers(settings: Settings, session: ClientSession) -> dict[str, Provider]:
    """Those in use by name, the usual one first. SettingsError for a name that nobody knows."""
    names = [name.strip() for name in settings.payments_providers.split(",") if name.strip()]
    if strange := [name for name in names if name not in PROVIDERS]:
        raise SettingsError(f"KASIR_PAYMENTS_PROVIDERS names {strange[0]}, which there is not. There is: {', '.join(PROVIDERS)}")
    return {name: PROVIDERS[name](settings, session) for name in names}


async def settle_due(member: Member) -> None:
    """Runs until cancelled, and begins nothing more once it is told to stop. A slow provider holds up nobody else's payments."""
    desk: Desk = member.resource
    desk.house.client = member.client
    try:
        while not member.stopping.is_set():
            desk.wanted.clear()
            await _begin(member, desk)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await desk.wanted.wait()
        await asyncio.Event().wait()
    finally:
        for task in desk.busy:
            task.cancel()


async def _begin(member: Member, desk: Desk) -> None:
    room = AT_ONCE - len(desk.busy)
    if room <= 0:
        return
    try:
        claimed = await claim(member, room)
    except Exception as error:
        member.log.warning("payments due not read", error=str(error) or type(error).__name__)
        await asyncio.sleep(AWAY_SECONDS)
        return
    for kept in claimed:
        task = asyncio.create_task(_settle(member, kept))
        desk.busy.add(task)
        task.add_done_callback(desk.left)


async def _settle(member: Member, kept: Kept) -> None:
    try:
        await book(member, await ask(member, kept))
    except Exception as error:
        # Its lease ends, and somebody does it again.
        member.log.warning("payment not settled yet", intent=str(kept.intent.id), error=str(error) or type(error).__name__)


async def claim(member: Member, room: int = AT_ONCE) -> list[Kept]:
    """What is due, leased to this member. The statement is its own commit."""
    lease = max(LEASE_SECONDS_MIN, member.settings.payments_timeout_seconds * 3)
    async with member.transaction() as work:
        return [to_kept(row) for row in await work.read(SQL["claim_due"], room, lease)]


class Finding(NamedTuple):
    """What came of asking a provider. All empty: there was nothing to ask. `away`: why no answer came."""

    intent_id: UUID
    said: Said | None = None
    refunded: Refunded | None = None
    up_to: int = 0
    away: str = ""


async def ask(member: Member, kept: Kept) -> Finding:
    """Asks the provider what is due to be asked. No transaction, no connection; nothing that a second time would do twice."""
    intent = kept.intent
    if intent.provider is None or (kept.at_provider == "" and not kept.refunding):
        return Finding(intent.id)
    provider = member.resource.providers.get(intent.provider)
    if provider is None:
        return Finding(intent.id, away=f"The provider {intent.provider} is not in use any more.")
    try:
        if kept.refunding > intent.refunded.amount:
            said = await provider.refund(intent, kept.refunding, f"{intent.id}-{kept.refunding}")
            return Finding(intent.id, refunded=said, up_to=kept.refunding)
        begin = intent.state == "pending" and kept.at_provider == "asked" and intent.expires_at > now()
        return Finding(intent.id, said=await (provider.start(intent) if begin else provider.look_up(intent)))
    except ProviderAway as error:
        member.log.warning("payment provider away", provider=intent.provider, intent=str(intent.id), reason=str(error))
        return Finding(intent.id, away=str(error))


async def book(member: Member, finding: Finding) -> None:
    """Everything may have changed meanwhile: what was found is compared with what is there now."""
    async with member.transaction() as work:
        books = await take_books(work, [finding.intent_id])
        kept = books.put(_heard(books.intents[finding.intent_id], finding, work.now))
        books.put(rules.expire(kept, work.now))
        books.plan(finding.intent_id, _again(books.intents[finding.intent_id], finding, work.now))
        await work.execute(SQL["end_lease"], finding.intent_id)
        save_books(work, books)


def _heard(kept: Kept, finding: Finding, at: datetime) -> Kept:
    if finding.said is not None:
        return rules.hear_provider(kept, finding.said, at)
    if finding.refunded is None:
        return kept
    if finding.refunded.outcome == "done":
        return rules.refunded(kept, finding.up_to, at)
    return rules.noted(kept, finding.refunded.why, at) if finding.refunded.why else kept


def _again(kept: Kept, finding: Finding, at: datetime) -> datetime | None:
    """When to look at it again, if not when it says so itself."""
    if finding.refunded is not None and finding.refunded.outcome == "refused":
        return at + timedelta(seconds=rules.WAIT_SECONDS_MAX)
    waits = finding.away or (finding.refunded is not None and finding.refunded.outcome == "pending")
    return rules.again_at(kept, at) if waits and rules.due_at(kept, at, 0) is not None else None
