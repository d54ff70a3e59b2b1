"""aiohttp's server, with patience for slow clients bounded: a connection that never finishes its first request head is closed.

Later heads are bounded by the keep-alive timeout, bodies by `read_body`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEAD_SECONDS_MAX = 15.0


class PatientServer(web.Server):
    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._loop.call_later(HEAD_SECONDS_MAX, _close_if_silent, handler)


def _close_if_silent(handler: Any) -> None:
    if not handler._request_count:  # counts complete heads; there is no public name for it
        handler.force_close()
