"""SQL by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.runtime.queries import load_queries, parse_queries


def test_statements_are_read_by_name_with_their_comments_and_without_semicolons() -> None:
    queries = parse_queries("-- A file.\n\n-- name: one\n-- Why.\nSELECT 1;\n\n-- name: two\nSELECT '-- name: not this'\n")

    assert dict(queries) == {"one": "-- Why.\nSELECT 1", "two": "SELECT '-- name: not this'"}


def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'one' is there twice"):
        parse_queries("-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n")


def test_queries_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text("-- name: one\nSELECT 1\n")
    queries = load_queries(str(tmp_path / "store.py"))

    with pytest.raises(TypeError):
        queries["one"] = "SELECT 2"  # type: ignore[index]
