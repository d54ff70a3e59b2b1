-- What webhooks asks of its database.

-- === endpoints

-- name: find_endpoints
SELECT * FROM webhooks.endpoints_shown WHERE id = ANY ($1::uuid[])

-- name: endpoints_by_number
SELECT * FROM webhooks.endpoints_shown WHERE number = ANY ($1::integer[]) AND deleted_at IS NULL ORDER BY number

-- name: list_endpoints
SELECT * FROM webhooks.endpoints_shown
WHERE deleted_at IS NULL AND (created_at, id) > ($1, $2) AND ($3::text IS NULL OR status = $3)
ORDER BY created_at, id LIMIT $4

-- name: endpoints_after
SELECT * FROM webhooks.endpoints_shown WHERE position > $1 ORDER BY position LIMIT $2

-- name: insert_endpoint
INSERT INTO webhooks.endpoints (
    id, version, url, event_types, description, status, disabled_reason, updated_at, store_ids, condition, header_names, signatures,
    timeout_seconds, rate_per_second, concurrency, schedule_seconds, time_zone, day_starts_at, headers, position,
    created_at, listens_from
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)
RETURNING number

-- name: insert_feed
INSERT INTO webhooks.feeds (endpoint) VALUES ($1)

-- name: save_endpoint
UPDATE webhooks.endpoints SET version = $2, url = $3, event_types = $4, description = $5, status = $6, disabled_reason = $7,
    updated_at = $8, store_ids = $9, condition = $10, header_names = $11, signatures = $12, timeout_seconds = $13, rate_per_second = $14,
    concurrency = $15, schedule_seconds = $16, time_zone = $17, day_starts_at = $18, position = $19,
    deleted_at = $20
WHERE id = $1

-- name: save_headers
UPDATE webhooks.endpoints SET headers = $2 WHERE number = $1

-- name: count_conditions
-- How many different ones have to be held against each event, beside those of endpoint $1.
SELECT count(DISTINCT (event_types, store_ids, condition)) FROM webhooks.endpoints
WHERE condition <> '' AND deleted_at IS NULL AND id <> $1

-- name: next_generation
UPDATE webhooks.sorted_head SET generation = generation + 1

-- name: insert_secret
INSERT INTO webhooks.secrets (endpoint, number, secret, signing_key, public_key, created_at)
SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM webhooks.secrets WHERE endpoint = $1

-- name: add_signing_key
UPDATE webhooks.secrets SET signing_key = $2, public_key = $3 WHERE endpoint = $1 AND ends_at IS NULL AND signing_key IS NULL

-- name: end_secrets
UPDATE webhooks.secrets SET ends_at = $2 WHERE endpoint = $1 AND (ends_at IS NULL OR ends_at > $2)

-- name: forget_ended_secrets
DELETE FROM webhooks.secrets WHERE endpoint = $1 AND ends_at <= $2

-- name: count_secrets
SELECT count(*) FROM webhooks.secrets WHERE endpoint = $1 AND (ends_at IS NULL OR ends_at > $2)

-- name: find_secrets
SELECT secret FROM webhooks.secrets WHERE endpoint = $1 AND (ends_at IS NULL OR ends_at > $2)

-- name: forget_secrets
DELETE FROM webhooks.secrets WHERE endpoint = $1

-- name: catch_up
UPDATE webhooks.feeds SET catch_up_to = seq, catch_up_per_second = $2 WHERE endpoint = $1

-- name: skip_missed
UPDATE webhooks.feeds SET done_to = seq, catch_up_to = 0, catch_up_per_second = NULL WHERE endpoint = $1

-- name: begin_after_pulled
UPDATE webhooks.feeds SET done_to = greatest(done_to, pulled_to) WHERE endpoint = $1

-- name: forget_troubles
DELETE FROM webhooks.troubles WHERE endpoint = $1 AND kind <> 'failed'

-- name: forget_failures
UPDATE webhooks.health SET circuit = 'closed', consecutive_failures = 0, failing_since = NULL, next_attempt_at = NULL WHERE endpoint = $1

-- === deliveries: looking at them, sending one again

-- name: feeds_of
-- Endpoints as far as their feeds matter; those that were removed are left out.
SELECT e.id, e.number, e.url IS NULL AS pull_only, e.status, e.event_types, e.store_ids, e.condition, e.time_zone,
    f.seq, f.first_seq, f.done_to, f.pulled_to,
    CASE WHEN e.status = 'active' AND h.circuit <> 'closed' THEN h.next_attempt_at END AS probed_at
