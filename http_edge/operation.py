"""One route, made ready to answer requests. All that can be known before a request comes is worked out here, once.

`answer` is the hot path of the house: one flat function, no layers but for what is seldom wanted. `just bench` watches its price.
"""

from __future__ import annotations

from asyncio import timeout
from collections.abc import Awaitable
from hashlib import sha256
from secrets import token_hex
from time import monotonic, time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec
from aiohttp import hdrs, web
from multidict import CIMultiDict, istr

from actors.runtime.words import FieldError, Rights
from http_edge import metrics
from http_edge.approvals import APPROVAL, use_approval
from http_edge.auth import Key, only
from http_edge.bodies import values_of
from http_edge.limits import policy, retry_after
from http_edge.parameters import read_parameters, reader_of
from http_edge.permissions import bound
from http_edge.problems import BAD_PARAMETER, BODY_UNEXPECTED, BUSY, FORBIDDEN, TOO_MANY, Declined, declined_by
from http_edge.reading import (
    check_content_encoding,
    check_content_type,
    decode_body,
    read_body,
    read_idempotency_key,
    read_if_match,
    read_query,
)
from http_edge.route import Route
from http_edge.tracing import traceparent
from http_edge.within import stores_of, within

if TYPE_CHECKING:
    from http_edge.gate import Gate

JSON = "application/json"
AUTHORIZATION, TRACEPARENT = hdrs.AUTHORIZATION, istr("traceparent")
CONTENT_TYPE, CONTENT_ENCODING = hdrs.CONTENT_TYPE, hdrs.CONTENT_ENCODING
RATE, RATE_POLICY = istr("RateLimit"), istr("RateLimit-Policy")
ONLY = {"register": "the key of an enrolled register", "session": "the key of a person who has signed in"}
EMPTY_BODIES = (b"", b"{}")
LEFT_SECONDS_MIN = 0.5
Known = TypeVar("Known")


class Made(msgspec.Struct):
    """The little that the edge needs to know of a result."""

    id: str = ""
    code: str | None = None
    version: int = 0


