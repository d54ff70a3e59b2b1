"""A counter of one's own, for the tests of drawers: a store, its registers, something to sell, and what is often done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from actors.catalog.contract import Product
from actors.orders.contract import PLACE_ORDER, PLACE_ORDERS, LineInput, OfflineOrder, Order, PlaceOrder, PlaceOrders, TenderInput
from actors.runtime.ids import new_id
from actors.runtime.words import Money
from actors.shifts.contract import (
    CHECK_SHIFTS,
    CLOSE_SHIFT,
    GET_X,
    GET_Z,
    LIST_UNSHIFTED,
    OPEN_SHIFT,
    CheckShifts,
    CloseShift,
    Counted,
    Figures,
    GetX,
    GetZ,
    ListUnshifted,
    OpenShift,
    Shift,
    ShiftFinding,
    Unshifted,
    XReport,
    ZReport,
)
from actors.stores.contract import CREATE_REGISTER, CreateRegister, Register, Store
from tests.drawers import all_booked
from tests.support import House, eventually, rupiah

PRICE = 350_000


@dataclass
class Counter:
    """`product` costs Rp 3.500."""

    house: House
    store: Store
    register: Register
    product: Product

    async def second(self, code: str = "K2") -> Register:
        return await self.house.call(CREATE_REGISTER, CreateRegister(store_id=self.store.id, code=code))

    # --- the drawer

    async def open(self, register: Register | None = None, **given: Any) -> Shift:
        ask = {"register_id": (register or self.register).id, "float": rupiah(500_000), **given}
        return await self.house.call(OPEN_SHIFT, OpenShift(**ask))

    async def close(self, shift: Shift, total: int = 0, **given: Any) -> ZReport:
        """`total`: what was counted, in minor units."""
        return await self.house.call(CLOSE_SHIFT, CloseShift(id=shift.id, counted=Counted(total=total), **given))

    async def x(self, shift: Shift) -> XReport:
        return await self.house.call(GET_X, GetX(id=shift.id))

    async def z(self, shift: Shift) -> ZReport:
        return await self.house.call(GET_Z, GetZ(id=shift.id))

    async def unshifted(self, register: Register | None = None) -> list[Unshifted]:
        return (await self.house.call(LIST_UNSHIFTED, ListUnshifted(register_id=(register or self.register).id))).items

    # --- selling

    async def place(self, *tenders: TenderInput, quantity: int = 1, **given: Any) -> Order:
        lines = [LineInput(variant_id=self.product.variants[0].id, quantity=quantity)]
        ask = {"register_id": self.register.id, "lines": lines, "tenders": list(tenders), **given}
        return await self.house.call(PLACE_ORDER, PlaceOrder(**ask))

    async def sell(self, quantity: int = 1, **given: Any) -> Order:
        return await self.place(cash(quantity * PRICE), quantity=quantity, **given)

    async def hand_in(self, sold_at: datetime, *tenders: TenderInput, register_id: UUID | None = None) -> Order:
        """A sale that was made offline, of one piece."""
        order = OfflineOrder(
            id=new_id(), register_id=register_id or self.register.id, lines=[LineInput(variant_id=self.product.variants[0].id)],
            tenders=list(tenders) or [cash(PRICE)], sold_at=sold_at,
        )  # fmt: skip
        [outcome] = (await self.house.call(PLACE_ORDERS, PlaceOrders(orders=[order]))).items
        assert outcome.order is not None
        return outcome.order

    async def booked(self) -> None:
        """Until all that orders have told is in the drawers' figures."""
        await eventually(lambda: all_booked(self.house))


async def findings(house: House) -> list[ShiftFinding]:
    """All pages of the check."""
    found = await house.call(CHECK_SHIFTS, CheckShifts())
    findings = found.findings
    while found.next_cursor is not None:
        found = await house.call(CHECK_SHIFTS, CheckShifts(cursor=found.next_cursor))
        findings += found.findings
    return findings


def cash(amount: int, tip: int | None = None) -> TenderInput:
    return TenderInput(type="cash", amount=Money(amount=amount, currency="IDR"), tip=Money(amount=tip, currency="IDR") if tip else None)


def card(amount: int) -> TenderInput:
    return TenderInput(type="card", amount=Money(amount=amount, currency="IDR"))


def tenders(figures: Figures) -> dict[str, int]:
    return {one.type: one.amount.amount for one in figures.tenders}


def refunded(figures: Figures) -> dict[str, int]:
    return {one.type: one.amount.amount for one in figures.refunded}
