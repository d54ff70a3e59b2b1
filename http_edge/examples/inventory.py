"""A carton of water comes in, some of it breaks, some of it moves on, and somebody counts the rest."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from actors.inventory import contract as inventory
from http_edge.examples.story import AT, BY, COUNT, LATER, MOVEMENT, PRODUCT, STORE, TRANSFER, VARIANT, WAREHOUSE, rp

_level = inventory.Level(
    store_id=STORE, variant_id=VARIANT, product_id=PRODUCT, on_hand="22", reserved="2", available="20", in_transit="0", reorder_point="12",
    average_cost="280000", currency="IDR", updated_at=AT,
)
_movement = inventory.Movement(
    id=MOVEMENT, store_id=STORE, variant_id=VARIANT, product_id=PRODUCT, kind="receipt", quantity="24", reserved="0", at=AT, recorded_at=AT,
    unit_cost="280000", reference_id=None, reference="DN-7781", reason="", by=BY,
)
_line = inventory.CountLine(variant_id=VARIANT, product_id=PRODUCT, counted="21", counted_at=AT, expected="22", difference="-1")
_count = inventory.Count(
    id=COUNT, version=2, store_id=STORE, state="open", note="Shelf 3", lines=[_line], opened_by=BY, created_at=AT, updated_at=AT
)
_sent = inventory.TransferredLine(variant_id=VARIANT, product_id=PRODUCT, sent="24")
_transfer = inventory.Transfer(
    id=TRANSFER, version=1, from_store_id=WAREHOUSE, to_store_id=STORE, state="in_transit", lines=[_sent], reference="DN-7782", note="",
    sent_by=BY, created_at=AT, updated_at=AT,
)

TOLD: dict[str, Any] = {
    "stock.low": inventory.StockTold(level=replace(_level, on_hand="12", available="10"), before="13", after="12"),
    "stock.out": inventory.StockTold(level=replace(_level, on_hand="0", reserved="0", available="0"), before="1", after="0"),
    "stock.back": inventory.StockTold(level=replace(_level, on_hand="24", reserved="0", available="24"), before="0", after="24"),
    "stock.adjusted": inventory.Movements(
        items=[replace(_movement, kind="waste", quantity="-2", reference="", reason="Broken")]
    ),
    "stock.counted": replace(_count, version=3, state="closed", updated_at=LATER, closed_at=LATER),
    "transfer.received": replace(_transfer, version=2, state="received", updated_at=LATER, lines=[replace(_sent, received="24")]),
    "transfer.cancelled": replace(_transfer, version=2, state="cancelled", updated_at=LATER),
}
"""What an event carries, where the name of the event makes a difference."""

VALUES: tuple[Any, ...] = (
    inventory.ReceiveGoods(
        store_id=STORE, lines=[inventory.ReceiptLine(variant_id=VARIANT, quantity="2", unit="carton", unit_cost=rp(6720000))], reference="DN-7781"
    ),
    inventory.AdjustStock(
        store_id=STORE, lines=[inventory.AdjustmentLine(variant_id=VARIANT, quantity="-2")], reason="Broken", kind="waste"
    ),
    inventory.SetReorderPoints(items=[inventory.ReorderPoint(store_id=STORE, variant_id=VARIANT, reorder_point="12")]),
    inventory.OpenCount(store_id=STORE, variant_ids=[VARIANT], note="Shelf 3"),
    inventory.RecordCount(id=COUNT, lines=[inventory.CountedLine(variant_id=VARIANT, quantity="21", at=AT)]),
    inventory.SendTransfer(
        from_store_id=WAREHOUSE, to_store_id=STORE, lines=[inventory.TransferLine(variant_id=VARIANT, quantity="24")], reference="DN-7782"
    ),
    inventory.ReceiveTransfer(id=TRANSFER, if_version=1, lines=[inventory.ReceivedLine(variant_id=VARIANT, quantity="24")]),
    inventory.LevelPage(items=[_level]), inventory.MovementPage(items=[_movement]), inventory.Movements(items=[_movement]),
    inventory.LevelList(items=[_level]), _count, inventory.CountPage(items=[_count]), _transfer, inventory.TransferPage(items=[_transfer]),
    inventory.StockCheck(findings=[], levels=1, movements=6, orders=42, behind=0), TOLD["stock.low"],
)
