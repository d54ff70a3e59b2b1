"""Gift cards and store credit: one function per command."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from actors.payments import ledger, store
from actors.payments.books import Books
from actors.payments.codes import RANDOM_BYTES, code_hash, folded, hint_of, new_code
from actors.payments.contract import (
    ACCOUNT_CLOSED,
    CODE_TAKEN,
    ID_TAKEN,
    INVALID,
    NOT_FOUND,
    STALE,
    WRONG_CURRENCY,
    Account,
    AccountPage,
    EntryPage,
    FindGiftCard,
    GetAccount,
    IssueGiftCard,
    ListAccounts,
    ListEntries,
    ListOwned,
    NewGiftCard,
    OpenStoreCredit,
    OwnedPage,
    TopUp,
    UpdateAccount,
)
from actors.payments.forgetting import ask_of_doubts, take_turn
from actors.payments.owners import erased, know_owners, records_of
from actors.runtime.actor import Asked
from actors.runtime.cursors import write_cursor, wrong_cursor
from actors.runtime.money import exponent_of
from actors.runtime.words import FieldError, Money, Refusal
from actors.runtime.work import Work

CODE_LENGTH_MIN = 8
BALANCE_MAX = 10**13
"""What `Money` can say: a balance beyond it could not be shown."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""PostgreSQL keeps years that Python cannot read: a single one would hide every account that is listed with it."""

# --- opening ------------------------------------------------------------------------------------------------


async def issue_gift_cards(asked: Sequence[Asked[IssueGiftCard]], work: Work) -> list[NewGiftCard | Refusal]:
    codes = [one.body.code or new_code(secrets.token_bytes(RANDOM_BYTES)) for one in asked]
    hashes = [code_hash(work.settings.secret_key, code) for code in codes]
    taken = set(await store.find_codes(work, hashes))
    books = await store.take_books(work, account_ids=[one.body.id for one in asked if one.body.id])
    outcomes: list[NewGiftCard | Refusal] = []
    for one, code, hashed in zip(asked, codes, hashes, strict=True):
        refusal = _check_code(code, hashed in taken) or _check_opening(books, one.body)
        if refusal is None:
            taken.add(hashed)
            outcomes.append(_issue(books, one, code, hashed))
        else:
            outcomes.append(refusal)
    store.save_books(work, books)
    return outcomes


def _issue(books: Books, one: Asked[IssueGiftCard], code: str, hashed: bytes) -> NewGiftCard:
    asked = one.body
    account = ledger.open_account(
        asked.id or books.new_id(), "gift_card", asked.amount.currency, books.now, hint=hint_of(code), note=asked.note,
        expires_at=asked.expires_at,
    )  # fmt: skip
    opened = books.open(account, asked.amount.amount, one.by, asked.note, hashed)
    return NewGiftCard(**{field: getattr(opened, field) for field in Account.__struct_fields__}, code=code)


def _check_code(code: str, taken: bool) -> Refusal | None:
    if len(folded(code)) < CODE_LENGTH_MIN:
        return INVALID.refuse("The code is too short.", FieldError(pointer="/code", detail=f"At least {CODE_LENGTH_MIN} letters and digits."))
    if taken:
        return CODE_TAKEN.refuse("Give each card a code of its own.", FieldError(pointer="/code", detail="Taken."))
    return None


async def open_store_credits(asked: Sequence[Asked[OpenStoreCredit]], work: Work) -> list[Account | Refusal]:
    """Who is to have it is asked for first, before the transaction."""
    owners = await know_owners(work, {one.body.customer_id for one in asked if one.body.customer_id})
    found = {owner for owner in owners.values() if isinstance(owner, UUID)}
    said = await ask_of_doubts(work, found)
    refused = {owner: said.unsaid.get(owner, erased(owner)) for owner in await take_turn(work, found, said)}
    owners = {id: refused.get(owner, owner) if isinstance(owner, UUID) else owner for id, owner in owners.items()}
    books = await store.take_books(work, account_ids=[one.body.id for one in asked if one.body.id])
    outcomes = [_open(books, one, owners[one.body.customer_id] if one.body.customer_id else None) for one in asked]
    store.save_books(work, books)
    return outcomes


def _open(books: Books, one: Asked[OpenStoreCredit], owner: UUID | Refusal | None) -> Account | Refusal:
    body = one.body
    refusal = owner if isinstance(owner, Refusal) else _check_opening(books, body)
    if refusal is not None:
        return refusal
    assert not isinstance(owner, Refusal)
    account = ledger.open_account(
        body.id or books.new_id(), "store_credit", body.amount.currency, books.now, note=body.note, customer_id=owner
    )
    return books.open(account, body.amount.amount, one.by, body.note)


def _check_opening(books: Books, asked: IssueGiftCard | OpenStoreCredit) -> Refusal | None:
    if exponent_of(asked.amount.currency) is None:
        detail = f"{asked.amount.currency} is no currency of ISO 4217. Give its three letters, like IDR."
        return WRONG_CURRENCY.refuse_at("/amount/currency", detail)
    if asked.amount.amount == 0:
        return INVALID.refuse("It begins with more than nothing.", FieldError(pointer="/amount/amount", detail="More than zero."))
    if isinstance(asked, IssueGiftCard) and asked.expires_at is not None and asked.expires_at <= books.now:
        return INVALID.refuse("It would have expired already.", FieldError(pointer="/expires_at", detail="A time to come."))
    if isinstance(asked, IssueGiftCard) and asked.expires_at is not None and asked.expires_at >= LATEST:
        detail = "That is beyond all calendars. Leave `expires_at` out: then it never expires."
        return INVALID.refuse_at("/expires_at", detail)
    if asked.id is not None and asked.id in books.accounts:
        return ID_TAKEN.refuse(f"There is an account {asked.id} already. Give each an id of its own.", FieldError(pointer="/id", detail="Taken."))
    return None


