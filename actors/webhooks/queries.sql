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

-- === sorting: every event once, and a place in the feed of each endpoint that wants it

-- name: read_wishes
-- In one statement with the generation: what is read is what it says.
SELECT head.generation, e.number, e.id, e.event_types, e.store_ids, e.condition, e.listens_from
FROM webhooks.sorted_head AS head LEFT JOIN webhooks.endpoints AS e ON e.deleted_at IS NULL
ORDER BY e.number

-- name: endpoint_ids
SELECT number, id FROM webhooks.endpoints WHERE number = ANY ($1::integer[])

-- name: lock_sorted_head
SELECT generation FROM webhooks.sorted_head FOR UPDATE

-- name: sort
-- Nothing happens when an endpoint has changed since generation $1 (null: whatever it is). Endpoints that want the same events share a
-- list ($16 to $19), so that many endpoints make many rows, but no long arrays. Feeds are locked after the head, and in order.
WITH head AS (
    UPDATE webhooks.sorted_head SET position = position + cardinality($2::uuid[])
    WHERE generation = coalesce($1, generation) RETURNING position - cardinality($2) AS before
), wish AS (
    SELECT * FROM unnest($13::integer[], $14::integer[], $15::integer[]) AS w (endpoint, list, count)
), locked AS MATERIALIZED (
    SELECT f.endpoint FROM head, webhooks.feeds AS f WHERE f.endpoint = ANY ($13::integer[]) ORDER BY f.endpoint FOR UPDATE OF f
), grown AS (
    UPDATE webhooks.feeds AS f SET seq = f.seq + wish.count
    FROM locked JOIN wish ON wish.endpoint = locked.endpoint
    WHERE f.endpoint = locked.endpoint
    RETURNING f.endpoint, wish.list, f.seq - wish.count AS before
), told AS (
    INSERT INTO webhooks.sorted (position, id, log, log_position, type, key, traceparent, leaf, store_id, amount, currency, at)
    SELECT head.before + e.n, e.id, $3, e.log_position, e.type, e.key, e.traceparent, e.leaf, e.store_id, e.amount, e.currency, e.at
    FROM head, unnest(
        $2::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::uuid[], $10::bigint[], $11::text[], $12::timestamptz[]
    ) WITH ORDINALITY AS e (id, log_position, type, key, traceparent, leaf, store_id, amount, currency, at, n)
), fed AS (
    INSERT INTO webhooks.deliveries (endpoint, seq, event, lane, at)
    SELECT grown.endpoint, grown.before + row_in.nth, head.before + row_in.event, row_in.lane, $20
    FROM head, grown JOIN unnest($16::integer[], $17::integer[], $18::integer[], $19::integer[]) AS row_in (list, nth, event, lane)
        ON row_in.list = grown.list
)
SELECT head.before AS position, grown.endpoint, grown.before FROM head LEFT JOIN grown ON true

-- === delivery: who is in charge

-- name: renew_member
INSERT INTO webhooks.members (id, until) VALUES ($1, statement_timestamp() + make_interval(secs => $2))
ON CONFLICT (id) DO UPDATE SET until = excluded.until

-- name: try_to_take
-- One member at a time: each takes its share of what the others have left.
SELECT pg_try_advisory_xact_lock(hashtextextended('kasir webhooks charges', 0))

-- name: take_charges
-- What nobody alive has in charge, up to a fair share.
WITH live AS (
    SELECT id FROM webhooks.members WHERE until > statement_timestamp()
), held AS (
    SELECT e.number, live.id AS member
    FROM webhooks.endpoints AS e
    LEFT JOIN webhooks.charges AS c ON c.endpoint = e.number
    LEFT JOIN live ON live.id = c.member
    WHERE e.status = 'active' AND e.url IS NOT NULL AND e.deleted_at IS NULL
), room AS (
    SELECT greatest(0, ceil(count(*)::numeric / (SELECT greatest(count(*), 1) FROM live)) - count(*) FILTER (WHERE member = $1))::bigint AS room
    FROM held
)
INSERT INTO webhooks.charges (endpoint, member)
SELECT number, $1 FROM held WHERE member IS NULL ORDER BY number LIMIT (SELECT room FROM room)
ON CONFLICT (endpoint) DO UPDATE SET member = excluded.member

-- name: my_charges
-- One row: the generation of endpoints, this member's fair share, and what it has in charge: as long as it may be posted to, with
-- its version and how far its feed goes; else without.
SELECT h.generation,
    (SELECT ceil(count(*)::numeric / greatest((SELECT count(*) FROM webhooks.members WHERE until > statement_timestamp()), 1))::bigint
        FROM webhooks.endpoints WHERE status = 'active' AND url IS NOT NULL AND deleted_at IS NULL) AS share,
    m.active, m.versions, m.seqs, m.inactive
