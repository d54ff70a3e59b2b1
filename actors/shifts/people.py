"""Who answers for a drawer: asked for by id, because it is seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.shifts.contract import UNKNOWN_PERSON
from actors.staff.contract import GET_PERSON, GetPerson, Person

People = Mapping[UUID, Person | Refusal]


async def know_people(work: Work, ids: Iterable[UUID | None]) -> People:
    """Each of those that are named, or why nobody is told of. It asks, so before the transaction begins."""
    people: dict[UUID, Person | Refusal] = {}
    for id in set(ids):
        if id is not None:
            people[id] = await _ask(work, id)
    return people


async def _ask(work: Work, id: UUID) -> Person | Refusal:
    return await work.ask(GET_PERSON, GetPerson(id=id))


def unfit(person_id: UUID | None, people: People, store_id: UUID, pointer: str) -> Refusal | None:
    """Why this person cannot answer for a drawer of that store, if they cannot. Nobody named: that of who asks."""
    if person_id is None:
        return None
    person = people[person_id]
    if isinstance(person, Refusal):
        nobody = UNKNOWN_PERSON.refuse_at(pointer, f"There is no person {person_id}. Take the id from the list of people.")
        return nobody if person.kind == "not_found" else person
    if not person.active:
        return UNKNOWN_PERSON.refuse_at(pointer, f"{person.name} does not work here any more. Name somebody else.")
    if person.store_ids and store_id not in person.store_ids:
        return UNKNOWN_PERSON.refuse_at(pointer, f"{person.name} does not work in this store. Name somebody who does.")
    return None
