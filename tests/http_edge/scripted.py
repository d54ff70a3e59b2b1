"""Actors that answer by script: what the edge makes of HTTP can be told without any NATS or Postgres."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from actors.runtime.client import Reply
from actors.runtime.upkeep import Durability
from actors.runtime.words import Command
from actors.staff.contract import KeyChange, KeyFeed
from http_edge.examples import EXAMPLES

OWNER = "kasir_owner" + "A" * 32
READER = "kasir_reader" + "B" * 32
REGISTER, PERSON = "kasir_register" + "C" * 30, "kasir_person" + "D" * 32


def change(key: str, scopes: list[Any], *, number: int = 1, revoked: bool = False, **more: Any) -> KeyChange:
    return KeyChange(id=UUID(int=number), prefix=key[:12], hash=sha256(key.encode()).hexdigest(), scopes=scopes, revoked=revoked, **more)


def everybody() -> list[KeyChange]:
    """The owner's key and a reader's, a register's, and that of a person who has signed in: with all scopes, for what only they may call."""
    return [
        change(OWNER, ["*"]), change(READER, ["catalog:read"], number=2), change(REGISTER, ["*"], number=3, kind="register"),
        change(PERSON, ["*"], number=4, kind="session", person_id=UUID(int=5)),
    ]  # fmt: skip


def key_for(route: Any) -> str:
    return {"": OWNER, "register": REGISTER, "session": PERSON}[route.only]


@dataclass
class Asked:
    subject: str
    request: Any
    context: dict[str, Any]


@dataclass
class ScriptedActors:
    """Looks like a Client. Every command is answered with the example of its result, unless `script` says otherwise."""

    script: dict[str, Reply] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    """Subjects of commands that are never answered; "staff" for its feed."""
    keys: list[KeyChange] = field(default_factory=everybody)
    asked: list[Asked] = field(default_factory=list)
    views: list[Any] = field(default_factory=list)
    refreshes: int = 0
    connected: bool = True
    max_payload: int = 8 * 1024 * 1024

    async def keep(self, projection: Any) -> Any:
        view = projection.make()
        self.views.append((projection, view))
        await self.refresh(projection)
        return view

    async def refresh(self, projection: Any) -> bool:
        self.refreshes += 1
        if "staff" in self.silent:
            return False
        for _, view in self.views:
            projection.apply(view, KeyFeed(items=self.keys, position=1, more=False))
        return True

    def staleness_seconds(self, projection: Any) -> float:
        return 0.0

    async def ask(self, command: Command[Any, Any], request: Any, **context: Any) -> Reply:
        self.asked.append(Asked(command.subject, request, context))
        msgspec.convert(msgspec.to_builtins(request), command.request)  # what comes through is always a possible request
        if command.subject in self.silent:
            await asyncio.Event().wait()
        if command.subject in self.script:
            return self.script[command.subject]
        if command.result is Durability:
            return Reply(msgspec.json.encode(Durability(off=[])))
        return Reply(msgspec.json.encode(EXAMPLES[command.result]))
