"""Rows <-> roles, people, and their wrong tries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from actors.runtime.cursors import read_cursor, write_cursor
from actors.runtime.queries import load_queries
from actors.runtime.words import Position
from actors.staff.authority import Authority, together
from actors.staff.contract import ListPeople, Person, PersonPage, Role
from actors.staff.held import Book, rights_of, text_of
from actors.staff.trying import Tries

if TYPE_CHECKING:
    from actors.runtime.database import Record
    from actors.runtime.work import Work
    from actors.staff.hashing import Hasher

SQL = load_queries(__file__)
_person = msgspec.json.Decoder(Person)


class Kept(NamedTuple):
    """A person, with what nobody gets to see."""

    person: Person
    pin_hash: str | None
    password_hash: str | None


# --- roles -----------------------------------------------------------------------------------------------


async def load_roles(work: Work, codes: Iterable[str] | None = None) -> dict[str, Role]:
    """Those named, or all."""
    rows = await work.fetch(SQL["load_roles"], None if codes is None else list(set(codes)))
    return {row["code"]: _role(row) for row in rows}


async def save_role(work: Work, role: Role) -> None:
    await work.execute(
        SQL["save_role"], role.code, role.version, role.name, list(role.scopes), text_of(role.rights), role.built_in, role.created_at,
        role.updated_at,
    )  # fmt: skip


def authority_of(person: Person, roles: Mapping[str, Role]) -> Authority:
    """Nothing, once they are gone."""
    codes = person.roles if person.active else []
    may = together(Authority(roles[code].scopes, roles[code].rights) for code in codes if code in roles)
    return may._replace(stores=frozenset(person.store_ids))


def _role(row: Record) -> Role:
    return Role(**{**{name: row[name] for name in Role.__struct_fields__}, "rights": rights_of(row["rights"])})


# --- people ----------------------------------------------------------------------------------------------


async def load_people(work: Work, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """Without a transaction, when there is none yet."""
    return {kept.person.id: kept for kept in map(_kept, await work.read(SQL["load_people"], list(set(ids))))}


async def find_people(work: Work, codes: Iterable[str], logins: Iterable[str]) -> list[Kept]:
    """By what they type; without a transaction when there is none yet."""
    rows = await work.read(SQL["find_people"], [code.lower() for code in codes], [login.lower() for login in logins])
    return [_kept(row) for row in rows]


async def people_of_role(work: Work, code: str) -> list[Person]:
    return [_kept(row).person for row in await work.fetch(SQL["people_of_role"], code)]


def save_person(book: Book, person: Person) -> None:
    """After it was told: the position of that is the person's place in the list, when it is new."""
    login = person.login.lower() if person.login else None
    body = msgspec.json.encode(person).decode()
    book.write_at_last(SQL["save_person"], person.id, person.code.lower(), login, list(person.roles), person.active, body)


async def set_pin(work: Work, id: UUID, hash: str) -> None:
    await work.execute(SQL["set_pin"], id, hash)


async def set_password(work: Work, id: UUID, hash: str | None) -> None:
    await work.execute(SQL["set_password"], id, hash)


async def list_people(work: Work, asked: ListPeople) -> PersonPage:
    """ValueError when the cursor is not one of ours."""
    (opened,) = read_cursor(asked.cursor, tuple[Position]) if asked.cursor else (0,)
    rows = await work.fetch(SQL["list_people"], opened, asked.limit + 1, asked.active, asked.code.lower() if asked.code else None)
    page = rows[: asked.limit]
    return PersonPage(
        items=await with_locks(work, [_kept(row).person for row in page]),
        next_cursor=write_cursor(page[-1]["opened"]) if len(rows) > len(page) else None,
    )


def _kept(row: Record) -> Kept:
    return Kept(_person.decode(row["body"]), row["pin_hash"], row["password_hash"])


# --- tries -----------------------------------------------------------------------------------------------


def names_of(person: Person, hasher: Hasher) -> list[str]:
    """What the tries at this person's PIN and password are kept under."""
    return [hasher.name("pin", person.code), *([hasher.name("password", person.login)] if person.login else [])]


async def with_locks(work: Work, people: Sequence[Person]) -> list[Person]:
    hasher: Hasher = work.resource
    tries = await load_tries(work, [name for person in people for name in names_of(person, hasher)])
    return [_with_lock(person, [tries.get(name) for name in names_of(person, hasher)], work) for person in people]


def _with_lock(person: Person, tries: Sequence[Tries | None], work: Work) -> Person:
    ends = [one.locked_until for one in tries if one is not None and one.locked_until is not None and one.locked_until > work.now]
    return msgspec.structs.replace(person, locked_until=max(ends, default=None))


async def load_tries(work: Work, who: Iterable[str]) -> dict[str, Tries]:
    rows = await work.read(SQL["load_tries"], list(set(who)))
    return {row["who"]: Tries(row["failed"], row["locked_until"]) for row in rows}


async def save_tries(work: Work, who: str, tries: Tries) -> None:
    await work.execute(SQL["save_tries"], who, tries.failed, work.now, tries.locked_until)


async def forget_tries(work: Work, who: Sequence[str]) -> None:
    await work.execute(SQL["forget_tries"], list(who))
