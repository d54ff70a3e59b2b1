"""The page about drawers: each of its commands runs, one after the other, and the check at its end finds nothing."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.journeys.walk import read_script
from tests.serving import served
from tests.support import House

PAGE = Path(__file__).parents[2] / "docs" / "shifts.md"
SHOWN = "http://127.0.0.1:8080"
PATIENT = "curl -sf --retry 9 --retry-delay 1"
"""As a client that is told to wait, and to send it again."""


async def test_a_day_at_the_drawer(fresh_house: Callable[..., Awaitable[House]]) -> None:
    house = await fresh_house()
    async with served(house) as here:
        script = "set -e\n" + read_script(PAGE.read_text()).replace(SHOWN, here.url).replace("curl -sf", PATIENT)
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, env={**os.environ, "KASIR_API_KEY": here.key}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, wrong = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, said.decode() + wrong.decode()
    answers = [json.loads(line) for line in said.decode().splitlines()]
    x, z, _, approved, again, _, check = answers[9:]
    assert [25_000_000, -500_000] == [x["expected"]["amount"], z["shift"]["difference"]["amount"]]
    assert ("needed", "approved", 1) == (z["shift"]["approval"], approved["approval"], again["shift"]["z_number"])
    assert "difference" not in answers[8]["hand_overs"][0]
    assert 0 == z["shift"]["hand_overs"][0]["difference"]["amount"]
    assert ([], None) == (check["findings"], check.get("next_cursor"))
