"""The guide about people is run as it stands, line by line."""

from __future__ import annotations

import subprocess
from asyncio import to_thread
from pathlib import Path
from typing import Any
from uuid import UUID

from actors.staff.contract import GET_ROLE, LIST_PEOPLE, GetRole, ListPeople
from actors.stores.contract import CREATE_REGISTER, CREATE_STORE, CreateRegister, CreateStore, Tax
from deploy.trouble import Trouble
from tests.journeys.walk import read_script
from tests.serving import Served, served
from tests.support import House, eventually

GUIDE = Path(__file__).parents[2] / "docs" / "staff.md"
STORE, REGISTER = (UUID(f"01930000-0000-7000-8000-00000000000{number}") for number in (1, 2))


async def test_the_guide_about_people(fresh_house: Any) -> None:
    house: House = await fresh_house()
    tax = Tax(code="ppn", name="PPN", rate="11", included=True)
    await house.call(CREATE_STORE, CreateStore(id=STORE, name="Toko Melati", currency="IDR", time_zone="Asia/Jakarta", taxes=[tax]))
    await house.call(CREATE_REGISTER, CreateRegister(id=REGISTER, store_id=STORE, code="K1"))
    await house.add_product(sku="MI-001")
    async with served(house) as kasir:
        await eventually(lambda: sells(kasir))
        told = await to_thread(run, kasir)
    assert told.count('"placed_by":"') == 2
    assert told.count('"code":"orders.needs_approval"') == 1
    assert told.count("edge.") == 0, told
    people = {person.name: person for person in (await house.call(LIST_PEOPLE, ListPeople())).items}
    assert {"Sari": ["owner"], "Siti": ["cashier", "shelf"], "Budi": ["supervisor"]} == {name: one.roles for name, one in people.items()}
    assert (await house.call(GET_ROLE, GetRole(code="cashier"))).version == 2


async def sells(kasir: Served) -> bool:
    """Once `orders` knows the product."""
    body = {"register_id": str(REGISTER), "lines": [{"sku": "MI-001", "quantity": 1}]}
    try:
        await kasir.post("/v1/orders/preview", body)
    except Trouble:
        return False
    return True


def run(kasir: Served) -> str:
    """All that was printed."""
    script = read_script(GUIDE.read_text(encoding="utf-8")).replace("http://127.0.0.1:8080", kasir.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env={"PATH": "/usr/bin:/bin", **kasir.account}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
