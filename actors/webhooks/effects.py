"""What a member of webhooks does beside answering."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actors.runtime.settings import Settings
from actors.webhooks.addresses import read_networks
from actors.webhooks.posting import open_session
from actors.webhooks.postman import Postman


@asynccontextmanager
async def open_postman(settings: Settings) -> AsyncIterator[Postman]:
    async with open_session(read_networks(settings.webhooks_allow)) as session:
        yield Postman(settings, session)
