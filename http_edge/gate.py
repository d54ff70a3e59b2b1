"""Who may come in: what every operation needs to know about callers, and the actors it can ask."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from actors.runtime.client import Client
from actors.runtime.settings import Settings
from http_edge.auth import LIVE_KEYS, Key, Keys
from http_edge.problems import STARTING, UNAUTHORIZED, Declined
from http_edge.within import Whereabouts

REFRESH_PAUSE_SECONDS = 0.2
"""Keys nobody knows make the edge look again at most this often, so that they cannot be used to flood `staff`."""

log = structlog.get_logger("http_edge")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kasir"'}


class Gate:
    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.whereabouts = Whereabouts(client)
        self.keys = Keys()
        self.seen = self.keys.seen
        self.loaded = False
        self.stopping = False
        self._refreshed_at = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Loads the keys, as soon as `staff` is there to tell them."""
        self.keys = await self.client.keep(LIVE_KEYS)
        self.seen = self.keys.seen
        self.loaded = True

    async def admit(self, authorization: str | None) -> Key:
        """The live key of an Authorization header; asks `staff` once more before it says no. Raises Declined."""
        if not self.loaded:
            raise STARTING.declined("The keys are not loaded yet.", headers={"Retry-After": "1"})
        if not authorization:
            raise UNAUTHORIZED.declined("Send your API key: `Authorization: Bearer kasir_...`.", headers=CHALLENGE)
        key = self.keys.check(authorization)
        if key is None and self.keys.is_key(authorization):
            await self._refresh()
            key = self.keys.check(authorization)
        if key is None:
            raise UNAUTHORIZED.declined("This key is not known, or was revoked.", headers=CHALLENGE)
        return key

    def over(self) -> Declined:
        """For a session that has reached its end."""
        return UNAUTHORIZED.declined("This session has ended: sign in again.", headers=CHALLENGE)

    async def _refresh(self) -> None:
        """Whoever comes while the pause lasts waits for its end, together with all others: a key that was made a moment ago is no stranger."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh_soon())
        await asyncio.shield(self._refreshing)

    async def _refresh_soon(self) -> None:
        await asyncio.sleep(self._refreshed_at + REFRESH_PAUSE_SECONDS - monotonic())
        # Who comes from now on may have a key that is newer than what is asked for now.
        self._refreshing, self._refreshed_at = None, monotonic()
        try:
            await self.client.refresh(LIVE_KEYS)
        except Exception as error:  # the view stays as it was; the feed is followed anyway
            log.warning("keys could not be refreshed", error=repr(error))
