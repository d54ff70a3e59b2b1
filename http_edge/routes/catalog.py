"""Products, their categories, price lists, promotions, and the feeds that registers follow."""

from actors.catalog.contract import (
    CREATE_PRICE_LIST,
    CREATE_PRODUCT,
    CREATE_PROMOTION,
    DELETE_PRODUCT,
    GET_PRICE_LIST,
    GET_PRODUCT,
    GET_PROMOTION,
    LIST_CATEGORIES,
    LIST_PRICE_LISTS,
    LIST_PRODUCTS,
    LIST_PROMOTIONS,
    OFFER_CHANGES,
    PRODUCT_CHANGES,
    UPDATE_PRICE_LIST,
    UPDATE_PRODUCT,
    UPDATE_PROMOTION,
    UPSERT_PRODUCTS,
)
from http_edge.route import MEBIBYTE, Resource, Route

READ, WRITE = "catalog:read", "catalog:write"

PRODUCTS = Resource(
    "Products",
    "What is for sale: products with their variants, prices, packs, recipes, modifiers and barcodes. A register loads the change feed once, "
    "from position 0, and then follows it.",
    (
        Route("GET", "/v1/products", LIST_PRODUCTS, READ),
        Route("POST", "/v1/products", CREATE_PRODUCT, WRITE, body="", location="/v1/products/{id}"),
        Route("POST", "/v1/products/batch", UPSERT_PRODUCTS, WRITE, body="", body_bytes_max=8 * MEBIBYTE),
        Route("GET", "/v1/products/{id}", GET_PRODUCT, READ),
        Route("PATCH", "/v1/products/{id}", UPDATE_PRODUCT, WRITE, body="changes"),
        Route("DELETE", "/v1/products/{id}", DELETE_PRODUCT, WRITE),
        Route("GET", "/v1/categories", LIST_CATEGORIES, READ),
        Route("GET", "/v1/catalog/changes", PRODUCT_CHANGES, READ),
    ),
)
PRICE_LISTS = Resource(
    "Price lists",
    "Other prices for some customers or stores. The prices themselves stand with the variants, under the list's code.",
    (
        Route("GET", "/v1/price-lists", LIST_PRICE_LISTS, READ),
        Route("POST", "/v1/price-lists", CREATE_PRICE_LIST, WRITE, body="", location="/v1/price-lists/{code}"),
        Route("GET", "/v1/price-lists/{code}", GET_PRICE_LIST, READ),
        Route("PATCH", "/v1/price-lists/{code}", UPDATE_PRICE_LIST, WRITE, body="changes"),
    ),
)
PROMOTIONS = Resource(
    "Promotions",
    "What is taken off by itself: percentages, amounts, buy so many and get some, happy hours. With a code it is a coupon.",
    (
        Route("GET", "/v1/promotions", LIST_PROMOTIONS, READ),
        Route("POST", "/v1/promotions", CREATE_PROMOTION, WRITE, body="", location="/v1/promotions/{id}"),
        Route("GET", "/v1/promotions/{id}", GET_PROMOTION, READ),
        Route("PATCH", "/v1/promotions/{id}", UPDATE_PROMOTION, WRITE, body="changes"),
        Route("GET", "/v1/catalog/offer-changes", OFFER_CHANGES, READ),
    ),
)
