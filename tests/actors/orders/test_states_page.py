"""docs/orders.md shows the table of moves as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from actors.orders.contract import ORDER_EVENTS, Flag
from actors.orders.rules import TABLES

PAGE = (Path(__file__).parents[3] / "docs" / "orders.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", TABLES)
def test_the_picture_and_the_table_are_those_of_the_rules(what: str) -> None:
    section = PAGE.split(f"## {what.capitalize()}\n")[1].split("\n## ")[0]
    table = TABLES[what]
    drawn = {tuple(arrow) for arrow in re.findall(r"^ +(\S+) --> (\S+)$", section, re.MULTILINE)}
    rows = re.findall(r"^\| (`?[\w()]+`?) \| (.+) \|$", section, re.MULTILINE)
    written = {was.strip("`").replace("(new)", ""): re.findall(r"`(\w+)`", moves) for was, moves in rows if was != "from"}

    assert drawn == {(was or "[*]", to) for was, moves in table.items() for to in moves or ("[*]",)}
    assert {was: list(moves) for was, moves in table.items()} == written


def test_every_event_and_every_flag_is_explained() -> None:
    for name in (*(event.name for event in ORDER_EVENTS), *get_args(get_args(Flag)[0])):
        assert f"| `{name}` |" in PAGE