class Operation:
    def __init__(self, route: Route, gate: Gate) -> None:
        self.route = route
        self.gate = gate
        self.command: Any = route.command
        self.per_second = gate.settings.rate_limit_per_second
        self.policy = policy(self.per_second)
        self.needed = only(route.only) if route.only else route.scope
        self.changes = route.method != "GET"
        self.bound = bool(bound(route))
        self.seconds_max = gate.settings.request_timeout_seconds
        self.decoder = msgspec.json.Decoder(route.body_type) if route.body_type else None
        self.readers = {name: reader_of(route.types[name]) for name in (*route.path_names, *route.query_names)}
        self.made = msgspec.json.Decoder(Made) if route.location or route.has_version else None
        self.seconds = metrics.SECONDS.labels(f"{route.method} {route.path}")
        self.counts: dict[int, Any] = {}

    async def answer(self, request: web.BaseRequest, given: dict[str, str], query: str, request_id: str) -> web.Response:
        """`given`: the path's parameters, as text. Raises Declined."""
        headers = request.headers
        gate, route, command = self.gate, self.route, self.command
        authorization = headers.get(AUTHORIZATION)
        key = gate.seen.get(authorization or "") or await gate.admit(authorization)
        if key.ends and time() >= key.ends:
            raise gate.over()
        told: CIMultiDict[str] = CIMultiDict()
        if self.per_second:
            self._limit(key, told)
        if self.needed and self.needed not in key.scopes:
            raise self._forbidden(key)
        idempotency_key = read_idempotency_key(headers) if command.keyed else None
        if self.decoder is not None and not route.body_optional:
            check_content_type(headers.get(CONTENT_TYPE))
            check_content_encoding(headers.get(CONTENT_ENCODING))
        if given or query or route.body != "":
            asked = await self._assemble(request, given, query)
        else:
            asked = decode_body(self.decoder, await read_body(request, route.body_bytes_max))  # type: ignore[arg-type]
        began = monotonic()
        if self.bound and (key.stores is not None or key.register is not None):
            asked = await self._in_time(began, within(route, key, asked, gate.whereabouts))
        trace = traceparent(headers.get(TRACEPARENT))
        rights, approved_by = key.rights, ""
        if rights is not None and self.changes and APPROVAL in headers:
            rights, approved_by = await self._approved(request, asked, key, idempotency_key, request_id, began)
        if route.ask is None:
            reply = await gate.client.ask(
                command, asked, by=key.by, key=idempotency_key, request_id=request_id, traceparent=trace, rights=rights,
                approved_by=approved_by, timeout_seconds=self._left(began),
            )  # fmt: skip
        else:
            context: dict[str, Any] = {"gone": lambda: gate.stopping or request.transport is None} if route.waits else {}
            context |= {"by": key.by, "request_id": request_id, "traceparent": trace, "rights": rights, "approved_by": approved_by}
            if command.keyed:
                context["key"] = idempotency_key
            reply = await route.ask(gate.client, asked, key, **context)
        if reply.refusal is not None:
            raise declined_by(reply.refusal, told)
        told[CONTENT_TYPE] = JSON
        if reply.replayed:
            told["Idempotent-Replayed"] = "true"
        body, status = reply.body, route.status
        if self.made is not None:
            made = self.made.decode(body)
            if route.location:
                told["Location"] = route.location.format_map({**given, "id": made.id, "code": quote(made.code or "", safe="")})
            if route.has_version:
                etag = told["ETag"] = f'"{made.version}"'
                if route.method == "GET" and matches(headers.get("If-None-Match"), etag):
                    body, status = b"", 304
        return web.Response(body=body, status=status, headers=told)

    async def _approved(
        self, request: web.BaseRequest, asked: Any, key: Key, idempotency_key: str | None, request_id: str, began: float
    ) -> tuple[Rights, str]:
        """How far this one request may go, and who has approved it. Raises Declined."""
        headers = request.headers
        # What has neither a key nor a version is never the same request again: a client chooses its X-Request-Id itself.
        once = idempotency_key or headers.get(hdrs.IF_MATCH) or token_hex(8)
        wanted = f"{self.route.method} {request.path} {once} {sha256(msgspec.json.encode(asked)).hexdigest()}"
        stores = await self._in_time(began, stores_of(self.route, asked, self.gate.whereabouts))
        return await self._in_time(began, use_approval(self.gate.client, headers[APPROVAL], wanted, stores, key, request_id))

    async def _in_time(self, began: float, step: Awaitable[Known]) -> Known:
        """What has to be known before anybody is asked to do anything. Raises Declined, too, when that takes too long."""
        try:
            async with timeout(self._left(began)):
                return await step
        except TimeoutError:
            told = "Where this belongs could not be found out in time. Nothing was done; try again."
            raise BUSY.declined(told, headers={"Retry-After": "1"}) from None

    def _left(self, began: float) -> float:
        """All steps together take no longer than one: whoever asks does not wait for the sum of them."""
        return max(self.seconds_max - (monotonic() - began), LEFT_SECONDS_MIN)

    def _forbidden(self, key: Key) -> Declined:
        if self.route.only:
            return FORBIDDEN.declined(f"This is only for {ONLY[self.route.only]}, which the key {key.prefix} is not.")
        return FORBIDDEN.declined(f"This needs the scope `{self.route.scope}`, which the key {key.prefix} does not have.")

    def _limit(self, key: Key, told: CIMultiDict[str]) -> None:
        left = key.bucket.take(self.per_second, monotonic())
        told[RATE_POLICY] = self.policy
        told[RATE] = f'"key";r={max(left, 0)};t=1'
        if left < 0:
            wait = str(retry_after(self.per_second))
            raise TOO_MANY.declined(
                f"This key may ask {self.per_second} times a second.", headers={**told, "Retry-After": wait}
            )

    async def _assemble(self, request: web.BaseRequest, given: dict[str, str], query: str) -> Any:
        """The command's struct, from path, query, If-Match and body."""
        route = self.route
        asked = {name: given[name] for name in route.path_names} | read_query(query, route.query_names)
        if missing := route.query_required.difference(asked):
            errors = [FieldError(pointer=f"?{name}", detail="It is required.") for name in sorted(missing)]
            raise BAD_PARAMETER.declined("`errors` lists the parameters that are missing.", errors)
        values = read_parameters(asked, self.readers, route.types, route.path_names)
        if route.needs_version:
            values["if_version"] = read_if_match(request.headers)
        if self.decoder is not None:
            body = decode_body(self.decoder, await self._read(request))
            if not route.body:
                return body
            values |= values_of(body) if route.body == "*" else {route.body: body}
        elif route.method != "GET" and await read_body(request, route.body_bytes_max) not in EMPTY_BODIES:
            raise BODY_UNEXPECTED.declined("Everything that this call needs is in its path and headers.")
        return route.command.request(**values, **route.fixed)

    async def _read(self, request: web.BaseRequest) -> bytes:
        """No body at all is `{}` where every field has a default; then it needs no Content-Type either."""
        body = await read_body(request, self.route.body_bytes_max)
        if not self.route.body_optional:
            return body
        if body:
            check_content_type(request.headers.get(CONTENT_TYPE))
            check_content_encoding(request.headers.get(CONTENT_ENCODING))
        return body or b"{}"


def matches(tags: str | None, etag: str) -> bool:
    """If-None-Match (RFC 9110 section 13.1.2): a list of tags, compared weakly, or `*`."""
    if tags is None:
        return False
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in tags.split(","))