FROM webhooks.sorted_head AS h CROSS JOIN (
    SELECT coalesce(array_agg(c.endpoint ORDER BY c.endpoint) FILTER (WHERE e.number IS NOT NULL), '{}') AS active,
        coalesce(array_agg(e.version ORDER BY c.endpoint) FILTER (WHERE e.number IS NOT NULL), '{}') AS versions,
        coalesce(array_agg(f.seq ORDER BY c.endpoint) FILTER (WHERE e.number IS NOT NULL), '{}') AS seqs,
        coalesce(array_agg(c.endpoint) FILTER (WHERE e.number IS NULL), '{}') AS inactive
    FROM webhooks.charges AS c
    LEFT JOIN webhooks.endpoints AS e ON e.number = c.endpoint AND e.status = 'active' AND e.url IS NOT NULL AND e.deleted_at IS NULL
    LEFT JOIN webhooks.feeds AS f ON f.endpoint = c.endpoint
    WHERE c.member = $1
) AS m

-- name: give_up_charges
DELETE FROM webhooks.charges WHERE endpoint = ANY ($1::integer[]) AND member = $2

-- name: leave
WITH given_up AS (DELETE FROM webhooks.charges WHERE member = $1)
DELETE FROM webhooks.members WHERE id = $1 OR until < statement_timestamp() - interval '1 day'

-- name: load_targets
SELECT e.number, e.id, e.version, e.url, e.headers, e.timeout_seconds, e.rate_per_second, e.concurrency, e.schedule_seconds, e.description,
    f.seq, f.done_to, f.catch_up_to, f.catch_up_per_second,
    coalesce(h.consecutive_failures, 0) AS consecutive_failures, h.failing_since, coalesce(h.told_failing, false) AS told_failing,
    h.last_success_at, h.last_attempt_at, h.last_error
FROM webhooks.endpoints AS e
JOIN webhooks.feeds AS f ON f.endpoint = e.number
LEFT JOIN webhooks.health AS h ON h.endpoint = e.number
WHERE e.number = ANY ($1::integer[]) AND e.status = 'active' AND e.url IS NOT NULL AND e.deleted_at IS NULL

-- name: load_blocked
-- Lanes with something in them that is tried later: jumps from lane to lane, however much waits in each. What comes first in its
-- lane is tried; so it should be already.
WITH RECURSIVE head AS (
    SELECT w.endpoint, t.lane, t.seq, t.kind
    FROM unnest($1::integer[]) AS w (endpoint) CROSS JOIN LATERAL (
        SELECT lane, seq, kind FROM webhooks.troubles WHERE endpoint = w.endpoint AND kind <> 'failed' ORDER BY lane, seq LIMIT 1
    ) AS t
    UNION ALL
    SELECT head.endpoint, t.lane, t.seq, t.kind
    FROM head CROSS JOIN LATERAL (
        SELECT lane, seq, kind FROM webhooks.troubles
        WHERE endpoint = head.endpoint AND lane > head.lane AND kind <> 'failed' ORDER BY lane, seq LIMIT 1
    ) AS t
), mended AS (
    UPDATE webhooks.troubles AS t SET kind = 'retry', due_at = statement_timestamp()
    FROM head WHERE head.kind = 'behind' AND t.endpoint = head.endpoint AND t.seq = head.seq
)
SELECT endpoint, lane FROM head

-- === delivery: reading

-- name: read_fresh
-- What each feed has after what was read, in order; a stretch of the primary key, whatever the backlog. What is among the troubles
-- comes with the mark of it, for its lane; without rows to fill the room, the feed was read to its end.
SELECT w.endpoint, f.seq AS feed_seq, d.seq, d.lane, d.event, d.troubled, s.id, s.log, s.log_position, s.traceparent,
    extract(epoch FROM statement_timestamp() - s.at)::float8 AS late_seconds
FROM unnest($1::integer[], $2::bigint[], $3::integer[]) AS w (endpoint, read_to, room)
JOIN webhooks.feeds AS f ON f.endpoint = w.endpoint
LEFT JOIN LATERAL (
    SELECT d.seq, d.lane, d.event, t.seq IS NOT NULL AS troubled
    FROM webhooks.deliveries AS d LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
    WHERE d.endpoint = w.endpoint AND d.seq > w.read_to AND d.done = 'p'
    ORDER BY d.seq LIMIT w.room
) AS d ON true
LEFT JOIN webhooks.sorted AS s ON s.position = d.event
ORDER BY w.endpoint, d.seq

