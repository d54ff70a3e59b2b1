"""Products, their categories, and the feed that registers follow."""

from actors.catalog.contract import (
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    GET_PRODUCT,
    LIST_CATEGORIES,
    LIST_PRODUCTS,
    PRODUCT_CHANGES,
    UPDATE_PRODUCT,
    UPSERT_PRODUCTS,
)
from http_edge.route import MEBIBYTE, Resource, Route

READ, WRITE = "catalog:read", "catalog:write"

PRODUCTS = Resource(
    "Products",
    "What is for sale: products with their variants, prices and barcodes. A register loads the change feed once, from position 0, "
    "and then follows it.",
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
