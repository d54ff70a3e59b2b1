"""What every member counts, for Prometheus. Times are in seconds."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

COMMANDS = Counter("kasir_commands_total", "Commands answered", ["command", "outcome"])
COMMAND_BATCHES = Histogram("kasir_command_batch_size", "Commands that shared one transaction", ["command"], buckets=_SIZES)
COMMAND_SECONDS = Histogram("kasir_command_batch_seconds", "From taking a batch to answering it", ["command"], buckets=_FAST)
COMMANDS_WAITING = Gauge("kasir_commands_waiting", "Commands waiting in this process", ["command"])
REACTIONS = Counter("kasir_reactions_total", "Events taken by an actor", ["actor", "event", "outcome"])
REACTION_SECONDS = Histogram("kasir_reaction_batch_seconds", "One batch of events", ["actor"], buckets=_FAST)
DEAD_LETTERS = Counter("kasir_dead_letters_total", "Events given up on", ["actor", "event"])
RELAYED = Counter("kasir_relay_published_total", "Events that JetStream has acknowledged", ["log"])
RELAY_ACTIVE = Gauge("kasir_relay_active", "1 where this process publishes the log", ["log"])
RELAY_LAG = Gauge("kasir_relay_unpublished", "Events in the log that are not yet published", ["log"])
FOLLOW_LAG = Gauge("kasir_follow_lag", "Events in a log that its follower has not come to", ["actor", "log"])
PROJECTION_POSITION = Gauge("kasir_projection_position", "How far a view has followed its feed", ["projection"])