FROM webhooks.endpoints AS e JOIN webhooks.feeds AS f ON f.endpoint = e.number LEFT JOIN webhooks.health AS h ON h.endpoint = e.number
WHERE e.id = ANY ($1::uuid[]) AND e.deleted_at IS NULL

-- name: deliveries_by_id
SELECT d.endpoint, d.seq, s.id, s.type, s.key, d.done, d.attempts, d.at, t.kind, t.due_at
FROM unnest($1::integer[], $2::uuid[]) AS wanted (endpoint, id)
JOIN webhooks.sorted AS s ON s.id = wanted.id
JOIN webhooks.deliveries AS d ON d.event = s.position AND d.endpoint = wanted.endpoint
LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq

-- name: deliveries_between
-- No index knows states and types, so only so many rows are looked at: those from $2 up to, but without, $3. $4: what a pull-only
-- endpoint has confirmed. $8: up to there nothing goes out by itself.
SELECT d.endpoint, d.seq, s.id, s.type, s.key, d.done, d.attempts, d.at, t.kind, t.due_at
FROM webhooks.deliveries AS d
JOIN webhooks.sorted AS s ON s.position = d.event
LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
WHERE d.endpoint = $1 AND d.seq >= $2 AND d.seq < $3
    AND ($5::text IS NULL OR $5 IN (s.type, split_part(s.type, '.', 1) || '.*', '*'))
    AND CASE $6::text
        WHEN 'pending' THEN t.kind IS NULL AND d.done = 'p' AND d.seq > greatest($4, $8::bigint)
        WHEN 'skipped' THEN t.kind IS NULL AND d.done = 'p' AND d.seq > $4 AND d.seq <= $8::bigint
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

-- name: keep_notes_waiting
-- Before lanes are changed by somebody who does not post: outcomes are recorded before that, or after. Else one would be put behind
-- another that is just being settled, and nobody would see that it is the first one now.
SELECT FROM webhooks.charges WHERE endpoint = $1 FOR UPDATE

-- name: make_due
-- Sent again, from the start of the schedule, whatever came of it before: the first in its lane now, the others behind it, by seq.
-- What was not tried yet and is still to come ($3: nothing up to there is) goes out by itself, in its turn. By the clock that tells what
-- is due: that of whoever asks may be ahead, and "now" would be later.
WITH wanted AS (
    SELECT d.endpoint, d.seq, d.lane
    FROM webhooks.deliveries AS d LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
    WHERE d.endpoint = $1 AND d.seq = ANY ($2::bigint[]) AND (d.done <> 'p' OR t.seq IS NOT NULL OR d.seq <= $3)
), placed AS (
    SELECT w.*, row_number() OVER (PARTITION BY w.lane ORDER BY w.seq) > 1 OR EXISTS (
        SELECT FROM webhooks.troubles AS t WHERE t.endpoint = w.endpoint AND t.lane = w.lane AND t.kind <> 'failed' AND t.seq < w.seq
    ) AS behind
    FROM wanted AS w
)
INSERT INTO webhooks.troubles AS t (endpoint, seq, lane, kind, due_at, round)
SELECT endpoint, seq, lane, CASE WHEN behind THEN 'behind' ELSE 'retry' END, CASE WHEN NOT behind THEN statement_timestamp() END, 0 FROM placed ORDER BY seq
ON CONFLICT (endpoint, seq) DO UPDATE SET kind = excluded.kind, due_at = excluded.due_at, round = 0
RETURNING t.seq, t.lane, t.kind

-- name: hurry_heads
-- What stands first in these lanes is tried now: something behind it was asked for.
UPDATE webhooks.troubles AS t SET due_at = least(t.due_at, statement_timestamp())
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
-- $1: the full hour that has ended; $2: days that began before may have ended; $3: since then the day's hour may have changed, or the first began.
SELECT e.id, e.number, e.time_zone, e.day_starts_at, f.seq, f.first_seq, f.hour_to, f.hour_from, f.hour_until, f.day_to, f.day_until
FROM webhooks.feeds AS f JOIN webhooks.endpoints AS e ON e.number = f.endpoint
WHERE e.deleted_at IS NULL AND (f.hour_until < $1 OR f.day_until < $2 OR e.updated_at > $3)
ORDER BY e.number

