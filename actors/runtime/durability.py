"""Whether PostgreSQL keeps what it has acknowledged: a sale that was answered must still be there after a power failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.runtime.queries import load_queries

_SQL = load_queries(__file__)
NEEDED = ("fsync", "full_page_writes", "synchronous_commit")


async def settings_off(connection: Any) -> list[str]:
    """Of NEEDED, as they are for this very connection: some can be set for a role or a database alone."""
    return [row["name"] for row in await connection.fetch(_SQL["settings_off"], NEEDED)]


def in_words(off: Sequence[str]) -> str:
    """What may happen, and what to do about it."""
    return (
        f"may lose or spoil what it has acknowledged when it crashes or the power fails: off are {', '.join(off)}. "
        "Switch them on (ALTER SYSTEM SET ... = on; SELECT pg_reload_conf();), and look for them in the settings of the database and the role."
    )
