"""Rows <-> intents, accounts and their entries."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.payments.books import Booked, Books
from actors.payments.contract import Account, Entry, Intent, ListAccounts, ListEntries, ListIntents, ListOwned, Merchant, Qr
from actors.payments.rules import Kept
from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Money, SignedMoney
from actors.runtime.work import Work

SQL = load_queries(__file__)
_FIRST = UUID(int=0)


# --- the books of a batch -----------------------------------------------------------------------------------


async def take_books(work: Work, intent_ids: Iterable[UUID] = (), account_ids: Iterable[UUID] = (), *, pending_of: Iterable[UUID] = ()) -> Books:
    """Locks these intents, what is pending for these orders, and all their accounts; always in this order."""
    ids, orders = list(set(intent_ids)), list(set(pending_of))
    kept = [to_kept(row) for row in await work.fetch(SQL["lock_intents"], ids, orders)] if ids or orders else []
    wanted = {*account_ids, *(one.intent.account_id for one in kept if one.intent.account_id)}
    accounts = [to_account(row) for row in await work.fetch(SQL["lock_accounts"], list(wanted))] if wanted else []
    return Books(kept, accounts, work.now, work.new_id, work.settings.payments_look_up_seconds)


def save_books(work: Work, books: Books) -> None:
    """Writes what has changed, and records what happened."""
    for event, said in books.told():
        work.record(event, said.id, said)
    intents = {id: _intent_row(kept) for id, kept in books.changed.items()}
    _write(work, "intents", intents, books.begun)
    accounts = {id: _account_row(books.accounts[id], books.code_hashes.get(id)) for id in books.changed_accounts}
    _write(work, "accounts", accounts, books.opened)
    if books.entries:
        work.write(SQL["insert_entries"], _json([_entry_row(booked) for booked in books.entries]))


def _write(work: Work, table: str, rows: Mapping[UUID, Any], new: Set[UUID]) -> None:
    for name, ids in ((f"insert_{table}", rows.keys() & new), (f"save_{table}", rows.keys() - new)):
        if ids:
            work.write(SQL[name], _json([rows[id] for id in sorted(ids)]))


# --- reading ------------------------------------------------------------------------------------------------


async def find_intents(work: Work, ids: Iterable[UUID]) -> dict[UUID, Intent]:
    rows = await work.read(SQL["find_intents"], list(set(ids)))
    return {row["id"]: to_kept(row).intent for row in rows}


async def find_accounts(work: Work, ids: Iterable[UUID]) -> dict[UUID, Account]:
    return {row["id"]: to_account(row) for row in await work.read(SQL["find_accounts"], list(set(ids)))}


async def find_codes(work: Work, hashes: Iterable[bytes]) -> dict[bytes, UUID]:
    """Gift cards by the hashes of their codes."""
    return {row["code_hash"]: row["id"] for row in await work.read(SQL["find_codes"], list(set(hashes)))}


async def list_intents(work: Work, asked: ListIntents) -> list[Intent]:
    """One more than asked for, when there are more. ValueError when the cursor is not one of ours."""
    rows = await work.read(SQL["list_intents"], asked.order_id, asked.state, *_after(asked.cursor), asked.limit + 1)
    return [to_kept(row).intent for row in rows]


async def list_accounts(work: Work, asked: ListAccounts, owners: Sequence[UUID] | None) -> list[Account]:
    """`owners`: of any of these, of anybody for None."""
    rows = await work.read(SQL["list_accounts"], asked.kind, owners, *_after(asked.cursor), asked.limit + 1)
    return [to_account(row) for row in rows]


async def list_entries(work: Work, asked: ListEntries) -> list[Entry]:
    after = read_cursor(asked.cursor, tuple[UUID])[0] if asked.cursor else None
    return [_to_entry(row) for row in await work.read(SQL["list_entries"], asked.account_id, after, asked.limit + 1)]


async def list_owned(work: Work, asked: ListOwned) -> tuple[list[Account], list[Entry], str | None]:
    """With the cursor of the next page: how far each of both lists has come. ValueError when the one given is not ours."""
    account, entry = read_cursor(asked.cursor, tuple[UUID, UUID]) if asked.cursor else (_FIRST, _FIRST)
    accounts = [to_account(row) for row in await work.read(SQL["owned_accounts"], asked.customer_ids, account, asked.limit)]
    entries = [_to_entry(row) for row in await work.read(SQL["owned_entries"], asked.customer_ids, entry, asked.limit)]
    if len(accounts) < asked.limit and len(entries) < asked.limit:
        return accounts, entries, None
    return accounts, entries, write_cursor(str(accounts[-1].id if accounts else account), str(entries[-1].id if entries else entry))


def _after(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    return read_cursor(cursor, tuple[datetime, UUID]) if cursor else (None, None)


async def find_merchants(work: Work, store_ids: Iterable[UUID]) -> dict[UUID, Merchant]:
    return {row["store_id"]: to_merchant(row) for row in await work.read(SQL["find_merchants"], list(set(store_ids)))}


# --- rows ---------------------------------------------------------------------------------------------------


def to_kept(row: Any) -> Kept:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=row["currency"])

    intent = Intent(
        id=row["id"], version=row["version"], order_id=row["order_id"], method=row["method"], state=row["state"],
        amount=money(row["amount"]), reference=row["reference"], refunded=money(row["refunded"]), refund_due=money(row["refund_due"]),
        tender_type=row["tender_type"], expires_at=row["expires_at"], created_at=row["created_at"], updated_at=row["updated_at"],
        provider=row["provider"], tip=None if row["tip"] is None else money(row["tip"]), account_id=row["account_id"],
        qr=Qr(payload=row["qr"]) if row["qr"] else None, failure=row["failure"], customer_id=row["customer_id"],
    )  # fmt: skip
    return Kept(
        intent=intent, at_provider=row["at_provider"], refunding=row["refunding"], taken=row["taken"],
        taken_refunded=row["taken_refunded"], heard=row["heard"], tries=row["tries"], due_at=row["due_at"],
    )  # fmt: skip


class _IntentRow(Struct):
    id: UUID
    version: int
    order_id: UUID
    method: str
    state: str
    tender_type: str
    currency: str
    amount: int
    tip: int | None
    refunded: int
    refund_due: int
    reference: str
    provider: str | None
    account_id: UUID | None
    qr: str | None
    failure: str
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    at_provider: str
    refunding: int
    taken: int | None
    taken_refunded: int
    heard: int
    tries: int
    due_at: datetime | None
    customer_id: UUID | None


def _intent_row(kept: Kept) -> _IntentRow:
    one = kept.intent
    return _IntentRow(
        one.id, one.version, one.order_id, one.method, one.state, one.tender_type, one.amount.currency, one.amount.amount,
        one.tip.amount if one.tip else None, one.refunded.amount, one.refund_due.amount, one.reference, one.provider, one.account_id,
        one.qr.payload if one.qr else None, one.failure, one.expires_at, one.created_at, one.updated_at, kept.at_provider,
        kept.refunding, kept.taken, kept.taken_refunded, kept.heard, kept.tries, kept.due_at, one.customer_id,
    )  # fmt: skip


def to_account(row: Any) -> Account:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=row["currency"])

    return Account(
        id=row["id"], version=row["version"], kind=row["kind"], balance=money(row["balance"]), held=money(row["held"]),
        available=money(row["balance"] - row["held"]), active=row["active"], hint=row["hint"], note=row["note"],
        created_at=row["created_at"], updated_at=row["updated_at"], customer_id=row["customer_id"], expires_at=row["expires_at"],
    )  # fmt: skip


def _account_row(account: Account, code_hash: bytes | None) -> dict[str, Any]:
    return {
        "id": account.id, "version": account.version, "kind": account.kind, "currency": account.balance.currency,
        "balance": account.balance.amount, "held": account.held.amount, "active": account.active, "hint": account.hint,
        "note": account.note, "customer_id": account.customer_id, "expires_at": account.expires_at,
        "code_hash": b64encode(code_hash).decode() if code_hash else None, "created_at": account.created_at, "updated_at": account.updated_at,
    }  # fmt: skip


def _entry_row(booked: Booked) -> dict[str, Any]:
    entry = booked.entry
    return {
        "id": entry.id, "account_id": entry.account_id, "kind": entry.kind, "amount": entry.amount.amount, "held": entry.held.amount,
        "balance": entry.balance.amount, "at": entry.at, "by": entry.by, "note": entry.note, "intent_id": entry.intent_id,
        "order_id": entry.order_id, "refund_number": booked.refund_number,
    }  # fmt: skip


def _to_entry(row: Any) -> Entry:
    currency = row["currency"]
    return Entry(
        id=row["id"], account_id=row["account_id"], kind=row["kind"], amount=SignedMoney(amount=row["amount"], currency=currency),
        held=SignedMoney(amount=row["held"], currency=currency), balance=Money(amount=row["balance"], currency=currency), at=row["at"],
        by=row["by"], note=row["note"], intent_id=row["intent_id"], order_id=row["order_id"],
    )  # fmt: skip


def to_merchant(row: Any) -> Merchant:
    return Merchant(
        store_id=row["store_id"], qris=row["qris"], merchant_name=row["merchant_name"], merchant_city=row["merchant_city"],
        version=row["version"], updated_at=row["updated_at"],
    )  # fmt: skip


def _json(rows: Sequence[Any]) -> str:
    return msgspec.json.encode(rows).decode()
