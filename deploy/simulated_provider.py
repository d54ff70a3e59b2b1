"""A payment provider for tests and demos: real HTTP, real signatures, no money.

    POST /charges                   begins a payment; with the same id again, it is the same one
    GET  /charges/{id}              how it stands
    POST /charges/{id}/refunds      gives back up to a sum, once for each Idempotency-Key

How it behaves is its `mood`, or for one payment the mood that the payment's reference names.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from msgspec.structs import replace

from actors.payments import qris
from actors.payments.signing import secret_key, signed
from actors.payments.simulated import Charge
from actors.runtime.settings import Settings
from deploy.compose import url_of

Mood = Literal["approve", "decline", "time_out", "early", "late", "twice", "never", "ignore"]
"""approve   reports that it was paid, after a moment     decline   that it was not
time_out  does not answer until it is asked again      early     reports before it answers
late      reports only after the payment has expired     twice     reports everything twice
never     was paid, and never reports: one has to ask    ignore    nobody pays, unless `pay` is called
"""
MOODS: tuple[Mood, ...] = get_args(Mood)
LATE_SECONDS = 1.0
REPORT_TRIES = 5
MERCHANT = {"52": "5411", "53": "360", "58": "ID", "59": "TOKO SIMULASI", "60": "JAKARTA"}


class _Asked(msgspec.Struct):
    id: UUID
    method: str
    amount: int
    currency: str
    expires_at: datetime
    reference: str = ""
    callback_url: str | None = None


class _Refund(msgspec.Struct):
    up_to: int


@dataclass
class Payment:
    """What the provider knows of one payment. `begun`: how often it was asked to begin it."""

    charge: Charge
    mood: Mood
    asked: _Asked
    begun: int = 1
    refunded: int = 0
    refunds: dict[str, int] = field(default_factory=dict)


class SimulatedProvider:
    def __init__(self, secret: str, *, mood: Mood = "approve", host: str = "127.0.0.1", port: int = 0, delay_seconds: float = 0.0) -> None:
        self.mood: Mood = mood
        self.payments: dict[UUID, Payment] = {}
        self.reports = 0
        self.url = ""
        self._key = secret_key(secret)
        self._host, self._port, self._delay_seconds = host, port, delay_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Listens; afterwards `url` is where."""
        app = web.Application()
        app.router.add_post("/charges", self._begin)
        app.router.add_get("/charges/{id}", self._show)
        app.router.add_post("/charges/{id}/refunds", self._refund)
        self._session = ClientSession(timeout=ClientTimeout(total=10))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self.url = f"http://{self._host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    # --- what somebody outside does

    async def pay(self, id: UUID, *, state: Literal["approved", "declined"] = "approved", report: bool = True, times: int = 1) -> list[int]:
        """The customer pays, or does not. The statuses that the reports were answered with."""
        payment = self.payments[id]
        failure = "The customer's bank said no." if state == "declined" else ""
        payment.charge = replace(payment.charge, state=state, reference=f"SIM-{str(id)[-8:]}", failure=failure)
        return [await self.report(payment) for _ in range(times)] if report else []

    async def report(self, payment: Payment) -> int:
        """Posts how it stands, signed; again when nobody takes it. The last status, 0 without one."""
        url, status = payment.asked.callback_url, 0
        body, id = msgspec.json.encode(payment.charge), f"evt_{secrets.token_hex(8)}"
        if url is None or self._session is None:
            return 0
        for attempt in range(REPORT_TRIES):
            headers = {"content-type": "application/json", **signed(self._key, id, int(time.time()), body)}
            try:
                async with self._session.post(url, data=body, headers=headers) as response:
                    status = response.status
                    self.reports += 1
            except (ClientError, OSError, TimeoutError):
                status = 0
            if status not in (0, 429, 500, 502, 503, 504):
                break
            await asyncio.sleep(0.2 * 2**attempt)
        return status

    # --- what is asked

    async def _begin(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        known = self.payments.get(asked.id)
        if known is not None:
            known.begun += 1
            if known.mood == "time_out" and known.begun == 2:
                self._later(self._behave(known))
            return _answer(known.charge)
        payment = self._open(asked)
        if payment.mood == "early":
            await self.pay(asked.id)
        elif payment.mood == "time_out":
            await asyncio.sleep(3600)
        elif payment.mood != "ignore":
            self._later(self._behave(payment))
        return _answer(payment.charge)

    def _open(self, asked: _Asked) -> Payment:
        charge = Charge(asked.id, "pending", asked.amount, qr=_code(asked) if asked.method == "qris" else None)
        mood = next((mood for mood in MOODS if mood == asked.reference), self.mood)
        payment = self.payments[asked.id] = Payment(charge, mood, asked)
        return payment

    async def _behave(self, payment: Payment) -> None:
        id = payment.asked.id
        await asyncio.sleep(self._delay_seconds)
        if payment.mood == "late":
            await asyncio.sleep((payment.asked.expires_at - datetime.now(UTC)).total_seconds() + LATE_SECONDS)
        if payment.mood == "decline":
            await self.pay(id, state="declined")
        else:
            await self.pay(id, report=payment.mood != "never", times=2 if payment.mood == "twice" else 1)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self, request: web.Request) -> web.Response:
        payment = self.payments.get(UUID(request.match_info["id"]))
        return web.Response(status=404) if payment is None else _answer(payment.charge)

    async def _refund(self, request: web.Request) -> web.Response:
        payment = self.payments.get(UUID(request.match_info["id"]))
        if payment is None or payment.charge.state != "approved":
            return web.Response(status=404)
        key, up_to = request.headers["idempotency-key"], msgspec.json.decode(await request.read(), type=_Refund).up_to
        if key not in payment.refunds:
            payment.refunds[key] = up_to - payment.refunded
            payment.refunded = up_to
        return web.json_response({"state": "done"})


def _answer(charge: Charge) -> web.Response:
    return web.Response(body=msgspec.json.encode(charge), content_type="application/json")


def _code(asked: _Asked) -> str:
    account = qris.write_fields({"00": "ID.KASIR.SIMULASI", "01": str(asked.id).replace("-", "")})
    return qris.sealed({"00": "01", "01": qris.DYNAMIC, "26": account, **MERCHANT, "54": qris.amount_text(asked.amount)})


@asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[Settings]:
    """For `kasir up`: starts one when the settings want the simulated provider and do not say where it is. The settings with it."""
    names = [name.strip() for name in settings.payments_providers.split(",")]
    if "simulated" not in names or settings.payments_simulated_url:
        yield settings
        return
    secret = settings.payments_simulated_secret or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    provider = SimulatedProvider(secret, delay_seconds=2.0)
    await provider.start()
    try:
        yield replace(
            settings, payments_simulated_url=provider.url, payments_simulated_secret=secret,
            payments_callback_url=settings.payments_callback_url or url_of(settings),
        )  # fmt: skip
    finally:
        await provider.stop()
