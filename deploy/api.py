"""Kasir's REST API as its own command line sees it: what can go wrong there becomes Trouble, in one line."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from deploy.trouble import Trouble

PATIENCE_SECONDS = 60.0
FIRST_SECONDS = 3.0
"""Patience until somebody answers at all: a wrong --url should be told soon."""
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)


class Problem(msgspec.Struct):
    """RFC 9457, as far as a person at a terminal needs it."""

    title: str = ""
    detail: str = ""
    code: str = ""
    errors: list[dict[str, str]] = []

    def __str__(self) -> str:
        errors = "; ".join(f"{error.get('pointer', '')}: {error.get('detail', '')}" for error in self.errors)
        return f"{self.detail or self.title}{' ' if errors else ''}{errors}"


class Refused(Trouble):
    """Kasir said no. `status`: of HTTP; `code`: of the problem, such as "orders.not_found"."""

    def __init__(self, told: str, status: int, code: str) -> None:
        super().__init__(told)
        self.status = status
        self.code = code


class NotThere(Refused):
    """What was asked for does not exist."""


class Taken(Refused):
    """Somebody else was first."""


class _Later(Exception):
    """It did not work this time, and may work the next."""

    def __init__(self, why: str, after_seconds: float = 0) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


class Api:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self._session = session
        self._reached = False

    async def ask(self, method: str, path: str, body: Any = None, *, patience_seconds: float = PATIENCE_SECONDS, **headers: str) -> Any:
        """The decoded answer. Tries again while Kasir is away or busy; header names are given with `_` for `-`.

        Give every POST an Idempotency_Key: a try whose answer got lost has perhaps been done.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        payload = None if body is None else msgspec.json.encode(body)

        def stop(state: RetryCallState) -> bool:
            passed = state.seconds_since_start or 0
            return passed > (patience_seconds if self._reached else min(patience_seconds, FIRST_SECONDS))

        try:
            async for attempt in AsyncRetrying(retry=retry_if_exception_type(_Later), stop=stop, wait=_wait, reraise=True):
                with attempt:
                    return await self._once(method, path, payload, sent)
        except _Later as error:
            raise Trouble(f"{self.url} cannot be used: {error}. Is `kasir up` running, and is --url right?") from None

    async def _once(self, method: str, path: str, payload: bytes | None, headers: dict[str, str]) -> Any:
        try:
            async with self._session.request(method, self.url + path, data=payload, headers=headers, allow_redirects=False) as answer:
                content = await answer.read()
                self._reached = True
                if 200 <= answer.status < 300:
                    return msgspec.json.decode(content) if content else None
                problem = _problem(content, answer.reason or str(answer.status))
                if answer.status in (429, 502, 503, 504):
                    raise _Later(str(problem), _seconds(answer.headers.get("Retry-After")))
                if answer.status == 401:
                    raise Trouble(f"the API key was refused: {problem} Use --api-key or KASIR_API_KEY.")
                kind = {404: NotThere, 409: Taken}.get(answer.status, Refused)
                raise kind(f"{method} {path}: {answer.status} {problem}", answer.status, problem.code)
        except (aiohttp.InvalidURL, ValueError):
            raise Trouble(f"--url {self.url!r} is not a URL such as http://127.0.0.1:8080, or what answers there is not Kasir.") from None
        except aiohttp.ClientConnectorError as error:
            raise _Later(os.strerror(error.os_error.errno) if error.os_error.errno else str(error)) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Later(str(error) or type(error).__name__) from None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after_seconds if isinstance(error, _Later) else 0
    return max(asked, wait_random_exponential(multiplier=0.1, max=2)(state))


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 0.0


def _problem(content: bytes, reason: str) -> Problem:
    try:
        return msgspec.json.decode(content, type=Problem)
    except msgspec.MsgspecError:
        return Problem(title=reason)


@asynccontextmanager
async def connect(url: str, key: str) -> AsyncIterator[Api]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        session = aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)
    except ValueError:
        raise Trouble("the API key has characters that cannot be sent. Use --api-key or KASIR_API_KEY.") from None
    async with session:
        yield Api(url, session)
