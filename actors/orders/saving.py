"""What the handlers that change orders share: one order after another, each version saved and told as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from msgspec import Raw

from actors.orders import contract
from actors.orders.cart import Cart
from actors.orders.contract import Order
from actors.orders.making import completion, take_numbers
from actors.orders.printed import Numbers
from actors.orders.quoting import find_till
from actors.orders.rows import Kept
from actors.orders.rules import event_of, moved
from actors.orders.settling import Settled, stock_uses
from actors.orders.store import save_change
from actors.orders.tills import Till
from actors.runtime.envelopes import encode
from actors.runtime.words import Refusal
from actors.runtime.work import Work

One = TypeVar("One")


class Who(NamedTuple):
    by: str
    reason: str = ""
    traceparent: str = ""


def not_found(order_id: UUID) -> Refusal:
    return contract.NOT_FOUND.refuse(f"There is no order {order_id}.")


def stale(order: Order) -> Refusal:
    return contract.STALE.refuse(f"It is at version {order.version} now. Read it again, and make your change to that.")


def as_it_is(order: Order) -> Raw:
    return Raw(encode(order))


def till_for(order: Order, register_id: UUID | None, work: Work) -> Till | Refusal:
    """The register where something is done about the order: any that is open, in the store that it belongs to."""
    till = find_till(register_id or order.register_id, work)
    if isinstance(till, Refusal) or till.store_id == order.store_id:
        return till
    detail = "The register is in another store than the order. Use one of the order's store."
    return contract.UNKNOWN_REGISTER.refuse_at("/register_id", detail)


def save_next(kept: Kept, who: Who, work: Work, *, cart: Cart | None = None, uses: Sequence[str] | None = None, **changes: Any) -> Raw | Refusal:
    """The order's next version, by the table of moves; saved, told as what it is, and encoded."""
    after = moved(kept.order, at=work.now, by=who.by, reason=who.reason, **changes)
    if isinstance(after, Refusal):
        return after
    return save_change(
        work, kept.order, after, event_of(kept.order, after), cart=cart or kept.cart, by=who.by, reason=who.reason,
        traceparent=who.traceparent, uses=uses,
    )


class Settling(NamedTuple):
    """An order with its new totals, on its way to be saved; it completes when it is paid. `changes`: what else changes."""

    kept: Kept
    till: Till
    settled: Settled
    who: Who
    changes: dict[str, Any]
    cart: Cart | None = None
    uses: Sequence[str] | None = None


async def save_settled(settlings: Sequence[Settling], work: Work) -> list[Raw | Refusal]:
    """Orders that are waiting, each of them once. Those that are paid now are completed, and numbered."""
    numbers = await take_numbers(work, [(one.till, None) for one in settlings if _completes(one)])
    return [_save(one, numbers, work) for one in settlings]


def _completes(one: Settling) -> bool:
    return one.settled.paid and one.kept.order.status == "open"


def _save(one: Settling, numbers: dict[UUID, Numbers], work: Work) -> Raw | Refusal:
    changes = {**one.changes, "totals": one.settled.totals, "register_id": one.till.register_id}
    cart = one.cart or one.kept.cart
    if _completes(one):
        changes |= completion(one.till, numbers[one.till.register_id].give().number, work.now)
        changes["stock"] = stock_uses(cart.lines) if cart is not None else []
    return save_next(one.kept, one.who, work, cart=cart, uses=one.uses, **changes)


def rounds(asked: Sequence[One], ids: Sequence[UUID]) -> Iterator[list[tuple[int, One]]]:
    """What was asked, with its index, so that no round has an order twice: what one leaves behind is what the next finds."""
    by_round: list[list[tuple[int, One]]] = []
    times: Counter[UUID] = Counter()
    for index, one in enumerate(asked):
        turn = times[ids[index]]
        times[ids[index]] += 1
        if turn == len(by_round):
            by_round.append([])
        by_round[turn].append((index, one))
    yield from by_round
