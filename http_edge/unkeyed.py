"""Operations that take no key: whoever calls is known by address, as well as that goes."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Any

from aiohttp import web

from actors.runtime.client import Reply
from http_edge.gate import Gate
from http_edge.limits import Doorstep
from http_edge.operation import TRACEPARENT, Operation
from http_edge.problems import TOO_MANY, declined_by
from http_edge.route import Route
from http_edge.tracing import traceparent

NONE: Mapping[str, str] = MappingProxyType({})


class UnkeyedOperation(Operation):
    def __init__(self, route: Route, gate: Gate, calls: int, too_many: str, window_seconds: float = 1.0) -> None:
        """`calls`: so many from one address in `window_seconds`, 0 for any number. `too_many`: what is said to who calls more often."""
        super().__init__(route, gate)
        self.calls = calls
        self.too_many = too_many
        self.window_seconds = window_seconds
        self.doorstep = Doorstep()

    def let_in(self, request: web.BaseRequest) -> None:
        """Raises Declined."""
        if self.calls and self.doorstep.take(request.remote or "", self.calls, self.window_seconds) < 0:
            wait = str(ceil(self.window_seconds / self.calls))
            raise TOO_MANY.declined(self.too_many, headers={"Retry-After": wait})

    async def ask(self, request: web.BaseRequest, asked: Any, request_id: str, told: Mapping[str, str] = NONE) -> Reply:
        """In nobody's name. `told`: headers of whatever is answered. Raises Declined."""
        trace = traceparent(request.headers.get(TRACEPARENT))
        reply = await self.gate.client.ask(self.command, asked, request_id=request_id, traceparent=trace)
        if reply.refusal is not None:
            raise declined_by(reply.refusal, told)
        return reply
