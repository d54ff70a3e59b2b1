"""Operations that are not like the others: pictures, what the world outside reports without a key, and how somebody gets a key."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import msgspec
from aiohttp import hdrs, web

from actors.payments.contract import QrPicture
from http_edge.documents import DocumentOperation, PageOperation, ReportOperation
from http_edge.gate import Gate
from http_edge.operation import JSON, Operation
from http_edge.parameters import read_parameters
from http_edge.reading import check_content_encoding, check_content_type, decode_body, read_body, read_query
from http_edge.route import Route
from http_edge.unkeyed import UnkeyedOperation

PICTURE_SECONDS = 3_600
MINUTE = 60.0


def operation_of(route: Route, gate: Gate) -> Operation:
    if route.files:
        return ReportOperation(route, gate)
    if route.document:
        return PageOperation(route, gate) if route.keyless else DocumentOperation(route, gate)
    if route.picture:
        return PictureOperation(route, gate)
    if route.keyless:
        return KeylessOperation(route, gate)
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


class CallbackOperation(UnkeyedOperation):
    """Takes the exact bytes and all headers, for the actor checks the signature over them. Bounded by size, and by remote address."""

    def __init__(self, route: Route, gate: Gate) -> None:
        calls = gate.settings.callbacks_per_second
        super().__init__(route, gate, calls, f"This address may call {calls} times a second.")

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        del query  # some providers add one; what counts is what they have signed
        self.let_in(request)
        values: dict[str, Any] = read_parameters(given, self.readers, self.route.types, self.route.path_names)
        body = await read_body(request, self.route.body_bytes_max)
        asked = self.route.command.request(**values, body=b64encode(body).decode(), headers=_lower(request))
        reply = await self.ask(request, asked, request_id)
        return web.Response(body=reply.body, headers={hdrs.CONTENT_TYPE: JSON})


class KeylessOperation(UnkeyedOperation):
    """Somebody wants a key, and proves who they are by what they send. Bounded by remote address, because some only guess."""

    def __init__(self, route: Route, gate: Gate) -> None:
        calls = gate.settings.sign_ins_per_minute
        super().__init__(route, gate, calls, f"This address may try {calls} times a minute.", MINUTE)

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        self.let_in(request)
        check_content_type(request.headers.get(hdrs.CONTENT_TYPE))
        check_content_encoding(request.headers.get(hdrs.CONTENT_ENCODING))
        read_query(query, ())
        asked = decode_body(self.decoder, await read_body(request, self.route.body_bytes_max))  # type: ignore[arg-type]
        reply = await self.ask(request, asked, request_id)
        # What it says is for nobody's cache.
        told = {hdrs.CONTENT_TYPE: JSON, hdrs.CACHE_CONTROL: "no-store"}
        if self.route.location:
            told[hdrs.LOCATION] = self.route.location
        return web.Response(body=reply.body, status=self.route.status, headers=told)


def _lower(request: web.BaseRequest) -> dict[str, str]:
    """Names in lower case, repeated ones joined as RFC 9110 section 5.3 says, and nothing that is no text."""
    found: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        found.setdefault(name.lower(), []).append(value.encode(errors="replace").decode())
    return {name: ", ".join(values) for name, values in found.items()}
