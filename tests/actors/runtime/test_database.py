"""What Kasir asks of its connections."""

from __future__ import annotations

from tests.support import House


async def test_what_a_process_has_locked_comes_free_when_it_is_gone_or_hangs(house: House) -> None:
    (row,) = await house.fetch("SHOW idle_in_transaction_session_timeout")

    assert row["idle_in_transaction_session_timeout"] == "30s"
