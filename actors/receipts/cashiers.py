"""Who sold it, by name: as they were called at the time of the sale. Followed from the log of `staff`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from actors.orders.contract import Order
from actors.receipts import store
from actors.runtime.actor import Happened
from actors.runtime.words import Refusal
from actors.runtime.work import Work
from actors.staff.contract import GET_PERSON, GetPerson, Person


async def note_names(happened: Sequence[Happened[Person]], work: Work) -> None:
    """Each name from the moment since which somebody has it. What changes beside the name changes nothing here."""
    people = [one.data for one in happened]
    store.save_names(work, [(person.id, person.updated_at, person.name) for person in people])


async def cashier_of(order: Order, work: Work) -> str:
    """"" for a key of a machine, which has no name that a customer could ask for; and when it cannot be found out now.

    Who has just been hired is asked for: the log is followed with a moment's delay.
    """
    try:
        id = UUID(order.placed_by)
    except ValueError:
        return ""
    name = await store.name_at(work, id, order.sold_at)
    if name is not None:
        return name
    person = await work.ask(GET_PERSON, GetPerson(id=id))
    return "" if isinstance(person, Refusal) else person.name
