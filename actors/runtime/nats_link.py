"""One connection to NATS, and requests over it. The only module, with its users in this folder, that imports `nats`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import nats
import nats.errors
from nats.aio.client import PING_PROTO
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from actors.runtime.logs import get_logger
from actors.runtime.settings import Settings

SWEEP_SECONDS = 0.1
CONNECT_SECONDS = 6.0
"""How long the first connection is tried for."""
SILENT_SECONDS = 0.5
"""After this, a person at a terminal is told what is waited for."""


class NatsError(Exception):
    """NATS cannot be used as it is set. The text says why, and what to do."""


class NoAnswer(Exception):
    """A request got none: `nobody` when nobody listens (it was surely not done), or else it came too late or was lost."""

    def __init__(self, nobody: bool) -> None:
        super().__init__("nobody listens" if nobody else "no answer in time")
        self.nobody = nobody


class Expected(Protocol):
    """What waits for answers under one inbox token, until `deadline` (of the loop's clock)."""

    @property
    def deadline(self) -> float: ...

    def arrived(self, message: Msg) -> bool:
        """True when nothing more is expected."""

    def fail(self, error: NoAnswer) -> None: ...


class _One:
    """A single answer, as NATS gives it."""

    def __init__(self, future: asyncio.Future[Msg], deadline: float) -> None:
        self.future, self.deadline = future, deadline

    def arrived(self, message: Msg) -> bool:
        if not self.future.done():
            if message.headers and message.headers.get("Status") == "503":
                self.future.set_exception(NoAnswer(nobody=True))
            else:
                self.future.set_result(message)
        return True

    def fail(self, error: NoAnswer) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class InOrder(Nats):
    """nats-py writes a PING past what still waits in its buffer. The PONG to it would end a drain before the server has even
    seen the UNSUB: what it sends until then is lost, and whoever asked waits in vain.
    """

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        self._pongs.append(future or asyncio.get_running_loop().create_future())
        await self._send_command(PING_PROTO)
        await self._flush_pending()


class Link:
    """A connection that never gives up, and one inbox for all answers.

    nats-py's own `request` makes a timer and random bytes for each call; this keeps one dictionary and one sweeper.
    """

    def __init__(self, nc: Nats) -> None:
        self.nc = nc
        self._inbox = nc.new_inbox()
        self._tokens = itertools.count()
        self._waiting: dict[str, Expected] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._reconnected: list[Callable[[], None]] = []
        self.opened = False
        self.up = asyncio.Event()
        self.up.set()

    @property
    def connected(self) -> bool:
        return bool(self.nc.is_connected)

    async def open(self) -> None:
        await self.nc.subscribe(f"{self._inbox}.*", cb=self._arrived)
        self._sweeper = asyncio.create_task(self._sweep())
        self.opened = True

    async def close(self) -> None:
        if self._sweeper:
            self._sweeper.cancel()
        self._fail_all()
        # With the server away there is nobody to say goodbye to.
        with suppress(nats.errors.Error, OSError, TimeoutError):
            if self.connected:
                await self.nc.flush(timeout=2)
            else:
                self.nc._pending_data_size = 0  # it would write to what is closed, and uvloop says so before the rest is put away
            await self.nc.close()

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        self._reconnected.append(callback)

    async def request(self, subject: str, payload: bytes, headers: dict[str, str] | None, timeout_seconds: float) -> Msg:
        """NoAnswer when there is none within `timeout_seconds`."""
        loop = asyncio.get_running_loop()
        one = _One(loop.create_future(), loop.time() + timeout_seconds)
        await self.send(subject, payload, headers, one)
        return await one.future

    async def send(self, subject: str, payload: bytes, headers: dict[str, str] | None, expected: Expected) -> None:
        """Publishes, with an inbox for what is expected. Raises what nats-py raises when it cannot even be sent."""
        token = f"{self._inbox}.{next(self._tokens)}"
        self._waiting[token] = expected
        try:
            await self.nc.publish(subject, payload, reply=token, headers=headers)
        except BaseException:
            del self._waiting[token]
            raise

    async def _arrived(self, message: Msg) -> None:
        expected = self._waiting.get(message.subject)
        if expected is not None and expected.arrived(message):
            self._waiting.pop(message.subject, None)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = loop.time()
            for token in [token for token, expected in self._waiting.items() if expected.deadline < now]:
                self._waiting.pop(token).fail(NoAnswer(nobody=False))

    # --- what nats-py tells us

    def lost(self) -> None:
        """Answers to what was under way can no longer arrive: say so at once, rather than at the timeout."""
        self.up.clear()
        self._fail_all()

    def found(self) -> None:
        self.up.set()
        for callback in self._reconnected:
            callback()

    def _fail_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for expected in waiting.values():
            expected.fail(NoAnswer(nobody=False))


async def connect_link(settings: Settings, name: str) -> Link:
    """NatsError, with what to do about it, when nobody answers within a few seconds or the credentials are wrong."""
    log = get_logger(part="nats")
    nc = InOrder()
    link = Link(nc)

    refused: list[Exception] = []
    telling = asyncio.get_running_loop().call_later(SILENT_SECONDS, _tell_waiting, settings.nats_url)

    async def on_error(error: Exception) -> None:
        if not link.opened:
            refused.append(error)
        elif not isinstance(error, (OSError, nats.errors.UnexpectedEOF, nats.errors.StaleConnectionError)):
            log.warning("nats error", error=str(error) or type(error).__name__)

    async def on_disconnected() -> None:
        if link.opened and not nc.is_closed:
            log.warning("nats is away", servers=_shown(settings.nats_url))
        link.lost()

    async def on_reconnected() -> None:
        log.info("nats is back")
        link.found()

    try:
        # Until the first connection stands, every try that fails must end this: a person is waiting at a terminal.
        await asyncio.wait_for(
            nc.connect(
                **_options(settings),
                name=name,
                error_cb=on_error,
                disconnected_cb=on_disconnected,
                reconnected_cb=on_reconnected,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,  # type: ignore[arg-type]  # seconds; any number will do
                connect_timeout=3,
                ping_interval=5,
                max_outstanding_pings=2,
                drain_timeout=int(settings.drain_seconds) + 5,
                pending_size=64 * 1024 * 1024,
                # Our subjects are constants, or inboxes that nats-py made itself.
                skip_subject_validation=True,
            ),
            timeout=CONNECT_SECONDS,
        )
    except (TimeoutError, OSError, nats.errors.Error, ValueError) as error:
        reason = refused[-1] if refused else error
        raise NatsError(f"NATS at {_shown(settings.nats_url)} cannot be used ({_said(reason)}). {_advice(reason)}") from None
    finally:
        telling.cancel()
    await link.open()
    return link


def _tell_waiting(urls: str) -> None:
    """By the standard library: a tool that has set up no logs says it on stderr, too."""
    logging.getLogger("kasir").warning("NATS at %s does not answer yet; it is tried for %.0f s", _shown(urls), CONNECT_SECONDS)


def _options(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"servers": [url.strip() for url in settings.nats_url.split(",")]}
    if settings.nats_ca or settings.nats_cert:
        context = ssl.create_default_context(cafile=settings.nats_ca or None)
        if settings.nats_cert:
            context.load_cert_chain(settings.nats_cert, settings.nats_key or None)
        options["tls"] = context
    if settings.nats_credentials:
        options["user_credentials"] = settings.nats_credentials
    return options


def _shown(urls: str) -> str:
    """The servers without their passwords."""
    return ",".join(url.rpartition("@")[2] or url for url in urls.replace("nats://", "").replace("tls://", "").split(","))


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _advice(error: Exception) -> str:
    if "uthorization" in str(error) or "uthentication" in str(error):
        return "Check the user and password in --nats."
    return "Is it running, and is --nats right?"
