"""The simulated payment provider beside `kasir up`: only where it is wanted, and reachable by what the settings then say."""

from __future__ import annotations

from aiohttp import ClientSession

from actors.payments.signing import secret_key
from actors.runtime.settings import Settings
from deploy.simulated_provider import beside
from tests.support import some_id


async def test_nobody_gets_one_who_does_not_want_it() -> None:
    elsewhere = Settings(payments_providers="simulated", payments_simulated_url="http://127.0.0.1:9")
    for settings in (Settings(), elsewhere):
        async with beside(settings) as given:
            assert settings is given


async def test_who_names_it_gets_one() -> None:
    settings = Settings(payments_providers="simulated", http_port=8080)
    async with beside(settings) as given, ClientSession() as session:
        assert "http://127.0.0.1:8080" == given.payments_callback_url
        assert 32 == len(secret_key(given.payments_simulated_secret))
        async with session.get(f"{given.payments_simulated_url}/charges/{some_id()}") as answer:
            assert 404 == answer.status
