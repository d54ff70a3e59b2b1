"""Operations whose answer is a document: a receipt, a label, a report as a file; and the page of a receipt, which needs no key."""

from __future__ import annotations

from base64 import b64decode

import msgspec
from aiohttp import hdrs, web
from multidict import CIMultiDict

from http_edge.gate import Gate
from http_edge.operation import Operation
from http_edge.parameters import read_parameters
from http_edge.reading import read_query
from http_edge.route import Route
from http_edge.unkeyed import UnkeyedOperation

ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A document may load and run nothing, and be shown inside nothing: what is in it has been written by others."""
PAGE = {
    hdrs.CACHE_CONTROL: "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
"""Who follows a link from the page, or looks into a shared browser afterwards, shall not learn where it is."""


class File(msgspec.Struct):
    """What an actor tells of a document. `content` is base64; `filename` has only letters, digits, dashes and a dot."""

    content_type: str
    content: str
    filename: str = ""


class Report(msgspec.Struct):
    """A report that is wanted as a file has it; of any other, nothing else has to be known here."""

    file: File | None = None


_decode = msgspec.json.Decoder(File).decode
_decode_report = msgspec.json.Decoder(Report).decode


class DocumentOperation(Operation):
    """Asks as every operation does, and answers the document's bytes. It may be another one the next time: nobody keeps it."""

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        told = await super().answer(request, given, query, request_id)
        headers = CIMultiDict(told.headers)
        headers[hdrs.CACHE_CONTROL] = "private, no-store"
        return _answer(_decode(told.body), headers, f"{ALONE}; sandbox")  # type: ignore[arg-type]


class ReportOperation(Operation):
    """Asks as every operation does. The answer is JSON, or the file that was made of it."""

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        told = await super().answer(request, given, query, request_id)
        file = _decode_report(told.body).file  # type: ignore[arg-type]
        if file is None:
            return told
        headers = CIMultiDict(told.headers)
        headers[hdrs.CACHE_CONTROL] = "private, no-store"
        return _answer(file, headers, f"{ALONE}; sandbox")


class PageOperation(UnkeyedOperation):
    """The link itself is the key to it. Bounded by remote address, because some only try links."""

    def __init__(self, route: Route, gate: Gate) -> None:
        calls = gate.settings.receipts_pages_per_second
        super().__init__(route, gate, calls, f"This address may look {calls} times a second.")

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        self.let_in(request)
        asked = {name: given[name] for name in self.route.path_names} | read_query(query, ())
        values = read_parameters(asked, self.readers, self.route.types, self.route.path_names)
        reply = await self.ask(request, self.command.request(**values), request_id, PAGE)
        return _answer(_decode(reply.body), CIMultiDict(PAGE), ALONE)


def _answer(file: File, told: CIMultiDict[str], policy: str) -> web.Response:
    told[hdrs.CONTENT_TYPE] = file.content_type
    told["Content-Security-Policy"] = policy
    if file.filename:
        told[hdrs.CONTENT_DISPOSITION] = f'inline; filename="{file.filename}"'
    return web.Response(body=b64decode(file.content), headers=told)
