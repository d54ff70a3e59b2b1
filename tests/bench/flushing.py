"""How long this disk takes to keep a block. No listener can hear of an order before its commit is kept, and not all disks are quick each time."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

BLOCK, BLOCKS = 8192, 128
PAUSE_SECONDS = 0.02
MEMORY = Path("/dev/shm")


class Flushes:
    """Writes a block over one that is there and flushes it, every now and then as long as the `with` lasts: what one commit alone would wait for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._took_ms: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def percentile(self, share: float) -> float:
        """In ms."""
        return sorted(self._took_ms)[int(len(self._took_ms) * share)]

    def _run(self) -> None:
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(bytes(BLOCK * BLOCKS))
            os.fsync(file.fileno())
            while not self._enough.wait(PAUSE_SECONDS):
                started = time.perf_counter()
                os.pwrite(file.fileno(), os.urandom(BLOCK), BLOCK * (len(self._took_ms) % BLOCKS))
                os.fdatasync(file.fileno())
                self._took_ms.append((time.perf_counter() - started) * 1000)


def folder_in_memory() -> str | None:
    """Where files are in memory and a flush costs nothing; None where there is no such place: then whatever holds temporary files."""
    return str(MEMORY) if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
