"""An actor is a table, as data: what it answers, what it reacts to, what it keeps, what it does beside.

    ACTOR = Actor(
        name="orders",
        about=__doc__,
        answers=(Answer(PLACE_ORDER, handlers.place_orders), ...),
        tells=(ORDER_CREATED,),
        reacts=(React(ORDER_CREATED, handlers.deliver), ...),
        keeps=(PRICE_LIST, ...),
        works=(effects.deliver_due,),
    )

Handlers are plain functions: a list of messages and the `Work` of one transaction in, one outcome for each message out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from actors.runtime.envelopes import decode_event
from actors.runtime.settings import Settings
from actors.runtime.words import Command, Event, FeedAfter, Rights

if TYPE_CHECKING:
    from actors.runtime.member import Member
    from actors.runtime.work import Work

Body = TypeVar("Body", bound=Struct)
Told = TypeVar("Told")
View = TypeVar("View")
Feed = TypeVar("Feed", bound=Struct)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Body]):
    """A command as a handler sees it. `by` is the id of the person who asked, else of the API key, or "" for Kasir itself.

    `rights`: how far they may go, None for no bounds. `approved_by`: the id of the person who has approved that they go further;
    `rights` has that already.
    """

    body: Body
    by: str = ""
    key: str | None = None
    request_id: str = ""
    traceparent: str = ""
    rights: Rights | None = None
    approved_by: str = ""


class Happened(Struct, Generic[Body], frozen=True, dict=True):
    """An event as a reaction sees it. `body` is exactly what was written to the log, and what a webhook signs.

    A struct, because there are so many: a frozen dataclass takes ten times as long to make.
    """

    id: str
    name: str
    key: str
    position: int
    body: bytes
    event: Event[Any]
    traceparent: str = ""

    @property
    def data(self) -> Body:
        """What it carries. Decoded when asked for: whoever only passes it on needs the bytes."""
        data: Body = decode_event(self.event.data, self.body)
        return data


Handler = Callable[[Sequence[Asked[Any]], "Work"], Awaitable[Sequence[Any]]]
"""One outcome for each message: the result, the result already encoded (`Raw`), or a "no" (`Refusal`)."""
Reaction = Callable[[Sequence[Happened[Any]], "Work"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer(Generic[Body, Told]):
    """Ties a command to its handler. Up to `batch` waiting messages share one transaction.

    `workers` batches run side by side; `waiting` messages queue at most, the next is refused with `busy`.
    """

    command: Command[Body, Told]
    handler: Handler
    batch: int = 64
    workers: int = 1
    waiting: int = 2048


@dataclass(frozen=True, slots=True)
class React:
    """Ties an event to a reaction: once per event, whichever member gets it and however often it comes.

    All of an actor's reactions share one durable consumer per stream, named after the actor.
    """

    event: Event[Any]
    handler: Reaction


@dataclass(frozen=True, slots=True)
class Follow:
    """Ties the log of the actor `log` to a handler: each of the `events` once, in the order of the log, by one member at a time.

    Slower to spread over members than reactions, for what must be done in order. It reads the log itself: JetStream has no part in it.
    `every_seconds`: what need not be there at once is taken at most so often, more of it together. What comes alone is taken at once,
    and so is the end of a crowd.
    """

    log: str
    events: tuple[Event[Any], ...]
    handler: Reaction
    every_seconds: float = 0.0


@dataclass(frozen=True)
class Projection(Generic[View, Feed]):
    """A view in memory of what others know: loaded through their change feed, kept fresh by their events.

    Events only wake it; the feed carries the data. A lost, doubled or disordered event therefore does no harm,
    and `refresh_seconds` bounds how stale it gets when every event is lost.
    `apply` takes one page of the feed, and must not mind seeing an item twice.
    """

    name: str
    make: Callable[[], View]
    feed: Command[FeedAfter, Feed]
    events: tuple[Event[Any], ...]
    apply: Callable[[View, Feed], None]
    refresh_seconds: float = 5.0


Worker = Callable[["Member"], Awaitable[None]]
"""Something that a member does beside answering: it runs until cancelled, and is started again when it fails."""


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    about: str
    folder: Path
    answers: tuple[Answer[Any, Any], ...] = ()
    tells: tuple[Event[Any], ...] = ()
    reacts: tuple[React, ...] = ()
    follows: tuple[Follow, ...] = ()
    keeps: tuple[Projection[Any, Any], ...] = ()
    works: tuple[Worker, ...] = ()
    gather_seconds: float = 0.01
    """How long reactions wait for more events when these come in crowds: fewer, larger transactions against a little lag."""
    opens: Callable[[Settings], AbstractAsyncContextManager[Any]] | None = None
    """Something that each member needs one of, open as long as it runs: an HTTP client, for example."""
    sealed_in: tuple[str, str] | None = None
    """A table of its own, and the column in which it keeps what is sealed: by that a wrong secret key is known."""
