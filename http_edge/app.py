"""The edge as a server: takes connections, finds the operation, answers, counts."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import structlog
from aiohttp import web
from multidict import istr

from actors.runtime.client import Client
from actors.runtime.settings import Settings
from http_edge import metrics, problems
from http_edge.gate import Gate
from http_edge.operation import Operation
from http_edge.pages import Pages
from http_edge.problems import Declined
from http_edge.routes import ROUTES
from http_edge.server import PatientServer
from http_edge.table import Table
from http_edge.tracing import request_id
from http_edge.unusual import operation_of

KEEP_ALIVE_SECONDS = 75.0
SLOW_SECONDS = 1.0
BACKLOG = 1024
REQUEST_ID = istr("X-Request-Id")
NOSNIFF = istr("X-Content-Type-Options")
SERVER = istr("Server")
NOTHING: dict[str, str] = {}

log = structlog.get_logger("http_edge")


class Edge:
    """`start` binds and serves, `stop` drains. Raises OSError when the port is taken."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.gate = Gate(settings, client)
        self.pages = Pages(self.gate)
        self.operations = [operation_of(route, self.gate) for route in ROUTES]
        self.table = Table([*((o.route.method, o.route.path, o) for o in self.operations), *self.pages.rows()])
        self.under_way = 0
        self.stopping = False
        self.address = ""
        self._runner: web.BaseRunner | None = None
        self._opening: asyncio.Task[None] | None = None

    async def start(self, reuse_port: bool = False) -> None:
        """Listens at once; answers 503 until the API keys are loaded."""
        server = PatientServer(
            self.serve, access_log=None, keepalive_timeout=KEEP_ALIVE_SECONDS, tcp_keepalive=True, auto_decompress=False
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=self.settings.drain_seconds)
        await self._runner.setup()
        host, port = self.settings.http_host, self.settings.http_port
        site = web.TCPSite(self._runner, host, port, backlog=BACKLOG, reuse_port=reuse_port or None)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        bound = self._runner.addresses[0][1]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        self._opening = asyncio.create_task(self.gate.open())

    async def stop(self) -> None:
        """Takes no more, finishes what is under way (at most `drain_seconds`), closes."""
        self.stopping = self.gate.stopping = True
        if self._opening is not None:
            self._opening.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def serve(self, request: web.BaseRequest) -> web.Response:
        started = perf_counter()
        headers = request.headers
        asked_by = request_id(headers.get(REQUEST_ID))
        path, _, query = request.raw_path.partition("?")
        operation: Operation | None = self.table.fixed.get((request.method, path))
        given = NOTHING
        self.under_way += 1
        try:
            if self.under_way > self.settings.edge_requests_max:
                raise problems.BUSY.declined("Too many requests are under way.", headers={"Retry-After": "1"})
            if operation is None:
                operation, given = self._find(request.method, path)
            if isinstance(operation, Operation):
                response = await operation.answer(request, given, query, asked_by)
            else:
                response = await self._page(request, operation)
        except Declined as declined:
            response = decline(declined, asked_by)
        except ConnectionError:
            raise
        except Exception:
            log.exception("request failed", method=request.method, path=path, request_id=asked_by)
            response = decline(problems.FAULT.declined(f"It is logged under the request id {asked_by}."), asked_by)
        finally:
            self.under_way -= 1
        response.headers[REQUEST_ID] = asked_by
        response.headers[NOSNIFF] = "nosniff"
        response.headers[SERVER] = "Kasir"
        if self.stopping:
            response.force_close()
        self._count(operation, response.status, perf_counter() - started, asked_by)
        return response

    def _find(self, method: str, path: str) -> tuple[Any, dict[str, str]]:
        if method == "OPTIONS":
            return self.table.options(path), NOTHING
        return self.table.find(method, path)

    async def _page(self, request: web.BaseRequest, page: Any) -> web.Response:
        if isinstance(page, str):
            return web.Response(status=204, headers={"Allow": page})
        metrics.UNDER_WAY.set(self.under_way)
        response: web.Response = await page(request)
        return response

    def _count(self, operation: Any, status: int, seconds: float, asked_by: str) -> None:
        if not isinstance(operation, Operation):
            return
        operation.seconds.observe(seconds)
        count = operation.counts.get(status)
        name = f"{operation.route.method} {operation.route.path}"
        if count is None:
            count = operation.counts[status] = metrics.REQUESTS.labels(name, str(status))
        count.inc()
        if status >= 500 or (seconds > SLOW_SECONDS and not operation.route.waits):
            log.warning("slow or failed request", route=name, status=status, ms=round(seconds * 1e3), request_id=asked_by)


def decline(declined: Declined, asked_by: str) -> web.Response:
    response = web.Response(
        body=declined.body(asked_by), status=declined.status, headers={**declined.headers, "Content-Type": problems.CONTENT_TYPE}
    )
    if declined.headers.get("Connection") == "close":
        response.force_close()
    return response
