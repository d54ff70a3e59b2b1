"""What `stores` answers and tells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from actors.runtime.words import (
    Clock,
    Code,
    Command,
    Currency,
    Cursor,
    Event,
    FeedAfter,
    Input,
    Limit,
    Name,
    Note,
    Position,
    Reason,
    Value,
    Version,
)

TimeZone = Annotated[
    str,
    Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)", description="IANA name.", examples=["Asia/Jakarta"]),
]
Rate = Annotated[
    str,
    Meta(
        pattern=r"^(100|[0-9]{1,2})(\.[0-9]{1,4})?$(?!\n)",
        description="Percent, as a decimal string: \"11\" or \"8.25\".",
        examples=["11"],
    ),
]
Fraction = Annotated[
    str,
    Meta(
        pattern=r"^(1|[1-9][0-9]{0,3}/[1-9][0-9]{0,3})$(?!\n)",
        description="A share of the whole, at most 1: \"11/12\".",
        examples=["11/12"],
    ),
]
TaxRounding = Annotated[
    Literal["line", "order"],
    Meta(description="Tax is rounded for each line; or once for the whole order, and then spread over the lines."),
]


class RateChange(Input, omit_defaults=False):
    """The tax's rate from the beginning of this business date on."""

    starts_on: date
    rate: Rate


class Tax(Input, omit_defaults=False):
    """A tax of this store. Products name it by `code`.

    `included`   prices contain it already
    `base`       the share of the price that is taxed: "11/12" with a rate of "12" is Indonesia's PPN
    `compound`   it is also due on the taxes that stand before it in the product's list
    `changes`    rates that start later; the last one that has started counts
    """

    code: Code
    name: Name
    rate: Rate
    included: bool = True
    base: Fraction = "1"
    compound: bool = False
    changes: Annotated[list[RateChange], Meta(max_length=50)] = []


class ServiceCharge(Input, omit_defaults=False):
    """Percent of what the lines cost after all discounts, spread over them. `taxed`: taxes are due on it, too."""

    rate: Rate
    name: Name = "Service"
    taxed: bool = True


class ScaleBarcode(Input, omit_defaults=False):
    """How the store's scales print EAN-13: two digits of `prefix` (20-29), the item, its weight or price, a check digit.

    A variant is found by a barcode of `prefix` and the item's digits. `decimals`: of the weight in kg, or of the price in
    major units; null: 3 of a weight, and of a price those that prices in the store's currency are written with (none in IDR,
    two in EUR). `item_digits` and `value_digits` are ten together; or nine, when the digit between them is a check digit of
    the value, which is not looked at.
    """

    prefix: Annotated[str, Meta(pattern=r"^2[0-9]$(?!\n)")]
    holds: Literal["weight", "price"]
    item_digits: Annotated[int, Meta(ge=3, le=7)] = 5
    value_digits: Annotated[int, Meta(ge=3, le=7)] = 5
    decimals: Annotated[int, Meta(ge=0, le=3)] | None = None


class CashRounding(Input, omit_defaults=False):
    """Cash amounts are rounded to multiples of `increment` minor units (Rp 100 = 10000, CHF 0.05 = 5)."""

    increment: Annotated[int, Meta(ge=1, le=10**9)]
    mode: Literal["half_up", "down", "up"] = "half_up"


Taxes = Annotated[list[Tax], Meta(max_length=50)]
ScaleBarcodes = Annotated[list[ScaleBarcode], Meta(max_length=10)]


class CreateStore(Input):
    """`id` may be the client's own. `day_starts_at`: what is sold before this hour belongs to the business date of the day before."""

    name: Name
    currency: Currency
    time_zone: TimeZone
    id: UUID | None = None
    address: Note = ""
    taxes: Taxes = []
    tax_rounding: TaxRounding = "line"
    cash_rounding: CashRounding | None = None
    service_charge: ServiceCharge | None = None
    scale_barcodes: ScaleBarcodes = []
    day_starts_at: Clock = "00:00"


