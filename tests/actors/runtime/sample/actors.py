"""Small actors to try the runtime with: `notes` keeps what it is told, `readers` react to it, `scribes` follow its log.

What a note says decides what happens: "no" is refused, "boom..." raises, "hold" waits for the gate, "long" keeps
its reader until the gate opens, "away" meets with the stage's troubles, "poison..." cannot be read until there is a cure,
"only..." may be there once; "shred..." is told as another event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actors.runtime.actor import Actor, Answer, Asked, Follow, Happened, Projection, React
from actors.runtime.settings import Settings
from actors.runtime.words import Command, Event, FeedAfter, Input, Reason, Refusal, Value
from actors.runtime.work import Work

HERE = Path(__file__).parent
INTERNALS = "the password of the database is swordfish"


class AddNote(Input):
    text: str


class Note(Value):
    text: str
    position: int = 0
    by_member: str = ""


class NoteFeed(Value):
    items: list[Note]
    position: int
    more: bool


NO = Reason("notes.no", "conflict", "No")
ADD = Command("notes.add", AddNote, Note, "Keep a note", keyed=True, reasons=(NO,))
CONFIDE = Command("notes.confide", AddNote, Note, "Keep a secret", keyed=True, sealed=True)
SAY = Command("notes.say", AddNote, Note, "Say a note back; nothing is kept")
PASS_ON = Command("notes.pass_on", AddNote, Note, "Have another one say it")
SING = Command("notes.sing", AddNote, Note, "Nobody answers this")
CHANGES = Command("notes.changes", FeedAfter, NoteFeed, "What came after a position")
ADDED = Event("note.added", Note, "A note was kept")
SHREDDED = Event("note.shredded", Note, "A note was shredded")


@dataclass
class Stage:
    """What a test knows of one member, and its hand on it."""

    name: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    batches: list[int] = field(default_factory=list)
    asked: list[Asked[AddNote]] = field(default_factory=list)
    """What was said, and by whom."""
    troubles: list[BaseException] = field(default_factory=list)
    """What comes of trying "away", one after the other; the last of them once the gate is open."""

    def opens(self) -> Callable[[Settings], AbstractAsyncContextManager[Any]]:
        @asynccontextmanager
        async def opened(_: Settings) -> AsyncIterator[Stage]:
            yield self

        return opened


async def _play(text: str, stage: Stage) -> Refusal | None:
    if text == "no":
        return NO.refuse("Say something else.")
    if text.startswith("boom"):
        raise RuntimeError(INTERNALS)
    if text == "hold":
        stage.held.set()
        await stage.gate.wait()
    if text == "away" and stage.troubles:
        trouble = stage.troubles.pop(0)
        if not stage.troubles:
            stage.held.set()
            await stage.gate.wait()
        raise trouble
    return None


async def add(asked: Sequence[Asked[AddNote]], work: Work) -> list[Note | Refusal]:
    stage: Stage = work.resource
    stage.batches.append(len(asked))
    refused = [await _play(one.body.text, stage) or await _taken(one.body.text, work) for one in asked]
    texts = [one.body.text for one, no in zip(asked, refused, strict=True) if no is None]
    if not texts:
        return [no for no in refused if no]
    for text in texts:
        if text.startswith("only"):
            await work.execute("INSERT INTO notes.unique_texts VALUES ($1)", text)
    position = await work.reserve(len(texts))
    answers: list[Note | Refusal] = []
    for one, no in zip(asked, refused, strict=True):
        if no:
            answers.append(no)
            continue
        note = Note(text=one.body.text, position=position, by_member=stage.name)
        work.record(SHREDDED if note.text.startswith("shred") else ADDED, note.text[:50], note)
        await work.execute("INSERT INTO notes.notes VALUES ($1, $2, $3)", note.position, note.text, note.by_member)
        answers.append(note)
        position += 1
    return answers


async def _taken(text: str, work: Work) -> Refusal | None:
    if text.startswith("only") and await work.fetchval("SELECT 1 FROM notes.unique_texts WHERE text = $1", text):
        return NO.refuse("It is there already.")
    return None


async def confide(asked: Sequence[Asked[AddNote]], work: Work) -> list[Note]:
    return [Note(text=one.body.text) for one in asked]


async def say(asked: Sequence[Asked[AddNote]], work: Work) -> list[Note | Refusal]:
    stage: Stage = work.resource
    stage.batches.append(len(asked))
    stage.asked += asked
    return [await _play(one.body.text, stage) or Note(text=one.body.text, by_member=stage.name) for one in asked]


async def pass_on(asked: Sequence[Asked[AddNote]], work: Work) -> list[Note | Refusal]:
    """What it reads before must not keep its connection from the one who is asked; "late" asks inside a transaction."""
    await work.read("SELECT 1")
    if asked[0].body.text == "late":
        await work.fetchval("SELECT 1")
    await work.ask(CHANGES, FeedAfter())
    return [await work.ask(SAY, one.body) for one in asked]


async def changes(asked: Sequence[Asked[FeedAfter]], work: Work) -> list[NoteFeed]:
    return [await _page(one.body, work) for one in asked]


async def _page(wish: FeedAfter, work: Work) -> NoteFeed:
    rows = await work.fetch("SELECT * FROM notes.notes WHERE position > $1 ORDER BY position LIMIT $2", wish.after, wish.limit)
    items = [Note(text=row["text"], position=row["position"], by_member=row["by_member"]) for row in rows]
    return NoteFeed(items=items, position=items[-1].position if items else wish.after, more=len(items) == wish.limit)


class Board:
    """The projection: all notes, and how many pages it took."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.pages = 0

    def apply(self, feed: NoteFeed) -> None:
        self.pages += 1
        self.texts |= {note.position: note.text for note in feed.items}


