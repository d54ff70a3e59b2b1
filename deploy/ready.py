"""Waiting until the API serves."""

from __future__ import annotations

import asyncio

import aiohttp

from actors.runtime.settings import Settings
from deploy.compose import url_of
from deploy.trouble import Trouble

START_SECONDS_MAX = 60.0
POLL_SECONDS = 0.02


async def wait_until_ready(settings: Settings) -> None:
    """Trouble, with what the API says of itself, when it takes too long."""
    url, answer = url_of(settings), "no answer"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS_MAX
        while loop.time() < deadline:
            try:
                async with session.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
                    answer = await response.text()
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(POLL_SECONDS)
    raise Trouble(f"the API at {url} did not become ready in {START_SECONDS_MAX:.0f} s: {answer}")
