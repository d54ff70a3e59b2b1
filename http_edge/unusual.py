"""The two kinds of operation that are not JSON in, JSON out: pictures, and what the world outside reports without a key."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import msgspec
from aiohttp import hdrs, web

from actors.payments.contract import QrPicture
from http_edge.gate import Gate
from http_edge.limits import Doorstep, retry_after
from http_edge.operation import JSON, TRACEPARENT, Operation
from http_edge.parameters import read_parameters
from http_edge.problems import TOO_MANY, declined_by
from http_edge.reading import read_body
from http_edge.route import Route
from http_edge.tracing import traceparent

PICTURE_SECONDS = 3_600


def operation_of(route: Route, gate: Gate) -> Operation:
    if route.picture:
        return PictureOperation(route, gate)
    return CallbackOperation(route, gate) if route.public else Operation(route, gate)


class PictureOperation(Operation):
    """Asks as every operation does, and answers the picture's bytes. What it shows never changes, so a browser may keep it."""

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        told = await super().answer(request, given, query, request_id)
        picture = msgspec.json.decode(told.body, type=QrPicture)  # type: ignore[arg-type]
        headers = told.headers.copy()
        headers[hdrs.CONTENT_TYPE] = picture.content_type
        headers[hdrs.CACHE_CONTROL] = f"private, max-age={PICTURE_SECONDS}"
        # A picture that is opened on its own is a document: it may load and run nothing.
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return web.Response(body=b64decode(picture.content), headers=headers)


class CallbackOperation(Operation):
    """Takes the exact bytes and all headers, for the actor checks the signature over them. Bounded by size, and by remote address."""

    def __init__(self, route: Route, gate: Gate) -> None:
        super().__init__(route, gate)
        self.per_second = gate.settings.callbacks_per_second
        self.doorstep = Doorstep()

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        del query  # some providers add one; what counts is what they have signed
        if self.per_second and self.doorstep.take(request.remote or "", self.per_second) < 0:
            wait = {"Retry-After": str(retry_after(self.per_second))}
            raise TOO_MANY.declined(f"This address may call {self.per_second} times a second.", headers=wait)
        values: dict[str, Any] = read_parameters(given, self.readers, self.route.types, self.route.path_names)
        body = await read_body(request, self.route.body_bytes_max)
        asked = self.route.command.request(**values, body=b64encode(body).decode(), headers=_lower(request))
        trace = traceparent(request.headers.get(TRACEPARENT))
        reply = await self.gate.client.ask(self.command, asked, request_id=request_id, traceparent=trace)
        if reply.refusal is not None:
            raise declined_by(reply.refusal, {})
        return web.Response(body=reply.body, headers={hdrs.CONTENT_TYPE: JSON})


def _lower(request: web.BaseRequest) -> dict[str, str]:
    """Names in lower case, repeated ones joined as RFC 9110 section 5.3 says, and nothing that is no text."""
    found: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        found.setdefault(name.lower(), []).append(value.encode(errors="replace").decode())
    return {name: ", ".join(values) for name, values in found.items()}
