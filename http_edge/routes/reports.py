"""The routes of `reports`."""

from http_edge.route import Resource

REPORTS = Resource("Reports", "Figures of every day, as JSON, CSV, XLSX, and as a picture.", ())
