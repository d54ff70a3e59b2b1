-- What webhooks asks of its database.

-- name: insert_endpoints
INSERT INTO webhooks.endpoints
    (id, version, url, event_types, description, secret, active, created_at, updated_at, position)
SELECT id, 1, url, ARRAY(SELECT jsonb_array_elements_text(event_types)), description, secret, active, $1, $1, position
FROM unnest($2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::bytea[], $7::boolean[], $8::bigint[])
    AS new (id, url, event_types, description, secret, active, position)

-- name: find_endpoints
SELECT id, version, url, event_types, description, active, disabled_reason, created_at, updated_at, deleted_at
FROM webhooks.endpoints WHERE id = ANY ($1::uuid[])

-- name: lock_endpoints
SELECT id, version, url, event_types, description, active, disabled_reason, created_at, updated_at, deleted_at
FROM webhooks.endpoints WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: save_endpoints
-- A secret that was not given stays.
UPDATE webhooks.endpoints AS e
SET version = changed.version,
    url = changed.url,
    event_types = ARRAY(SELECT jsonb_array_elements_text(changed.event_types)),
    description = changed.description,
    secret = coalesce(changed.secret, e.secret),
    active = changed.active,
    disabled_reason = changed.disabled_reason,
    updated_at = changed.updated_at,
    deleted_at = changed.deleted_at,
    position = changed.position
FROM unnest(
    $1::uuid[], $2::bigint[], $3::text[], $4::jsonb[], $5::text[], $6::bytea[], $7::boolean[], $8::text[],
    $9::timestamptz[], $10::timestamptz[], $11::bigint[]
) AS changed (
    id, version, url, event_types, description, secret, active, disabled_reason, updated_at, deleted_at, position
)
WHERE e.id = changed.id

-- name: list_endpoints
SELECT id, version, url, event_types, description, active, disabled_reason, created_at, updated_at, deleted_at
FROM webhooks.endpoints
WHERE deleted_at IS NULL AND (created_at, id) > ($1, $2)
ORDER BY created_at, id LIMIT $3

-- name: endpoints_after
SELECT id, version, url, event_types, description, active, disabled_reason, created_at, updated_at, deleted_at, position
FROM webhooks.endpoints WHERE position > $1 ORDER BY position LIMIT $2

-- name: interested_endpoints
-- Decided in the reaction's own transaction: an endpoint that was there before the event never misses it.
SELECT t.type, e.id, e.version
FROM unnest($1::text[]) AS t (type)
JOIN webhooks.endpoints AS e ON e.active AND e.event_types && ARRAY[t.type, split_part(t.type, '.', 1) || '.*', '*']

-- name: find_targets
SELECT id, version, url, secret FROM webhooks.endpoints WHERE id = ANY ($1::uuid[]) AND active

-- name: changed_since
SELECT id, version, active, position FROM webhooks.endpoints WHERE position > $1 ORDER BY position

-- name: newest_change
SELECT coalesce(max(position), 0) FROM webhooks.endpoints

-- name: fan_out
-- Writes each event once, and a delivery for each endpoint that wants it. The first `room` events of the batch are
-- leased to this member, which posts them right after the commit; the others are due for whoever has room.
-- An event that is here already had its deliveries made with it.
WITH new AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[])
        WITH ORDINALITY AS e (id, type, key, body, traceparent, place)
), told AS (
    INSERT INTO webhooks.events (id, type, key, body, traceparent, created_at)
    SELECT id, type, key, body, traceparent, $6 FROM new
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), sent AS (
    INSERT INTO webhooks.deliveries (endpoint_id, id, event_type, due_at, created_at)
    SELECT w.endpoint_id, new.id, new.type,
        CASE WHEN new.place <= w.room THEN statement_timestamp() + make_interval(secs => $10) ELSE statement_timestamp() END, $6
    FROM new
    JOIN told ON told.id = new.id
    JOIN unnest($7::text[], $8::uuid[], $9::int[]) AS w (type, endpoint_id, room) ON w.type = new.type
)
SELECT id FROM told

-- name: claim_due
-- Up to `room` for each active endpoint, oldest first; endpoints in random order, so that none is always last.
-- The lease is the new due_at: a member that dies loses nothing but time.
WITH endpoint AS MATERIALIZED (
    SELECT e.id, e.version, coalesce(r.room, $3) AS room
    FROM webhooks.endpoints AS e
    LEFT JOIN unnest($1::uuid[], $2::int[]) AS r (id, room) ON r.id = e.id
    WHERE e.active
    ORDER BY random()
), due AS (
    SELECT d.endpoint_id, d.id, d.due_at, endpoint.version
    FROM endpoint
    CROSS JOIN LATERAL (
        SELECT endpoint_id, id, due_at FROM webhooks.deliveries
        WHERE endpoint_id = endpoint.id AND state = 'pending' AND due_at <= statement_timestamp()
        ORDER BY due_at LIMIT endpoint.room
        FOR UPDATE SKIP LOCKED
    ) AS d
    LIMIT $4
)
UPDATE webhooks.deliveries AS d
SET due_at = statement_timestamp() + make_interval(secs => $5)
FROM due JOIN webhooks.events AS e ON e.id = due.id
WHERE d.endpoint_id = due.endpoint_id AND d.id = due.id
RETURNING d.endpoint_id, d.id, due.version, d.round, e.body, e.traceparent,
    extract(epoch FROM statement_timestamp() - due.due_at)::float8 AS late_seconds

