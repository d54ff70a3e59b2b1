"""The words that contracts are written in: commands, events, refusals, and the structs they carry.

Pure values. Contracts, rules and the edge import this module; nothing here knows NATS, Postgres or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar, dataclass_transform, final

import msgspec
from msgspec import Meta, Struct

Asked = TypeVar("Asked", bound=Struct)
Told = TypeVar("Told")
Said = TypeVar("Said", bound=Struct)


# Tells type checkers what msgspec does with subclasses: frozen and keyword-only, like their base.
@dataclass_transform(field_specifiers=(msgspec.field,), frozen_default=True, kw_only_default=True)
class Value(Struct, frozen=True, kw_only=True):
    """What Kasir says: results, events, and the parts of both.

    New fields need a default, so that old and new members understand each other.
    """


@dataclass_transform(field_specifiers=(msgspec.field,), frozen_default=True, kw_only_default=True)
class Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a client says. Unknown fields are refused: a misspelt field must not be ignored silently."""


# --- refusals -------------------------------------------------------------------------------------------

Kind = Literal["invalid", "not_found", "conflict", "stale", "forbidden", "busy", "failed"]
"""What sort of "no" it is. Only the edge turns a kind into an HTTP status.

invalid    the request can never work as it is
not_found  what it names does not exist
conflict   it contradicts what exists
stale      it was made for an older version
forbidden  the caller may not do this
busy       it may work later; nothing is known to have been done
failed     a mistake of ours: the log has its traceback, under the id that `detail` gives
"""


class FieldError(Value, omit_defaults=True):
    """One thing wrong with a request. `pointer` is a JSON pointer (RFC 6901) into its body, or "" for all of it."""

    pointer: str
    detail: str


@final
class Refusal(Value, omit_defaults=True):
    """An expected "no": it is an answer, not an error. `detail` says what to do next."""

    code: str
    kind: Kind
    title: str
    detail: str
    errors: list[FieldError] = []
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal's stable part, declared once in a contract: `PRICE_CHANGED = Reason("orders.price_changed", ...)`.

    `advice`: what a client's developer should do about it, for the page of problems. It may name routes: it is for readers only.
    """

    code: str
    kind: Kind
    title: str
    advice: str = ""

    def refuse(self, detail: str, *errors: FieldError, retry_after_seconds: int | None = None) -> Refusal:
        return Refusal(
            code=self.code,
            kind=self.kind,
            title=self.title,
            detail=detail,
            errors=list(errors),
            retry_after_seconds=retry_after_seconds,
        )

    def refuse_at(self, pointer: str, detail: str) -> Refusal:
        """About a single field: that says all."""
        return self.refuse(detail, FieldError(pointer=pointer, detail=detail))


# --- commands and events -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command(Generic[Asked, Told]):
    """A question or an order with exactly one answer: NATS request/reply on `subject`, imperative.

    The first token of `subject` is the actor that answers, and its queue group.
    A `keyed` command remembers its outcome under the caller's idempotency key for 30 days;
    a `sealed` one holds a secret, so what it remembers is encrypted.
    `reasons` are those for which it may be refused; `item_reasons`, those for a single item of a batch.
    One that only `asks` may write down something for itself; nobody has done anything, so the audit does not tell of it.
    """

    subject: str
    request: type[Asked]
    result: type[Told]
    summary: str
    keyed: bool = False
    sealed: bool = False
    reasons: tuple[Reason, ...] = ()
    item_reasons: tuple[Reason, ...] = ()
    asks: bool = False

    @property
    def actor(self) -> str:
        return self.subject.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Event(Generic[Said]):
    """Something that happened, in the past tense. `name` is the NATS subject and the webhook's event type."""

    name: str
    data: type[Said]
    summary: str


# --- who may do what ------------------------------------------------------------------------------------


class Rights(Value):
    """How far the person who asks may go without the approval of another. `None` in place of all of it: no bounds at all.

    Whatever is left out is not allowed: a member that does not know of a right must not hand it on.
    """

    discount_max: str | None = "0"
    """Percent of what a discount by hand is taken off, as a decimal; None for no bound."""
    refund_max: int | None = 0
    """Minor units that may be given back of one order, by all its refunds together; None for no bound."""
    void: bool = False
    """Cancel what is completed or has been paid on."""
    override: bool = False
    """Sell at another price than the list's."""
    no_sale: bool = False
    """Open the drawer without a sale."""
    paid_out_max: int | None = 0
    """Minor units that may be paid out of a drawer in one shift, all in all; None for no bound."""


# --- vocabulary that every contract shares ----------------------------------------------------------------

Currency = Annotated[
    str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217 code, for example IDR.", examples=["IDR"])
]
Amount = Annotated[
    int, Meta(ge=0, le=10**13, description="Integer minor units by ISO 4217; never a float.", examples=[350000])
]


class Money(Input):
    """An amount in the minor unit of its currency: `{"amount": 1500000, "currency": "IDR"}` is Rp 15,000.00."""

    amount: Amount
    currency: Currency


class SignedMoney(Value):
    """Money that may be negative: a rounding difference, for example."""

    amount: int
    currency: str


TEXT = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$(?!\n)"
"""Text without control characters, except tab, newline and carriage return."""
NOT_BLANK = r"(?![\s\u200B-\u200F\u2060\uFEFF]*$)"
"""Something to read: not only blanks, however wide. For each text that must be given."""
LINE = rf"^{NOT_BLANK}[^\x00-\x1F\x7F]*$(?!\n)"
"""One line of text, with something to read on it."""
READABLE = rf"^{NOT_BLANK}[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$(?!\n)"
"""Text with something to read in it."""

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE, description="One line to be read: not only blanks.")]
Why = Annotated[str, Meta(min_length=1, max_length=500, pattern=READABLE, description="A reason, for whoever asks later: not only blanks.")]
Note = Annotated[str, Meta(max_length=500, pattern=TEXT)]
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$(?!\n)")]
Limit = Annotated[int, Meta(ge=1, le=500, description="How many items a page holds at most.")]
Cursor = Annotated[str, Meta(max_length=2048, pattern=r"^[A-Za-z0-9_=-]*$(?!\n)", description="`next_cursor` of the page before.")]
Clock = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)", description="Time of day in the store: \"17:30\".", examples=["17:30"])
]
Version = Annotated[int, Meta(ge=1, le=2**53, description="Counts the changes of one aggregate, from 1.")]
Position = Annotated[int, Meta(ge=0, le=2**53, description="A place in an actor's log; gap-free, in commit order.")]


class FeedAfter(Input):
    """Asks a change feed for what came after a position."""

    after: Position = 0
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many changes at most.")] = 500
