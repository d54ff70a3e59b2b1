"""aiohttp's server, adjusted in a few places.

Patience with slow clients is bounded: a connection that never finishes its first request head is closed. Later heads are bounded by the
keep-alive timeout, bodies by `read_body`. What is not HTTP at all is the client's mistake: a problem, and no traceback in our log. Nor
is there one for a client that hangs up before its body is complete.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from http_edge.problems import BAD_REQUEST, CONTENT_TYPE, FAULT
from http_edge.tracing import request_id

HEAD_SECONDS_MAX = 15.0


class PatientServer(web.Server):
    def __call__(self) -> RequestHandler:
        return Handler(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._loop.call_later(HEAD_SECONDS_MAX, _close_if_silent, handler)


class Handler(RequestHandler):
    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """`Edge.serve` answers everything that can be read as a request; this is the rest."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of an answer is on its way already")
        reason = BAD_REQUEST if status < 500 else FAULT
        if status >= 500 and not isinstance(exc, ConnectionError):
            self.log_exception("Error handling request", exc_info=exc)
        body = reason.declined("This could not be read as HTTP/1.1.").body(request_id(None))
        response = web.Response(body=body, status=reason.status, content_type=CONTENT_TYPE)
        response.force_close()
        return response


def _close_if_silent(handler: Any) -> None:
    if not handler._request_count:  # counts complete heads; there is no public name for it
        handler.force_close()
