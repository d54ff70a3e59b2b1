"""Ports that stay ours, from the moment they are chosen to the moment somebody listens on them."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

FIRST, LAST = 20_000, 32_000
"""Below those from which kernels take one for each outgoing connection.

One of those could be gone while our server restarts: to anybody's connection, even that of a client that looks for this very server.
"""
TRIES = 200


def free_port(host: str = "127.0.0.1", count: int = 1) -> int:
    """The first of so many in a row that nobody has. OSError when there is none, or no such host."""
    for left in reversed(range(TRIES)):
        first = random.randrange(FIRST, LAST - count)  # noqa: S311 - hard to hit twice, not hard to guess
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(_bound(host, port))
            return first
        except OSError:
            if not left:
                raise
    raise AssertionError("unreachable")


@contextmanager
def held_port(host: str, port: int) -> Iterator[int]:
    """The port, a free one for 0, until the end: nobody's connection may have it, while our own servers may listen on it.

    OSError when somebody else does, or has it.
    """
    port = port or free_port(host)
    with _bound(host, port) as held:
        if sys.platform != "linux":  # elsewhere nobody else may listen on a port that is held
            held.close()
        yield port


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # Two sockets may be bound so, as long as neither listens: this one never does.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
