"""The provider that lives in the house: who pays on account or with points is charged by `customers`.

Like every provider it does once what it is asked for twice, by the intent's id; and it may be away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from actors.customers.contract import CHARGE, FIND_CHARGE, GIVE_BACK, ChargeCustomer, CustomerCharge, FindCharge, GiveBackCharge
from actors.customers.contract import NOT_FOUND as NO_CHARGE
from actors.payments.contract import Intent, Method
from actors.payments.providers import ProviderAway, Refunded, Report
from actors.payments.rules import Said, total_of
from actors.payments.signing import BadSignature
from actors.runtime.client import Client, Refused
from actors.runtime.words import Command, Money

NAME = "customers"

Asking = TypeVar("Asking", bound=Struct)


class InHouse:
    methods: frozenset[Method] = frozenset({"on_account", "points"})

    def __init__(self) -> None:
        self.client: Client | None = None
        """Of the member that asks; there is none before it runs."""

    async def start(self, intent: Intent) -> Said:
        if intent.customer_id is None:
            return Said(state="declined", failure="The order names no customer.")
        amount = Money(amount=total_of(intent), currency=intent.amount.currency)
        asked = ChargeCustomer(
            intent_id=intent.id, order_id=intent.order_id, customer_id=intent.customer_id,
            kind="points" if intent.method == "points" else "on_account", amount=amount,
        )  # fmt: skip
        charge = await self._ask(CHARGE, asked)
        return _said(charge) if charge is not None else Said(state="unknown")

    async def look_up(self, intent: Intent) -> Said:
        charge = await self._ask(FIND_CHARGE, FindCharge(intent_id=intent.id))
        return _said(charge) if charge is not None else Said(state="unknown")

    async def refund(self, intent: Intent, up_to: int, key: str) -> Refunded:
        charge = await self._ask(GIVE_BACK, GiveBackCharge(intent_id=intent.id, up_to=up_to))
        return Refunded("done") if charge is not None else Refunded("refused", "No customer was charged for it.")

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Report | None:
        """It reports nothing: it answers."""
        raise BadSignature("nothing of the house comes from outside")

    async def _ask(self, command: Command[Asking, CustomerCharge], asked: Asking) -> CustomerCharge | None:
        """None where nobody was charged. ProviderAway for every other "no", among them that nobody answers."""
        if self.client is None:
            raise ProviderAway("the member has not started yet")
        try:
            return await self.client.call(command, asked)
        except Refused as no:
            if no.refusal.code == NO_CHARGE.code:
                return None
            raise ProviderAway(no.refusal.detail) from None


def _said(charge: CustomerCharge) -> Said:
    return Said(state=charge.state, failure=charge.failure, total=charge.amount.amount)
