"""Tells external listeners what happened, by Standard Webhooks, at least once, until they have it.

It keeps endpoints and deliveries, and is the only one that posts to them (`effects.py`).
"""
