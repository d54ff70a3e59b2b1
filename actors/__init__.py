"""Kasir's services: one folder per actor, all of them on `actors.runtime`.

Actors import each other's `contract.py` and nothing else; see docs/developers.md.
"""
