"""The session of whoever asks: only the edge knows which key came with a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.runtime.client import Client, Reply
from actors.runtime.words import Input
from actors.staff.contract import END_SESSION, GET_SESSION, EndSession, GetSession

if TYPE_CHECKING:
    from http_edge.auth import Key


class CurrentSession(Input):
    """That of the key which asks."""


async def get_current(client: Client, request: CurrentSession, asker: Key, **context: Any) -> Reply:
    return await client.ask(GET_SESSION, GetSession(id=UUID(asker.id)), **context)


async def end_current(client: Client, request: CurrentSession, asker: Key, **context: Any) -> Reply:
    return await client.ask(END_SESSION, EndSession(id=UUID(asker.id)), **context)
