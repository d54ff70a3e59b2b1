"""What the postman counts, for Prometheus. Times are in seconds."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("kasir_webhook_attempts_total", "Posts to listeners, by what came of them", ["result"])
POST_SECONDS = Histogram(
    "kasir_webhook_post_seconds",
    "From sending to the listener's answer",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30),
)
IN_FLIGHT = Gauge("kasir_webhook_posts_in_flight", "Posts under way in this process")
HELD = Gauge("kasir_webhook_deliveries_held", "Deliveries in this process's hands, posts under way included")
CHARGES = Gauge("kasir_webhook_charges", "Endpoints that this process posts to")
CIRCUITS_OPEN = Gauge("kasir_webhook_circuits_open", "Endpoints of this process that are not posted to but for a probe: down, or throttling")
LATE_SECONDS = Gauge("kasir_webhook_backlog_seconds", "How long ago the oldest delivery was sorted that was last read")
DISABLED = Counter("kasir_webhook_endpoints_disabled_total", "Endpoints disabled by Kasir: gone, or failing for days")
