"""Names of hosts, looked up where those whose name servers hang keep nobody else waiting.

The event loop has a handful of threads for everything; a few names that take their time would hold all of them.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

LOOK_UPS_MAX = 128
"""At once in one member, each name once. A look-up that nobody waits for any more goes on until the system gives it up."""


class Names(AbstractResolver):
    """What the system says: `/etc/hosts`, DNS, whatever it is set to ask."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOK_UPS_MAX, thread_name_prefix="webhook-names")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """OSError when there is no such name."""
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(where[0]), port=int(where[1]), family=family, proto=proto, flags=flags)
            for family, _, proto, _, where in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
