"""The edge: REST over the actors' contracts.

It owns no data and takes no decision about the trade. It checks who asks, turns HTTP into the struct that a contract names,
asks over NATS, and turns the answer back. A route is a row of a table (`routes/`); what the row means is in `operation.py`.
"""