BOARD = Projection("notes.board", Board, CHANGES, (ADDED,), Board.apply, refresh_seconds=600)


def notes(stage: Stage | None = None, **given: Any) -> Actor:
    return Actor(
        name="notes",
        about="Keeps notes.",
        folder=HERE / "notes",
        answers=(
            Answer(ADD, add, **given), Answer(CONFIDE, confide), Answer(SAY, say, **given), Answer(CHANGES, changes),
            Answer(PASS_ON, pass_on, **given),
        ),
        tells=(ADDED, SHREDDED),
        opens=(stage or Stage()).opens(),
    )


async def read(happened: Sequence[Happened[Note]], work: Work) -> None:
    stage: Stage = work.resource
    stage.batches.append(len(happened))
    for event in happened:
        note = event.data
        if note.text == "long":
            stage.held.set()
            await stage.gate.wait()
        if note.text == "venom":
            raise ValueError("no text that Postgres takes: \0 \ud800")
        if note.text.startswith("poison") and not await work.fetchval("SELECT 1 FROM readers.cures WHERE text = $1", note.text):
            raise ValueError(f"cannot read {note.text!r}")
        await work.execute(
            "INSERT INTO readers.seen (event_id, position, text, by_member) VALUES ($1, $2, $3, $4)",
            event.id, event.position, note.text, stage.name,
        )


def readers(stage: Stage | None = None, **given: Any) -> Actor:
    return Actor(
        name="readers", about="Reads notes.", folder=HERE / "readers", reacts=(React(ADDED, read), React(SHREDDED, read)),
        opens=(stage or Stage()).opens(), **given,
    )


async def write_down(happened: Sequence[Happened[Note]], work: Work) -> None:
    stage: Stage = work.resource
    stage.batches.append(len(happened))
    for event in happened:
        note = event.data
        if note.text == "long":
            stage.held.set()
            await stage.gate.wait()
        if note.text.startswith("poison") and not await work.fetchval("SELECT 1 FROM scribes.cures WHERE text = $1", note.text):
            raise ValueError(f"cannot write {note.text!r}")
        await work.execute(
            "INSERT INTO scribes.written (position, text, by_member) VALUES ($1, $2, $3)", event.position, note.text, stage.name
        )


def scribes(stage: Stage | None = None) -> Actor:
    return Actor(
        name="scribes", about="Write notes down.", folder=HERE / "scribes", follows=(Follow("notes", (ADDED,), write_down),),
        opens=(stage or Stage()).opens(),
    )
