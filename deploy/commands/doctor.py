"""`kasir doctor`"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from actors.receipts.contract import CHECK_CHAIN, CheckChain
from actors.reports.contract import CHECK_REPORTS, AskCheck
from actors.runtime.actor import Actor
from actors.runtime.client import Client, Refused, connect_client
from actors.runtime.durability import in_words
from actors.runtime.settings import Settings
from actors.runtime.upkeep import (
    END_OF_LOG,
    AskDurability,
    FollowedPosition,
    ListDeadLetters,
    ListFollowed,
    ask_durability,
    list_dead_letters,
    list_followed,
    read_log,
)
from actors.stores.contract import LIST_REGISTERS, ListRegisters
from deploy import compose, options, rebuilding, servers


@click.command()
@click.option(
    "--rebuild", type=click.Choice((*rebuilding.NAMES, "all")), help="Derive this again first, from logs and ledgers. Selling goes on meanwhile."
)
@options.SERVERS
def command(rebuild: str | None, **given: Any) -> int:
    """Look at everything: whether all actors are there, what they could not handle, how far they are behind, and whether all books agree.

    The exit code is 1 if something is wrong. Selling goes on meanwhile.
    """
    return asyncio.run(_examine(servers.found(options.settings_from(**given)), rebuild))


class Doctor:
    def __init__(self, client: Client, console: Console) -> None:
        self.client = client
        self.console = console
        self.wrong = 0

    def tell(self, what: str, words: str, *, wrong: bool = False, note: bool = False) -> None:
        mark, style = ("x", "red") if wrong else ("-", "yellow") if note else ("+", "green")
        self.console.print(f"[{style}]{mark}[/] {what:<22} {escape(words)}", highlight=False, soft_wrap=True)
        self.wrong += wrong

    # --- actors

    async def actors(self) -> None:
        off: dict[str, None] = {}
        for actor in compose.load_actors():
            try:
                off |= dict.fromkeys((await self.client.call(ask_durability(actor.name), AskDurability())).off)
                letters = len((await self.client.call(list_dead_letters(actor.name), ListDeadLetters(limit=500))).items)
                behind = await self._behind(actor)
            except Refused as no:
                self.tell(actor.name, no.refusal.detail, wrong=True)
                continue
            words = "; ".join([f"{letters} dead letters: `kasir dead-letters list {actor.name}`" if letters else "no dead letters", *behind])
            self.tell(actor.name, words, wrong=bool(letters))
        self.tell("PostgreSQL", in_words(list(off)) if off else "keeps what it has acknowledged", wrong=bool(off))

    async def _behind(self, actor: Actor) -> list[str]:
        if not actor.follows:
            return []
        followed: list[FollowedPosition] = (await self.client.call(list_followed(actor.name), ListFollowed())).items
        heads = [(await self.client.call(read_log(one.log), END_OF_LOG)).head for one in followed]
        logs: dict[int, list[str]] = {}
        for one, head in zip(followed, heads, strict=True):
            logs.setdefault(max(head - one.position, 0), []).append(one.log)
        return [f"{behind} behind {', '.join(names)}" for behind, names in logs.items()]

    # --- books

    async def books(self) -> None:
        """All pages of the one check that asks everybody."""
        found: dict[str, int] = {}
        days = orders = behind = 0
        skipped: dict[str, None] = {}
        cursor: str | None = ""
        pages = Counter[str]()
        with self.console.status("looking at the books") as status:
            while cursor is not None:
                page = await self.client.call(CHECK_REPORTS, AskCheck(cursor=cursor or None), timeout_seconds=60)
                pages.update(filter(None, page.checked))
                status.update("looking at the books, pages so far: " + ", ".join(f"{name} {count}" for name, count in pages.items()))
                for name in filter(None, page.checked):
                    found.setdefault(name, 0)
                for one in page.findings:
                    found[one.what] = found.get(one.what, 0) + 1
                    between = f": expected {one.expected}, found {one.found}" if one.expected or one.found else ""
                    self.console.print(f"  {one.what}: {one.name}{between} {one.detail}", markup=False, highlight=False)
                days, orders, behind = days + page.days, orders + page.orders, behind + page.behind
                skipped |= dict.fromkeys(page.skipped)
                cursor = page.next_cursor
        for name, findings in found.items():
            seen = f" ({days} days of single stores, {orders} orders counted again)" if name == "reports" else ""
            self.tell(f"books: {name}", f"{findings} findings{seen}" if findings else f"agree{seen}", wrong=bool(findings))
        for name in skipped:
            self.tell(f"books: {name}", "could not be looked at", wrong=True)
        if behind:
            self.tell("books", f"{behind} still on their way: judged the next time", note=True)

    async def receipts(self) -> None:
        """The hash chain of each register."""
        links = findings = registers = 0
        async for register_id in self._registers():
            cursor: str | None = ""
            registers += 1
            while cursor is not None:
                try:
                    page = await self.client.call(CHECK_CHAIN, CheckChain(register_id=register_id, cursor=cursor or None), timeout_seconds=60)
                except Refused as no:
                    self.tell("books: receipts", no.refusal.detail, wrong=True)
                    return
                links, findings = links + page.links, findings + len(page.findings)
                for one in page.findings:
                    self.console.print(f"  receipts: register {register_id}, {one.what}: {one.detail}", markup=False, highlight=False)
                cursor = page.next_cursor
        words = f"{links} links of {registers} registers"
        self.tell("books: receipts", f"{findings} findings in {words}" if findings else f"{words} are whole", wrong=bool(findings))

    async def _registers(self) -> AsyncIterator[Any]:
        cursor: str | None = ""
        while cursor is not None:
            page = await self.client.call(LIST_REGISTERS, ListRegisters(limit=500, cursor=cursor or None))
            for register in page.items:
                yield register.id
            cursor = page.next_cursor

    # --- deriving again

    async def rebuild(self, name: str) -> None:
        """May be interrupted, and begun again."""
        with self.console.status(name) as status:

            def show(name: str, step: rebuilding.Step) -> None:
                status.update(f"{name}: {step.so_far}")
                for line in (*step.mended, *step.left):
                    self.console.print(f"  {name}: {line}", markup=False, highlight=False)

            try:
                whole = await rebuilding.rebuild(self.client, name, show)
            except Refused as no:
                self.tell(f"rebuild: {name}", no.refusal.detail, wrong=True)
                return
        done = "all figures were counted again" if whole.replaced else f"{len(whole.mended)} put right"
        words = f"derived again: {whole.so_far} looked at, {done}"
        self.tell(f"rebuild: {name}", f"{words}, {len(whole.left)} left to you" if whole.left else words, wrong=bool(whole.left))


async def _examine(settings: Settings, rebuild: str | None) -> int:
    with compose.troubles():
        async with connect_client(settings) as client:
            doctor = Doctor(client, Console())
            for name in rebuilding.NAMES if rebuild == "all" else filter(None, [rebuild]):
                await doctor.rebuild(name)
            await doctor.actors()
            await doctor.books()
            await doctor.receipts()
    doctor.console.print("All is well." if not doctor.wrong else f"{doctor.wrong} things are wrong.")
    return 1 if doctor.wrong else 0
