"""What is sealed for one endpoint cannot be read any more: it gets nothing, says why, and holds up nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from actors.webhooks.contract import (
    GET_ENDPOINT,
    GET_HEALTH,
    PAUSE_ENDPOINT,
    RESUME_ENDPOINT,
    ROTATE_SECRET,
    Endpoint,
    GetEndpoint,
    GetHealth,
    PauseEndpoint,
    ResumeEndpoint,
    RotateSecret,
)
from tests.actors.webhooks.listener import listen, register
from tests.actors.webhooks.test_endpoints import change
from tests.actors.webhooks.watching import SMALL, all_settled, open_stores, postman_of
from tests.support import House, eventually

HEADERS = "UPDATE webhooks.endpoints SET headers = 'damaged' WHERE id = $1"
SECRET = "UPDATE webhooks.secrets SET secret = 'damaged' WHERE endpoint = (SELECT number FROM webhooks.endpoints WHERE id = $1)"


async def damage(house: House, endpoint: Endpoint, sql: str) -> None:
    """And it is loaded anew."""
    await house.call(PAUSE_ENDPOINT, PauseEndpoint(id=endpoint.id))
    await house.fetch(sql, endpoint.id)
    await house.call(RESUME_ENDPOINT, ResumeEndpoint(id=endpoint.id))


async def last_error(house: House, endpoint: Endpoint) -> str | None:
    return (await house.call(GET_HEALTH, GetHealth(id=endpoint.id))).last_error


async def test_others_go_on_and_it_does_too_with_new_headers(fresh_house: Any, caplog: pytest.LogCaptureFixture) -> None:
    house = await fresh_house(SMALL)
    async with listen() as broken, listen() as sound:
        damaged = await register(house, broken.url, "store.created", headers={"X-Shop": "Maju"})
        await damage(house, damaged, HEADERS)
        await register(house, sound.url, "store.created")
        await open_stores(house, 5)
        await eventually(lambda: len(sound.arrived) == 5)

        async def told() -> bool:
            return await last_error(house, damaged) == "its headers cannot be read with this installation's key: give all of them anew"

        await eventually(told)
        assert broken.arrived == []
        postman_of(house).shut_all()
        await eventually(lambda: not any(bag.shut for bag in postman_of(house).bags.values()))
        await change(house, await house.call(GET_ENDPOINT, GetEndpoint(id=damaged.id)), headers={"X-Shop": "Jaya"})
        await eventually(lambda: len(broken.arrived) == 5)
        assert broken.arrived[0].headers["x-shop"] == "Jaya"
        await all_settled(house)
    assert caplog.text.count("webhook endpoint not posted to") == 1


async def test_nothing_goes_out_unsigned_and_it_goes_on_with_a_new_secret(fresh_house: Any) -> None:
    """Also while the old one, which cannot be read, has not ended."""
    house = await fresh_house(SMALL)
    async with listen() as broken:
        damaged = await register(house, broken.url, "store.created")
        await damage(house, damaged, SECRET)
        await open_stores(house, 1)

        async def told() -> bool:
            return await last_error(house, damaged) == "its secret cannot be read with this installation's key: rotate it"

        await eventually(told)
        assert broken.arrived == []
        new = await house.call(ROTATE_SECRET, RotateSecret(id=damaged.id, overlap_seconds=3600))
        await eventually(lambda: broken.arrived)
        broken.arrived[0].verify(new.secret)
