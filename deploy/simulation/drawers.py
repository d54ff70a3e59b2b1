"""A drawer from the float in the morning to the count in the evening, and what is missing then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from deploy.simulation.people import Clerk
from deploy.simulation.requests import Request, moment, money
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Till

FLOAT = 300_000_00
SAFE_ABOVE = 1_500_000_00
VALUES = (100_000_00, 50_000_00, 20_000_00, 10_000_00, 5_000_00, 2_000_00, 1_000_00, 500_00, 200_00, 100_00)
ERRANDS = (("Galon air", 22_500_00), ("Es batu", 15_000_00), ("Parkir", 4_000_00), ("Token listrik", 52_500_00))


@dataclass
class Cash:
    """What went through a drawer, as its cashier knows: sold, less change; given back; put in, taken out, and brought to the safe."""

    sold: int = 0
    refunded: int = 0
    paid_in: int = 0
    paid_out: int = 0
    dropped: int = 0

    @property
    def expected(self) -> int:
        return FLOAT + self.sold - self.refunded + self.paid_in - self.paid_out - self.dropped


@dataclass
class Drawer:
    """One cashier at one register from `begins` until `ends`. `difference`: what was counted, less what should have been there."""

    seed: Seed
    till: Till
    staff: Sequence[Clerk]
    clerk: Clerk
    begins: datetime
    ends: datetime
    difference: int = field(default=0, init=False)

    @cached_property
    def id(self) -> UUID:
        return self.seed.id("shift", self.till.id, self.begins)

    @property
    def supervisor(self) -> Clerk:
        return next(clerk for clerk in self.staff if clerk.role == "supervisor")

    def open(self) -> Request:
        body = {"id": self.id, "register_id": self.till.id, "float": money(FLOAT), "at": moment(self.begins)}
        return self._request("/v1/shifts", body, "open")

    def events(self, cash: Cash) -> Iterator[Request]:
        """What else the drawer was opened for, in the order in which it happened."""
        die = self.seed.die("drawer", self.till.id, self.begins)
        at = self.begins + (self.ends - self.begins) * 0.4
        if die.random() < 0.35:
            reason, amount = die.choice(ERRANDS)
            cash.paid_out += amount
            yield self._cash("paid_out", at, amount, reason)
        if die.random() < 0.1:
            cash.paid_in += 100_000_00
            yield self._cash("paid_in", at + timedelta(minutes=7), 100_000_00, "Uang receh")
        if die.random() < 0.12:
            yield self._cash("no_sale", at + timedelta(minutes=31), None, "Tukar uang")
        if cash.expected > SAFE_ABOVE:
            amount = (cash.expected - FLOAT) // VALUES[0] * VALUES[0]
            cash.dropped += amount
            yield self._cash("drop", self.ends - timedelta(minutes=20), amount, "")

    def close(self, cash: Cash) -> Iterator[Request]:
        """Nearly always it is right; sometimes a coin is missing, and now and then a note."""
        die = self.seed.die("count", self.till.id, self.begins)
        coins, notes = die.choice((-5, -2, -1, 1, 2)) * 500_00, die.choice((-50_000_00, -20_000_00, 20_000_00))
        wrong = die.choices((0, coins, notes), (84, 13, 3))[0]
        counted = max(0, cash.expected + wrong)
        self.difference = counted - cash.expected
        body = {"counted": {"denominations": in_notes(counted)}, "at": moment(self.ends - timedelta(seconds=0.5))}
        yield self._request(f"/v1/shifts/{self.id}/close", body, "close")
        if abs(self.difference) >= VALUES[2]:
            approval = {"reason": "Sudah dihitung ulang berdua"}
            yield Request(
                "POST", f"/v1/shifts/{self.id}/approve", approval, person=self.supervisor.code, register_id=self.till.id, settled=True
            )

    def _cash(self, kind: str, at: datetime, amount: int | None, reason: str) -> Request:
        body: dict[str, Any] = {"kind": kind, "reason": reason, "at": moment(at.replace(microsecond=0))}
        if amount is not None:
            body["amount"] = money(amount)
        return self._request(f"/v1/shifts/{self.id}/cash", body, kind, approved=kind if kind in ("no_sale", "paid_out") else "")

    def _request(self, path: str, body: dict[str, Any], word: str, approved: str = "") -> Request:
        key = self.seed.key("shift", self.till.id, self.begins, word)
        return Request("POST", path, body, key, person=self.clerk.code, register_id=self.till.id, approved=approved)


def in_notes(amount: int) -> list[dict[str, int]]:
    """From the largest note down to the smallest coin."""
    found = []
    for value in VALUES:
        count, amount = divmod(amount, value)
        if count:
            found.append({"value": value, "count": count})
    return found
