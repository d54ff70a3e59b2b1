"""A big catalog: imported as a shop would, then looked up by barcode, and held in memory by those who sell from it."""

from __future__ import annotations

import asyncio
import csv
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.world import ROOT, World

PRODUCTS = 300_000
LOOKUPS_SECONDS = 5.0
FOLLOW_SECONDS = 120.0
"""How long those who sell may take until they know the last product."""
MEMORY_MB = 400.0
WORDS = (
    "Indomie Goreng Ayam Sedaap Teh Botol Susu Ultra Coklat Keju Kopi Kapal Gula Pasir Minyak Sania Beras Pandan Wangi Sabun Sampo "
    "Sikat Gigi Tisu Biskuit Roma Kecap Saus Sarden Mentega Air Mineral Jus Permen Wafer Keripik"
)


async def big_catalog(world: World, count: int = PRODUCTS) -> list[Row]:
    """`kasir import products` with its progress, over the edge, NATS and Postgres; then the rest, when all of it has arrived."""
    orders = process_of("orders")
    before = resident_mb(orders)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.csv"
        write_products(path, count)
        rate, seconds = await _import(world, path, count)
    await _until_sold(world, f"C{count - 1:06}")
    after = resident_mb(orders)
    barcodes = [barcode(number) for number in random.Random(1).sample(range(count), min(count, 5_000))]
    found = await world.load([_lookup(world, each) for each in barcodes], clients=1, seconds=LOOKUPS_SECONDS)
    p50, p99 = found.percentile(0.5), found.percentile(0.99)
    return [
        Row(f"import of {count:,} products", f"{rate:,.0f}/s, {seconds:.0f} s", "5,000/s", rate / 5_000, 1.0),
        Row("lookup by barcode in them", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "5 ms", p99 / 5, 1.0, more_is_better=False),
        Row(
            "memory of one who sells them", f"{after:.0f} MB, {after - before:.0f} MB more than before", f"{MEMORY_MB:.0f} MB", after / MEMORY_MB,
            1.0, more_is_better=False,
        ),
    ]


async def _import(world: World, path: Path, count: int) -> tuple[float, float]:
    """Products a second and seconds, as the command itself tells, from the first batch to the last answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "import", "products", str(path), "--url", world.url, cwd=ROOT,
        env={**os.environ, "KASIR_API_KEY": world.key}, stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    told = re.search(r"products in ([0-9.]+) s: (\d+) created", output.decode())
    if process.returncode != 0 or told is None or int(told[2]) != count:
        raise RuntimeError(f"the import ended with {process.returncode}: {output.decode()[-500:]}")
    return count / float(told[1]), float(told[1])


async def _until_sold(world: World, sku: str) -> None:
    """The last product can be sold once those who sell have followed the catalog to its end."""
    deadline = time.perf_counter() + FOLLOW_SECONDS
    order = {"register_id": world.registers[0], "lines": [{"sku": sku}]}
    while True:
        async with world.http.post(world.url + "/v1/orders/preview", json=order) as answer:
            if answer.status == 200:
                return
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{sku} cannot be sold: {await answer.text()}")
        await asyncio.sleep(0.2)


def _lookup(world: World, code: str) -> str:
    host = world.url.removeprefix("http://")
    return f"GET /v1/products?barcode={code} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {world.key}\r\n\r\n"


def write_products(path: Path, count: int) -> None:
    """A CSV with names of three to five words, 200 categories, and a barcode each; the same every time."""
    some, words = random.Random(7), WORDS.split()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "sku", "barcode", "category", "price", "tax"))
        for number in range(count):
            name = f"{' '.join(some.sample(words, some.randint(2, 4)))} {some.randint(5, 999)} g"
            writer.writerow((name, f"C{number:06}", barcode(number), f"Rak {number % 200}", some.randint(5, 2000) * 100, "ppn"))


def barcode(number: int) -> str:
    """EAN-13: weights 1 and 3 in turn, the sum a multiple of ten."""
    digits = f"899{number:09}"
    return f"{digits}{-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10}"


def process_of(part: str) -> int:
    """The process that this one has started, directly or not, to run `part`; or the one that runs everything."""
    mine = {pid: command for pid, command in _descendants(os.getpid()) if " -m deploy " in command}
    return next((pid for pid, command in mine.items() if f" run {part}" in command), min(mine))


def _descendants(ancestor: int) -> Iterator[tuple[int, str]]:
    parents = {int(stat.parent.name): int(stat.read_text().rpartition(")")[2].split()[1]) for stat in Path("/proc").glob("[0-9]*/stat")}
    for pid in parents:
        above = parents.get(pid)
        while above not in (None, ancestor):
            above = parents.get(above)
        if above == ancestor:
            yield pid, Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