-- name: move_hours
UPDATE webhooks.feeds AS f SET hour_to = m.seq, hour_from = m.starts, hour_until = m.ends
FROM unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS m (endpoint, seq, starts, ends) WHERE f.endpoint = m.endpoint

-- name: note_unproven
UPDATE webhooks.feeds AS f SET unproven = m.said FROM unnest($1::integer[], $2::text[]) AS m (endpoint, said) WHERE f.endpoint = m.endpoint

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
-- The places in braces are for the move along the log, if that is to be a part of it.
WITH {turn}head AS (
    UPDATE webhooks.sorted_head SET position = position + cardinality($2::uuid[])
    WHERE generation = coalesce($1::bigint, generation){if_turn} RETURNING position - cardinality($2::uuid[]) AS before
), {moved}wish AS (
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
    SELECT head.before + e.n, e.id, $3::text, e.log_position, e.type, e.key, e.traceparent, e.leaf, e.store_id, e.amount, e.currency, e.at
    FROM head, unnest(
        $2::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::uuid[], $10::bigint[], $11::text[], $12::timestamptz[]
    ) WITH ORDINALITY AS e (id, log_position, type, key, traceparent, leaf, store_id, amount, currency, at, n)
), fed AS (
    INSERT INTO webhooks.deliveries (endpoint, seq, event, lane, at)
    SELECT grown.endpoint, grown.before + row_in.nth, head.before + row_in.event, row_in.lane, $20::timestamptz
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

-- name: load_troubled
-- Those that lie beyond `done_to`: reading meets them again.
SELECT t.endpoint, t.seq
FROM webhooks.feeds AS f JOIN webhooks.troubles AS t ON t.endpoint = f.endpoint AND t.seq > f.done_to
WHERE f.endpoint = ANY ($1::integer[])

-- === delivery: reading

-- name: read_fresh
-- What each feed has after what was read, in order: a stretch of the primary key, whatever the backlog. The stretch has an end, so that
-- no plan can read more. Without rows to fill the room, the feed was read up to `stretch_to`. OFFSET 0: each row's event is looked
-- up by itself, never all of them joined.
SELECT w.endpoint, w.stretch_to, d.seq, d.lane, d.event, s.id, s.log, s.log_position, s.traceparent,
    greatest(extract(epoch FROM statement_timestamp() - s.at), 0)::float8 AS late_seconds
FROM (
    SELECT w.endpoint, w.room, r.read_to, least(f.seq, r.read_to + greatest(w.room, 500)) AS stretch_to
    FROM unnest($1::integer[], $2::bigint[], $3::integer[]) AS w (endpoint, read_to, room)
    JOIN webhooks.feeds AS f ON f.endpoint = w.endpoint
    CROSS JOIN LATERAL (SELECT greatest(w.read_to, f.first_seq - 1) AS read_to) AS r
) AS w
LEFT JOIN LATERAL (
    SELECT d.seq, d.lane, d.event FROM webhooks.deliveries AS d
    WHERE d.endpoint = w.endpoint AND d.seq > w.read_to AND d.seq <= w.stretch_to AND d.done = 'p' ORDER BY d.seq LIMIT w.room
) AS d ON true
LEFT JOIN LATERAL (
    SELECT id, log, log_position, traceparent, at FROM webhooks.sorted WHERE position = d.event OFFSET 0
) AS s ON true
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
CROSS JOIN LATERAL (SELECT event FROM webhooks.deliveries WHERE endpoint = w.endpoint AND seq = t.seq OFFSET 0) AS d
CROSS JOIN LATERAL (SELECT id, log, log_position, traceparent FROM webhooks.sorted WHERE position = d.event OFFSET 0) AS s
ORDER BY w.endpoint, t.seq

-- === delivery: recording

-- name: record_attempts
-- What came of posts. "Delivered" stays, whatever a later twin says. Written twice, because nobody knew whether the first time had
-- been committed, it is there once. A listener that is down for days fills no disk: of more than so much the older half goes, at the
-- end of an attempt (within one quotes are escaped, so what is looked for stands between two).
UPDATE webhooks.deliveries AS d
SET done = CASE WHEN o.done = 'p' OR d.done = 'd' THEN d.done ELSE CAST(o.done AS "char") END,
    attempts = CASE
        WHEN right(d.attempts, length(o.attempts)) = o.attempts THEN d.attempts
        WHEN length(d.attempts) > 32768 THEN substr(d.attempts, 16385 + position('},{"at":' IN substr(d.attempts, 16384))) || o.attempts
        ELSE d.attempts || o.attempts
    END
FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[]) AS o (endpoint, seq, done, attempts)
WHERE d.endpoint = o.endpoint AND d.seq = o.seq

