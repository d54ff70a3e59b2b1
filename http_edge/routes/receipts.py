"""The routes of `receipts`."""

from http_edge.route import Resource

RECEIPTS = Resource("Receipts", "What the customer gets: on paper, on a screen; and the chain that proves that none is missing.", ())
