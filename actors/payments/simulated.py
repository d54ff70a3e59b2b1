"""The client of the simulated provider: what a real one's would look like.

    POST {url}/charges                 {"id", "method", "amount", "currency", "reference", "expires_at", "callback_url"} -> Charge
    GET  {url}/charges/{id}            -> Charge
    POST {url}/charges/{id}/refunds    {"up_to"}, Idempotency-Key -> {"state"}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from aiohttp import ClientError, ClientSession
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from actors.payments.contract import Intent, Method
from actors.payments.providers import ProviderAway, Refunded, Report
from actors.payments.rules import Said, total_of
from actors.payments.signing import check, secret_key
from actors.runtime.settings import Settings, SettingsError

TRIES = 2


class Charge(msgspec.Struct):
    """A payment as the provider shows it, in answers and in reports."""

    id: UUID
    state: Literal["pending", "approved", "declined", "expired"]
    amount: int
    reference: str = ""
    qr: str | None = None
    failure: str = ""

    def said(self) -> Said:
        return Said(state=self.state, reference=self.reference, qr=self.qr, failure=self.failure, total=self.amount)


class RefundState(msgspec.Struct):
    state: Literal["done", "pending", "refused"]
    why: str = ""


_charge = msgspec.json.Decoder(Charge)
_refund = msgspec.json.Decoder(RefundState)


class Simulated:
    methods: frozenset[Method] = frozenset({"qris", "card"})

    def __init__(self, settings: Settings, session: ClientSession) -> None:
        self._url = settings.payments_simulated_url.rstrip("/")
        callback = settings.payments_callback_url.rstrip("/")
        self._callback_url = f"{callback}/v1/payment-callbacks/simulated" if callback else None
        self._session = session
        try:
            self._key = secret_key(settings.payments_simulated_secret)
        except ValueError as error:
            raise SettingsError(f"KASIR_PAYMENTS_SIMULATED_SECRET cannot be used: {error}") from None

    async def start(self, intent: Intent) -> Said:
        asked = {
            "id": intent.id, "method": intent.method, "amount": total_of(intent), "currency": intent.amount.currency,
            "reference": intent.reference, "expires_at": intent.expires_at, "callback_url": self._callback_url,
        }  # fmt: skip
        body = await self._ask("POST", "/charges", asked, key=str(intent.id))
        return _read(_charge, body).said() if body is not None else Said(state="unknown")

    async def look_up(self, intent: Intent) -> Said:
        body = await self._ask("GET", f"/charges/{intent.id}")
        return _read(_charge, body).said() if body is not None else Said(state="unknown")

    async def refund(self, intent: Intent, up_to: int, key: str) -> Refunded:
        body = await self._ask("POST", f"/charges/{intent.id}/refunds", {"up_to": up_to}, key=key)
        if body is None:
            return Refunded("refused", "The provider does not know the payment.")
        state = _read(_refund, body)
        return Refunded(state.state, state.why)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        check(self._key, headers, body, now.timestamp())
        try:
            charge = _charge.decode(body)
        except msgspec.MsgspecError:
            return None
        return Report(charge.id, charge.said())

    async def _ask(self, method: str, path: str, asked: Any = None, key: str = "") -> bytes | None:
        """The answer's body; None for 404. ProviderAway for everything else, after a second try: nothing is done twice by its key."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(ProviderAway), stop=stop_after_attempt(TRIES), wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        )  # fmt: skip
        answer: bytes | None = await retrying(self._ask_once, method, path, asked, key)
        return answer

    async def _ask_once(self, method: str, path: str, asked: Any, key: str) -> bytes | None:
        headers = {"content-type": "application/json", **({"idempotency-key": key} if key else {})}
        data = None if asked is None else msgspec.json.encode(asked)
        try:
            async with self._session.request(method, self._url + path, data=data, headers=headers, allow_redirects=False) as response:
                if response.status == 404:
                    return None
                if response.status not in (200, 201):
                    raise ProviderAway(f"the provider answered {response.status}")
                return await response.read()
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise ProviderAway(f"no answer from the provider ({type(error).__name__})") from error


def _read(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise ProviderAway(f"not an answer of the provider's: {error}") from None