-- name: hold_charges
-- Whoever takes one over waits until this is committed, and sees it.
SELECT endpoint FROM webhooks.charges WHERE endpoint = ANY ($1::integer[]) AND member = $2 ORDER BY endpoint FOR SHARE

-- name: save_troubles
-- What is behind another one stays what it is when it is among them already. What had arrived before it was sent again has not failed.
-- What was under way when somebody skipped it (it is not among them, and nothing up to `done_to` is still to come) is not tried again.
INSERT INTO webhooks.troubles AS t (endpoint, seq, lane, kind, due_at, round)
SELECT o.endpoint, o.seq, o.lane, o.kind,
    CASE WHEN o.kind = 'retry' THEN statement_timestamp() + make_interval(secs => o.wait_seconds) END, o.round
FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::text[], $5::float8[], $6::smallint[])
    AS o (endpoint, seq, lane, kind, wait_seconds, round)
WHERE CASE WHEN o.kind = 'failed' THEN EXISTS (SELECT FROM webhooks.deliveries AS d WHERE d.endpoint = o.endpoint AND d.seq = o.seq AND d.done = 'f')
    ELSE EXISTS (SELECT FROM webhooks.feeds AS f WHERE f.endpoint = o.endpoint AND f.done_to < o.seq)
        OR EXISTS (SELECT FROM webhooks.troubles AS b WHERE b.endpoint = o.endpoint AND b.seq = o.seq) END
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
SELECT e.id, e.status, f.seq, f.pulled_to, f.unproven, h.*,
    CASE WHEN e.url IS NULL THEN f.seq - f.pulled_to ELSE waiting.pending + troubled.retrying END AS pending,
    troubled.retrying, troubled.failed,
    greatest(extract(epoch FROM statement_timestamp() - least(waiting.oldest, troubled.oldest)), 0)::float8 AS lag_seconds
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
            WHERE d.endpoint = e.number AND d.seq > greatest(f.done_to, f.pulled_to) AND d.done = 'p'
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

-- === replays

-- name: fitting
-- Events after position $2 and up to $3 that a replay is about, for endpoint $1. $4 to $8: time, types, store, key. $9: states.
-- $10 and $11: what the endpoint itself wants, for what is not in its feed; neither is that older than $14, or addressed to others.
-- What is in the feed, but not tried yet, goes out by itself, unless it was passed over ($12: nothing up to there is).
SELECT s.position, s.id, s.type, s.store_id, s.log, s.log_position, s.key, d.seq
FROM webhooks.sorted AS s
LEFT JOIN webhooks.deliveries AS d ON d.event = s.position AND d.endpoint = $1
LEFT JOIN webhooks.troubles AS t ON t.endpoint = d.endpoint AND t.seq = d.seq
WHERE s.position > $2 AND s.position <= $3
    AND ($4::timestamptz IS NULL OR s.at >= $4) AND ($5::timestamptz IS NULL OR s.at < $5)
    AND ($6::text[] IS NULL OR $6 && ARRAY[s.type, split_part(s.type, '.', 1) || '.*', '*'])
    AND ($7::uuid IS NULL OR s.store_id = $7)
    AND ($8::text IS NULL OR s.key = $8)
    AND CASE
        WHEN d.seq IS NULL THEN ($9::text[] IS NULL OR 'never' = ANY ($9))
            AND s.at >= $14 AND s.type NOT IN ('webhook.test', 'webhook.digest')
            AND $10::text[] && ARRAY[s.type, split_part(s.type, '.', 1) || '.*', '*']
            AND (cardinality($11::uuid[]) = 0 OR s.store_id IS NULL OR s.store_id = ANY ($11))
        ELSE NOT $13::boolean AND (d.done <> 'p' OR t.seq IS NOT NULL OR d.seq <= $12) AND ($9 IS NULL OR CASE coalesce(t.kind, d.done::text)
            WHEN 'retry' THEN 'retrying' WHEN 'behind' THEN 'waiting' WHEN 'd' THEN 'delivered' WHEN 'p' THEN 'skipped' ELSE 'failed'
        END = ANY ($9))
    END
