"""Derives again what is derived, while selling goes on: balances from the entries, and what orders have booked from the orders themselves.

Entries, and what an intent says of itself, are the truth here: nothing else knows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from actors.orders.contract import Order
from actors.payments import rules, store
from actors.payments.asking import find_orders
from actors.payments.reactions import hear_tender
from actors.payments.rules import Kept
from actors.payments.store import SQL
from actors.runtime import upkeep
from actors.runtime.actor import Asked
from actors.runtime.cursors import write_cursor
from actors.runtime.mending import mend_pages
from actors.runtime.upkeep import Mend, Mended
from actors.runtime.words import Refusal
from actors.runtime.work import Work

SIZE = 200
"""Accounts, or intents, of one page."""
_FIRST = UUID(int=0)


class Place(NamedTuple):
    phase: Literal["accounts", "intents"] = "accounts"
    after: UUID = _FIRST


async def mend_payments(asked: Sequence[Asked[Mend]], work: Work) -> list[Mended | Refusal]:
    """One a batch: it asks others first, and then needs a transaction."""
    return await mend_pages(asked, work, Place(), _mend)


async def _mend(place: Place, work: Work) -> Mended | Refusal:
    return await STEPS[place.phase](place, work)


async def _accounts(place: Place, work: Work) -> Mended:
    rows = await work.fetch(SQL["lock_accounts_after"], place.after, SIZE)
    done, left = list[str](), list[str]()
    for row in await work.fetch(SQL["sum_entries"], [row["id"] for row in rows]) if rows else ():
        by_entries = f"{row['entries']} with {row['promised']} held (minor units)"
        # The table itself would refuse anything else.
        possible = row["entries"] >= row["promised"] >= 0
        (done if possible else left).append(f"account {row['id']}: {row['balance']} with {row['held']} held, by its entries {by_entries}")
        if possible:
            await work.execute(SQL["set_balance"], row["id"], row["entries"], row["promised"])
    cursor = write_cursor("accounts", str(rows[-1]["id"])) if len(rows) == SIZE else write_cursor("intents", str(_FIRST))
    return Mended(looked_at=len(rows), mended=done, left=left, next_cursor=cursor)


async def _intents(place: Place, work: Work) -> Mended | Refusal:
    kept = [store.to_kept(row) for row in await work.read(SQL["intents_after"], place.after, SIZE)]
    # In this order: what the log has by now, the orders have told by then.
    end = await work.ask(upkeep.read_log("orders"), upkeep.END_OF_LOG)
    if isinstance(end, Refusal):
        return end
    orders = await find_orders((one.intent.order_id for one in kept), work)
    if isinstance(orders, Refusal):
        return orders
    wrong = {one.intent.id: one for one in kept if _differs(one, orders.get(one.intent.order_id), end.head)}
    done = await _hear_again(wrong, orders, end.head, work) if wrong else []
    left = [
        f"intent {one.intent.id}: its order has no such tender" for one in kept
        if one.taken is not None and (order := orders.get(one.intent.order_id)) is not None and _booked(one, order) is None
    ]  # fmt: skip
    cursor = write_cursor("intents", str(kept[-1].intent.id)) if len(kept) == SIZE else None
    return Mended(looked_at=len(kept), mended=done, left=left, next_cursor=cursor)


def _booked(kept: Kept, order: Order) -> tuple[int, int] | None:
    """What the order has booked for it, tip included, and how much of that is to go back."""
    tender = next((tender for tender in order.tenders if tender.intent_id == kept.intent.id), None)
    if tender is None:
        return None
    return tender.amount.amount + (tender.tip.amount if tender.tip else 0), tender.refunded.amount


def _differs(kept: Kept, order: Order | None, head: int) -> bool:
    booked = _booked(kept, order) if order is not None else None
    return booked is not None and (booked != (kept.taken, kept.taken_refunded) or kept.heard > head)


async def _hear_again(wrong: Mapping[UUID, Kept], orders: Mapping[UUID, Order], head: int, work: Work) -> list[str]:
    """As if the orders had told it just now; not of intents that have gone on since they were looked at."""
    books = await store.take_books(work, wrong)
    done = []
    for id, seen in wrong.items():
        order, kept = orders[seen.intent.order_id], books.intents.get(id)
        booked = _booked(seen, order)
        if kept is None or booked is None or (kept.heard, kept.intent.version) != (seen.heard, seen.intent.version):
            continue
        books.intents[id] = rules.forget_order(kept)
        hear_tender(books, books.intents[id], order.id, *booked, head)
        done.append(f"intent {id}: taken {kept.taken}, {kept.taken_refunded} back; its order has {booked[0]}, {booked[1]} back (minor units)")
    store.save_books(work, books)
    work.after_commit(work.resource.look)
    return done


STEPS: Mapping[str, Callable[[Place, Work], Awaitable[Mended | Refusal]]] = {"accounts": _accounts, "intents": _intents}