class StoreChanges(Input):
    """Only what is given changes. The currency of a store never does."""

    name: Name | UnsetType = UNSET
    address: Note | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    taxes: Taxes | UnsetType = UNSET
    tax_rounding: TaxRounding | UnsetType = UNSET
    cash_rounding: CashRounding | UnsetType | None = UNSET
    service_charge: ServiceCharge | UnsetType | None = UNSET
    scale_barcodes: ScaleBarcodes | UnsetType = UNSET
    day_starts_at: Clock | UnsetType = UNSET


class UpdateStore(Input):
    id: UUID
    if_version: Version
    changes: StoreChanges


class Store(Value):
    id: UUID
    version: int
    name: str
    address: str
    currency: str
    time_zone: str
    taxes: list[Tax]
    cash_rounding: CashRounding | None
    created_at: datetime
    updated_at: datetime
    tax_rounding: TaxRounding = "line"
    service_charge: ServiceCharge | None = None
    scale_barcodes: list[ScaleBarcode] = []
    day_starts_at: str = "00:00"


class GetStore(Input):
    id: UUID


class ListStores(Input):
    limit: Limit = 50
    cursor: Cursor | None = None


class StorePage(Value):
    items: list[Store]
    next_cursor: str | None = None


class CreateRegister(Input):
    """`code` is printed in front of its receipt numbers and unique in the store."""

    store_id: UUID
    code: Annotated[str, Meta(min_length=1, max_length=12, pattern=r"^[A-Za-z0-9]+$(?!\n)")]
    id: UUID | None = None
    name: Name | None = None


class RegisterChanges(Input):
    name: Name | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UpdateRegister(Input):
    id: UUID
    if_version: Version
    changes: RegisterChanges


class Register(Value):
    id: UUID
    version: int
    store_id: UUID
    code: str
    name: str
    active: bool
    created_at: datetime
    updated_at: datetime


class GetRegister(Input):
    id: UUID


class ListRegisters(Input):
    store_id: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class RegisterPage(Value):
    items: list[Register]
    next_cursor: str | None = None


class StoreChange(Value):
    """One store or one register, as it is now."""

    position: int
    store: Store | None = None
    register: Register | None = None


class StoreFeed(Value):
    items: list[StoreChange]
    position: Position
    more: bool


NOT_FOUND = Reason("stores.not_found", "not_found", "No such store or register", "Check the id; `GET /v1/stores` and `GET /v1/registers` list them.")
TAKEN = Reason("stores.taken", "conflict", "Already taken", "Choose another id or register code, or use the one that exists.")
STALE = Reason("stores.stale", "stale", "Changed by somebody else", "Read it again, look at what changed, and send your change with the new `ETag`.")
INVALID = Reason("stores.invalid", "invalid", "Not a possible store or register", "Correct the fields that `errors` names.")

CREATE_STORE = Command("stores.create", CreateStore, Store, "Open a store", keyed=True, reasons=(TAKEN, INVALID))
UPDATE_STORE = Command("stores.update", UpdateStore, Store, "Change a store", reasons=(NOT_FOUND, STALE, INVALID))
GET_STORE = Command("stores.get", GetStore, Store, "Get one store", reasons=(NOT_FOUND,))
LIST_STORES = Command("stores.list", ListStores, StorePage, "List the stores, oldest first", reasons=(INVALID,))
CREATE_REGISTER = Command(
    "stores.create_register", CreateRegister, Register, "Add a register to a store", keyed=True, reasons=(NOT_FOUND, TAKEN)
)
UPDATE_REGISTER = Command("stores.update_register", UpdateRegister, Register, "Change a register", reasons=(NOT_FOUND, STALE))
GET_REGISTER = Command("stores.get_register", GetRegister, Register, "Get one register", reasons=(NOT_FOUND,))
LIST_REGISTERS = Command(
    "stores.list_registers", ListRegisters, RegisterPage, "List the registers, oldest first", reasons=(INVALID,)
)
STORE_CHANGES = Command("stores.changes", FeedAfter, StoreFeed, "What changed in stores and registers after a position")

STORE_CREATED = Event("store.created", Store, "A store was opened")
STORE_UPDATED = Event("store.updated", Store, "A store was changed")
REGISTER_CREATED = Event("register.created", Register, "A register was added")
REGISTER_UPDATED = Event("register.updated", Register, "A register was changed")
