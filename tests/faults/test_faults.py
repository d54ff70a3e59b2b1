"""Whatever breaks while shops sell: every sale is made once, numbered without gaps, and heard of outside."""

from __future__ import annotations

import random

import pytest

from tests.faults.clerks import PAUSE_AT_LENGTH_SECONDS
from tests.faults.harm import AT_LENGTH, FAULTS, Fault
from tests.faults.play import Play, table

ROUNDS = 3


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_nothing_is_lost_and_nothing_doubled_when(fault: Fault, play: Play) -> None:
    await play.round(fault, clerks=10, seconds=0.6)


async def test_at_length(play: Play, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    seed = request.config.getoption("--seed") or random.randrange(1_000_000)
    with capsys.disabled():
        print(f"\nthe order of faults is that of --seed {seed}")
    rounds = list(AT_LENGTH) * ROUNDS
    random.Random(seed).shuffle(rounds)
    for fault in rounds:
        await play.round(fault, clerks=24, seconds=3.0, pause_seconds=PAUSE_AT_LENGTH_SECONDS)
        with capsys.disabled():
            print(table(play.rows[-1:]).splitlines()[-1])
