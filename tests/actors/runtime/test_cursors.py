from __future__ import annotations

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
