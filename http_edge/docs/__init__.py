"""The reference at /docs: one static page made from the OpenAPI document, readable without the internet and without JavaScript."""

from http_edge.docs.page import docs_page

__all__ = ["docs_page"]
