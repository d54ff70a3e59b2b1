"""Reads a page's `console` blocks, types their commands, and compares what comes with what the page shows.

    $ a command             one that is not finished (an open quote, a backslash at the end) goes on in the next line
    its output              `...` stands for anything; alone on a line, for any lines

A block without a command is what the last command that still runs has printed since.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import eventually

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;.*?\x1b\\", re.DOTALL)
"""Colours, movements of the cursor, and curl's links."""
MASKS = (
    (re.compile(r"^(  Data +)\S+$", re.MULTILINE), r"\1<folder>"),
    (re.compile(r"kasir_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}"), "<key>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.]*Z"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<date>"),
    (re.compile(r"^\d\d:\d\d:\d\d(?=  )", re.MULTILINE), "<time>"),
    (re.compile(r"(127\.0\.0\.1:)\d+(/[\w-]{16})?"), r"\1<port>"),
    (re.compile(r"\bin \d+\.\d s\b"), "in <n> s"),
    (re.compile(r"(?<=/\d{3} )[-\d]:[-\d]{2}:[-\d]{2}"), "<left>"),
)


@dataclass
class Step:
    """A command, or None for what a running one says next, and the output that the page shows."""

    command: str | None
    shown: str


def read_steps(page: str) -> list[Step]:
    steps: list[Step] = []
    for block in BLOCK.findall(page):
        fresh = True
        for line in block.splitlines():
            if not fresh and steps[-1].command is not None and not steps[-1].shown and is_open(steps[-1].command):
                steps[-1].command += f"\n{line}"
            elif line.startswith("$ "):
                steps.append(Step(line[2:], ""))
            elif fresh:
                steps.append(Step(None, f"{line}\n"))
            else:
                steps[-1].shown += f"{line}\n"
            fresh = False
    return steps


def read_script(page: str) -> str:
    """All `sh` blocks of a page, one after the other."""
    return "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))


def is_open(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return True
    return command.endswith("\\")


def pattern_of(shown: str, known_ids: set[str]) -> re.Pattern[str]:
    """What the output must look like, from what the page shows."""
    parts = []
    for line in mask(shown, known_ids).splitlines():
        parts.append("(.*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("..."))) + "\n")
    return re.compile("".join(parts))


def mask(text: str, known_ids: set[str]) -> str:
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return re.sub(UUID, lambda found: found[0] if found[0] in known_ids else "<id>", text)


def as_seen(output: bytes) -> str:
    """What stands on the screen in the end: a line that was written again shows its last state."""
    text = re.sub("\r+\n", "\n", ESCAPES.sub("", output.decode(errors="replace")))
    return "".join(f"{line.rpartition(chr(13))[2]}\n" for line in text.removesuffix("\n").split("\n")) if text else ""


@dataclass
class Terminal:
    """Runs commands as a person at a terminal would; what they set stays set."""

    root: Path
    environ: dict[str, str]
    translate: Callable[[str], str]
    said: list[str] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)

    async def run(self, command: str) -> str:
        """Its output, once it has ended."""
        typed = self.translate(command)
        if re.match(r"(export )?\w+(=|\(\) )", typed):
            self.said.append(typed)
            return ""
        return await self.run_script("\n".join([*self.said, typed]))

    async def run_script(self, script: str) -> str:
        process = Running.start(script, self)
        # Read while it runs: a terminal that nobody reads holds the program up.
        await eventually(lambda: process.has_ended(), within_seconds=60)
        output = process.look()
        assert process.process.returncode == 0, output
        return output

    def leave_running(self, command: str) -> Running:
        self.running.append(Running.start("\n".join([*self.said, f"exec {self.translate(command)}"]), self))
        return self.running[-1]


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    screen: int
    output: bytes = b""
    read_until: int = 0

    @classmethod
    def start(cls, script: str, terminal: Terminal) -> Running:
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            ["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=terminal.root, env=terminal.environ,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        return cls(process, ours)

    def look(self) -> str:
        """What has been printed that was not yet compared."""
        try:
            while more := os.read(self.screen, 65536):
                self.output += more
        except BlockingIOError:
            pass
        except OSError:  # everybody has closed the other side
            pass
        return as_seen(self.output[self.read_until :])

    def has_ended(self) -> bool:
        ended = self.process.poll() is not None
        self.look()
        return ended

    async def shows(self, pattern: re.Pattern[str], known_ids: set[str]) -> None:
        try:
            await eventually(lambda: pattern.fullmatch(mask(self.look(), known_ids)), within_seconds=60)
        except AssertionError:
            raise AssertionError(f"expected {pattern.pattern}, it shows {mask(self.look(), known_ids)}") from None
        self.read_until = len(self.output)
