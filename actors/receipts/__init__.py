"""Receipts and labels: how they look, for each store and language; and the chain that proves that none was removed or changed."""
