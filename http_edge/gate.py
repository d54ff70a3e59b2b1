"""Who may come in: what every operation needs to know about callers, and the actors it can ask."""

from __future__ import annotations

import asyncio
from time import monotonic

from actors.runtime.client import Client
from actors.runtime.settings import Settings
from http_edge.auth import LIVE_KEYS, Key, Keys
from http_edge.problems import BUSY, STARTING, UNAUTHORIZED, Declined
from http_edge.within import Whereabouts

LOOK_PAUSE_SECONDS = 0.2
"""Keys nobody knows make the edge look again at most this often, so that they cannot be used to flood `staff`."""
LOOK_SECONDS_MAX = 2.0
"""After that whoever asks hears that it is not known, instead of waiting for `staff` and then for the answer."""

SOON = {"Retry-After": "1"}
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
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[bool] | None = None

    async def open(self) -> None:
        """Loads the keys, as soon as `staff` is there to tell them."""
        self.keys = await self.client.keep(LIVE_KEYS)
        self.seen = self.keys.seen
        self.loaded = True

    async def admit(self, authorization: str | None) -> Key:
        """The live key of an Authorization header; asks `staff` once more before it says no. Raises Declined."""
        if not self.loaded:
            raise STARTING.declined("The keys are not loaded yet.", headers=SOON)
        if not authorization:
            raise UNAUTHORIZED.declined("Send your API key: `Authorization: Bearer kasir_...`.", headers=CHALLENGE)
        key = self.keys.check(authorization)
        if key is None and self.keys.is_key(authorization):
            looked = await self._look_again()
            key = self.keys.check(authorization)
            if key is None and not looked:
                raise BUSY.declined("Whether this key is live cannot be found out now. Nothing was done; try again.", headers=SOON)
        if key is None:
            raise UNAUTHORIZED.declined("This key is not known, or was revoked.", headers=CHALLENGE)
        return key

    def over(self) -> Declined:
        """For a session that has reached its end."""
        return UNAUTHORIZED.declined("This session has ended: sign in again.", headers=CHALLENGE)

    async def _look_again(self) -> bool:
        """Whether `staff` has told of all keys there are.

        Whoever comes while the pause lasts waits for its end, together with all others: a key that was made a moment ago is no stranger.
        """
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_soon())
        looked, _ = await asyncio.wait({self._looking}, timeout=LOOK_SECONDS_MAX)
        return all(look.result() for look in looked) if looked else False

    async def _look_soon(self) -> bool:
        await asyncio.sleep(self._looked_at + LOOK_PAUSE_SECONDS - monotonic())
        # Who comes from now on may have a key that is newer than what is asked for now.
        self._looking, self._looked_at = None, monotonic()
        return await self.client.refresh(LIVE_KEYS)
