"""Stores and their registers: where selling happens, and by which currency, time zone, taxes and cash rounding.

Every other actor follows `stores.changes`; nothing is sold without a register.
"""
