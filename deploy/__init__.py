"""Kasir as something to run: the `kasir` command, the servers it brings along, and the one place where all parts meet."""
