"""Postgres: a pool with transactions, through `databases`, and the asyncpg connection of the same transaction.

The one place that imports `databases` and `asyncpg`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import databases

Record = asyncpg.Record

COMMAND_SECONDS = 30.0
"""How long one statement may take."""

WHEN_WE_ARE_GONE = {"tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "2"}
"""Postgres notices within seconds when a process's machine is gone, and gives what it had locked to others."""

IDLE_IN_TRANSACTION_MS = "30000"
"""A transaction that does nothing for so long is ended: what it has locked stops everybody else. None of ours waits inside one."""

NOT_COMPILED = {"jit": "off"}
"""PostgreSQL would compile a report over many stores, anew for each question: that takes longer than it saves."""

UNREACHABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What it says of a connection that Postgres has said goodbye on, in the moment before that is closed.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
"""Postgres is away, starting, stopping or failing over: waiting may help."""

TAKES_NOTHING: tuple[type[BaseException], ...] = (
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""It is there, and writes nothing: its disk is full or broken, it has no memory left, or has become a standby. Somebody has to look after it."""

WAIT_FOR_IT = (*UNREACHABLE, *TAKES_NOTHING)
"""Nothing is wrong with what is to be done: whoever follows or reacts does it later, however long that takes."""

COLLIDED: tuple[type[BaseException], ...] = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""Another member was at it at the same time: looking again will help."""


FORBIDDEN = asyncpg.InsufficientPrivilegeError
"""The role may not do it."""


class DatabaseError(Exception):
    """Postgres cannot be used as it is set. The text says why, and what to do."""


class Database:
    """`async with database.transaction() as connection:` gives a raw asyncpg connection; leaving commits."""

    def __init__(self, url: str, *, pool: int) -> None:
        self.url = url
        # asyncpg reads the URL itself: it knows sslmode, sslrootcert and socket directories, `databases` does not.
        whole: dict[str, Any] = {"dsn": url, "host": None, "port": None, "user": None, "password": None, "database": None}
        self._database = databases.Database(
            "postgresql://", **whole, min_size=2, max_size=pool, timeout=5, command_timeout=COMMAND_SECONDS, reset=_leave_as_it_is,
            server_settings={
                "application_name": "kasir", **WHEN_WE_ARE_GONE, **NOT_COMPILED, "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS,
            },
        )

    async def connect(self) -> None:
        """Opens the pool. DatabaseError when nobody answers, or refuses the credentials."""
        try:
            await self._database.connect()
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise DatabaseError(f"Postgres refuses the connection: {error}. Check the user, password and database of --database.") from None
        except UNREACHABLE as error:
            raise DatabaseError(f"Postgres does not answer ({error or type(error).__name__}). Is it running, and is --database right?") from None
        except ValueError as error:
            raise DatabaseError(f"--database is not a URL that can be used: {error}") from None

    async def disconnect(self) -> None:
        await self._database.disconnect()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        async with self._take() as connection:
            yield connection.raw_connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        # asyncpg's transaction, not that of `databases`: when a rollback fails because the connection is gone, the latter
        # never gives the connection back, and the task that had it keeps the dead one.
        async with self._take() as connection, connection.raw_connection.transaction():
            yield connection.raw_connection

    def _take(self) -> databases.core.Connection:
        """Made for each use. The one that `Database.connection()` keeps for a task stays acquired for ever when Postgres
        goes away just as it is given back, and whatever that task does from then on fails."""
        return databases.core.Connection(self._database, self._database._backend)


async def _leave_as_it_is(_: Any) -> None:
    """asyncpg would reset a connection's session each time that it is given back: a round trip as long as a small commit.

    Nothing here changes a session: settings, listeners and cursors live in transactions, and session locks are given back.
    """


async def connect_alone(url: str, name: str = "kasir") -> Any:
    """One connection outside the pool, for a lock that is held as long as the process lives."""
    return await asyncpg.connect(
        dsn=url,
        timeout=5,
        command_timeout=10,
        server_settings={"application_name": name, **WHEN_WE_ARE_GONE},
    )