ORDER BY s.position LIMIT $15

-- name: count_fitting
SELECT count(*) AS total, min(position) AS first, max(position) AS last FROM ({fitting}) AS f

-- name: newest_sorted
SELECT position FROM webhooks.sorted_head

-- name: insert_replay
-- It may go on at once, by the clock that tells when it goes on.
INSERT INTO webhooks.replays (id, endpoint, state, events, rate_per_second, total, after, until, next_at, started_at, finished_at)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, statement_timestamp(), $9, $10)

-- name: running_replay
SELECT id FROM webhooks.replays WHERE endpoint = $1 AND state = 'running'

-- name: find_replay
SELECT id, endpoint, state, events, rate_per_second, total, done, added, started_at, finished_at FROM webhooks.replays WHERE endpoint = $1 AND id = $2

-- name: replay_taken
SELECT EXISTS (SELECT FROM webhooks.replays WHERE id = $1)

-- name: list_replays
SELECT id, endpoint, state, events, rate_per_second, total, done, added, started_at, finished_at
FROM webhooks.replays
WHERE endpoint = $1 AND ($2::timestamptz IS NULL OR (started_at, id) < ($2, $3::uuid))
ORDER BY started_at DESC, id DESC LIMIT $4

-- name: stop_replay
UPDATE webhooks.replays SET state = 'stopped', finished_at = $3 WHERE endpoint = $1 AND id = $2 AND state = 'running'