-- name: read_due
-- Troubles whose time has come, if nothing goes before them in their lane. {order}: DESC for a probe, so that it is what somebody
-- has just asked for; else the oldest come first.
SELECT w.endpoint, t.seq, t.lane, t.round, d.event, s.id, s.log, s.log_position, s.traceparent
FROM unnest($1::integer[], $2::integer[]) AS w (endpoint, room)
CROSS JOIN LATERAL (
    SELECT t.seq, t.lane, t.round, t.due_at
    FROM webhooks.troubles AS t
    WHERE t.endpoint = w.endpoint AND t.kind = 'retry' AND t.due_at <= statement_timestamp() AND NOT EXISTS (
        SELECT FROM webhooks.troubles AS b
        WHERE b.endpoint = t.endpoint AND b.lane = t.lane AND b.kind <> 'failed' AND b.seq < t.seq
    )
    ORDER BY t.due_at {order} LIMIT w.room
) AS t
JOIN webhooks.deliveries AS d ON d.endpoint = w.endpoint AND d.seq = t.seq
JOIN webhooks.sorted AS s ON s.position = d.event
ORDER BY w.endpoint, t.seq

-- === delivery: recording

-- name: record_attempts
-- What came of posts. "Delivered" stays, whatever a later twin says. Written twice, because nobody knew whether the first time had
-- been committed, it is there once. A listener that is down for days fills no disk: only so many attempts are kept, and the last.
UPDATE webhooks.deliveries AS d
SET done = CASE WHEN o.done = 'p' OR d.done = 'd' THEN d.done ELSE CAST(o.done AS "char") END,
    attempts = CASE
        WHEN right(d.attempts, length(o.attempts)) = o.attempts THEN d.attempts
        WHEN length(d.attempts) > 32768 AND o.done = 'p' THEN d.attempts
        ELSE d.attempts || o.attempts
    END
FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[]) AS o (endpoint, seq, done, attempts)
WHERE d.endpoint = o.endpoint AND d.seq = o.seq

-- name: hold_charges
-- Whoever takes one over waits until this is committed, and sees it.
SELECT endpoint FROM webhooks.charges WHERE endpoint = ANY ($1::integer[]) AND member = $2 ORDER BY endpoint FOR SHARE

-- name: save_troubles
-- What is behind another one stays what it is when it is among them already. What had arrived before it was sent again has not failed.
INSERT INTO webhooks.troubles AS t (endpoint, seq, lane, kind, due_at, round)
SELECT o.endpoint, o.seq, o.lane, o.kind,
    CASE WHEN o.kind = 'retry' THEN statement_timestamp() + make_interval(secs => o.wait_seconds) END, o.round
FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::text[], $5::float8[], $6::smallint[])
    AS o (endpoint, seq, lane, kind, wait_seconds, round)
WHERE o.kind <> 'failed' OR EXISTS (SELECT FROM webhooks.deliveries AS d WHERE d.endpoint = o.endpoint AND d.seq = o.seq AND d.done = 'f')
ON CONFLICT (endpoint, seq) DO UPDATE SET kind = excluded.kind, due_at = excluded.due_at, round = excluded.round
WHERE excluded.kind <> 'behind'

-- name: drop_troubles
DELETE FROM webhooks.troubles AS t
USING unnest($1::integer[], $2::bigint[]) AS o (endpoint, seq) JOIN webhooks.deliveries AS d ON d.endpoint = o.endpoint AND d.seq = o.seq
WHERE t.endpoint = o.endpoint AND t.seq = o.seq AND d.done = 'd'

-- name: go_on
-- In lanes where something was settled, or came to wait: what is first is tried now, unless it has a time of its own. Returns the
-- lanes that still hold something.
WITH head AS (
    SELECT w.endpoint, w.lane, t.seq, t.kind
    FROM (SELECT DISTINCT endpoint, lane FROM unnest($1::integer[], $2::integer[]) AS o (endpoint, lane)) AS w
    CROSS JOIN LATERAL (
        SELECT seq, kind FROM webhooks.troubles
        WHERE endpoint = w.endpoint AND lane = w.lane AND kind <> 'failed' ORDER BY seq LIMIT 1
    ) AS t
), gone_on AS (
    UPDATE webhooks.troubles AS t SET kind = 'retry', due_at = statement_timestamp(), round = 0
    FROM head WHERE head.kind = 'behind' AND t.endpoint = head.endpoint AND t.seq = head.seq
)
SELECT endpoint, lane FROM head

