"""Return and sale in one: what comes back pays for what is taken instead, in one transaction, told once for each of the two orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.structs import replace

from actors.orders import contract
from actors.orders.approving import unapproved_refund
from actors.orders.contract import ExchangeOrder, Order, RefundedTender, Tender
from actors.orders.giving_back import Given, check_refundable, return_lines
from actors.orders.knowing import know_buyers
from actors.orders.limiting import count_uses, reserve_sales
from actors.orders.making import store_orders
from actors.orders.quoting import Quote, quote_cart, tenders_of
from actors.orders.refunding import Occasion, compose_refund, pay_back
from actors.orders.repaying import Repaid, open_purse
from actors.orders.reserving import let_go, needs_reserving
from actors.orders.returning import refunded, tills_of, wrong_register
from actors.orders.rows import Kept
from actors.orders.rules import event_of
from actors.orders.sale import Sale
from actors.orders.saving import not_found
from actors.orders.selling import price, recognize
from actors.orders.store import save_change, take_orders
from actors.orders.tills import Till
from actors.runtime.actor import Asked
from actors.runtime.words import Money, Refusal
from actors.runtime.work import Work


class Exchanged(Struct):
    """An `Exchange` whose orders are encoded already."""

    returned: Raw
    order: Raw


@dataclass(slots=True)
class _Exchange:
    """One on its way. `given`: what comes back; `credit`: how much of it pays for the new order."""

    one: Asked[ExchangeOrder]
    sale: Sale
    given: Given | None = None
    credit: int = 0


async def exchange_orders(asked: Sequence[Asked[ExchangeOrder]], work: Work) -> list[Exchanged | Refusal]:
    """One a batch: inventory is asked before the order is locked, and receipt numbers are the last thing that is."""
    exchanges = [_Exchange(one, Sale(one.body.order, one.by, one.traceparent, exchange_of=one.body.id, rights=one.rights)) for one in asked]
    tills = await tills_of(work, [one.body.id for one in asked], [one.body.order.register_id for one in asked])
    await _price([one.sale for one in exchanges], work)
    await take_orders(work, [one.body.id for one in asked])
    return [await _exchange(one, tills, work) for one in exchanges]


async def _price(sales: Sequence[Sale], work: Work) -> None:
    """As any sale, without what comes back: that is known for sure only when its order is locked."""
    for sale in sales:
        if sale.held:
            detail = "What is taken in exchange is not held. Leave `hold` out."
            sale.refusal = contract.INVALID.refuse_at("/hold", detail)
    await recognize([sale for sale in sales if not sale.settled], work)
    for sale in sales:
        if sale.existing:
            detail = f"The id {sale.ask.id} belongs to another sale. Give each sale an id of its own."
            sale.refusal = contract.ID_TAKEN.refuse_at("/id", detail)
    await know_buyers(sales, work)
    await price([sale for sale in sales if not sale.settled], work)
    await reserve_sales([sale for sale in sales if sale.quote is not None], work)


async def _exchange(exchange: _Exchange, tills: dict[UUID, Till | Refusal], work: Work) -> Exchanged | Refusal:
    one, sale = exchange.one, exchange.sale
    kept = (await take_orders(work, [one.body.id])).get(one.body.id)
    if kept is not None and kept.order.register_id not in tills:
        # Placed after we had looked for it.
        kept = None
    wrong = _refused_sale(sale) or _take_back(exchange, kept, tills, work)
    if wrong is not None or kept is None:
        return _undo(exchange, wrong or not_found(one.body.id), work)
    await count_uses([sale], work)
    wrong = _refused_sale(sale)
    if wrong is not None:
        return wrong
    after = _refund(exchange, kept, tills, work)
    if isinstance(after, Refusal):
        return _undo(exchange, after, work)
    await store_orders([sale], work)
    assert sale.order is not None
    returned = save_change(
        work, kept.order, after, event_of(kept.order, after), cart=None, by=one.by, reason=one.body.reason, traceparent=one.traceparent
    )
    return Exchanged(returned, sale.order)


def _refused_sale(sale: Sale) -> Refusal | None:
    return _about_order(sale.refusal) if sale.refusal is not None else None


def _about_order(refusal: Refusal) -> Refusal:
    """The same "no", with pointers as they are in what was asked."""
    return replace(refusal, errors=[replace(error, pointer=f"/order{error.pointer}") for error in refusal.errors])


def _take_back(exchange: _Exchange, kept: Kept | None, tills: dict[UUID, Till | Refusal], work: Work) -> Refusal | None:
    """What comes back is worth something, and pays for as much as it can."""
    body, sale = exchange.one.body, exchange.sale
    if kept is None:
        return None
    wrong = check_refundable(kept.order)
    if wrong is not None:
        return wrong
    elsewhere = wrong_register(body.order.register_id, kept.order, tills)
    if elsewhere is not None:
        return _about_order(elsewhere)
    given = return_lines(kept.order, body.returns, "/returns")
    if isinstance(given, Refusal):
        return given
    assert sale.quote is not None
    exchange.given, exchange.credit = given, min(given.amount, sale.quote.priced.total)
    credits = [_credit(exchange, kept.order, work)] if exchange.credit else []
    tenders = tenders_of(body.order.tenders, work.now, sale.quote.till, after=credits)
    if isinstance(tenders, Refusal):
        return _about_order(tenders)
    sale.tenders = [*credits, *tenders]
    quote = _requote(sale.quote, sale, work)
    if isinstance(quote, Refusal):
        return _about_order(quote)
    sale.quote = quote
    return None


def _requote(was: Quote, sale: Sale, work: Work) -> Quote | Refusal:
    return quote_cart(was.till, was.cart, sale.tenders, work, flags=was.flags)


def _credit(exchange: _Exchange, order: Order, work: Work) -> Tender:
    currency = order.totals.due.currency
    return Tender(
        number=1, type="exchange", amount=Money(amount=exchange.credit, currency=currency), reference=order.receipt, at=work.now,
        refunded=Money(amount=0, currency=currency), order_id=order.id,
    )  # fmt: skip


def _refund(exchange: _Exchange, kept: Kept, tills: dict[UUID, Till | Refusal], work: Work) -> Order | Refusal:
    """What the new order does not take goes back as in a refund."""
    body, given = exchange.one.body, exchange.given
    till = tills[kept.order.register_id]
    assert given is not None
    if isinstance(till, Refusal):
        return till
    purse = open_purse(kept.order, till.cash_rounding, work.new_id)
    rest = pay_back(purse._replace(left=purse.left - exchange.credit), given.amount - exchange.credit, body.to)
    money = Money(amount=exchange.credit, currency=kept.order.totals.due.currency)
    taken = [RefundedTender(type="exchange", amount=money, order_id=exchange.sale.id)] if exchange.credit else []
    occasion = Occasion(work.now, exchange.one.by, body.reason, body.order.register_id, till.day_of(work.now))
    repaid = Repaid([*taken, *rest.tenders], rest.cash_rounding)
    refund = compose_refund(kept.order, "exchange", given, repaid, occasion)
    return unapproved_refund(exchange.one.rights, kept.order, refund) or refunded(kept, refund, work)


def _undo(exchange: _Exchange, refusal: Refusal, work: Work) -> Refusal:
    """What was kept back for the new order is free again."""
    quote = exchange.sale.quote
    if quote is not None and exchange.sale.ask.id is None and exchange.sale.refusal is None and needs_reserving(quote.cart.lines):
        work.after_commit(lambda: let_go(work, [(exchange.sale.id, quote.till.store_id)]))
    return refusal
