-- What shifts asks of its database.

-- === drawers and shifts

-- name: lock_drawers
-- The first thing of every transaction that books something at registers: nobody else does, until the commit.
INSERT INTO shifts.drawers AS kept (register_id, busy_until)
SELECT register_id, busy_until FROM unnest($1::uuid[], $2::timestamptz[]) AS booked (register_id, busy_until) ORDER BY register_id
ON CONFLICT (register_id) DO UPDATE SET busy_until = greatest(kept.busy_until, excluded.busy_until)
RETURNING register_id, busy_until, last_z

-- name: save_drawers
UPDATE shifts.drawers AS kept SET busy_until = now.busy_until, last_z = now.last_z
FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) AS now (register_id, busy_until, last_z)
WHERE kept.register_id = now.register_id

-- name: registers_of
SELECT id, register_id FROM shifts.shifts WHERE id = ANY ($1::uuid[])

-- name: find_shifts
SELECT id, body FROM shifts.shifts WHERE id = ANY ($1::uuid[])

-- name: open_shifts
SELECT id, register_id FROM shifts.shifts WHERE register_id = ANY ($1::uuid[]) AND closed_at = 'infinity'

-- name: insert_shifts
INSERT INTO shifts.shifts (id, store_id, register_id, business_date, opened_at, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::timestamptz[], $6::text[])

-- name: save_shifts
UPDATE shifts.shifts AS kept SET approval = new.approval, body = new.body
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new (id, approval, body)
WHERE kept.id = new.id

-- name: close_shift
UPDATE shifts.shifts SET closed_at = $2, closed_position = $3, closed_customers_position = $4, z_number = $5, approval = $6, body = $7 WHERE id = $1

-- name: followed
-- How far each log has been booked.
SELECT log, position FROM shifts.followed

-- === figures

-- name: shifts_during
-- The shifts of each register that touch these spans.
SELECT kept.id, kept.register_id, kept.opened_at, nullif(kept.closed_at, 'infinity') AS closed_at, kept.closed_position, kept.closed_customers_position
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS span (register_id, first, last)
JOIN shifts.shifts AS kept ON kept.register_id = span.register_id AND kept.closed_at > span.first AND kept.opened_at <= span.last

-- name: known_part_paid
SELECT order_id, tenders FROM shifts.part_paid WHERE order_id = ANY ($1::uuid[])

-- name: save_part_paid
INSERT INTO shifts.part_paid AS kept (order_id, tenders) SELECT * FROM unnest($1::uuid[], $2::smallint[])
ON CONFLICT (order_id) DO UPDATE SET tenders = excluded.tenders

-- name: figures
SELECT shift_id, late, body FROM shifts.figures WHERE shift_id = ANY ($1::uuid[])

-- name: save_figures
INSERT INTO shifts.figures (shift_id, late, body) SELECT * FROM unnest($1::uuid[], $2::boolean[], $3::text[])
ON CONFLICT (shift_id, late) DO UPDATE SET body = excluded.body

-- name: unshifted
SELECT register_id, business_date, body FROM shifts.unshifted
WHERE (register_id, business_date) IN (SELECT * FROM unnest($1::uuid[], $2::date[]))

-- name: save_unshifted
INSERT INTO shifts.unshifted (register_id, business_date, store_id, currency, body)
SELECT * FROM unnest($1::uuid[], $2::date[], $3::uuid[], $4::text[], $5::text[])
ON CONFLICT (register_id, business_date) DO UPDATE SET body = excluded.body

-- name: insert_corrections
-- Numbered as they come: whoever inserts them has locked the drawer.
INSERT INTO shifts.corrections (log, shift_id, position, nr, body)
SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::integer[], $5::text[]) AS late (shift_id, position, nr, body) ORDER BY nr

-- === cash

-- name: insert_cash
INSERT INTO shifts.cash_events (id, shift_id, kind, amount, at, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[])

-- name: cash_sums
SELECT shift_id, kind, count(*) AS count, sum(amount)::bigint AS amount FROM shifts.cash_events
WHERE shift_id = ANY ($1::uuid[]) GROUP BY shift_id, kind

-- name: paid_out_alone
-- What each person has paid out of a drawer without the approval of another.
SELECT shift_id, body::json ->> 'by' AS by, sum(amount)::bigint AS amount FROM shifts.cash_events
WHERE shift_id = ANY ($1::uuid[]) AND kind = 'paid_out' AND body::json ->> 'approved_by' IS NULL GROUP BY 1, 2

-- === lists

-- name: list_shifts
SELECT id, opened_at, body FROM shifts.shifts
WHERE true
{conditions}
ORDER BY opened_at DESC, id DESC LIMIT $1

-- name: list_cash
SELECT id, at, body FROM shifts.cash_events
WHERE shift_id = $1 AND ($2::timestamptz IS NULL OR (at, id) > ($2, $3)) ORDER BY at, id LIMIT $4

