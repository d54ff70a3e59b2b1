"""Sends the answers of a lane: to each asker its own, and those that came in one bundle together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from actors.runtime.bundles import ANSWER_BYTES_MAX, BUNDLE, PartTold
from actors.runtime.envelopes import REFUSED, REPLAYED, encode
from actors.runtime.messages import Told, Waiting
from actors.runtime.metrics import COMMANDS

if TYPE_CHECKING:
    from actors.runtime.member import Member


class Teller:
    def __init__(self, member: Member, subject: str) -> None:
        self._member = member
        self._answered = {told: COMMANDS.labels(subject, told) for told in ("done", "replayed", "refused", "failed")}

    async def tell(self, answers: Iterable[tuple[Waiting, Told]]) -> None:
        bundles: dict[str, list[PartTold]] = {}
        for waiting, told in answers:
            self._count(told)
            if waiting.index is None:
                await self._send(waiting.reply_to, told.body, _headers(told))
            else:
                part = PartTold(waiting.index, msgspec.Raw(told.body), told.refusal is not None, told.replayed)
                bundles.setdefault(waiting.reply_to, []).append(part)
        for reply_to, parts in bundles.items():
            for together in _portions(parts):
                await self._send(reply_to, encode(together), {BUNDLE: str(len(together))})

    async def _send(self, reply_to: str, body: bytes, headers: dict[str, str] | None) -> None:
        if reply_to:
            await self._member.client.link.nc.publish(reply_to, body, headers=headers)

    def _count(self, told: Told) -> None:
        if told.refusal is not None:
            self._answered["failed" if told.refusal.kind == "failed" else "refused"].inc()
        else:
            self._answered["replayed" if told.replayed else "done"].inc()


def _headers(told: Told) -> dict[str, str] | None:
    if told.refusal is not None:
        return {REFUSED: told.refusal.code}
    return {REPLAYED: "true"} if told.replayed else None


def _portions(parts: list[PartTold]) -> Iterator[list[PartTold]]:
    """So many at once that no message gets too big; one that is big by itself goes alone."""
    together: list[PartTold] = []
    size = 0
    for part in parts:
        if together and size + len(part.body) > ANSWER_BYTES_MAX:
            yield together
            together, size = [], 0
        together.append(part)
        size += len(part.body)
    if together:
        yield together
