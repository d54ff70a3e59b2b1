"""The books: the intents and accounts that a batch touches, as each of its messages finds them. Pure, apart from remembering.

Messages are decided one after another, so the second sees what the first has changed. An account follows its intents by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from actors.payments import ledger, rules
from actors.payments.contract import ACCOUNT_OPENED, ACCOUNT_UPDATED, Account, Entry, Intent
from actors.payments.ledger import Posting
from actors.payments.rules import Kept
from actors.runtime.words import Event


class Booked(NamedTuple):
    """An entry. `refund_number`: the order's refund that it is store credit for."""

    entry: Entry
    refund_number: int | None


class Books:
    def __init__(
        self, intents: Iterable[Kept], accounts: Iterable[Account], now: datetime, new_id: Callable[[], UUID], look_up_seconds: float
    ) -> None:
        self.intents = {kept.intent.id: kept for kept in intents}
        self.accounts = {account.id: account for account in accounts}
        self.now = now
        self.new_id = new_id
        self.look_up_seconds = look_up_seconds
        self.events: list[tuple[Event[Intent] | Event[Account], Intent | Account]] = []
        """In order; accounts only once each, see `told`."""
        self.changed: dict[UUID, Kept] = {}
        self.changed_accounts: set[UUID] = set()
        self.code_hashes: dict[UUID, bytes] = {}
        self.entries: list[Booked] = []
        self.begun: set[UUID] = set()
        self.opened: set[UUID] = set()

    def put(self, after: Kept, by: str = "") -> Kept:
        """A step of an intent: what is told of it, what it means for its account, and when a worker looks at it."""
        before = self.intents.get(after.intent.id)
        if after is before:
            return after
        was = before.intent if before else None
        if before is None:
            self.begun.add(after.intent.id)
        event = rules.told(was, after.intent)
        if event is not None:
            self.events.append((event, after.intent))
        if after.intent.account_id is not None:
            for posting in ledger.postings(was, after.intent):
                self._post(after.intent.account_id, posting, by, "", after.intent)
        self.intents[after.intent.id] = after
        return self.plan(after.intent.id)

    def plan(self, id: UUID, at: datetime | None = None) -> Kept:
        """When a worker looks at it: at `at`, or else when the intent itself says so."""
        kept = self.intents[id]
        kept = replace(kept, due_at=at or rules.due_at(kept, self.now, self.look_up_seconds))
        self.intents[id] = self.changed[id] = kept
        return kept

    def open(self, account: Account, amount: int, by: str, note: str, code_hash: bytes | None = None) -> Account:
        """A new account with its first entry."""
        self.accounts[account.id] = account
        self.opened.add(account.id)
        if code_hash is not None:
            self.code_hashes[account.id] = code_hash
        return self._post(account.id, ledger.put_in("issue", amount), by, note)

    def top_up(self, id: UUID, amount: int, by: str, note: str) -> Account:
        return self._post(id, ledger.put_in("top_up", amount), by, note)

    def credit(self, account: Account, amount: int, order_id: UUID, refund_number: int, by: str) -> Account:
        """A refund that becomes store credit. `account`: new ones are empty."""
        if account.id not in self.accounts:
            self.accounts[account.id] = account
            self.opened.add(account.id)
        return self._post(account.id, ledger.put_in("refund", amount), by, "", order_id=order_id, refund_number=refund_number)

    def set_account(self, account: Account) -> Account:
        """A change of what is written about it."""
        self.accounts[account.id] = account
        self.changed_accounts.add(account.id)
        return account

    def told(self) -> list[tuple[Event[Intent] | Event[Account], Intent | Account]]:
        """What happened: each intent's step, and each account once, as it is in the end."""
        accounts = sorted(self.changed_accounts)
        return [*self.events, *((ACCOUNT_OPENED if id in self.opened else ACCOUNT_UPDATED, self.accounts[id]) for id in accounts)]

    def _post(
        self, id: UUID, posting: Posting, by: str, note: str, intent: Intent | None = None, *,
        order_id: UUID | None = None, refund_number: int | None = None,
    ) -> Account:  # fmt: skip
        after = self.set_account(ledger.post(self.accounts[id], posting, self.now))
        intent_id, order_id = (intent.id, intent.order_id) if intent else (None, order_id)
        entry = ledger.make_entry(self.new_id(), after, posting, self.now, by, note, intent_id=intent_id, order_id=order_id)
        self.entries.append(Booked(entry, refund_number))
        return after