-- name: list_corrections
SELECT seq, body FROM shifts.corrections WHERE shift_id = $1 AND seq > $2 ORDER BY seq LIMIT $3

-- name: newest_corrections
-- Of each of these shifts the newest, oldest first.
SELECT newest.body FROM unnest($1::uuid[]) AS wanted (shift_id)
CROSS JOIN LATERAL (
    SELECT * FROM shifts.corrections AS kept WHERE kept.shift_id = wanted.shift_id ORDER BY seq DESC LIMIT $2
) AS newest
ORDER BY newest.shift_id, newest.seq

-- name: list_unshifted
SELECT register_id, business_date, store_id, currency, body FROM shifts.unshifted
WHERE true
{conditions}
ORDER BY business_date DESC, register_id DESC LIMIT $1

-- === the check

-- name: begin_proof
INSERT INTO shifts.proofs (id, position, events, began_at) VALUES ($1, 0, 0, $2)

-- name: forget_proofs
-- Those that nobody has gone on with, and with them all that they had come to.
DELETE FROM shifts.proofs WHERE began_at < $1

-- name: drop_proof
DELETE FROM shifts.proofs WHERE id = $1

-- name: take_proof
SELECT position, customers_position FROM shifts.proofs WHERE id = $1 FOR UPDATE

-- name: move_proof
UPDATE shifts.proofs SET position = $2, customers_position = $3, events = $4 WHERE id = $1

-- name: hold_still
-- Whoever follows the logs waits until the commit.
SELECT log, position FROM shifts.followed ORDER BY log FOR UPDATE

-- name: proof_part_paid
SELECT order_id, tenders FROM shifts.proof_part_paid WHERE proof_id = $1 AND order_id = ANY ($2::uuid[])

-- name: save_proof_part_paid
INSERT INTO shifts.proof_part_paid (proof_id, order_id, tenders) SELECT $1, * FROM unnest($2::uuid[], $3::smallint[])
ON CONFLICT (proof_id, order_id) DO UPDATE SET tenders = excluded.tenders

-- name: proof_figures
SELECT bucket, body FROM shifts.proof_figures WHERE proof_id = $1 AND bucket = ANY ($2::text[])

-- name: save_proof_figures
INSERT INTO shifts.proof_figures (proof_id, bucket, body) SELECT $1, * FROM unnest($2::text[], $3::text[])
ON CONFLICT (proof_id, bucket) DO UPDATE SET body = excluded.body

-- name: differing_figures
-- What is kept, and what the log says: where they are not the same text.
SELECT coalesce(kept.bucket, proof.bucket) AS bucket, kept.body AS kept, proof.body AS proof
FROM (
    SELECT (CASE WHEN late THEN 'late ' ELSE 'shift ' END || shift_id) COLLATE "C" AS bucket, body FROM shifts.figures
    UNION ALL
    SELECT ('unshifted ' || register_id || ' ' || business_date) COLLATE "C", body FROM shifts.unshifted
) AS kept
FULL JOIN (SELECT bucket, body FROM shifts.proof_figures WHERE proof_id = $1) AS proof ON proof.bucket = kept.bucket
WHERE kept.body IS DISTINCT FROM proof.body
ORDER BY 1 LIMIT $2

-- name: forget_figures
WITH figures AS (
    DELETE FROM shifts.figures WHERE (shift_id, late) IN (SELECT * FROM unnest($1::uuid[], $2::boolean[]))
)
DELETE FROM shifts.unshifted WHERE (register_id, business_date) IN (SELECT * FROM unnest($3::uuid[], $4::date[]))

-- name: mend_part_paid
INSERT INTO shifts.part_paid AS kept (order_id, tenders) SELECT order_id, tenders FROM shifts.proof_part_paid WHERE proof_id = $1
ON CONFLICT (order_id) DO UPDATE SET tenders = excluded.tenders WHERE kept.tenders <> excluded.tenders

-- name: wrong_z_numbers
-- Numbers begin with 1, and none is missing.
SELECT drawer.register_id, drawer.last_z, found.count, found.first, found.last FROM shifts.drawers AS drawer
LEFT JOIN LATERAL (
    SELECT count(*) AS count, coalesce(min(z_number), 1) AS first, coalesce(max(z_number), 0) AS last
    FROM shifts.shifts AS kept WHERE kept.register_id = drawer.register_id AND z_number IS NOT NULL
) AS found ON true
WHERE (found.count, found.first, found.last) <> (drawer.last_z, 1, drawer.last_z)
ORDER BY 1 LIMIT $1

-- name: count_shifts
SELECT count(*) FROM shifts.shifts

-- name: closed_shifts
-- Page by page: what stands in their reports is compared with what is in the books.
SELECT kept.id, kept.body, figures.body AS figures FROM shifts.shifts AS kept
LEFT JOIN shifts.figures AS figures ON figures.shift_id = kept.id AND NOT figures.late
WHERE kept.z_number IS NOT NULL AND kept.id > $1 ORDER BY kept.id LIMIT $2
