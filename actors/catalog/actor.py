"""What `catalog` answers, and with which handler."""

from __future__ import annotations

from pathlib import Path

import actors.catalog
from actors.catalog import handlers, offer_handlers
from actors.catalog.contract import (
    CREATE_PRICE_LIST,
    CREATE_PRODUCT,
    CREATE_PROMOTION,
    DELETE_PRODUCT,
    FIND_VARIANTS,
    GET_PRICE_LIST,
    GET_PRODUCT,
    GET_PROMOTION,
    LIST_CATEGORIES,
    LIST_PRICE_LISTS,
    LIST_PRODUCTS,
    LIST_PROMOTIONS,
    OFFER_CHANGES,
    PRICE_LIST_CREATED,
    PRICE_LIST_UPDATED,
    PRODUCT_CHANGES,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
    PRODUCT_UPDATED,
    PROMOTION_CREATED,
    PROMOTION_UPDATED,
    UPDATE_PRICE_LIST,
    UPDATE_PRODUCT,
    UPDATE_PROMOTION,
    UPSERT_PRODUCTS,
)
from actors.catalog.scales import SCALES
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
        # A message holds up to 1,000 products already. One is written while the next is decided.
        Answer(UPSERT_PRODUCTS, handlers.upsert_products, batch=1, workers=2, waiting=16),
        Answer(GET_PRODUCT, handlers.get_products),
        # Searches are statements of their own: small batches, so that a slow one holds up few.
        Answer(LIST_PRODUCTS, handlers.list_products, batch=8, workers=2),
        Answer(LIST_CATEGORIES, handlers.list_categories),
        Answer(PRODUCT_CHANGES, handlers.list_changes, batch=4, workers=2),
        Answer(FIND_VARIANTS, handlers.find_variants, batch=8),
        Answer(CREATE_PRICE_LIST, offer_handlers.create_price_lists),
        Answer(UPDATE_PRICE_LIST, offer_handlers.update_price_lists),
        Answer(GET_PRICE_LIST, offer_handlers.get_price_lists),
        Answer(LIST_PRICE_LISTS, offer_handlers.list_price_lists, batch=8),
        Answer(CREATE_PROMOTION, offer_handlers.create_promotions),
        Answer(UPDATE_PROMOTION, offer_handlers.update_promotions),
        Answer(GET_PROMOTION, offer_handlers.get_promotions),
        Answer(LIST_PROMOTIONS, offer_handlers.list_promotions, batch=8),
        Answer(OFFER_CHANGES, offer_handlers.list_changes, batch=4, workers=2),
    ),
    keeps=(SCALES,),
    tells=(
        PRODUCT_CREATED,
        PRODUCT_UPDATED,
        PRODUCT_DELETED,
        PRICE_LIST_CREATED,
        PRICE_LIST_UPDATED,
        PROMOTION_CREATED,
        PROMOTION_UPDATED,
    ),
)
