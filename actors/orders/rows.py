"""What one batch does to orders: gathered while its handler works, and sent with the commit in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from actors.orders.cart import Cart
from actors.orders.contract import Order
from actors.orders.taken import Taken, taken_of
from actors.runtime.envelopes import encode
from actors.runtime.messages import Place
from actors.runtime.queries import load_queries
from actors.runtime.work import Work

SQL = load_queries(__file__)


class Kept(NamedTuple):
    """An order as it is stored. `cart`: what it takes to price it again, as long as it can be changed. `uses`: the limited
    promotions that it counts for, by their keys in `coupon_uses`. `taken`: what its lines took out of stock, where that is not
    what they say themselves.
    """

    order: Order
    cart: Cart | None
    uses: tuple[str, ...] = ()
    taken: Taken | None = None


WAITING = ("draft", "open")
"""Only such an order may change, and has a cart."""


class Row(Struct):
    """The columns that an order is found by."""

    id: UUID
    version: int
    status: str
    fulfillment: str
    payment: str
    store_id: UUID
    register_id: UUID
    receipt_number: int | None
    receipt: str
    business_date: date
    sold_at: datetime
    customer_id: UUID | None
    flags: list[str]
    expires_at: datetime | None
    uses: Sequence[str]
    content: bytes
    told: UUID
    told_from: int
    told_length: int


class _Statement:
    """One statement for all rows of the batch. It takes lists, which are filled until the commit."""

    def __init__(self, work: Work, sql: str) -> None:
        self._heads: list[str] = []
        self._carts: list[str | None] = []
        self._places: dict[UUID, int] = {}
        work.write(sql, self._heads, self._carts)

    def has(self, order_id: UUID) -> bool:
        return order_id in self._places

    def put(self, row: Row, cart: Cart | Taken | None) -> None:
        """A second version of an order in one batch takes the place of the first."""
        place = self._places.setdefault(row.id, len(self._heads))
        if place == len(self._heads):
            self._heads.append("")
            self._carts.append(None)
        self._heads[place] = encode(row).decode()
        self._carts[place] = encode(cart).decode() if cart is not None else None


class Rows:
    """What `work.gathered` has of a batch. `kept`: the orders that it has locked or made, as it leaves them."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Kept] = {}
        self._contents: dict[UUID, bytes] = {}
        self._inserts: _Statement | None = None
        self._updates: _Statement | None = None

    def insert(self, work: Work, order: Order, place: Place, cart: Cart | None, uses: Sequence[str], content: bytes) -> None:
        if self._inserts is None:
            self._inserts = _Statement(work, SQL["insert_orders"])
        self._contents[order.id] = content
        self._put(self._inserts, order, place, cart, uses, content)

    def update(self, work: Work, order: Order, place: Place, cart: Cart | None, uses: Sequence[str] | None) -> None:
        """`order` was locked, or made, in this batch."""
        if uses is None:
            uses = self.kept[order.id].uses
        if self._inserts is not None and self._inserts.has(order.id):
            return self._put(self._inserts, order, place, cart, uses, self._contents[order.id])
        if self._updates is None:
            self._updates = _Statement(work, SQL["update_orders"])
        self._put(self._updates, order, place, cart, uses, b"")

    def _put(self, statement: _Statement, order: Order, place: Place, cart: Cart | None, uses: Sequence[str], content: bytes) -> None:
        if order.status in WAITING:
            self.kept[order.id] = Kept(order, cart, tuple(uses))
            return statement.put(_row(order, place, uses, content), cart)
        # It needs its cart no more, but for what has left the stock with each of its lines.
        known = self.kept.get(order.id)
        taken = taken_of(order, cart) if cart is not None else known.taken if known is not None else None
        self.kept[order.id] = Kept(order, None, tuple(uses), taken)
        statement.put(_row(order, place, uses, content), taken)


def _row(order: Order, place: Place, uses: Sequence[str], content: bytes) -> Row:
    return Row(
        order.id, order.version, order.status, order.fulfillment, order.payment, order.store_id, order.register_id,
        order.receipt_number, order.receipt, order.business_date, order.sold_at, order.customer.id if order.customer else None,
        list(order.flags), order.expires_at, uses, content, *place,
    )  # fmt: skip
