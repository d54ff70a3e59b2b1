"""The guide about customers is run as it stands, line by line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from actors.customers.contract import GET_CREDIT, GET_POINTS, GetCredit, GetPoints
from tests.journeys.guide_run import run_guide
from tests.pages import check_customers
from tests.support import House

CUSTOMER, OTHER = (UUID(f"01930000-0000-7000-8000-0000000000c{number}") for number in (1, 2))


async def test_the_guide_about_customers(fresh_house: Any) -> None:
    house: House = await fresh_house()
    told = await run_guide(house, "customers.md")
    assert told.count("edge.") == 0, told
    assert 4_000_000 == (await house.call(GET_CREDIT, GetCredit(id=CUSTOMER))).balance.amount
    assert 104 == (await house.call(GET_POINTS, GetPoints(id=OTHER))).balance
    assert not [finding for page in await check_customers(house) for finding in page.findings]
