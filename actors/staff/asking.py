"""What those who ask may do themselves."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from actors.staff import held, people_store
from actors.staff.authority import EVERYTHING, NOTHING, Authority

if TYPE_CHECKING:
    from actors.runtime.work import Work


async def authorities(work: Work, askers: Sequence[str]) -> dict[str, Authority]:
    """By id of a person or a key. Everything for Kasir itself; nothing for those who are gone."""
    ids = [id for id in map(_id, askers) if id is not None]
    keys = await held.by_id(work, ids)
    people = await people_store.load_people(work, ids)
    roles = await people_store.load_roles(work) if people else {}
    known = {str(id): key.authority for id, key in keys.items() if key.is_live(work.now)}
    known |= {str(id): people_store.authority_of(kept.person, roles) for id, kept in people.items()}
    return {asker: known.get(asker, NOTHING) if asker else EVERYTHING for asker in askers}


async def authority(work: Work, asker: str) -> Authority:
    return (await authorities(work, [asker]))[asker]


def _id(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None
