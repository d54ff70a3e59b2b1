"""Products that were stored before a product could have several taxes."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

import actors.catalog
from actors.catalog.contract import GET_PRODUCT, PRODUCT_CHANGES, GetProduct, Product
from actors.runtime.database import Database
from actors.runtime.migrations import migrate
from actors.runtime.words import FeedAfter
from tests.support import Servers, open_house

MIGRATIONS = Path(actors.catalog.__file__).parent / "migrations"
TAXED, UNTAXED = UUID(int=1), UUID(int=2)
OLD = """
    INSERT INTO catalog.products (id, position, name_folded, category, active, deleted, body)
    VALUES ($1, $2, 'kopi "tubruk"', NULL, true, false, $3)
"""


def old_body(id: UUID, tax: str) -> str:
    """As it was written then."""
    return (
        f'{{"id":"{id}","version":3,"name":"Kopi \\"Tubruk\\" ☕","category":null,"tax":{tax},"unit":"piece","active":true,'
        f'"variants":[{{"id":"{id}","sku":"K{id.int}","name":null,"barcodes":["899"],"price":{{"amount":10000000000000,"currency":"IDR"}}}}],'
        '"external_ids":{"tax":"T-1"},"created_at":"2026-03-01T00:00:00.123456Z","updated_at":"2026-03-01T00:00:00Z","deleted_at":null}'
    )


async def test_one_tax_becomes_a_list_of_taxes(servers: Servers, tmp_path: Path) -> None:
    settings = await servers.settings(empty=True)
    shutil.copy(MIGRATIONS / "0001_catalog.sql", tmp_path)
    database = Database(settings.database_url, pool=2)
    await database.connect()
    await migrate(database, "catalog", tmp_path)
    async with database.connection() as connection:
        await connection.execute(OLD, TAXED, 1, old_body(TAXED, '"ppn"'))
        await connection.execute(OLD, UNTAXED, 2, old_body(UNTAXED, "null"))
    await database.disconnect()
    async with open_house(settings, ("catalog", "stores")) as house:
        products: list[Product] = (await house.call(PRODUCT_CHANGES, FeedAfter())).items
        assert [(TAXED, ["ppn"]), (UNTAXED, [])] == [(each.id, each.taxes) for each in products]
        taxed = await house.call(GET_PRODUCT, GetProduct(id=TAXED))
        assert ('Kopi "Tubruk" ☕', 3, {"tax": "T-1"}, 10**13, 123456) == (
            taxed.name, taxed.version, taxed.external_ids, taxed.variants[0].price.amount, taxed.created_at.microsecond
        )
        (row,) = await house.fetch("SELECT count(*) AS old FROM catalog.products WHERE body::jsonb ? 'tax'")
        assert 0 == row["old"]
