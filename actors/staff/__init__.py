"""Who may do what: people with roles, PINs and passwords, enrolled registers, sessions, approvals, API keys. All secrets are stored hashed.

A session is a key that belongs to a person and ends. The edge follows `staff.changes` and keeps the live keys of all kinds in memory, so
checking one asks nobody.
"""
