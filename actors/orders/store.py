"""Rows <-> orders. An order is stored as the JSON that everybody gets to see, beside the columns that it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.structs import replace

from actors.orders.cart import Cart
from actors.orders.contract import ListOrders, ListStockUses, Order, OrderTold, State, StockUses
from actors.orders.rows import SQL, WAITING, Kept, Rows
from actors.orders.rules import changed_fields, state_of
from actors.orders.settling import reserved
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.envelopes import decoder, encode
from actors.runtime.words import Event
from actors.runtime.work import Work

__all__ = ["Kept"]

# --- changing ---------------------------------------------------------------------------------------------


async def take_orders(work: Work, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """Those that exist, locked until the commit; what this batch has changed already, as it left it."""
    kept = work.gathered(Rows).kept
    wanted = set(ids)
    unknown = sorted(wanted - kept.keys())
    if unknown:
        # Rows in a fixed order: two batches that want the same ones must not wait for each other.
        await work.fetch(SQL["lock_orders"], unknown)
        kept.update((row["id"], read_kept(row)) for row in await work.fetch(SQL["peek_orders"], unknown))
    return {order_id: kept[order_id] for order_id in wanted & kept.keys()}


async def take_expired(work: Work, limit: int) -> list[Kept]:
    """Open orders whose time to be paid is over, locked; without those that somebody else has locked."""
    ids = [row["id"] for row in await work.fetch(SQL["lock_expired"], work.now, limit)]
    expired = {row["id"]: read_kept(row) for row in await work.fetch(SQL["peek_orders"], ids)} if ids else {}
    work.gathered(Rows).kept.update(expired)
    return list(expired.values())


async def peek_orders(work: Work, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """The same without locks or a transaction: they may change at any moment."""
    return {row["id"]: read_kept(row) for row in await work.read(SQL["peek_orders"], list(set(ids)))}


def read_kept(row: Any) -> Kept:
    order = decoder(Order).decode(row["body"])
    private = row["cart"]
    if order.status in WAITING:
        return Kept(order, decoder(Cart).decode(private) if private else None, tuple(row["uses"]))
    return Kept(order, None, tuple(row["uses"]), decoder(dict[int, dict[UUID, int]]).decode(private) if private else None)


class _Told(Struct):
    """An `OrderTold` whose order is encoded already."""

    order: Raw
    version: int
    before: State | None
    after: State
    changed: list[str]
    by: str
    reason: str


def save_change(
    work: Work,
    before: Order | None,
    after: Order,
    event: Event[OrderTold],
    *,
    cart: Cart | None,
    by: str,
    reason: str = "",
    traceparent: str = "",
    content: bytes = b"",
    uses: Sequence[str] | None = None,
    lines: Sequence[Raw] | None = None,
) -> Raw:
    """Stores this version with the rest of the batch, and tells it. Returns it encoded: the same bytes for row, event and answer.

    `before` is None for a new order, and else what `take_orders` gave. `content` belongs to new orders; `uses` stay when None.
    `lines`: those of `after`, where they are encoded already.
    """
    if (keeps := reserved(after.status, cart)) != after.reserved:
        after = replace(after, reserved=keeps)
    body = Raw(encode(after if lines is None else replace(after, lines=lines)))
    told = _Told(body, after.version, state_of(before) if before else None, state_of(after), changed_fields(before, after), by, reason)
    # The log keeps it, and nobody else: the row, and the key that it was asked for under, say where.
    work.record(event, after.id, told, traceparent, holds=body)
    place = work.place_of(body)
    assert place is not None
    if before is None:
        work.gathered(Rows).insert(work, after, place, cart, uses or (), content)
    else:
        work.gathered(Rows).update(work, after, place, cart, uses)
    return body


# --- receipt numbers and limited promotions -------------------------------------------------------------------


async def take_receipt_numbers(work: Work, counts: dict[UUID, int]) -> dict[UUID, int]:
    """The first of the `counts[register]` next receipt numbers of each register, locked until the commit."""
    rows = await work.fetch(SQL["take_receipt_numbers"], list(counts), list(counts.values()))
    return {row["register_id"]: row["last"] - counts[row["register_id"]] + 1 for row in rows}


async def last_receipt_numbers(work: Work, register_ids: list[UUID]) -> dict[UUID, int]:
    rows = await work.read(SQL["last_receipt_numbers"], register_ids)
    return dict.fromkeys(register_ids, 0) | {row["register_id"]: row["last"] for row in rows}


def save_receipt_numbers(work: Work, register_ids: list[UUID], known: list[int], lasts: list[int]) -> None:
    """The lists are filled until the commit, which fails when the last number of one of these is not the `known` one."""
    work.write_before_log(SQL["save_receipt_numbers"], register_ids, known, lasts)


async def given_receipt_numbers(work: Work, numbers: Iterable[tuple[UUID, int]]) -> set[tuple[UUID, int]]:
    """Which of these (register, number) an order has already."""
    registers, wanted = zip(*numbers, strict=True)
    rows = await work.read(SQL["given_receipt_numbers"], list(registers), list(wanted))
    return {(row["register_id"], row["receipt_number"]) for row in rows}


async def repeated_receipts(work: Work, receipts: Iterable[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Which of these (register, printed receipt) there are already."""
    registers, texts = zip(*receipts, strict=True)
    rows = await work.read(SQL["repeated_receipts"], list(registers), list(texts))
    return {(row["register_id"], row["receipt"]) for row in rows}


