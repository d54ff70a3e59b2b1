"""What all processes have in common, whichever parts they run."""

from __future__ import annotations

import gc

import pytest

from deploy import cli, compose
from tests.support import Servers


@pytest.mark.parametrize("names", [(), ("stores",)])
async def test_nobody_looks_through_what_is_loaded_for_garbage_in_an_edge_alone_too(servers: Servers, names: tuple[str, ...]) -> None:
    try:
        async with compose.members(await servers.settings(), names):
            assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_every_command_looks_less_for_garbage(capsys: pytest.CaptureFixture[str]) -> None:
    usual = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        with pytest.raises(SystemExit):
            cli.main(["--version"])
        assert gc.get_threshold()[0] > 10_000
    finally:
        gc.set_threshold(*usual)
    assert capsys.readouterr().out.startswith("kasir ")
