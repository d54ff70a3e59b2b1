"""A follower's turn: how far a log has been followed is moved with whatever is done about its next page, in one transaction.

Usually the transaction begins with the move. Where all that is to be done is one statement, the move can be a part of it: then
nothing else is sent, neither BEGIN nor COMMIT.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from actors.runtime.composing import numbered


class Overtaken(Exception):
    """Somebody else has followed the log further: nothing is done."""


class Turn(NamedTuple):
    """To follow `log` from `position` on, up to `until`."""

    log: str
    position: int
    until: int


@lru_cache
def without_turn(sql: str) -> str:
    """As an ordinary statement."""
    return sql.format(turn="", if_turn="", moved="")


@lru_cache
def with_turn(sql: str, turn: str, moved: str, before: int) -> str:
    """As a transaction of its own, that moves on with what it does. `before`: how many parameters it has itself.

    `sql` has three places: `{turn}` begins its WITH; `{if_turn}` ends the condition of its part `head`, without whose row it does
    nothing; `{moved}` comes behind that part.
    """
    return sql.format(
        turn=f"turn AS (\n{numbered(turn, before)}\n), ",
        if_turn=" AND EXISTS (SELECT FROM turn)",
        moved=f"moved AS (\n{numbered(moved, before)}\n), ",
    )
