"""What the edge counts, for Prometheus. Times are in seconds."""

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("kasir_http_requests_total", "HTTP requests answered", ["route", "status"])
SECONDS = Histogram("kasir_http_request_seconds", "From the request's head to its answer", ["route"], buckets=_FAST)
UNDER_WAY = Gauge("kasir_http_requests_under_way", "HTTP requests under way in this process")
KEYS_AGE = Gauge("kasir_http_keys_age_seconds", "Since when the edge has not heard about API keys")
