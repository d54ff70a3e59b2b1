"""`kasir report` tells it in the terminal or as a file; `kasir doctor` says whether all is well, and counts again."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from actors.inventory.contract import RECEIVE_GOODS, ReceiptLine, ReceiveGoods
from actors.runtime.database import connect_alone
from actors.runtime.upkeep import AskDurability, ask_durability
from deploy.embedded.postgres import start_postgres
from tests.actors.orders.shop import card, cash, open_shop
from tests.actors.reports.support import caught_up
from tests.deploy.support import kasir
from tests.support import House, Servers, open_house, rupiah


async def run(house: House, *args: str) -> subprocess.CompletedProcess[str]:
    settings = house.settings
    return await asyncio.to_thread(kasir, *args, "--nats", settings.nats_url, "--database", settings.database_url)


@pytest_asyncio.fixture
async def lasting_house(servers: Servers, tmp_path: Path) -> AsyncIterator[House]:
    """On a PostgreSQL that keeps what it has acknowledged, as that of the other tests does not."""
    async with await start_postgres(tmp_path) as postgres, open_house(await servers.settings(database_url=postgres.url)) as house:
        yield house


async def test_a_report_is_shown_with_a_chart_or_written_to_a_file(house: House, tmp_path: Path) -> None:
    shop = await open_shop(house, name="Teh Botol")
    store = ("--store", str(shop.store.id))
    await shop.place(cash(7_000))
    await shop.place(card(3_500), quantity=1)
    await caught_up(house)

    shown = await run(house, "report", "sales", "--today", *store)
    assert shown.returncode == 0, shown.stderr
    assert "Sales by hour" in shown.stdout
    assert "10,500" in shown.stdout
    assert "Total, thousand IDR" in shown.stdout
    assert "█" in shown.stdout
    products = await run(house, "report", "sales", "--by", "product", *store)
    assert "Teh Botol" in products.stdout
    tenders = await run(house, "report", "sales", "--by", "tender", *store)
    assert "Cash" in tenders.stdout and "█" in tenders.stdout  # noqa: PT018 - one line of two

    path = tmp_path / "sales.csv"
    written = await run(house, "report", "sales", "--format", "csv", "--output", str(path), *store)
    assert written.returncode == 0, written.stderr
    assert path.read_text(encoding="utf-8-sig").startswith("Hour,Currency,Sales,")
    wrong = await run(house, "report", "sales", "--by", "moon")
    assert wrong.returncode == 1
    assert "Invalid enum value 'moon'" in wrong.stderr
    nothing = await run(house, "report", "reorder", *store)
    assert "Nothing." in nothing.stdout


async def test_the_doctor_finds_what_is_wrong_and_counting_again_cures_it(lasting_house: House) -> None:
    house = lasting_house
    shop = await open_shop(house)
    variant = await house.add_product()
    lines = [ReceiptLine(variant_id=variant.variants[0].id, quantity="10", unit_cost=rupiah(2000))]
    await house.call(RECEIVE_GOODS, ReceiveGoods(store_id=shop.store.id, lines=lines))
    await shop.place(cash(7_000))
    await caught_up(house)

    await house.fetch("UPDATE reports.days SET net = net + 1 WHERE kind = 'product'")
    ill = await run(house, "doctor")
    assert ill.returncode == 1
    assert "product" in ill.stdout

    cured = await run(house, "doctor", "--rebuild", "reports")
    assert cured.returncode == 0, cured.stdout + cured.stderr
    assert "all figures were counted again" in cured.stdout
    assert "books: stock" in cured.stdout
    assert "0 behind orders" in cured.stdout
    assert "PostgreSQL             keeps what it has acknowledged" in cured.stdout
    assert "All is well." in cured.stdout


async def test_a_postgresql_that_forgets_is_wrong_and_said_so_at_the_start_and_by_the_doctor(
    fresh_house: Callable[..., Awaitable[House]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    house = await fresh_house()

    said = await run(house, "doctor")

    off = "off are fsync, full_page_writes, synchronous_commit"
    assert (said.returncode, "1 things are wrong." in said.stdout) == (1, True), said.stdout
    assert off in said.stdout
    assert "pg_reload_conf" in said.stdout
    assert sum(off in record.getMessage() for record in caplog.records) == 1


async def test_one_setting_of_the_database_alone_is_enough(servers: Servers, tmp_path: Path) -> None:
    async with await start_postgres(tmp_path) as postgres:
        other = await connect_alone(postgres.url, "test")
        await other.execute("ALTER DATABASE kasir SET synchronous_commit = off")
        await other.close()
        async with open_house(await servers.settings(database_url=postgres.url), ("stores",)) as house:
            told = await house.call(ask_durability("stores"), AskDurability())
    assert told.off == ["synchronous_commit"]