-- name: record_outcomes
-- What came of posts, for all that finished since the last time. "Delivered" stays, whatever a later twin says.
UPDATE webhooks.deliveries AS d
SET state = CASE WHEN d.state = 'delivered' THEN d.state ELSE o.state END,
    due_at = statement_timestamp() + make_interval(secs => o.wait_seconds),
    round = o.round,
    attempts = d.attempts || o.attempts
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::int[], $6::jsonb[])
    AS o (endpoint_id, id, state, wait_seconds, round, attempts)
WHERE d.endpoint_id = o.endpoint_id AND d.id = o.id

-- name: insert_event
INSERT INTO webhooks.events (id, type, key, body, traceparent, created_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: insert_delivery
INSERT INTO webhooks.deliveries (endpoint_id, id, event_type, due_at, created_at)
VALUES ($1, $2, $3, statement_timestamp(), $4)

-- name: find_deliveries
SELECT endpoint_id, id, event_type, state, due_at, attempts, created_at
FROM webhooks.deliveries
WHERE (endpoint_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))

-- name: list_deliveries
SELECT endpoint_id, id, event_type, state, due_at, attempts, created_at
FROM webhooks.deliveries
WHERE endpoint_id = $1
    AND ($2::text IS NULL OR state = $2)
    AND ($3::text IS NULL OR $3 IN (event_type, split_part(event_type, '.', 1) || '.*', '*'))
    AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5

-- name: resend_deliveries
-- From the start of the schedule, due now, whatever came of it before.
UPDATE webhooks.deliveries AS d
SET state = 'pending', due_at = statement_timestamp(), round = 0
FROM unnest($1::uuid[], $2::uuid[]) AS r (endpoint_id, id)
WHERE d.endpoint_id = r.endpoint_id AND d.id = r.id

-- === deliveries: looking at them, sending one again

-- name: feeds_of
-- Endpoints as far as their feeds matter; those that were removed are left out.
SELECT e.id, e.number, e.url IS NULL AS pull_only, e.status, e.event_types, e.store_ids, e.condition, e.time_zone,
    f.seq, f.first_seq, f.done_to, f.pulled_to
FROM webhooks.endpoints AS e JOIN webhooks.feeds AS f ON f.endpoint = e.number
WHERE e.id = ANY ($1::uuid[]) AND e.deleted_at IS NULL

-- name: deliveries_by_id
SELECT d.endpoint, d.seq, s.id, s.type, s.key, d.done, d.attempts, d.at, t.kind, t.due_at
FROM unnest($1::integer[], $2::uuid[]) AS wanted (endpoint, id)
JOIN webhooks.sorted AS s ON s.id = wanted.id
JOIN webhooks.deliveries AS d ON d.event = s.position AND d.endpoint = wanted.endpoint
LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq

-- name: deliveries_between
-- No index knows states and types, so only so many rows are looked at: those from $2 up to, but without, $3. $4: what a pull-only
-- endpoint has confirmed.
SELECT d.endpoint, d.seq, s.id, s.type, s.key, d.done, d.attempts, d.at, t.kind, t.due_at
FROM webhooks.deliveries AS d
JOIN webhooks.sorted AS s ON s.position = d.event
LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
WHERE d.endpoint = $1 AND d.seq >= $2 AND d.seq < $3
    AND ($5::text IS NULL OR $5 IN (s.type, split_part(s.type, '.', 1) || '.*', '*'))
    AND CASE $6::text
        WHEN 'pending' THEN t.kind IS NULL AND d.done = 'p' AND d.seq > $4
        WHEN 'delivered' THEN t.kind IS NULL AND (d.done = 'd' OR (d.done = 'p' AND d.seq <= $4))
        ELSE true
    END
ORDER BY d.seq DESC LIMIT $7

-- name: troubled_deliveries
-- Retrying, waiting and failed ones are few among many.
SELECT d.endpoint, d.seq, s.id, s.type, s.key, d.done, d.attempts, d.at, t.kind, t.due_at
FROM webhooks.troubles AS t
JOIN webhooks.deliveries AS d ON d.endpoint = t.endpoint AND d.seq = t.seq
JOIN webhooks.sorted AS s ON s.position = d.event
WHERE t.endpoint = $1 AND t.kind = $2 AND t.seq < $3
    AND ($4::text IS NULL OR $4 IN (s.type, split_part(s.type, '.', 1) || '.*', '*'))
