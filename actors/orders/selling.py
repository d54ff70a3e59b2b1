"""From what was asked to what is stored: the one way in which a sale is made, alone or in a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from actors.orders import contract
from actors.orders.contract import ORDER_CREATED, OfflineOrder, Order, PlaceOrder, Tender
from actors.orders.numbering import Numbering
from actors.orders.rules import Priced, Till, business_date, content_of, price_sale
from actors.orders.store import existing_contents, find_orders, insert_sales
from actors.orders.views import PRICE_LIST, TILLS
from actors.runtime.envelopes import encode
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work

CLOCK_SKEW = timedelta(minutes=5)
"""How far a register's clock may be ahead of ours."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sale:
    """One sale on its way. In the end it has either an `order` (encoded; `existing`: from before) or a `refusal`."""

    ask: PlaceOrder | OfflineOrder
    by: str
    traceparent: str = ""
    order: msgspec.Raw | None = None
    existing: bool = False
    refusal: Refusal | None = None

    @property
    def offline(self) -> bool:
        # Not isinstance: structs have an ABCMeta, which makes that ten times as slow.
        return type(self.ask) is OfflineOrder

    @property
    def settled(self) -> bool:
        return self.order is not None or self.refusal is not None


async def sell(sales: Sequence[Sale], work: Work) -> None:
    """Settles each of them. Those with one id are settled as if they had come one after another."""
    await _recognize(sales, work)
    contents: dict[UUID, bytes] = {}
    priced: list[tuple[Sale, Till, Priced]] = []
    winners: dict[UUID, Sale] = {}
    twins: list[Sale] = []
    left = [sale for sale in sales if not sale.settled]
    while left:
        first, left = _first_of_each_id(left)
        twins += [sale for sale in first if sale.ask.id in winners]
        passed = await _price([sale for sale in first if sale.ask.id not in winners], work)
        for sale, _, _ in passed:
            if sale.ask.id is not None:
                winners[sale.ask.id], contents[sale.ask.id] = sale, content_of(sale.ask)
        priced += passed
    await _store(priced, contents, work)
    for twin in twins:
        assert twin.ask.id is not None
        _settle_known(twin, winners[twin.ask.id].order, content_of(twin.ask) == contents[twin.ask.id])


def _first_of_each_id(sales: list[Sale]) -> tuple[list[Sale], list[Sale]]:
    seen: set[UUID] = set()
    first: list[Sale] = []
    rest: list[Sale] = []
    for sale in sales:
        (rest if sale.ask.id in seen else first).append(sale)
        if sale.ask.id is not None:
            seen.add(sale.ask.id)
    return first, rest


async def _recognize(sales: Sequence[Sale], work: Work) -> None:
    """Sales with an id of the client's own may have landed before: the same again is answered, another one refused."""
    named = {sale.ask.id for sale in sales if sale.ask.id is not None}
    known = await existing_contents(work, list(named)) if named else {}
    if not known:
        return
    stored = await find_orders(work, list(known))
    for sale in sales:
        if sale.ask.id in known:
            _settle_known(sale, msgspec.Raw(encode(stored[sale.ask.id])), content_of(sale.ask) == known[sale.ask.id])


def _settle_known(sale: Sale, order: msgspec.Raw | None, same: bool) -> None:
    if same:
        sale.order, sale.existing = order, True
        return
    detail = f"The id {sale.ask.id} belongs to another sale. Give each sale an id of its own."
    sale.refusal = contract.ID_TAKEN.refuse(detail, FieldError(pointer="/id", detail=detail))


async def _price(sales: Sequence[Sale], work: Work) -> list[tuple[Sale, Till, Priced]]:
    """Before a "no" is final, the newest price list is asked for: what was created a moment ago can be sold now."""
    attempts = [_price_one(sale, work) for sale in sales]
    if any(type(attempt) is Refusal and attempt.code in _CURABLE for attempt in attempts):
        await work.refresh(TILLS)
        await work.refresh(PRICE_LIST)
        attempts = [_price_one(sale, work) if type(attempt) is Refusal else attempt for sale, attempt in zip(sales, attempts, strict=True)]
    priced = []
    for sale, attempt in zip(sales, attempts, strict=True):
        if isinstance(attempt, Refusal):
            sale.refusal = attempt
        else:
            priced.append((sale, *attempt))
    return priced


_CURABLE = {
    reason.code
    for reason in (
        contract.UNKNOWN_REGISTER, contract.REGISTER_CLOSED, contract.UNKNOWN_PRODUCT, contract.NOT_FOR_SALE,
        contract.PRICE_CHANGED, contract.UNKNOWN_TAX,
    )
}


def _price_one(sale: Sale, work: Work) -> tuple[Till, Priced] | Refusal:
    ask = sale.ask
    till = find_till(ask.register_id, work, offline=sale.offline)
    if isinstance(till, Refusal):
        return till
    if type(ask) is OfflineOrder and not EARLIEST <= ask.sold_at <= work.now + CLOCK_SKEW:
        detail = "It was sold after now, or before there were such registers. Set the register's clock, and send the time of the sale."
        return contract.WRONG_TIME.refuse(detail, FieldError(pointer="/sold_at", detail=detail))
    priced = price_sale(till, ask.lines, ask.tenders, work.view(PRICE_LIST).find, offline=sale.offline, paid=True)
    return priced if isinstance(priced, Refusal) else (till, priced)


def find_till(register_id: UUID, work: Work, *, offline: bool = False) -> Till | Refusal:
    till = work.view(TILLS).find(register_id)
    if till is None:
        detail = f"There is no register {register_id}."
        return contract.UNKNOWN_REGISTER.refuse(detail, FieldError(pointer="/register_id", detail=detail))
    if not till.active and not offline:
        detail = f"The register {till.code} is not active. Activate it, or sell at another."
        return contract.REGISTER_CLOSED.refuse(detail, FieldError(pointer="/register_id", detail=detail))
    return till


async def _store(priced: Sequence[tuple[Sale, Till, Priced]], contents: dict[UUID, bytes], work: Work) -> None:
    if not priced:
        return
    numbering: Numbering = work.resource
    numbers = await numbering.take(work, Counter(till.register_id for _, till, _ in priced))
    rows = []
    for sale, till, result in priced:
        number = numbers[till.register_id]
        numbers[till.register_id] = number + 1
        order = _order(sale, till, result, number, work)
        # Encoded once: the same bytes are the answer, what the key remembers, and what the event carries.
        sale.order = msgspec.Raw(encode(order))
        work.record(ORDER_CREATED, order.id, sale.order, sale.traceparent)
        rows.append((order, contents.get(order.id, b"")))
    insert_sales(work, rows)


def _order(sale: Sale, till: Till, result: Priced, number: int, work: Work) -> Order:
    ask = sale.ask
    sold_at = ask.sold_at.astimezone(UTC) if type(ask) is OfflineOrder else work.now
    return Order(
        id=ask.id or work.new_id(),
        version=1,
        status="completed",
        store_id=till.store_id,
        register_id=till.register_id,
        receipt_number=number,
        receipt=f"{till.code}-{number:06}",
        business_date=business_date(sold_at, till.zone),
        sold_at=sold_at,
        offline=sale.offline,
        lines=result.lines,
        tenders=[Tender(type=tender.type, amount=tender.amount, reference=tender.reference) for tender in ask.tenders],
        totals=result.totals,
        note=ask.note,
        placed_by=sale.by,
        created_at=work.now,
        updated_at=work.now,
    )