-- name: take_replay
-- One that may go on, and the moment: $1, or by one clock for all members. For $2 seconds nobody else shall look at it. While its endpoint
-- is paused or disabled it waits.
WITH next AS (
    SELECT r.id, r.next_at, c.now
    FROM (SELECT coalesce($1::timestamptz, statement_timestamp()) AS now) AS c
    JOIN webhooks.replays AS r ON r.next_at <= c.now
    JOIN webhooks.endpoints AS e ON e.number = r.endpoint
    WHERE r.state = 'running' AND (e.status = 'active' OR e.deleted_at IS NOT NULL)
    ORDER BY r.next_at LIMIT 1
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE webhooks.replays AS r SET next_at = next.now + make_interval(secs => $2)
FROM next, webhooks.endpoints AS e
WHERE r.id = next.id AND e.number = r.endpoint
RETURNING r.id, r.endpoint, e.id AS endpoint_id, r.events, r.rate_per_second, r.after, r.until, next.next_at AS due_at, next.now,
    e.deleted_at IS NOT NULL AS deleted

-- name: going_out
-- How many sent again are under way, but for those behind one that waits for its time; counted up to $3.
SELECT count(*) FROM (
    SELECT FROM webhooks.troubles AS t
    WHERE t.endpoint = $1 AND (
        (t.kind = 'retry' AND t.due_at <= $2) OR (t.kind = 'behind' AND NOT EXISTS (
            SELECT FROM webhooks.troubles AS h WHERE h.endpoint = t.endpoint AND h.lane = t.lane AND h.kind = 'retry' AND h.due_at > $2
        ))
    )
    LIMIT $3
) AS due

-- name: replay_later
UPDATE webhooks.replays SET next_at = $2 WHERE id = $1 AND state = 'running'

-- name: move_replay_on
-- Nothing when it was stopped, or somebody else has gone on with it.
UPDATE webhooks.replays
SET after = $3, done = done + $4, added = added + $5, next_at = $6,
    state = CASE WHEN $3 >= until THEN 'finished' ELSE state END, finished_at = CASE WHEN $3 >= until THEN $7::timestamptz END
WHERE id = $1 AND after = $2 AND state = 'running'
RETURNING id

-- name: append_to_feed
-- At the end of the endpoint's feed, in this order.
WITH head AS (
    UPDATE webhooks.feeds SET seq = seq + cardinality($2::bigint[]) WHERE endpoint = $1 RETURNING seq - cardinality($2::bigint[]) AS before
)
INSERT INTO webhooks.deliveries (endpoint, seq, event, lane, at)
SELECT $1, head.before + e.n, e.event, e.lane, $4 FROM head, unnest($2::bigint[], $3::integer[]) WITH ORDINALITY AS e (event, lane, n)

-- === pulling

-- name: feed_to_pull
SELECT e.number, e.url IS NULL AS pull_only, f.seq, f.first_seq, f.pulled_to
FROM webhooks.endpoints AS e JOIN webhooks.feeds AS f ON f.endpoint = e.number
WHERE e.id = $1 AND e.deleted_at IS NULL

-- name: feed_after
SELECT d.seq, s.position, s.id, s.type, s.log, s.log_position
FROM webhooks.deliveries AS d JOIN webhooks.sorted AS s ON s.position = d.event
WHERE d.endpoint = $1 AND d.seq > $2 ORDER BY d.seq LIMIT $3

-- name: pulled
UPDATE webhooks.feeds SET pulled_to = $2 WHERE endpoint = $1 AND pulled_to < $2

-- name: sorted_to
SELECT position, (SELECT position FROM webhooks.sorted ORDER BY position LIMIT 1) AS first FROM webhooks.sorted_head

-- name: sorted_after
-- Of these types, and no further than $3, so that a rare type costs no more than a common one.
SELECT position, id, type, log, log_position FROM webhooks.sorted
WHERE position > $1 AND position <= $3 AND type = ANY ($2::text[]) ORDER BY position LIMIT $4

-- === retention

-- name: only_one_removes
SELECT pg_try_advisory_xact_lock(hashtextextended('kasir webhooks retention', 0))

-- name: feeds_with_old
-- Those whose oldest is older than $1. What no daily digest has covered yet is kept, as long as the endpoint is there.
SELECT e.id, e.number, CASE WHEN e.deleted_at IS NULL THEN f.day_to ELSE f.seq END AS up_to
FROM webhooks.feeds AS f JOIN webhooks.endpoints AS e ON e.number = f.endpoint
WHERE EXISTS (SELECT FROM webhooks.deliveries AS d WHERE d.endpoint = f.endpoint AND d.seq = f.first_seq AND d.at < $1)
ORDER BY e.number

-- name: remove_deliveries
-- The oldest $4 of a feed, up to $3 and up to the first that is not older than $2. Returns how many there were, and what never arrived.
WITH feed AS MATERIALIZED (
    SELECT f.first_seq, f.pulled_to AS reached FROM webhooks.feeds AS f WHERE f.endpoint = $1 FOR UPDATE OF f
), oldest AS MATERIALIZED (
    SELECT d.seq, d.at FROM feed, webhooks.deliveries AS d
    WHERE d.endpoint = $1 AND d.seq >= feed.first_seq AND d.seq <= least($3, feed.first_seq + $4 - 1)
), old AS MATERIALIZED (
    SELECT seq FROM oldest WHERE seq < coalesce((SELECT min(seq) FROM oldest WHERE at >= $2), 9223372036854775807)
), removed AS (
    DELETE FROM webhooks.deliveries AS d USING old WHERE d.endpoint = $1 AND d.seq = old.seq RETURNING d.seq, d.done
), moved AS (
    UPDATE webhooks.feeds SET first_seq = (SELECT max(seq) + 1 FROM old), done_to = greatest(done_to, (SELECT max(seq) FROM old))
    WHERE endpoint = $1 AND EXISTS (SELECT FROM old)
)
SELECT count(*) AS removed, max(seq) AS up_to, count(*) FILTER (WHERE done = 'p' AND seq > (SELECT reached FROM feed)) AS undelivered FROM removed

-- name: remove_troubles
DELETE FROM webhooks.troubles WHERE endpoint = $1 AND seq <= $2 RETURNING lane

-- name: remove_sorted
-- Among the next $3 after position $1, those that are older than $2 and in no feed. Returns how many it looked at, and where it came to.
WITH oldest AS MATERIALIZED (
    SELECT position, at FROM webhooks.sorted WHERE position > $1 ORDER BY position LIMIT $3
), removed AS (
    DELETE FROM webhooks.sorted AS s USING oldest
    WHERE s.position = oldest.position AND oldest.at < $2 AND NOT EXISTS (SELECT FROM webhooks.deliveries AS d WHERE d.event = s.position)
    RETURNING s.position
)
SELECT (SELECT max(position) FROM oldest) AS looked_to, (SELECT count(*) FROM oldest WHERE at < $2) AS old, (SELECT count(*) FROM removed) AS removed

-- name: remove_replays
DELETE FROM webhooks.replays WHERE finished_at < $1

-- name: remove_ended_secrets
DELETE FROM webhooks.secrets WHERE ends_at < $1