-- name: save_done_to
-- A row that the sorter is writing to is left for the next time.
WITH free AS (
    SELECT f.endpoint FROM webhooks.feeds AS f
    WHERE f.endpoint = ANY ($1::integer[])
        AND EXISTS (SELECT FROM webhooks.charges AS c WHERE c.endpoint = f.endpoint AND c.member = $3)
    ORDER BY f.endpoint FOR UPDATE SKIP LOCKED
)
UPDATE webhooks.feeds AS f SET done_to = greatest(f.done_to, o.done_to)
FROM free JOIN unnest($1::integer[], $2::bigint[]) AS o (endpoint, done_to) ON o.endpoint = free.endpoint
WHERE f.endpoint = free.endpoint
RETURNING f.endpoint

-- === delivery: health

-- name: save_health
INSERT INTO webhooks.health AS h (
    endpoint, circuit, success_rate, latency_ms_p50, latency_ms_p99, consecutive_failures, failing_since,
    last_success_at, last_attempt_at, last_error, next_attempt_at
)
SELECT o.* FROM unnest(
    $1::integer[], $2::text[], $3::float8[], $4::integer[], $5::integer[], $6::integer[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[]
) AS o (
    endpoint, circuit, success_rate, latency_ms_p50, latency_ms_p99, consecutive_failures, failing_since,
    last_success_at, last_attempt_at, last_error, next_attempt_at
) WHERE EXISTS (SELECT FROM webhooks.charges AS c WHERE c.endpoint = o.endpoint AND c.member = $12)
ON CONFLICT (endpoint) DO UPDATE SET circuit = excluded.circuit, success_rate = excluded.success_rate,
    latency_ms_p50 = excluded.latency_ms_p50, latency_ms_p99 = excluded.latency_ms_p99,
    consecutive_failures = excluded.consecutive_failures, failing_since = excluded.failing_since,
    last_success_at = excluded.last_success_at, last_attempt_at = excluded.last_attempt_at,
    last_error = excluded.last_error, next_attempt_at = excluded.next_attempt_at

-- name: told_failing
-- Returns those of which it has not been told yet.
INSERT INTO webhooks.health AS h (endpoint, circuit, consecutive_failures, told_failing)
SELECT number, 'closed', 0, $2 FROM unnest($1::integer[]) AS o (number)
ON CONFLICT (endpoint) DO UPDATE SET told_failing = excluded.told_failing WHERE h.told_failing <> excluded.told_failing
RETURNING endpoint

-- name: health_of
-- `pending` is counted when it is not much, else it is what lies after `done_to`.
SELECT e.id, e.status, f.seq, f.pulled_to, h.*,
    CASE WHEN e.url IS NULL THEN f.seq - f.pulled_to ELSE waiting.pending + troubled.retrying END AS pending,
    troubled.retrying, troubled.failed,
    coalesce(extract(epoch FROM statement_timestamp() - least(waiting.oldest, troubled.oldest)), 0)::float8 AS lag_seconds
FROM webhooks.endpoints AS e
JOIN webhooks.feeds AS f ON f.endpoint = e.number
LEFT JOIN webhooks.health AS h ON h.endpoint = e.number
CROSS JOIN LATERAL (
    SELECT CASE WHEN f.seq - f.done_to > 10000 THEN f.seq - f.done_to ELSE (
            SELECT count(*) FROM webhooks.deliveries AS d
            LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
            WHERE d.endpoint = e.number AND d.seq > f.done_to AND d.done = 'p' AND t.seq IS NULL
        ) END AS pending,
        (SELECT d.at FROM webhooks.deliveries AS d
            WHERE d.endpoint = e.number AND d.seq > greatest(f.done_to, CASE WHEN e.url IS NULL THEN f.pulled_to ELSE 0 END) AND d.done = 'p'
            ORDER BY d.seq LIMIT 1) AS oldest
) AS waiting
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM webhooks.troubles WHERE endpoint = e.number AND kind <> 'failed') AS retrying,
        (SELECT count(*) FROM webhooks.troubles WHERE endpoint = e.number AND kind = 'failed') AS failed,
        (SELECT min(d.at) FROM (
            SELECT seq FROM webhooks.troubles WHERE endpoint = e.number AND kind = 'retry' ORDER BY seq LIMIT 1000
        ) AS t JOIN webhooks.deliveries AS d ON d.endpoint = e.number AND d.seq = t.seq AND d.done = 'p') AS oldest
) AS troubled
WHERE e.id = ANY ($1::uuid[]) AND e.deleted_at IS NULL
