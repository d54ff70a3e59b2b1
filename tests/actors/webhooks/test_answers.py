"""What is made of answers that are none: over a real socket, byte by byte as a broken listener says them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from yarl import URL

from actors.webhooks.addresses import read_networks
from actors.webhooks.bag import Target
from actors.webhooks.lanes import Parcel
from actors.webhooks.posting import REASON_MAX, Said, open_session, post, timeout_of
from tests.support import some_id


@asynccontextmanager
async def saying(answer: bytes, drip: bytes = b"") -> AsyncIterator[str]:
    """`drip`: again and again after the answer, for as long as somebody listens."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(answer)
        await writer.drain()
        with suppress(ConnectionError):
            while drip and not writer.is_closing():
                writer.write(drip)
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def said(answer: bytes, drip: bytes = b"") -> Said:
    async with saying(answer, drip) as url, open_session(read_networks("127.0.0.0/8")) as session:
        target = Target(1, some_id(), 1, URL(url), (), timeout_seconds=3600)
        return await post(session, target, Parcel(1, 1, str(some_id()), b"{}"), 0.0)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "the connection was closed before an answer came"),
        (b"HTTP/1.1 204 No Content\r\n\r\nThank you", "not a usable HTTP answer: Bad status line: Expected HTTP/, RTSP/ or ICE/: b'Thank you'"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not a usable HTTP answer: Bad status line: Expected HTTP/, RTSP/ or ICE/: b'SSH-2.0-OpenSSH_9.6'"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", "not a usable HTTP answer: Too many headers received"),
    ],
)
async def test_whoever_looks_after_a_listener_reads_what_is_wrong_with_its_answer(answer: bytes, error: str) -> None:
    assert (None, error) == (await said(answer))[:2]


async def test_a_reason_is_not_as_long_as_what_was_said() -> None:
    told = await said(b"\x16\x03" * 5000 + b"\r\n")
    assert told.error is not None
    assert len(told.error) <= len("not a usable HTTP answer: ") + REASON_MAX


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.0 200 OK\r\n\r\nso", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nso"],
)
async def test_an_old_or_a_talkative_listener_is_understood(answer: bytes) -> None:
    assert (200, None, b"so") == (await said(answer))[:3]


async def test_an_answer_that_never_ends_holds_no_place_until_the_timeout() -> None:
    """The status has said it all."""
    async with asyncio.timeout(30):
        told = await said(b"HTTP/1.1 200 OK\r\n\r\n", drip=b"s")
    assert (200, None) == told[:2]
    assert told.answer.startswith(b"ss")


@pytest.mark.parametrize("seconds", [1.0, 5.0, 30.0])
def test_the_seconds_that_a_listener_may_take_are_not_rounded_up(seconds: float) -> None:
    """As its client would from some seconds on: a listener would be given up to one more."""
    timeout = timeout_of(seconds)
    assert (seconds, True) == (timeout.total, timeout.ceil_threshold > seconds)
