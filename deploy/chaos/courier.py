"""Posts letters as Kasir does: no redirects, bounded in time; and by halves, as a broken connection does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import aiohttp

from deploy.chaos.letters import Headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Without a `status`, `trouble` says why."""

    status: int | None
    trouble: str
    seconds: float

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500

    @property
    def words(self) -> str:
        return f"answered {self.status}" if self.status is not None else self.trouble


class _HungUp(Exception):
    """The line goes dead here."""


class Courier:
    """`seconds` collects how long each answer took; `heard`: somebody has answered at all."""

    def __init__(self, url: str, session: aiohttp.ClientSession, timeout_seconds: float) -> None:
        self.url, self.timeout_seconds = url, timeout_seconds
        self.seconds: list[float] = []
        self.heard = False
        self._session = session

    async def post(self, headers: Headers, body: bytes) -> Answer:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.timeout_seconds):
                async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                    await response.read()
                    status, trouble, self.heard = response.status, "", True
        except TimeoutError:
            status, trouble = None, f"no answer within {self.timeout_seconds:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            status, trouble = None, f"no answer ({error or type(error).__name__})"
        self.seconds.append(time.monotonic() - started)
        return Answer(status, trouble, self.seconds[-1])

    async def hang_up(self, headers: Headers, body: bytes, after_bytes: int) -> None:
        """Announces the whole body, sends the first bytes of it, closes the connection, and hears no answer."""

        async def some() -> AsyncIterator[bytes]:
            yield body[:after_bytes]
            raise _HungUp

        announced = {**headers, "content-length": str(len(body))}
        with suppress(aiohttp.ClientError, OSError, TimeoutError, _HungUp):
            async with asyncio.timeout(self.timeout_seconds):
                async with self._session.post(self.url, data=some(), headers=announced, allow_redirects=False):
                    pass
