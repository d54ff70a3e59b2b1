"""What Kasir asks of its connections."""

from __future__ import annotations

import asyncio
from typing import Any

from actors.runtime.database import UNREACHABLE, connect_alone
from tests.support import House


async def test_what_a_process_has_locked_comes_free_when_it_is_gone_or_hangs(house: House) -> None:
    (row,) = await house.fetch("SHOW idle_in_transaction_session_timeout")

    assert row["idle_in_transaction_session_timeout"] == "30s"


async def test_a_connection_that_is_cut_means_that_the_database_is_away_in_whatever_moment(house: House) -> None:
    """Anything else would be a mistake of ours: answered by 500, and not tried again."""
    other = await connect_alone(house.settings.database_url, "test")
    for _ in range(40):
        connection = await connect_alone(house.settings.database_url, "test")
        pid = connection.get_server_pid()
        cutting = asyncio.create_task(other.fetchval("SELECT pg_terminate_backend($1)", pid))
        assert isinstance(await _asked_until_it_fails(connection), UNREACHABLE)
        await cutting
    await other.close()


async def _asked_until_it_fails(connection: Any) -> Exception:
    while True:
        try:
            await connection.fetchval("SELECT 1")
        except Exception as error:
            return error
