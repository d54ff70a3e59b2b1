"""What all processes have in common, whichever parts they run."""

from __future__ import annotations

import gc

import pytest

from deploy import compose
from tests.support import Servers


@pytest.mark.parametrize("names", [(), ("stores",)])
async def test_each_process_looks_less_for_garbage_an_edge_alone_too(servers: Servers, names: tuple[str, ...]) -> None:
    usual = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        async with compose.members(await servers.settings(), names):
            assert gc.get_threshold()[0] > 10_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
