"""The statements of webhooks. What rows become is in the `..._store.py` of each topic."""

from __future__ import annotations

from actors.runtime.queries import load_queries

SQL = load_queries(__file__)
