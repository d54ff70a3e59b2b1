"""Who may do what. For now: API keys with scopes, stored hashed.

The edge follows `staff.changes` and keeps the live keys in memory, so checking one asks nobody.
"""
