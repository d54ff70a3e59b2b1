"""The accounts that a batch touches: locked, changed in memory, written as a few statements.

Whatever moves a customer's points or debts locks its one row of `balances` first, always in the order of ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from actors.customers.contract import CREDIT_CHANGED, POINTS_CHANGED, CreditAccount, CreditEntry, CreditTold, PointsEntry, PointsTold
from actors.customers.earning import Terms
from actors.customers.holding import Holder, Lot
from actors.customers.store import SQL, to_json
from actors.runtime.words import Money, SignedMoney
from actors.runtime.work import Work

_terms = msgspec.json.Decoder(Terms)


class Books:
    """Holders by the ids that were asked for: a merged record's is that of the one which has taken its place."""

    def __init__(self, holders: Iterable[Holder], places: Mapping[UUID, UUID]) -> None:
        self._holders = {holder.id: holder for holder in holders}
        self._places = dict(places)

    def find(self, id: UUID | None) -> Holder | None:
        """None for who is not known."""
        return self._holders.get(self._places.get(id, id)) if id is not None else None

    def all(self) -> list[Holder]:
        return list(self._holders.values())


async def take_books(work: Work, ids: Iterable[UUID], *, with_lots: bool = False) -> Books:
    """Locks these customers' accounts; for merged records, also those of the records that have taken their place."""
    rows: dict[UUID, Any] = {}
    wanted = set(ids)
    while wanted:
        rows |= {row["customer_id"]: row for row in await work.fetch(SQL["lock_balances"], list(wanted))}
        wanted = {row["merged_into"] for row in rows.values() if row["merged_into"] is not None} - rows.keys()
    holders = [_to_holder(row, work) for row in rows.values() if row["merged_into"] is None]
    books = Books(holders, {id: _place(rows, id) for id in rows})
    if with_lots:
        await take_lots(work, holders)
    return books


def _place(rows: Mapping[UUID, Any], id: UUID) -> UUID:
    while (further := rows[id]["merged_into"]) is not None and further in rows:
        id = further
    return id


async def take_lots(work: Work, holders: Sequence[Holder]) -> None:
    """All that have something left."""
    by_id = {holder.id: holder for holder in holders}
    for row in await work.fetch(SQL["lots_left"], list(by_id)) if holders else ():
        by_id[row["customer_id"]].lots.setdefault(row["id"], to_lot(row))


def save_books(work: Work, books: Iterable[Holder], *, tell: bool = True) -> None:
    """Writes what has changed, and records what happened to each."""
    changed = [holder for holder in books if holder.changed or holder.changed_lots]
    if tell:
        _tell(work, changed)
    for name, rows in (
        ("save_balances", [_balance_row(holder) for holder in changed]),
        ("insert_credit_entries", [_credit_row(number, entry) for holder in changed for number, entry in holder.credit_entries]),
        ("insert_points_entries", [_points_row(number, entry) for holder in changed for number, entry in holder.points_entries]),
        ("insert_lots", [_lot_row(holder.lots[id]) for holder in changed for id in holder.new_lots]),
        ("save_lots", [_lot_row(holder.lots[id]) for holder in changed for id in holder.changed_lots - holder.new_lots]),
    ):
        if rows:
            work.write(SQL[name], to_json(rows))


def _tell(work: Work, changed: Iterable[Holder]) -> None:
    for holder in changed:
        entries = [entry for _, entry in holder.points_entries]
        if entries:
            change = sum(entry.points for entry in entries)
            work.record(POINTS_CHANGED, holder.id, PointsTold(customer_id=holder.id, balance=holder.points, change=change, entries=entries))
        if holder.credit_changed:
            credit = to_credit(holder)
            told = CreditTold(customer_id=holder.id, version=holder.credit_version, limit=credit.limit, balance=credit.balance)
            for number, entry in holder.credit_entries:
                work.record(CREDIT_CHANGED, holder.id, replace(told, version=number, balance=entry.balance, entry=entry))
            if not holder.credit_entries:
                work.record(CREDIT_CHANGED, holder.id, told)


# --- rows ---------------------------------------------------------------------------------------------------


def _to_holder(row: Any, work: Work) -> Holder:
    """Times never go down, and no two bookings of different moments have the same: statements are cut by them."""
    at = max(work.now, row["updated_at"] + timedelta(microseconds=1))
    return Holder(
        id=row["customer_id"], at=at, new_id=work.new_id, erased=row["erased"], points=row["points"], points_number=row["points_number"],
        currency=row["currency"], limit=row["credit_limit"], owed=row["owed"], credit_version=row["credit_version"], opened_at=row["opened_at"],
    )  # fmt: skip


def _balance_row(holder: Holder) -> dict[str, Any]:
    return {
        "customer_id": holder.id, "points": holder.points, "points_number": holder.points_number, "currency": holder.currency,
        "credit_limit": holder.limit, "owed": holder.owed, "credit_version": holder.credit_version, "opened_at": holder.opened_at,
        "updated_at": holder.at, "erased": holder.erased,
    }  # fmt: skip


def _credit_row(number: int, entry: CreditEntry) -> dict[str, Any]:
    return _plain(entry) | {"number": number, "amount": entry.amount.amount, "currency": entry.amount.currency, "balance": entry.balance.amount}


def _points_row(number: int, entry: PointsEntry) -> dict[str, Any]:
    return _plain(entry) | {"number": number}


def _lot_row(lot: Lot) -> dict[str, Any]:
    return _plain(lot)


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def to_lot(row: Any) -> Lot:
    return Lot(
        id=row["id"], customer_id=row["customer_id"], order_id=row["order_id"], version=row["version"], earned=row["earned"], left=row["left"],
        expired=row["expired"], expires_at=row["expires_at"], terms=_terms.decode(row["terms"]) if row["terms"] else None, at=row["at"],
    )  # fmt: skip


def to_credit_entry(row: Any) -> CreditEntry:
    given = {name: row[name] for name in CreditEntry.__struct_fields__ if name not in ("amount", "balance")}
    currency = row["currency"]
    return CreditEntry(
        **given, amount=SignedMoney(amount=row["amount"], currency=currency), balance=SignedMoney(amount=row["balance"], currency=currency)
    )


def to_points_entry(row: Any) -> PointsEntry:
    return PointsEntry(**{name: row[name] for name in PointsEntry.__struct_fields__})


def to_credit(holder: Holder) -> CreditAccount:
    """Of who has an account."""
    assert holder.currency is not None
    assert holder.opened_at is not None
    return CreditAccount(
        customer_id=holder.id, version=holder.credit_version, limit=Money(amount=holder.limit, currency=holder.currency),
        balance=SignedMoney(amount=holder.owed, currency=holder.currency),
        available=Money(amount=max(0, holder.limit - holder.owed), currency=holder.currency), opened_at=holder.opened_at, updated_at=holder.at,
    )  # fmt: skip


async def read_holders(work: Work, ids: Iterable[UUID]) -> dict[UUID, Holder]:
    """As they are, without a lock: by the id that was asked for."""
    wanted = list(set(ids))
    rows = {row["customer_id"]: row for row in await work.read(SQL["find_balances"], wanted)}
    further = list({row["merged_into"] for row in rows.values() if row["merged_into"] is not None} - rows.keys())
    if further:
        rows |= {row["customer_id"]: row for row in await work.read(SQL["find_balances"], further)}
    return {id: _read(rows[_place(rows, id)], work) for id in wanted if id in rows}


def _read(row: Any, work: Work) -> Holder:
    holder = _to_holder(row, work)
    holder.at = row["updated_at"]
    return holder
