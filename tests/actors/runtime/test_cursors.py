from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.cursors import read_cursor, write_cursor

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(text, st.uuids())
def test_a_cursor_gives_back_the_key_it_was_made_of(name: str, id: UUID) -> None:
    assert (name, id) == read_cursor(write_cursor(name, str(id)), tuple[str, UUID])


@given(st.text(alphabet="ABCxyz019_=-", max_size=64))
def test_anything_else_is_refused_with_a_value_error(cursor: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any ValueError is what is promised
        read_cursor(cursor, tuple[str, UUID])


@pytest.mark.parametrize("key", [(99999999999999999999,), ("0001-01-01T00:00:00+14:00",), ("9999-12-31T23:59:59-14:00",), ("2026-05-04T10:00:00",)])
def test_what_postgres_could_not_read_is_refused_as_well(key: tuple[str | int]) -> None:
    with pytest.raises(ValueError, match="of ours"):
        read_cursor(write_cursor(*key), tuple[int] if isinstance(key[0], int) else tuple[datetime])
