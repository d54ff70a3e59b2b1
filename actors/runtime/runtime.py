"""Members of some actors in one process, on one connection to NATS and one pool of Postgres: started, and drained, together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from actors.runtime.actor import Actor
from actors.runtime.client import Client
from actors.runtime.database import FORBIDDEN, Database, DatabaseError
from actors.runtime.durability import in_words, settings_off
from actors.runtime.house import House
from actors.runtime.logs import get_logger
from actors.runtime.member import Member
from actors.runtime.migrations import migrate, migrate_installation
from actors.runtime.nats_link import connect_link
from actors.runtime.sealing import Seal
from actors.runtime.secret_key import hold_to_key
from actors.runtime.settings import Settings

PAYLOAD_WANTED = 8 * 1024 * 1024
"""Bytes: a batch of 500 orders with its answer."""


class Runtime:
    """`actors` run here; `all_actors` are those of the whole platform, so that reactions find whose stream an event is in."""

    def __init__(self, settings: Settings, actors: Sequence[Actor], all_actors: Sequence[Actor] = ()) -> None:
        self._settings = settings
        self._actors = actors
        self._everybody = tuple({actor.name: actor for actor in (*all_actors, *actors)}.values())
        self._house = House(self._everybody)
        self._members: list[Member] = []
        self.client: Client
        self.database: Database

    async def start(self) -> None:
        """NatsError, DatabaseError or SettingsError, with what to do about it, when one of them cannot be used."""
        if any(answer.command.sealed for actor in self._actors for answer in actor.answers):
            Seal(self._settings.secret_key).check()
        names = ",".join(actor.name for actor in self._actors)
        self.client = Client(self._settings, await connect_link(self._settings, f"kasir {names}"))
        self.database = Database(self._settings.database_url, pool=self._settings.database_pool)
        if self.client.max_payload < PAYLOAD_WANTED:
            get_logger(part="nats").warning(
                "nats takes only small messages: large batches will be refused; set max_payload: 8MB there", bytes=self.client.max_payload
            )
        try:
            await self.database.connect()
            await self._look_at_durability()
            await self._bring_up()
            self._members = [Member(actor, self._settings, self.client, self.database, self._house) for actor in self._actors]
            # Together: each may need another's feed to load its views.
            await asyncio.gather(*(member.start() for member in self._members))
        except BaseException:
            await self.stop()
            raise

    async def _bring_up(self) -> None:
        try:
            await migrate_installation(self.database)
            await hold_to_key(self.database, self._settings, self._everybody)
            for actor in self._actors:
                await migrate(self.database, actor.name, actor.folder / "migrations")
        except FORBIDDEN as error:
            raise DatabaseError(
                f"The role of --database may not do what members need: {error}. GRANT CREATE ON DATABASE lets it make its tables; where there are "
                "tables that another role has made, take that role: one for all members."
            ) from error

    async def _look_at_durability(self) -> None:
        async with self.database.connection() as connection:
            off = await settings_off(connection)
        if off:
            get_logger(part="postgres").warning(f"PostgreSQL {in_words(off)}")

    async def stop(self) -> None:
        left = await asyncio.gather(*(member.stop() for member in self._members), return_exceptions=True)
        await self.client.close()
        await self.database.disconnect()
        for error in left:
            if isinstance(error, BaseException):
                raise error
