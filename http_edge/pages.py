"""What needs no key: health, metrics, the OpenAPI document and the docs page."""

from __future__ import annotations

import gzip
import json
from functools import cached_property
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from http_edge import metrics
from http_edge.auth import LIVE_KEYS
from http_edge.docs import docs_page
from http_edge.documents import ALONE
from http_edge.openapi import openapi_document
from http_edge.readiness import Watch

if TYPE_CHECKING:
    from http_edge.gate import Gate


class Pages:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.watch = Watch(gate)

    def rows(self) -> list[tuple[str, str, object]]:
        return [
            ("GET", "/", self.home),
            ("GET", "/healthz", self.health),
            ("GET", "/readyz", self.ready),
            ("GET", "/metrics", self.metrics),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/docs", self.docs),
        ]

    async def home(self, request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": "/docs"})

    async def health(self, request: web.BaseRequest) -> web.Response:
        """The process is alive; whether it can serve is /readyz's matter."""
        return web.json_response({"status": "alive"})

    async def ready(self, request: web.BaseRequest) -> web.Response:
        """200 when a sale would be made, whoever else is missing."""
        found = await self.watch.look()
        told = {"status": "ready" if found.ready else "not ready", "checks": found.checks, "missing": found.missing}
        return web.json_response(told, status=200 if found.ready else 503)

    async def metrics(self, request: web.BaseRequest) -> web.Response:
        if self.gate.loaded:
            metrics.KEYS_AGE.set(self.gate.client.staleness_seconds(LIVE_KEYS))
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def openapi(self, request: web.BaseRequest) -> web.Response:
        return _squeezed(request, self._openapi, "application/json", {})

    async def docs(self, request: web.BaseRequest) -> web.Response:
        return _squeezed(request, self._docs, "text/html; charset=utf-8", {"Content-Security-Policy": ALONE})

    @cached_property
    def _openapi(self) -> tuple[bytes, bytes]:
        plain = json.dumps(openapi_document()).encode()
        return plain, gzip.compress(plain, mtime=0)

    @cached_property
    def _docs(self) -> tuple[bytes, bytes]:
        plain = docs_page().encode()
        return plain, gzip.compress(plain, mtime=0)


def _squeezed(request: web.BaseRequest, page: tuple[bytes, bytes], content_type: str, headers: dict[str, str]) -> web.Response:
    plain, small = page
    headers = {**headers, "Content-Type": content_type, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=small, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=plain, headers=headers)