# --- changing -------------------------------------------------------------------------------------------------


_OWNER_ERASED = ACCOUNT_CLOSED.refuse("Its customer was erased. Open another store credit, which names nobody, or issue a gift card.")


async def top_up(asked: Sequence[Asked[TopUp]], work: Work) -> list[Account | Refusal]:
    owners = {account.customer_id for account in (await store.find_accounts(work, [one.body.id for one in asked])).values()}
    said = await ask_of_doubts(work, owners)
    forgotten = {owner: said.unsaid.get(owner, _OWNER_ERASED) for owner in await take_turn(work, owners, said)}
    books = await store.take_books(work, account_ids=[one.body.id for one in asked])
    outcomes: list[Account | Refusal] = []
    for one in asked:
        account = books.accounts.get(one.body.id)
        refusal = _no_account(one.body.id) if account is None else _check_top_up(account, one.body.amount, books, forgotten)
        outcomes.append(refusal or books.top_up(one.body.id, one.body.amount.amount, one.by, one.body.note))
    store.save_books(work, books)
    return outcomes


def _check_top_up(account: Account, amount: Money, books: Books, forgotten: Mapping[UUID, Refusal]) -> Refusal | None:
    if account.customer_id is not None and account.customer_id in forgotten:
        return forgotten[account.customer_id]
    if refusal := ledger.why_closed(account, books.now):
        return refusal
    if account.balance.currency != amount.currency:
        detail = f"The account is in {account.balance.currency}. Give the amount in that."
        return WRONG_CURRENCY.refuse_at("/amount/currency", detail)
    if not 0 < amount.amount <= BALANCE_MAX - account.balance.amount:
        return INVALID.refuse("More than nothing, and not beyond all bounds.", FieldError(pointer="/amount/amount", detail="Out of bounds."))
    return None


async def update_accounts(asked: Sequence[Asked[UpdateAccount]], work: Work) -> list[Account | Refusal]:
    books = await store.take_books(work, account_ids=[one.body.id for one in asked])
    outcomes: list[Account | Refusal] = []
    for one in asked:
        account = books.accounts.get(one.body.id)
        outcomes.append(_no_account(one.body.id) if account is None else _update(books, account, one.body))
    store.save_books(work, books)
    return outcomes


def _update(books: Books, account: Account, asked: UpdateAccount) -> Account | Refusal:
    if account.version != asked.if_version:
        return STALE.refuse(f"It is at version {account.version} now, not {asked.if_version}. Read it again and repeat the change.")
    given: dict[str, Any] = {field: value for field, value in msgspec.structs.asdict(asked.changes).items() if value is not UNSET}
    after = replace(account, **given)
    return account if after == account else books.set_account(replace(after, version=account.version + 1, updated_at=books.now))


# --- reading --------------------------------------------------------------------------------------------------


async def find_gift_cards(asked: Sequence[Asked[FindGiftCard]], work: Work) -> list[Account | Refusal]:
    hashes = [code_hash(work.settings.secret_key, one.body.code) for one in asked]
    codes = await store.find_codes(work, hashes)
    found = await store.find_accounts(work, codes.values())
    none = NOT_FOUND.refuse("There is no gift card with this code. Read the code again.")
    return [found[codes[hashed]] if hashed in codes else none for hashed in hashes]


async def get_accounts(asked: Sequence[Asked[GetAccount]], work: Work) -> list[Account | Refusal]:
    found = await store.find_accounts(work, [one.body.id for one in asked])
    return [found.get(one.body.id) or _no_account(one.body.id) for one in asked]


async def list_accounts(asked: Sequence[Asked[ListAccounts]], work: Work) -> list[AccountPage | Refusal]:
    return [await _accounts(one.body, work) for one in asked]


async def _accounts(asked: ListAccounts, work: Work) -> AccountPage | Refusal:
    owners = await records_of(asked.customer_id, work) if asked.customer_id is not None else None
    if isinstance(owners, Refusal):
        return owners
    try:
        found = await store.list_accounts(work, asked, owners)
    except ValueError:
        return wrong_cursor(INVALID)
    items = found[: asked.limit]
    more = len(found) > asked.limit
    return AccountPage(items=items, next_cursor=write_cursor(items[-1].created_at.isoformat(), str(items[-1].id)) if more else None)


async def list_entries(asked: Sequence[Asked[ListEntries]], work: Work) -> list[EntryPage | Refusal]:
    return [await _entries(one.body, work) for one in asked]


async def _entries(asked: ListEntries, work: Work) -> EntryPage | Refusal:
    try:
        found = await store.list_entries(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)
    if not found and not await store.find_accounts(work, [asked.account_id]):
        return _no_account(asked.account_id)
    items = found[: asked.limit]
    return EntryPage(items=items, next_cursor=write_cursor(str(items[-1].id)) if len(found) > asked.limit else None)


async def list_owned(asked: Sequence[Asked[ListOwned]], work: Work) -> list[OwnedPage | Refusal]:
    return [await _owned(one.body, work) for one in asked]


async def _owned(asked: ListOwned, work: Work) -> OwnedPage | Refusal:
    try:
        accounts, entries, cursor = await store.list_owned(work, asked)
    except ValueError:
        return wrong_cursor(INVALID)
    return OwnedPage(accounts=accounts, entries=entries, next_cursor=cursor)


def _no_account(id: UUID) -> Refusal:
    return NOT_FOUND.refuse(f"There is no gift card or store credit {id}.")
