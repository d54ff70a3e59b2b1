"""What is for sale: products and their variants, with SKU, barcodes, prices and tax.

Registers and other actors load it once through `catalog.changes` and then follow.
"""
