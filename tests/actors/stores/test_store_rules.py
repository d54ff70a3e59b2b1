from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from actors.runtime.words import Refusal
from actors.stores import rules
from actors.stores.contract import (
    CashRounding,
    CreateRegister,
    CreateStore,
    RateChange,
    Register,
    RegisterChanges,
    ScaleBarcode,
    ServiceCharge,
    Store,
    StoreChanges,
    Tax,
    UpdateRegister,
    UpdateStore,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)
ZONES = {"Asia/Jakarta", "Asia/Makassar"}
ID = UUID(int=1)


def opened(stores: dict[UUID, Store] | None = None, **fields: Any) -> Store | Refusal:
    asked = CreateStore(**{"name": "Toko Satu", "currency": "IDR", "time_zone": "Asia/Jakarta", **fields})
    return rules.open_store(asked, ID, stores or {}, NOW, ZONES)


def made(outcome: Store | Refusal) -> Store:
    assert isinstance(outcome, Store), outcome
    return outcome


def refused(outcome: object) -> tuple[str, list[str]]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, [error.pointer for error in outcome.errors]


def test_a_store_begins_at_version_one() -> None:
    store = made(opened(taxes=[Tax(code="PPN", name="PPN", rate="11")], cash_rounding=CashRounding(increment=10000)))
    assert (ID, 1, NOW, NOW) == (store.id, store.version, store.created_at, store.updated_at)


def test_all_that_is_wrong_is_told_at_once() -> None:
    taxes = [Tax(code="PPN", name="PPN", rate="11"), Tax(code="PPN", name="Again", rate="100.01")]
    expected = ["/currency", "/time_zone", "/taxes/1/code", "/taxes/1/rate"]
    assert ("stores.invalid", expected) == refused(opened(currency="XXX", time_zone="Mars/Olympus", taxes=taxes))


def test_a_tax_can_be_computed_on_every_day() -> None:
    def change(day: int, rate: str = "12") -> RateChange:
        return RateChange(starts_on=date(2027, 1, day), rate=rate)

    ppn = Tax(code="ppn", name="PPN", rate="12", base="11/12", changes=[change(1), change(2)])
    assert [ppn] == made(opened(taxes=[ppn])).taxes
    for wrong, pointer in (
        ({"base": "12/11"}, "base"), ({"changes": [change(2), change(1)]}, "changes/1/starts_on"),
        ({"changes": [change(1), change(1)]}, "changes/1/starts_on"), ({"changes": [change(1, "100.5")]}, "changes/0/rate"),
    ):  # fmt: skip
        assert ("stores.invalid", [f"/taxes/0/{pointer}"]) == refused(opened(taxes=[replace(ppn, **wrong)]))


def test_a_service_charge_is_at_most_everything() -> None:
    assert ServiceCharge(rate="5") == made(opened(service_charge=ServiceCharge(rate="5"))).service_charge
    assert ("stores.invalid", ["/service_charge/rate"]) == refused(opened(service_charge=ServiceCharge(rate="100.1")))


def test_what_a_scale_prints_is_read_in_one_way() -> None:
    weight, price = ScaleBarcode(prefix="21", holds="weight"), ScaleBarcode(prefix="22", holds="price", value_digits=4, decimals=0)
    assert [weight, price] == made(opened(scale_barcodes=[weight, price])).scale_barcodes
    twice, long = ["/scale_barcodes/1/prefix"], ["/scale_barcodes/0/value_digits"]
    assert ("stores.invalid", twice) == refused(opened(scale_barcodes=[weight, replace(price, prefix="21")]))
    for item, value in ((5, 6), (3, 5), (7, 7)):
        assert ("stores.invalid", long) == refused(opened(scale_barcodes=[replace(weight, item_digits=item, value_digits=value)]))


