"""What every actor stands on: the only code that knows NATS and Postgres.

words       commands, events, refusals: what contracts are written in
actor       the table that makes an actor
work        one batch's transaction, as handlers see it
client      asking, and keeping projections: what the edge needs
member      one running copy of an actor
runtime     several members in one process, started and drained together
"""
