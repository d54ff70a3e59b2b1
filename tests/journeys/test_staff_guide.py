"""The guide about people is run as it stands, line by line."""

from __future__ import annotations

from typing import Any

from actors.staff.contract import GET_ROLE, LIST_PEOPLE, GetRole, ListPeople
from tests.journeys.guide_run import run_guide
from tests.support import House


async def test_the_guide_about_people(fresh_house: Any) -> None:
    house: House = await fresh_house()
    told = await run_guide(house, "staff.md")
    assert told.count('"placed_by":"') == 2
    assert told.count('"code":"orders.needs_approval"') == 1
    assert told.count("edge.") == 0, told
    people = {person.name: person for person in (await house.call(LIST_PEOPLE, ListPeople())).items}
    assert {"Sari": ["owner"], "Siti": ["cashier", "shelf"], "Budi": ["supervisor"]} == {name: one.roles for name, one in people.items()}
    assert (await house.call(GET_ROLE, GetRole(code="cashier"))).version == 2
