"""What an exercise stands on: it sends letters, and notes what the listener must have in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from deploy.chaos.courier import Answer, Courier
from deploy.chaos.letters import Headers, Letter, Writer, headers_of


class Stage:
    """`wanted`: the ids of all that the listener has said 2xx to in this exercise. Methods give complaints: empty when all was well."""

    def __init__(self, courier: Courier, secret: str) -> None:
        self.courier, self.secret = courier, secret
        self.writer = Writer()
        self.wanted: set[str] = set()

    def now(self) -> int:
        return int(time.time())

    def headers(self, letter: Letter, **changed: str | None) -> Headers:
        """Kasir's, but for those `changed`, written with `_` for `-`; None leaves one out."""
        headers = headers_of(letter, self.secret, self.now())
        for name, value in changed.items():
            headers.pop(name.replace("_", "-"))
            if value is not None:
                headers[name.replace("_", "-")] = value
        return headers

    async def send(self, letter: Letter, **changed: str | None) -> Answer:
        return await self.post(letter, self.headers(letter, **changed))

    async def post(self, letter: Letter, headers: Headers) -> Answer:
        answer = await self.courier.post(headers, letter.body)
        if answer.taken:
            self.wanted.add(letter.id)
        return answer

    async def takes(self, *letters: Letter) -> str:
        """One after the other."""
        return first_complaint([not_taken(await self.send(letter)) for letter in letters])

    async def takes_at_once(self, letters: Sequence[Letter], at_once: int) -> str:
        """Side by side, so many at the same moment."""
        room = asyncio.Semaphore(at_once)

        async def one(letter: Letter) -> str:
            async with room:
                return not_taken(await self.send(letter))

        return first_complaint(await asyncio.gather(*map(one, letters)))

    async def refuses(self, letter: Letter, headers: Headers, body: bytes | None = None) -> str:
        """The forged one is refused, and the true one that comes afterwards under the same id is taken nevertheless."""
        answer = await self.courier.post(headers, letter.body if body is None else body)
        if not answer.refused:
            return f"{answer.words}, and not 4xx"
        after = await self.takes(letter)
        return after and f"refused it, but then the true one: {after}"


def not_taken(answer: Answer) -> str:
    return "" if answer.taken else answer.words


def first_complaint(complaints: Sequence[str]) -> str:
    """The first, and how many there are."""
    told = [complaint for complaint in complaints if complaint]
    if len(complaints) > 1 and told:
        return f"{told[0]} ({len(told)} of {len(complaints)})"
    return told[0] if told else ""
