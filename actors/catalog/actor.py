"""The table of `catalog`."""

from __future__ import annotations

from pathlib import Path

import actors.catalog as about
from actors.catalog import contract, handlers, offer_handlers
from actors.catalog.scales import SCALES
from actors.runtime.actor import Actor, Answer

ACTOR = Actor(
    name="catalog",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        # A product may have thousands of barcodes, and a batch must be done in time.
        Answer(contract.CREATE_PRODUCT, handlers.create_products, batch=16),
        Answer(contract.UPDATE_PRODUCT, handlers.update_products, batch=16),
        Answer(contract.DELETE_PRODUCT, handlers.delete_products),
        # A message holds up to 1,000 products already. One is written while the next is decided.
        Answer(contract.UPSERT_PRODUCTS, handlers.upsert_products, batch=1, workers=2, waiting=16),
        Answer(contract.GET_PRODUCT, handlers.get_products),
        # Searches are statements of their own: small batches, so that a slow one holds up few.
        Answer(contract.LIST_PRODUCTS, handlers.list_products, batch=8, workers=2),
        Answer(contract.LIST_CATEGORIES, handlers.list_categories),
        Answer(contract.PRODUCT_CHANGES, handlers.list_changes, batch=4, workers=2),
        Answer(contract.FIND_VARIANTS, handlers.find_variants, batch=8),
        Answer(contract.CREATE_PRICE_LIST, offer_handlers.create_price_lists),
        Answer(contract.UPDATE_PRICE_LIST, offer_handlers.update_price_lists),
        Answer(contract.GET_PRICE_LIST, offer_handlers.get_price_lists),
        Answer(contract.LIST_PRICE_LISTS, offer_handlers.list_price_lists, batch=8),
        Answer(contract.CREATE_PROMOTION, offer_handlers.create_promotions),
        Answer(contract.UPDATE_PROMOTION, offer_handlers.update_promotions),
        Answer(contract.GET_PROMOTION, offer_handlers.get_promotions),
        Answer(contract.LIST_PROMOTIONS, offer_handlers.list_promotions, batch=8),
        Answer(contract.OFFER_CHANGES, offer_handlers.list_changes, batch=4, workers=2),
    ),
    keeps=(SCALES,),
    tells=(
        contract.PRODUCT_CREATED,
        contract.PRODUCT_UPDATED,
        contract.PRODUCT_DELETED,
        contract.PRICE_LIST_CREATED,
        contract.PRICE_LIST_UPDATED,
        contract.PROMOTION_CREATED,
        contract.PROMOTION_UPDATED,
    ),
)
