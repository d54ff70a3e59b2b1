"""A town with minimarkets, made up from a number: what its people do, day by day, as requests to Kasir.

All but `sending` and `judging` is pure: the same seed, days, stores and last day give the same requests, byte for byte.
"""
