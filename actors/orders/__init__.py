"""The sale: what was sold, at which price and tax, how it was paid, and the receipt number it got.

Prices come from a price list in memory that follows the catalog, so placing an order asks nobody.
"""
