"""A guide about a shop with one register, run as it stands, line by line."""

from __future__ import annotations

import subprocess
from asyncio import to_thread
from pathlib import Path
from uuid import UUID

from actors.stores.contract import CREATE_REGISTER, CREATE_STORE, CreateRegister, CreateStore, Tax
from deploy.trouble import Trouble
from tests.journeys.walk import read_script
from tests.serving import Served, served
from tests.support import House, eventually

DOCS = Path(__file__).parents[2] / "docs"
STORE, REGISTER = (UUID(f"01930000-0000-7000-8000-00000000000{number}") for number in (1, 2))


async def run_guide(house: House, guide: str) -> str:
    """All that was printed. The store, the register and the product are those of the README's walk."""
    tax = Tax(code="ppn", name="PPN", rate="11", included=True)
    await house.call(CREATE_STORE, CreateStore(id=STORE, name="Toko Melati", currency="IDR", time_zone="Asia/Jakarta", taxes=[tax]))
    await house.call(CREATE_REGISTER, CreateRegister(id=REGISTER, store_id=STORE, code="K1"))
    await house.add_product(sku="MI-001")
    async with served(house) as kasir:
        await eventually(lambda: _sells(kasir))
        return await to_thread(_run, kasir, DOCS / guide)


async def _sells(kasir: Served) -> bool:
    """Once `orders` knows the product."""
    body = {"register_id": str(REGISTER), "lines": [{"sku": "MI-001", "quantity": 1}]}
    try:
        await kasir.post("/v1/orders/preview", body)
    except Trouble:
        return False
    return True


def _run(kasir: Served, guide: Path) -> str:
    script = read_script(guide.read_text(encoding="utf-8")).replace("http://127.0.0.1:8080", kasir.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env={"PATH": "/usr/bin:/bin", **kasir.account}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
