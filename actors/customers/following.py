"""Points follow sales: what a sale has earned is what is left of it, by the rules under which it was made.

Nearly all sales name no customer: a look at the bytes spares decoding them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from actors.customers.books import Books, save_books, take_books, take_lots, to_lot
from actors.customers.contract import CustomerGroup, PointsProgram
from actors.customers.earning import Sold, Terms, earned_by, months_after, read_factor
from actors.customers.holding import Cause, Holder, Lot
from actors.customers.store import SQL, find_groups, list_programs
from actors.orders.contract import OrderTold
from actors.runtime.actor import Happened
from actors.runtime.envelopes import decode_event
from actors.runtime.work import Work

_NAMES_A_CUSTOMER = b'"customer":{"id":"'


class _Told(msgspec.Struct, gc=False):
    order: Sold


async def follow_orders(happened: Sequence[Happened[OrderTold]], work: Work) -> None:
    """An order tells everything about itself each time: of each, the newest version is enough."""
    sales = _newest(happened)
    if not sales:
        return
    books = await take_books(work, [sold.customer.id for sold in sales.values() if sold.customer and sold.customer.id])
    lots = {row["order_id"]: to_lot(row) for row in await work.fetch(SQL["lots_of_orders"], list(sales))}
    for lot in lots.values():
        if (holder := books.find(lot.customer_id)) is not None:
            holder.lots[lot.id] = lot
    terms = await _terms(work, [sold for sold in sales.values() if sold.id not in lots])
    changes = [change for sold in sales.values() if (change := _change(books, sold, lots.get(sold.id), terms.get(sold.id)))]
    await take_lots(work, [holder for holder, lot, points, _ in changes if points < 0 and holder.needs_others(lot, -points)])
    for holder, lot, points, sold in changes:
        _book(holder, lot, points, sold)
    save_books(work, books.all())


def _newest(happened: Iterable[Happened[OrderTold]]) -> dict[UUID, Sold]:
    newest: dict[UUID, Sold] = {}
    for one in happened:
        if _NAMES_A_CUSTOMER in one.body:
            sold = decode_event(_Told, one.body).order
            if sold.status in ("completed", "cancelled"):
                newest[sold.id] = sold
    return newest


Change = tuple[Holder, Lot, int, Sold]
"""Whose points, in which lot, how many more or fewer, and why."""


def _change(books: Books, sold: Sold, lot: Lot | None, terms: Terms | None) -> Change | None:
    """What has to be booked, if anything. Who is not known, or is forgotten, earns nothing."""
    holder = books.find(sold.customer.id if sold.customer else None)
    if holder is None or holder.erased:
        return None
    if lot is None:
        points = earned_by(sold, terms) if terms is not None else 0
        if not points or terms is None:
            return None
        return holder, holder.new_lot(sold.id, sold.version, months_after(sold.sold_at, terms.expire_months), terms), points, sold
    if lot.version >= sold.version or lot.terms is None:
        return None
    return holder, lot, earned_by(sold, lot.terms) - lot.earned, sold


def _book(holder: Holder, lot: Lot, points: int, sold: Sold) -> None:
    cause = Cause(order_id=sold.id)
    lot = holder.lots.get(lot.id, lot)
    if lot.version < sold.version:
        lot = holder.saw(lot, sold.version)
    if points > 0:
        holder.earn(lot, points, cause)
    elif points < 0:
        holder.take_back(lot, -points, cause)


async def _terms(work: Work, sales: Sequence[Sold]) -> dict[UUID, Terms]:
    """Today's, for sales that are new."""
    sales = [sold for sold in sales if sold.status == "completed" and sold.lines]
    if not sales:
        return {}
    programs = await list_programs(work)
    groups = await find_groups(work, [sold.customer.group for sold in sales if sold.customer and sold.customer.group])
    found: dict[UUID, Terms] = {}
    made: dict[tuple[str, str | None], Terms | None] = {}
    for sold in sales:
        key = (sold.lines[0].total.currency, sold.customer.group if sold.customer else None)
        if key not in made:
            made[key] = make_terms(programs.get(key[0]), groups.get(key[1] or ""))
        if (terms := made[key]) is not None and programs[key[0]].begins_at <= sold.updated_at:
            found[sold.id] = terms
    return found


def make_terms(program: PointsProgram | None, group: CustomerGroup | None) -> Terms | None:
    """None when there is nothing to be earned."""
    if program is None or not program.active or not program.earn_points:
        return None
    return Terms(
        earn_points=program.earn_points, earn_per=program.earn_per.amount, minimum=program.minimum.amount,
        excluded_categories=program.excluded_categories, count_points=program.count_points,
        factor=read_factor(group.points_factor) if group is not None else read_factor("1"), expire_months=program.expire_months,
    )  # fmt: skip

