"""Several statements as one: a batch writes its rows, the log and the keys in a single round trip, and commits with it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

_PARAMETER = re.compile(r"\$(\d+)")


class Statement(NamedTuple):
    """One INSERT, UPDATE or DELETE without a WITH of its own. Others may read what it returns under its `name`."""

    name: str
    sql: str
    args: tuple[Any, ...]


def compose(statements: list[Statement]) -> tuple[str, list[Any]]:
    """One statement that does all of them, and its arguments. They do not see each other's effects."""
    shape = tuple((statement.name, statement.sql, len(statement.args)) for statement in statements)
    return _compose(shape), [argument for statement in statements for argument in statement.args]


@lru_cache(maxsize=512)
def _compose(shape: tuple[tuple[str, str, int], ...]) -> str:
    """Numbers the parameters through. All but the last statement become common table expressions."""
    parts = []
    before = 0
    for name, sql, count in shape:
        parts.append((name, numbered(sql, before)))
        before += count
    if len(parts) == 1:
        return parts[0][1]
    tables = ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in parts[:-1])
    return f"WITH {tables}\n{parts[-1][1]}"


def numbered(sql: str, before: int) -> str:
    """The same where `before` other parameters come first."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + before}", sql)