def test_a_change_of_taxes_charge_or_scales_is_checked_like_a_new_store() -> None:
    wrong = StoreChanges(
        taxes=[Tax(code="ppn", name="PPN", rate="101")], service_charge=ServiceCharge(rate="101"),
        scale_barcodes=[ScaleBarcode(prefix="20", holds="price", item_digits=7)],
    )  # fmt: skip
    outcome = rules.change_store(UpdateStore(id=ID, if_version=1, changes=wrong), {ID: made(opened())}, LATER, ZONES)
    assert ("stores.invalid", ["/taxes/0/rate", "/service_charge/rate", "/scale_barcodes/0/value_digits"]) == refused(outcome)
    off = UpdateStore(id=ID, if_version=1, changes=StoreChanges(service_charge=None, tax_rounding="order"))
    after = made(rules.change_store(off, {ID: made(opened(service_charge=ServiceCharge(rate="5")))}, LATER, ZONES))
    assert (None, "order", 2) == (after.service_charge, after.tax_rounding, after.version)


def test_a_store_of_before_is_read_with_what_is_new_left_as_it_was() -> None:
    kept = b"""{"id": "00000000-0000-0000-0000-000000000001", "version": 1, "name": "Toko", "address": "", "currency": "IDR",
        "time_zone": "Asia/Jakarta", "taxes": [{"code": "ppn", "name": "PPN", "rate": "11", "included": true}], "cash_rounding": null,
        "created_at": "2026-03-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z"}"""
    store = msgspec.json.decode(kept, type=Store)
    assert [Tax(code="ppn", name="PPN", rate="11")] == store.taxes
    assert ("line", None, []) == (store.tax_rounding, store.service_charge, store.scale_barcodes)


def test_an_id_belongs_to_one_store() -> None:
    assert ("stores.taken", ["/id"]) == refused(opened({ID: made(opened())}))


def test_only_what_is_given_changes() -> None:
    before = made(opened(address="Jalan Satu", cash_rounding=CashRounding(increment=10000)))
    asked = UpdateStore(id=ID, if_version=1, changes=StoreChanges(cash_rounding=None, time_zone="Asia/Makassar"))
    after = made(rules.change_store(asked, {ID: before}, LATER, ZONES))
    assert ("Jalan Satu", None, "Asia/Makassar", 2, NOW, LATER) == (
        after.address, after.cash_rounding, after.time_zone, after.version, after.created_at, after.updated_at
    )


def test_a_change_that_changes_nothing_makes_no_version() -> None:
    before = made(opened())
    asked = UpdateStore(id=ID, if_version=1, changes=StoreChanges(name=before.name))
    assert before is rules.change_store(asked, {ID: before}, LATER, ZONES)


def test_a_change_is_checked_like_a_new_store_and_for_its_version() -> None:
    stores = {ID: made(opened())}
    bad = UpdateStore(id=ID, if_version=1, changes=StoreChanges(time_zone="Nowhere"))
    assert ("stores.invalid", ["/time_zone"]) == refused(rules.change_store(bad, stores, LATER, ZONES))
    stale = UpdateStore(id=ID, if_version=2, changes=StoreChanges(name="X"))
    outcome = rules.change_store(stale, stores, LATER, ZONES)
    assert isinstance(outcome, Refusal)
    assert "stores.stale" == outcome.code
    assert "version 1 now" in outcome.detail
    assert ("stores.not_found", []) == refused(rules.change_store(stale, {}, LATER, ZONES))


def register(code: str, id: int, others: dict[UUID, Register] | None = None, store: UUID = ID) -> Register | Refusal:
    asked = CreateRegister(store_id=store, code=code)
    return rules.add_register(asked, UUID(int=id), {ID: made(opened())}, others or {}, NOW)


def test_a_register_needs_its_store() -> None:
    assert ("stores.not_found", ["/store_id"]) == refused(register("A", 1, store=UUID(int=77)))


def test_a_register_code_is_unique_in_its_store_whatever_its_case() -> None:
    first = register("a1", 1)
    assert isinstance(first, Register)
    assert ("a1", "a1", True) == (first.code, first.name, first.active)
    assert ("stores.taken", ["/code"]) == refused(register("A1", 2, {first.id: first}))
    assert ("stores.taken", ["/id"]) == refused(register("B1", 1, {first.id: first}))


def test_a_register_is_put_out_of_use() -> None:
    first = register("A1", 1)
    assert isinstance(first, Register)
    asked = UpdateRegister(id=first.id, if_version=1, changes=RegisterChanges(active=False))
    after = rules.change_register(asked, {first.id: first}, LATER)
    assert isinstance(after, Register)
    assert (False, 2, "A1") == (after.active, after.version, after.name)