ORDER BY t.seq DESC LIMIT $5

-- name: make_due
-- Sent again, from the start of the schedule, whatever came of it before: the first in its lane now, the others behind it, by seq.
-- What was not tried yet and is still to come ($4: nothing up to there is) goes out by itself, in its turn.
WITH wanted AS (
    SELECT d.endpoint, d.seq, d.lane
    FROM webhooks.deliveries AS d LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
    WHERE d.endpoint = $1 AND d.seq = ANY ($2::bigint[]) AND (d.done <> 'p' OR t.seq IS NOT NULL OR d.seq <= $4)
), placed AS (
    SELECT w.*, row_number() OVER (PARTITION BY w.lane ORDER BY w.seq) > 1 OR EXISTS (
        SELECT FROM webhooks.troubles AS t WHERE t.endpoint = w.endpoint AND t.lane = w.lane AND t.kind <> 'failed' AND t.seq < w.seq
    ) AS behind
    FROM wanted AS w
)
INSERT INTO webhooks.troubles AS t (endpoint, seq, lane, kind, due_at, round)
SELECT endpoint, seq, lane, CASE WHEN behind THEN 'behind' ELSE 'retry' END, CASE WHEN NOT behind THEN $3::timestamptz END, 0 FROM placed ORDER BY seq
ON CONFLICT (endpoint, seq) DO UPDATE SET kind = excluded.kind, due_at = excluded.due_at, round = 0
RETURNING t.seq, t.lane, t.kind

-- name: hurry_heads
-- What stands first in these lanes is tried now: something behind it was asked for.
UPDATE webhooks.troubles AS t SET due_at = least(t.due_at, $3::timestamptz)
WHERE t.endpoint = $1 AND t.lane = ANY ($2::integer[]) AND t.kind = 'retry'

-- === digests

-- name: digest_portion
-- The leaves of a stretch, one after the other, in the first row; counts and sums in the others.
WITH part AS MATERIALIZED (
    SELECT d.seq, s.type, s.currency, s.amount, s.leaf
    FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event
    WHERE d.endpoint = $1 AND d.seq BETWEEN $2 AND $3
)
SELECT NULL AS type, NULL AS currency, count(*) AS count, 0 AS amount, string_agg(leaf, ''::bytea ORDER BY seq) AS leaves FROM part
UNION ALL
SELECT type, currency, count(*), coalesce(sum(amount), 0)::bigint, NULL FROM part GROUP BY type, currency

-- name: delivery_at
SELECT at FROM webhooks.deliveries WHERE endpoint = $1 AND seq = $2

-- name: first_at
SELECT seq FROM webhooks.deliveries WHERE endpoint = $1 AND seq >= $2 AND at >= $3 ORDER BY seq LIMIT 1

-- name: first_but_digests
SELECT d.at FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event
WHERE d.endpoint = $1 AND d.seq > $2 AND s.type <> 'webhook.digest'
ORDER BY d.seq LIMIT 1

-- name: only_one_makes_digests
SELECT pg_try_advisory_xact_lock(hashtextextended('kasir webhooks digests', 0))

-- name: digests_due
-- $1: the full hour that has ended; $2: days that began before may have ended.
SELECT e.id, e.number, e.time_zone, f.seq, f.first_seq, f.hour_to, f.hour_from, f.hour_until, f.day_to, f.day_until
FROM webhooks.feeds AS f JOIN webhooks.endpoints AS e ON e.number = f.endpoint
WHERE e.deleted_at IS NULL AND (f.hour_until < $1 OR f.day_until < $2)
ORDER BY e.number

-- name: move_hours
UPDATE webhooks.feeds AS f SET hour_to = m.seq, hour_from = m.starts, hour_until = m.ends
FROM unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS m (endpoint, seq, starts, ends) WHERE f.endpoint = m.endpoint

-- name: move_days
UPDATE webhooks.feeds AS f SET day_to = m.seq, day_until = m.ends
FROM unnest($1::integer[], $2::bigint[], $3::timestamptz[]) AS m (endpoint, seq, ends) WHERE f.endpoint = m.endpoint

-- === keys

-- name: find_keys
-- The newest first.
SELECT k.endpoint, k.secret, k.signing_key, k.ends_at, e.signatures
FROM webhooks.secrets AS k JOIN webhooks.endpoints AS e ON e.number = k.endpoint
WHERE k.endpoint = ANY ($1::integer[]) AND (k.ends_at IS NULL OR k.ends_at > $2)
ORDER BY k.endpoint, k.number DESC
