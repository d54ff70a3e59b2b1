"""SQL lives in `queries.sql`, each statement named; this reads it.

    -- name: find_orders
    -- Why it is written as it is, where that is not plain.
    SELECT ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load_queries(beside: str) -> Mapping[str, str]:
    """The statements of the `queries.sql` beside the module file `beside`, by name. ValueError for a name used twice."""
    return parse_queries((Path(beside).parent / "queries.sql").read_text(encoding="utf-8"))


def parse_queries(text: str) -> Mapping[str, str]:
    parts = _NAME.split(text)
    queries: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in queries:
            raise ValueError(f"query {name!r} is there twice")
        queries[name] = body.strip().rstrip(";")
    return MappingProxyType(queries)


def arrays(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """The columns of one row at least, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]
