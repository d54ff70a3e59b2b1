"""The shop and its register."""

from __future__ import annotations

from datetime import date
from typing import Any

from actors.stores import contract as stores
from http_edge.examples.story import AT, REGISTER, STORE

tax = stores.Tax(
    code="ppn", name="PPN", rate="11", included=True, changes=[stores.RateChange(starts_on=date(2027, 1, 1), rate="12")]
)
rounding = stores.CashRounding(increment=10000)
service = stores.ServiceCharge(rate="5")
scale = stores.ScaleBarcode(prefix="21", holds="weight")
store = stores.Store(
    id=STORE, version=1, name="Toko Maju", address="Jl. Melati 5, Jakarta", currency="IDR", time_zone="Asia/Jakarta", taxes=[tax],
    cash_rounding=rounding, created_at=AT, updated_at=AT, scale_barcodes=[scale],
)
register = stores.Register(id=REGISTER, version=1, store_id=STORE, code="K1", name="Counter 1", active=True, created_at=AT, updated_at=AT)

VALUES: tuple[Any, ...] = (
    stores.CreateStore(
        name="Toko Maju", currency="IDR", time_zone="Asia/Jakarta", taxes=[tax], cash_rounding=rounding, scale_barcodes=[scale]
    ),
    stores.StoreChanges(address="Jl. Melati 7, Jakarta", service_charge=service), store, stores.StorePage(items=[store]),
    stores.CreateRegister(store_id=STORE, code="K1", name="Counter 1"), stores.RegisterChanges(active=False), register,
    stores.RegisterPage(items=[register]),
)
