"""The routes of `customers`."""

from http_edge.route import Resource

CUSTOMERS = Resource("Customers", "Who buys: profiles, credit accounts, loyalty points.", ())
