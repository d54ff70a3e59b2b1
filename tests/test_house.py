"""The house itself: pages made from the code are fresh, and each room holds what it should."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from deploy.commands.run import command
from deploy.compose import ACTORS, EDGE, load_actors
from deploy.generate import ROOT, pages
from http_edge import everywhere

SOURCES = [file for folder in ("actors", "deploy", "http_edge") for file in (ROOT / folder).rglob("*.py")]
ACTOR_FILES = {
    "__init__.py", "contract.py", "rules.py", "queries.sql", "store.py", "handlers.py", "actor.py", "migrations",
}  # fmt: skip


def test_pages_made_from_the_code_are_fresh() -> None:
    made = pages()
    assert "subjects.md" in made
    assert [name for name, text in made.items() if (ROOT / name).read_text(encoding="utf-8") != text] == [], "run `just docs`"


@cache
def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_edge_serves_http() -> None:
    servers = {file.relative_to(ROOT).parts[0] for file in SOURCES if "aiohttp.web" in imports(file)}
    # In `deploy` it is the simulated payment provider, which plays a part of the outside world.
    assert servers == {"http_edge", "deploy"}


def test_only_the_runtime_imports_the_drivers_of_nats_and_postgres() -> None:
    drivers = {"nats", "asyncpg", "databases"}
    rooms = {file.relative_to(ROOT).parts[:2] for file in SOURCES if drivers & {name.partition(".")[0] for name in imports(file)}}
    assert rooms == {("actors", "runtime")}


@pytest.mark.parametrize("name", ACTORS)
def test_who_knows_one_actor_knows_all(name: str) -> None:
    assert ACTOR_FILES <= {entry.name for entry in (ROOT / "actors" / name).iterdir()}


def test_every_list_of_actors_names_all_of_them() -> None:
    """Where a tool or a type cannot read them from `deploy.compose`."""
    folders = {folder.name for folder in (ROOT / "actors").iterdir() if (folder / "contract.py").exists()}
    named = re.compile(r"\bactors\.(\w+)")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    tables = [[*one.get("source_modules", ()), *one.get("forbidden_modules", ()), *one.get("modules", ())] for one in contracts]
    lists = [{found[1] for name in table if (found := named.match(name)) and found[1] != "runtime"} for table in tables]

    assert set(ACTORS) == folders
    assert set(everywhere.ACTORS) == folders
    assert folders | {EDGE} == set(re.findall(r"\w+", re.search(r"anywhere:([^.]*)\.", command.help or "")[1]))  # type: ignore[index]
    # The last one lists modules one by one; the layers name no actor.
    assert [one for one in lists[:-1] if one] == [folders] * 4


def test_every_event_has_one_teller_and_every_command_its_own_actor() -> None:
    actors = load_actors()
    told = [event.name for actor in actors for event in actor.tells]
    assert len(told) == len(set(told))
    assert all(answer.command.actor == actor.name for actor in actors for answer in actor.answers)
