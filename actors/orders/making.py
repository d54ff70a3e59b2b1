"""Sales that are priced become orders: completed ones are numbered, and all of them are stored and told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from actors.orders.contract import ORDER_CREATED, OfflineOrder, Order, PlaceOrder, Status
from actors.orders.desk import Desk
from actors.orders.printed import Numbers, printed_number, receipt_of, wanted_by
from actors.orders.quoting import Quote
from actors.orders.rules import content_of, payment_for
from actors.orders.sale import Sale
from actors.orders.store import save_change
from actors.orders.tills import Till
from actors.runtime.work import Work


async def store_orders(sales: Sequence[Sale], work: Work) -> None:
    numbers = await take_numbers(work, [(sale.quote.till, _printed(sale)) for sale in sales if _completes(sale) and sale.quote is not None])
    for sale in sales:
        assert sale.quote is not None
        number = _number(sale, numbers) if _completes(sale) else None
        order = _order(sale, sale.quote, number, work)
        content = content_of(sale.ask) if sale.ask.id is not None else b""
        sale.order = save_change(
            work, None, order, ORDER_CREATED, cart=sale.quote.filled, by=sale.by, traceparent=sale.traceparent, content=content, uses=sale.uses,
            lines=sale.quote.told,
        )  # fmt: skip


async def take_numbers(work: Work, sales: Iterable[tuple[Till, int | None]]) -> dict[UUID, Numbers]:
    """Receipt numbers for these sales, by register. Beside each till the number that it has printed. The last thing that is locked."""
    wanted = wanted_by(sales)
    if not wanted:
        return {}
    desk: Desk = work.resource
    return await desk.numbering.take(work, wanted)


def _printed(sale: Sale) -> int | None:
    """What is known to be printed twice is the other sale's number."""
    if sale.quote is None or type(sale.ask) is not OfflineOrder or "receipt_repeated" in sale.quote.flags:
        return None
    return printed_number(sale.quote.till, sale.ask.receipt)


def _number(sale: Sale, numbers: dict[UUID, Numbers]) -> int:
    assert sale.quote is not None
    number, flag = numbers[sale.quote.till.register_id].give(_printed(sale))
    if flag is not None:
        sale.quote = sale.quote._replace(flags=[*sale.quote.flags, flag])
    return number


def completion(till: Till, number: int, at: datetime, printed: str = "") -> dict[str, Any]:
    """Fields of an order that completes: the sale is made at this moment, on that business date."""
    return {
        "status": "completed", "receipt_number": number, "receipt": printed or receipt_of(till, number), "sold_at": at,
        "business_date": till.day_of(at), "expires_at": None,
    }


def _completes(sale: Sale) -> bool:
    return not sale.held and sale.quote is not None and sale.quote.settled.paid


def _order(sale: Sale, quote: Quote, number: int | None, work: Work) -> Order:
    ask, till, totals = sale.ask, quote.till, quote.settled.totals
    status: Status = "draft" if sale.held else "open" if number is None else "completed"
    offline = type(ask) is OfflineOrder
    sold_at = ask.sold_at.astimezone(UTC) if type(ask) is OfflineOrder else work.now
    printed = ask.receipt if type(ask) is OfflineOrder else ""
    return Order(
        id=sale.id,
        version=1,
        status=status,
        # What was sold offline has been handed over long since.
        fulfillment="delivered" if offline else "pending",
        payment=payment_for(status, totals, number),
        store_id=till.store_id,
        register_id=till.register_id,
        receipt_number=number,
        receipt="" if number is None else printed or receipt_of(till, number),
        business_date=till.day_of(sold_at),
        sold_at=sold_at,
        offline=offline,
        lines=quote.priced.lines,
        tenders=sale.tenders,
        totals=totals,
        note=ask.note,
        placed_by=sale.by,
        created_at=work.now,
        updated_at=work.now,
        customer=ask.customer,
        discounts=quote.priced.discounts,
        coupons=ask.coupons,
        stock=quote.stock if status == "completed" else [],
        flags=quote.flags,
        expires_at=_expires_at(ask, status, work),
        exchange_of=sale.exchange_of,
    )


def _expires_at(ask: PlaceOrder | OfflineOrder, status: Status, work: Work) -> datetime | None:
    if type(ask) is not PlaceOrder or ask.pay_within_seconds is None or status != "open":
        return None
    return work.now + timedelta(seconds=ask.pay_within_seconds)
