"""How much there is of what, where, and why: a ledger of movements for each store and variant. Nothing in it is ever edited.

It follows what orders tell, and keeps goods back for orders that are not paid yet.
"""
