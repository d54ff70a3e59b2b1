"""What the listener itself says that it has: `{"ids": [...]}`, every webhook-id that had an effect, or `{"events": 7}`, how many."""

from __future__ import annotations

from collections import Counter

import aiohttp
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_delay, wait_fixed

from deploy.trouble import Trouble


class Seen(msgspec.Struct):
    ids: list[str] | None = None
    events: int | None = None

    @property
    def count(self) -> int:
        return len(self.ids) if self.ids is not None else self.events or 0


class Books:
    """Knows what the listener had before an exercise, and compares what has come to it since."""

    def __init__(self, url: str, session: aiohttp.ClientSession, patience_seconds: float) -> None:
        self._url, self._session, self._patience_seconds = url, session, patience_seconds
        self._before = 0

    async def open(self) -> None:
        """An exercise begins."""
        self._before = (await self._look()).count

    async def wrong(self, wanted: set[str]) -> str:
        """What differs from `wanted`, in words; empty when the listener has each of these ids once, and nothing else is new."""
        patience = AsyncRetrying(
            retry=retry_if_result(bool), stop=stop_after_delay(self._patience_seconds), wait=wait_fixed(0.1), retry_error_callback=_last
        )
        told: str = await patience(self._compare, wanted)
        return told

    async def _compare(self, wanted: set[str]) -> str:
        seen = await self._look()
        new = seen.count - self._before
        if seen.ids is not None:
            times = Counter(seen.ids)
            twice, lost = [id for id in wanted if times[id] > 1], [id for id in wanted if not times[id]]
            if twice or lost:
                return f"of {len(wanted)} events its books have {len(lost)} not at all and {len(twice)} more than once"
        return "" if new == len(wanted) else f"its books have {new} new events, and not {len(wanted)}"

    async def _look(self) -> Seen:
        try:
            async with self._session.get(self._url, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=10)) as answer:
                seen = msgspec.json.decode(await answer.read(), type=Seen)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Trouble(f"--state-url {self._url} cannot be read ({error or type(error).__name__}). It must answer with JSON.") from None
        if seen.ids is None and seen.events is None:
            raise Trouble(f'--state-url {self._url} must answer with {{"ids": [...]}} or {{"events": 7}}.')
        return seen


def _last(state: RetryCallState) -> str:
    return str(state.outcome.result()) if state.outcome else ""
