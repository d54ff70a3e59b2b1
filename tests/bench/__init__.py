"""`just bench`: what Kasir does a second, beside what its parts do alone, measured in the same run on the same servers.

Machines are shared and noisy, so the ratios count, not the numbers.
"""