async def take_uses(work: Work, keys: Iterable[str]) -> dict[str, int]:
    """How often each of them was used, locked until the commit."""
    wanted = sorted(set(keys))
    await work.execute(SQL["make_uses"], wanted)
    return {row["key"]: row["uses"] for row in await work.fetch(SQL["take_uses"], wanted)}


async def save_uses(work: Work, uses: dict[str, int]) -> None:
    """Of keys that were taken in this batch."""
    await work.execute(SQL["save_uses"], list(uses), list(uses.values()))


# --- finding ----------------------------------------------------------------------------------------------


async def existing_contents(work: Work, ids: list[UUID]) -> dict[UUID, bytes]:
    """The `content` of those orders that are there already."""
    return {row["id"]: row["content"] for row in await work.read(SQL["existing_contents"], ids)}


async def find_orders(work: Work, ids: list[UUID]) -> dict[UUID, Raw]:
    """Encoded, as they were stored."""
    return {row["id"]: Raw(row["body"].encode()) for row in await work.read(SQL["find_orders"], ids)}


class Page(Struct, kw_only=True):
    """An `OrderPage` whose items are encoded already."""

    items: list[Raw]
    next_cursor: str | None = None


async def list_orders(work: Work, wish: ListOrders, customers: Sequence[UUID] = ()) -> Page:
    """ValueError for a cursor that is not ours. Ends where the page would become too big for a message. `customers`: whose orders."""
    conditions, values = _conditions(wish, customers)
    sql = SQL["list_orders"].replace("{conditions}", "\n".join(f"AND {condition}" for condition in conditions))
    rows = await work.read(sql, wish.limit + 1, work.page_bytes_max, *values)
    shown = rows[: wish.limit]
    more = bool(shown) and shown[0]["found"] > len(shown)
    cursor = write_cursor(shown[-1]["sold_at"].isoformat(), str(shown[-1]["id"])) if more else None
    return Page(items=[Raw(row["body"].encode()) for row in shown], next_cursor=cursor)


HOURS_BEFORE, HOURS_AFTER = timedelta(hours=15), timedelta(hours=62)
EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(9000, 1, 1)
_EQUAL = ("store_id", "register_id", "status", "fulfillment", "payment", "receipt", "business_date")


def _conditions(wish: ListOrders, customers: Sequence[UUID]) -> tuple[list[str], list[Any]]:
    """Only those that are asked for: PostgreSQL plans each combination by itself, and finds the index for it."""
    asked = [(f"{name} = {{}}", getattr(wish, name)) for name in _EQUAL if getattr(wish, name) is not None]
    if customers:
        asked.append(("customer_id = ANY ({}::uuid[])", customers) if len(customers) > 1 else ("customer_id = {}", customers[0]))
    # Said once more as the partial indexes say it: a plan that is made for any parameter would not use them.
    if wish.status in ("draft", "open"):
        asked.append(("status IN ('draft', 'open')", None))
    if wish.receipt is not None:
        asked.append(("receipt <> ''", None))
    if wish.flag == "any":
        asked.append(("flags <> '{{}}'", None))
    elif wish.flag is not None:
        asked.append(("flags @> {}::text[] AND flags <> '{{}}'", [wish.flag]))
    first, last = _days(wish)
    for condition, value in (
        # A business date is within these hours, whatever the store's zone and its hour: so the index on time serves it, too.
        ("sold_at >= {}", _midnight(first) - HOURS_BEFORE if first else None), ("sold_at < {}", _midnight(last) + HOURS_AFTER if last else None),
        ("sold_at >= {}", wish.sold_from), ("sold_at < {}", wish.sold_until),
        ("business_date >= {}", wish.business_from), ("business_date <= {}", wish.business_until),
    ):  # fmt: skip
        if value is not None:
            asked.append((condition, value))
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in asked:
        conditions.append(condition.format(f"${len(values) + 3}"))
        values += [] if value is None else [value]
    if wish.cursor:
        key: tuple[datetime, UUID] = read_cursor(wish.cursor, tuple[datetime, UUID])
        conditions.append(f"(sold_at, id) < (${len(values) + 3}, ${len(values) + 4})")
        values += key
    return conditions, values


def _days(wish: ListOrders) -> tuple[date | None, date | None]:
    return wish.business_date or wish.business_from, wish.business_date or wish.business_until


def _midnight(day: date) -> datetime:
    """In UTC. Of days far off, which no sale has, the nearest that can be reckoned with."""
    return datetime.combine(min(max(day, EARLIEST_DAY), LATEST_DAY), time(), UTC)


async def list_stock_uses(work: Work, wish: ListStockUses) -> tuple[list[StockUses], bool]:
    """Of orders by their ids, or the next page by id; and whether there are more. Nothing else of them is decoded: they may be many."""
    if wish.ids:
        rows = await work.read(SQL["find_orders"], wish.ids)
    else:
        rows = await work.read(SQL["list_bodies"], wish.after or UUID(int=0), wish.limit + 1)
    decode = decoder(StockUses).decode
    return [decode(row["body"]) for row in rows[: wish.limit if not wish.ids else None]], not wish.ids and len(rows) > wish.limit
