"""What `catalog` answers, and with which handler."""

from __future__ import annotations

from pathlib import Path

import actors.catalog
from actors.catalog import handlers
from actors.catalog.contract import (
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    GET_PRODUCT,
    LIST_CATEGORIES,
    LIST_PRODUCTS,
    PRODUCT_CHANGES,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    UPDATE_PRODUCT,
    UPSERT_PRODUCTS,
)
from actors.runtime.actor import Actor, Answer

ACTOR = Actor(
    name="catalog",
    about=actors.catalog.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # A product may have thousands of barcodes, and a batch must be done in time.
        Answer(CREATE_PRODUCT, handlers.create_products, batch=16),
        Answer(UPDATE_PRODUCT, handlers.update_products, batch=16),
        Answer(DELETE_PRODUCT, handlers.delete_products),
        # A message holds up to 1,000 products already.
        Answer(UPSERT_PRODUCTS, handlers.upsert_products, batch=1, waiting=16),
        Answer(GET_PRODUCT, handlers.get_products),
        # Searches are statements of their own: small batches, so that a slow one holds up few.
        Answer(LIST_PRODUCTS, handlers.list_products, batch=8, workers=2),
        Answer(LIST_CATEGORIES, handlers.list_categories),
        Answer(PRODUCT_CHANGES, handlers.list_changes, batch=4, workers=2),
    ),
    tells=(PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED),
)
