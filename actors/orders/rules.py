"""The states of an order, and the only moves between them. Pure: values in, values out.

Three things tell the state of an order. `status` and `fulfillment` are moved by whoever asks; `payment` follows from its tenders and
refunds. Whoever changes an order goes through `moved`, which refuses what the tables do not allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from actors.orders.amounts import quantity_milli
from actors.orders.contract import (
    ORDER_CANCELLED,
    ORDER_CREATED,
    ORDER_PAID,
    ORDER_REFUNDED,
    ORDER_STATUS_UPDATED,
    ORDER_UPDATED,
    WRONG_STATE,
    LineInput,
    Move,
    OfflineOrder,
    Order,
    OrderTold,
    Payment,
    PlaceOrder,
    State,
    Status,
    Totals,
)
from actors.runtime.words import Event, FieldError, Refusal

# --- the table: from what to what. "" is an order that is not there yet.

STATUS_MOVES: Mapping[str, Sequence[str]] = {
    "": ("draft", "open", "completed"),
    "draft": ("open", "cancelled"),
    "open": ("draft", "completed", "cancelled"),
    "completed": ("cancelled",),
    "cancelled": (),
}
FULFILLMENT_MOVES: Mapping[str, Sequence[str]] = {
    "": ("pending", "delivered"),
    "pending": ("preparing", "ready", "delivered"),
    "preparing": ("pending", "ready", "delivered"),
    "ready": ("preparing", "delivered"),
    "delivered": (),
}
PAYMENT_MOVES: Mapping[str, Sequence[str]] = {
    "": ("unpaid", "partially_paid", "paid"),
    "unpaid": ("partially_paid", "paid"),
    "partially_paid": ("unpaid", "paid", "refunded"),
    "paid": ("partially_refunded", "refunded"),
    "partially_refunded": ("refunded",),
    "refunded": (),
}
TABLES = {"status": STATUS_MOVES, "fulfillment": FULFILLMENT_MOVES, "payment": PAYMENT_MOVES}

FULFILLED_WHILE = ("open", "completed")
"""A draft is nobody's work yet, and a cancelled order nobody's any more."""
WITH_EVERY_CHANGE = frozenset({"version", "updated_at", "moves"})
"""Fields of which it says nothing that they have changed."""


def state_of(order: Order) -> State:
    return State(status=order.status, fulfillment=order.fulfillment, payment=order.payment)


def payment_of(order: Order) -> Payment:
    return payment_for(order.status, order.totals, order.receipt_number)


def payment_for(status: Status, totals: Totals, receipt_number: int | None) -> Payment:
    """What the order's tenders, refunds and status come to."""
    if status == "cancelled":
        taken = totals.tendered.amount - totals.change.amount + totals.tips.amount
        return "refunded" if taken > 0 or receipt_number is not None else "unpaid"
    if status != "completed":
        return "partially_paid" if totals.tendered.amount + totals.tips.amount > 0 else "unpaid"
    if totals.refunded.amount == 0:
        return "paid"
    return "refunded" if totals.refunded.amount >= totals.due.amount else "partially_refunded"


def moved(order: Order, *, at: datetime, by: str, reason: str = "", **changes: Any) -> Order | Refusal:
    """The order's next version, with `changes` of its fields, and its change of state written into `moves`.

    `payment` follows by itself. WRONG_STATE for what the tables do not allow, saying what is possible.
    """
    after = msgspec.structs.replace(order, **changes, version=order.version + 1, updated_at=at)
    after = msgspec.structs.replace(after, payment=payment_of(after))
    refusal = _refusal(order, after)
    if refusal is not None:
        return refusal
    before, now = state_of(order), state_of(after)
    if before == now:
        return after
    move = Move(at=at, by=by, reason=reason, before=before, after=now)
    return msgspec.structs.replace(after, moves=[*order.moves, move])


def _refusal(before: Order, after: Order) -> Refusal | None:
    for what, table in TABLES.items():
        was, wanted = getattr(before, what), getattr(after, what)
        if was != wanted and wanted not in table[was]:
            return wrong_state(f"An order whose {what} is {was} cannot become {wanted}, {_possible(table[was])}.", f"/{what}")
    if before.fulfillment != after.fulfillment and after.status not in FULFILLED_WHILE:
        return wrong_state(f"Only an order that is open or completed is prepared and delivered; this one is {after.status}.", "/fulfillment")
    if before.status == "open" and after.status == "draft" and before.payment != "unpaid":
        return wrong_state("Something has been paid on it, so it cannot be held any more: complete it, or cancel it.", "/status")
    return None


def _possible(moves: Sequence[str]) -> str:
    return f"only {' or '.join(moves)}" if moves else "nor anything else any more"


TENDERS_MAX, REFUNDS_MAX = 100, 100
"""Of one order: each version is told as a whole, and must fit into a message."""


def wrong_state(detail: str, pointer: str = "") -> Refusal:
    return WRONG_STATE.refuse(detail, *([FieldError(pointer=pointer, detail=detail)] if pointer else []))


# --- what is told


def event_of(before: Order | None, after: Order) -> Event[OrderTold]:
    """The one event that tells this version: the most specific that fits."""
    if before is None:
        return ORDER_CREATED
    if before.status != after.status == "cancelled":
        return ORDER_CANCELLED
    if len(after.refunds) > len(before.refunds):
        return ORDER_REFUNDED
    if before.status != after.status == "completed":
        return ORDER_PAID
    if (before.status, before.fulfillment) != (after.status, after.fulfillment):
        return ORDER_STATUS_UPDATED
    return ORDER_UPDATED


def changed_fields(before: Order | None, after: Order) -> list[str]:
    """Names of the fields that are not as they were, besides those that change with every version. None of a new order."""
    if before is None:
        return []
    return [name for name in Order.__struct_fields__ if name not in WITH_EVERY_CHANGE and getattr(before, name) != getattr(after, name)]


# --- the same sale, sent twice


def content_of(order: PlaceOrder | OfflineOrder) -> bytes:
    """Tells whether two sales with one id are the same sale, sent twice: what, how much, where, paid how. 16 bytes."""
    essence: list[Any] = [
        order.register_id,
        [_content_of_line(line) for line in order.lines],
        [(tender.type, tender.amount.amount) for tender in order.tenders],
    ]
    # Only where there is something of it: sales of the time before it existed must still be known.
    if order.discounts or order.coupons:
        essence.append((order.discounts, order.coupons))
    return blake2b(msgspec.json.encode(essence), digest_size=16).digest()


def _content_of_line(line: LineInput) -> tuple[Any, ...]:
    plain = (line.variant_id, line.sku, line.barcode, quantity_milli(line.quantity))
    more = (line.unit, line.modifiers, line.discounts)
    known = (*plain, *more) if any(more) else plain
    return (*known, line.override) if line.override is not None else known
