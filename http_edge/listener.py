"""A receiver for webhooks on this machine: takes posts on one secret path, and hands on what came.

`kasir listen` and the tests stand on it; it knows nothing of Kasir, like the listeners of the outside world.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from aiohttp import web

BODY_BYTES_MAX = 8 * 2**20

Arrived = Callable[[Mapping[str, str], bytes], int]
"""Headers (any case) and the body as sent; gives back the status to answer with."""


class Listener:
    def __init__(self, arrived: Arrived, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._arrived = arrived
        self._host, self._port = host, port
        self._path = f"/{secrets.token_urlsafe(12)}"
        self._runner: web.BaseRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Listens; afterwards `url` is where. Raises OSError when the port is taken."""
        server = web.Server(self._take, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = f"http://{self._host}:{self._runner.addresses[0][1]}{self._path}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.BaseRequest) -> web.Response:
        if request.method != "POST" or request.path != self._path:
            return web.Response(status=404)
        if (request.content_length or 0) > BODY_BYTES_MAX:
            return web.Response(status=413)
        return web.Response(status=self._arrived(request.headers, await request.content.read()))
