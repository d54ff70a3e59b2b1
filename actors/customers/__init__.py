"""Customers: profiles and groups, what they owe (credit accounts), and what their loyalty is worth (points)."""
