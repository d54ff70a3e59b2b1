-- The runtime's own statements. {s} is the actor's schema.

-- name: take_positions
-- The row stays locked until the commit: positions are in commit order, without gaps.
UPDATE {s}.log_head SET position = position + $1 RETURNING position - $1 + 1

-- name: lock_log
SELECT FROM {s}.log_head FOR UPDATE

-- name: append_to_log
INSERT INTO {s}.log (position, id, name, key, traceparent, at, body)
SELECT $1 + e.n - 1, e.id, e.name, e.key, e.traceparent, $7, e.body
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS e (id, name, key, traceparent, body, n)

-- name: take_head
-- `take_positions`, as a part of the statement that ends a batch: the head is locked for as short as can be.
UPDATE {s}.log_head SET position = position + $1 RETURNING position - $1 AS before

-- name: take_head_after
-- The same, once all of that other part is done: {first} is its name.
UPDATE {s}.log_head SET position = position + $1 WHERE (SELECT count(*) FROM {first}) >= 0 RETURNING position - $1 AS before

-- name: append_after_head
INSERT INTO {s}.log (position, id, name, key, traceparent, at, body)
SELECT head.before + e.n, e.id, e.name, e.key, e.traceparent, $6, e.body
FROM head, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[])
    WITH ORDINALITY AS e (id, name, key, traceparent, body, n)

-- name: first_logged
-- The end of a statement that begins with `take_head`.
SELECT before + 1 FROM head

-- name: remember_keys
INSERT INTO {s}.idempotency_keys (key, command, fingerprint, by, outcome, told, told_from, told_length, at)
SELECT k.key, $1, k.fingerprint, k.by, k.outcome, k.told, k.told_from, k.told_length, $9
FROM unnest($2::text[], $3::bytea[], $4::text[], $5::bytea[], $6::uuid[], $7::integer[], $8::integer[])
    AS k (key, fingerprint, by, outcome, told, told_from, told_length)

-- name: keep_audit
INSERT INTO {s}.audit (at, id, by, approved_by, command, about, request_ids, count)
SELECT $2, r.id, r.by, r.approved_by, r.command, r.about, r.request_ids, r.count
FROM json_to_recordset($1::json) AS r (id uuid, by text, approved_by text, command text, about text[], request_ids text[], count integer)

-- name: read_audit
SELECT at, id, by, approved_by, command, about, request_ids, count FROM {s}.audit
WHERE {conditions}
ORDER BY at DESC, id DESC LIMIT $1

-- name: recall_keys
SELECT k.key, k.command, k.fingerprint, k.by, coalesce(substring(log.body FROM k.told_from FOR k.told_length), k.outcome) AS outcome, k.at
FROM {s}.idempotency_keys AS k LEFT JOIN {s}.log AS log ON log.id = k.told
WHERE k.key = ANY ($1::text[])

-- name: forget_keys
DELETE FROM {s}.idempotency_keys WHERE at < $1

-- name: settings_off
SELECT name FROM pg_settings WHERE name = ANY ($1::text[]) AND setting = 'off' ORDER BY name

-- name: enter_inbox
-- Those that were new, and so are ours to react to. Sorted, so that two members cannot wait for each other.
INSERT INTO {s}.inbox (event_id, at)
SELECT id, $2 FROM unnest($1::uuid[]) AS id ORDER BY id
ON CONFLICT DO NOTHING
RETURNING event_id

-- name: read_log
SELECT position, id, name, key, traceparent, body FROM {s}.log AS log WHERE log.position > $1 ORDER BY log.position LIMIT $2

-- name: log_page
-- As many rows as fit into $3 bytes, and one at least.
-- Behind the end of the log there is none, and still a row with the head.
SELECT page.position, page.id, page.name, page.key, page.traceparent, page.body, head.position AS head
FROM {s}.log_head AS head LEFT JOIN (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY log.position) AS bytes, row_number() OVER (ORDER BY log.position) AS number
    FROM {s}.log AS log WHERE log.position > $1 ORDER BY log.position LIMIT $2
) AS page ON page.bytes <= $3 OR page.number = 1
ORDER BY page.position

-- name: log_at
SELECT wanted.position, wanted.id, wanted.name, wanted.key, wanted.traceparent, wanted.body
FROM (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY log.position) AS bytes, row_number() OVER (ORDER BY log.position) AS number
    FROM {s}.log AS log WHERE log.position = ANY ($1::bigint[])
) AS wanted
WHERE wanted.bytes <= $2 OR wanted.number = 1
ORDER BY wanted.position

-- name: log_position
SELECT position FROM {s}.log_head

-- name: relay_state
SELECT published, settled, stream_created FROM {s}.relay

-- name: save_relay
-- Nothing happens when an operator has wound it back since $4 to $6 were saved.
UPDATE {s}.relay SET published = $1, settled = $2, stream_created = $3
WHERE (published, settled, stream_created) = ($4, $5, $6)
RETURNING published

-- name: rewind_relay
-- Without `stream_created` the relay knows that this is not what it has saved, and goes on from `published` as it stands.
UPDATE {s}.relay SET published = least(published, $1), stream_created = '' RETURNING published

-- name: keep_dead_letter
INSERT INTO {s}.dead_letters (id, event_id, name, key, position, traceparent, body, error, tries, failed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (event_id) DO UPDATE SET error = excluded.error, tries = excluded.tries, failed_at = excluded.failed_at

-- name: list_dead_letters
SELECT id, event_id, name, key, position, error, tries, failed_at, body
FROM {s}.dead_letters ORDER BY failed_at, id LIMIT $1

-- name: find_dead_letter
SELECT event_id, name, key, position, traceparent, body FROM {s}.dead_letters WHERE id = $1

-- name: drop_dead_letter
DELETE FROM {s}.dead_letters WHERE id = $1 RETURNING id

-- name: begin_following
INSERT INTO {s}.followed (log, position) VALUES ($1, 0) ON CONFLICT DO NOTHING

-- name: followed
SELECT position FROM {s}.followed WHERE log = $1

-- name: turn
-- The two halves of `move_on`, as parts of another statement: whether it is still our turn, and the move.
SELECT FROM {s}.followed WHERE log = $1 AND position = $2 FOR UPDATE

-- name: moved
UPDATE {s}.followed SET position = $3 WHERE log = $1 AND position = $2 AND EXISTS (SELECT FROM head)

-- name: all_followed
SELECT log, position FROM {s}.followed ORDER BY log

-- name: move_on
-- Nothing when another member has moved it. The first statement of its transaction: until that ends, nobody else gets past it.
UPDATE {s}.followed SET position = $3 WHERE log = $1 AND position = $2 RETURNING position

-- === the installation's secret key

-- name: known_key
SELECT fingerprint FROM installation.secret_key

-- name: keep_key
-- Nothing where another process was sooner: what it has written is read then.
INSERT INTO installation.secret_key (fingerprint, since) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: replace_key
UPDATE installation.secret_key SET fingerprint = $2, since = $3 WHERE fingerprint = $1

-- name: newest_sealed_answer
SELECT outcome AS sealed FROM {s}.idempotency_keys WHERE command = ANY ($1::text[]) ORDER BY at DESC LIMIT 1

-- name: some_sealed
SELECT {column} AS sealed FROM {s}.{table} WHERE {column} IS NOT NULL LIMIT 1
