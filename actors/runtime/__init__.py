"""What every actor stands on: the only code that knows NATS and Postgres. The guide for developers tells how it works.

What contracts are written in   words, and what many of them need: money, quantities, days, ean, cursors
An actor                        actor, work (one batch's transaction, as handlers see it) with outgoing, queries (its SQL), ids, settings, house
Its members                     member, runtime (several in one process), services, tasks, logs and logs_sparing, metrics
Commands                        answering, telling, keys, keys_recalled, bundles, messages, envelopes, auditing; asked by client over nats_link
Events, out                     relay, streams, packing: from the log to JetStream
Events, in                      pulling, reacting (in any order); following, following_log, turns, catching_up (in that of the log); dead_letters
An actor's own log              log_fresh, log_pages, log_read
Views                           projections; hints wake who waits
What every actor answers        upkeep, everybodys; mending and walking where it checks itself page by page
Postgres                        database, composing, migrations, leading (who does what only one may), durability
Secrets                         sealing, secret_key
What is drawn                   workshop: in processes beside
"""
