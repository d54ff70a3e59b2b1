"""The guide about customers is run as it stands, line by line."""

from __future__ import annotations

import subprocess
from asyncio import to_thread
from pathlib import Path
from typing import Any
from uuid import UUID

from actors.customers.contract import CHECK_CUSTOMERS, GET_CREDIT, GET_POINTS, CheckCustomers, GetCredit, GetPoints
from actors.stores.contract import CREATE_REGISTER, CREATE_STORE, CreateRegister, CreateStore, Tax
from deploy.trouble import Trouble
from tests.journeys.walk import read_script
from tests.serving import Served, served
from tests.support import House, eventually

GUIDE = Path(__file__).parents[2] / "docs" / "customers.md"
STORE, REGISTER = (UUID(f"01930000-0000-7000-8000-00000000000{number}") for number in (1, 2))
CUSTOMER, OTHER = (UUID(f"01930000-0000-7000-8000-0000000000c{number}") for number in (1, 2))


async def test_the_guide_about_customers(fresh_house: Any) -> None:
    house: House = await fresh_house()
    tax = Tax(code="ppn", name="PPN", rate="11", included=True)
    await house.call(CREATE_STORE, CreateStore(id=STORE, name="Toko Melati", currency="IDR", time_zone="Asia/Jakarta", taxes=[tax]))
    await house.call(CREATE_REGISTER, CreateRegister(id=REGISTER, store_id=STORE, code="K1"))
    await house.add_product(sku="MI-001")
    async with served(house) as kasir:
        await eventually(lambda: sells(kasir))
        told = await to_thread(run, kasir)
    assert told.count("edge.") == 0, told
    assert 5_000_000 == (await house.call(GET_CREDIT, GetCredit(id=CUSTOMER))).balance.amount
    assert 104 == (await house.call(GET_POINTS, GetPoints(id=OTHER))).balance
    assert not (await house.call(CHECK_CUSTOMERS, CheckCustomers())).findings


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
