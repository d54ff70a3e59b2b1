"""One post to one listener: bounded in time and size, no redirects, no cookies, no proxy, and only to addresses that may be called."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import socket
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

import aiohttp
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from actors.webhooks.addresses import Network, may_connect
from actors.webhooks.bag import Target
from actors.webhooks.lanes import Parcel
from actors.webhooks.names import Names
from actors.webhooks.signing import signature

USER_AGENT = "Kasir-Webhooks/1 (+https://www.standardwebhooks.com)"
ANSWER_KEPT_BYTES = 1024
ANSWER_READ_BYTES = 64 * 1024
"""Read to the end so that the connection can be used again; beyond this it is dropped."""
ANSWER_READ_SECONDS = 1.0
"""A body that comes later than this after the status holds no place: the connection is dropped."""
REASON_MAX = 200
NONE_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Said(NamedTuple):
    """What came of one post. Without a `status`, `error` says why none came."""

    status: int | None
    error: str | None
    answer: bytes
    retry_after: str | None
    lasting: bool
    """Whether another try within seconds would be pointless."""


class AddressRefused(OSError):
    """A name resolved to an address that webhooks may not call."""


class NoneLeft(Exception):
    """This machine cannot open one more connection. That says nothing about the listener."""


def open_session(allowed: Sequence[Network]) -> ClientSession:
    """`limit=0`: the places do the bounding. `auto_decompress=False`: 48 kB of gzip can be 50 MB."""

    def guarded_socket(info: Any) -> socket.socket:
        # The one place that every connection passes, literal addresses included, with the address that it will really
        # use: what a name resolved to at another time does not matter.
        family, kind, protocol, _, where = info
        if not may_connect(ip_address(where[0].partition("%")[0]), allowed):
            raise AddressRefused(f"{where[0]} is not an address that webhooks may call")
        return socket.socket(family=family, type=kind, proto=protocol)

    return ClientSession(
        connector=TCPConnector(limit=0, limit_per_host=0, ttl_dns_cache=10, resolver=Names(), socket_factory=guarded_socket),
        auto_decompress=False,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        skip_auto_headers=("Accept", "Accept-Encoding"),
    )


async def post(session: ClientSession, target: Target, parcel: Parcel, now: float) -> Said:
    """Raises nothing but NoneLeft. The signature covers `body` byte for byte, and the time of this attempt (Unix seconds)."""
    if target.refused is not None:
        return Said(None, target.refused, b"", None, True)
    timeout = timeout_of(target.timeout_seconds)
    try:
        async with session.post(
            target.url, data=parcel.body, headers=headers_of(target, parcel, now), allow_redirects=False, timeout=timeout
        ) as response:
            answer = await _read_some(response)
            return Said(response.status, None, answer, response.headers.get("Retry-After"), False)
    except TimeoutError:
        return Said(None, "no answer in time", b"", None, True)
    except (ClientError, OSError, ValueError) as error:
        cause = getattr(error, "os_error", error)
        if isinstance(cause, OSError) and cause.errno in NONE_LEFT:
            raise NoneLeft(os.strerror(cause.errno)) from None
        return Said(None, _explained(error), b"", None, isinstance(cause, AddressRefused))


@lru_cache
def timeout_of(seconds: float) -> ClientTimeout:
    """Made once: a new one for each post costs as much as its signature. To the moment: from 5 s on the client would round up to whole ones."""
    return ClientTimeout(total=seconds, ceil_threshold=math.inf)


def headers_of(target: Target, parcel: Parcel, now: float) -> dict[str, str]:
    """Its own headers come first: they cannot replace ours."""
    timestamp = str(int(now))
    headers = {
        **dict(target.headers),
        "webhook-id": parcel.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(target.keys, parcel.id, timestamp, parcel.body, now),
        "webhook-seq": str(parcel.seq),
        "content-type": "application/json",
        "user-agent": USER_AGENT,
    }
    if parcel.traceparent:
        headers["traceparent"] = parcel.traceparent
    return headers


async def _read_some(response: ClientResponse) -> bytes:
    """The first kilobyte. The listener has answered by its status: trouble with the rest changes nothing."""
    kept, size = b"", 0
    try:
        async with asyncio.timeout(ANSWER_READ_SECONDS):
            while chunk := await response.content.readany():
                kept += chunk[: ANSWER_KEPT_BYTES - len(kept)]
                size += len(chunk)
                if size > ANSWER_READ_BYTES:
                    response.close()
                    break
    except (ClientError, TimeoutError, OSError):
        response.close()
    return kept


def _explained(error: Exception) -> str:
    """What the owner of the endpoint may read."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "the TLS certificate was not accepted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name does not resolve"
    if isinstance(error, aiohttp.ClientConnectorError):
        return str(error.os_error) if isinstance(error.os_error, AddressRefused) else "connection refused or host unreachable"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return "the connection was closed before an answer came"
    if isinstance(error, aiohttp.ClientResponseError):
        # Where it broke off, and on what: a 204 with a body behind it looks right to whoever wrote the listener.
        return f"not a usable HTTP answer: {' '.join(error.message.split()).removesuffix(' ^')[:REASON_MAX]}"
    return f"not a usable HTTP answer ({type(error).__name__})"
