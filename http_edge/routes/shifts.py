"""The routes of `shifts`."""

from http_edge.route import Resource

SHIFTS = Resource("Shifts", "Cash drawers: opened with a float, counted at the end, with X and Z reports.", ())
