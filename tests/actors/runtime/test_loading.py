"""What takes long to import keeps nobody waiting longer than a request may."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.runtime.loading import Modules
from actors.runtime.words import Refusal
from tests.support import eventually

gate = threading.Event()
"""What the module below waits for."""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    gate.clear()
    name = "kasir_slow_module"
    (tmp_path / f"{name}.py").write_text("from tests.actors.runtime.test_loading import gate\ngate.wait()\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    gate.set()
    sys.modules.pop(name, None)


async def test_who_comes_before_it_is_there_is_asked_to_come_again(slow: str) -> None:
    modules = Modules([slow], patience_seconds=0.05)
    refused = await modules.missing()
    assert isinstance(refused, Refusal)
    assert (refused.kind, refused.retry_after_seconds) == ("busy", 3)
    assert "again in a few seconds" in refused.detail
    gate.set()

    async def there() -> bool:
        return await modules.missing() is None

    await eventually(there)
    assert slow in sys.modules


async def test_who_can_wait_gets_it(slow: str) -> None:
    modules = Modules([slow], patience_seconds=20.0)
    loading = modules.load()
    gate.set()
    assert await modules.missing() is None
    assert modules.load() is loading


async def test_what_cannot_be_imported_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = Modules(["kasir_missing_module"])
    with pytest.raises(ModuleNotFoundError):
        await modules.missing()
    (tmp_path / "kasir_missing_module.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert await modules.missing() is None
