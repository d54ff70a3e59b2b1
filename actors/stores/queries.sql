-- name: take_turns
-- Whoever changes stores or registers does so alone until the commit, so that what was checked is still true when it is
-- written. Positions in the log need one writer at a time anyway; readers never wait.
SELECT pg_advisory_xact_lock(hashtextextended('stores: one writer at a time', 0))

-- name: get_stores
SELECT id, body FROM stores.stores WHERE id = ANY ($1::uuid[])

-- name: get_registers
SELECT id, body FROM stores.registers WHERE id = ANY ($1::uuid[])

-- name: find_registers
-- Those that a new register could collide with: by id, or by code in its store.
SELECT id, body FROM stores.registers
WHERE id = ANY ($1::uuid[]) OR (store_id, code_folded) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))

-- name: save_stores
INSERT INTO stores.stores (id, opened, position, body)
SELECT id, position, position, body FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS new (id, position, body)
ON CONFLICT (id) DO UPDATE SET position = excluded.position, body = excluded.body

-- name: save_registers
INSERT INTO stores.registers (id, opened, position, body, store_id, code_folded)
SELECT id, position, position, body, store_id, code_folded
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[]) AS new (id, position, body, store_id, code_folded)
ON CONFLICT (id) DO UPDATE SET position = excluded.position, body = excluded.body

-- name: list_stores
-- A page ends where it would become too big for one message, but holds at least one. `found` tells how many there would have been.
SELECT opened, body, found FROM (
    SELECT opened, body, count(*) OVER () AS found,
        sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (SELECT opened, body FROM stores.stores WHERE opened > $1 ORDER BY opened LIMIT $2) AS page
    WINDOW up_to_here AS (ORDER BY opened)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY opened

-- name: list_registers
SELECT opened, body, count(*) OVER () AS found FROM (
    SELECT opened, body FROM stores.registers WHERE opened > $1 AND ($3::uuid IS NULL OR store_id = $3) ORDER BY opened LIMIT $2
) AS page
ORDER BY opened

-- name: list_changes
-- Stores and registers in the order of their last change, in pages as those of `list_stores`.
SELECT position, store, register, found FROM (
    SELECT position, store, register, count(*) OVER () AS found,
        sum(octet_length(coalesce(store, register))) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (
        (SELECT position, body AS store, NULL AS register FROM stores.stores WHERE position > $1 ORDER BY position LIMIT $2)
        UNION ALL
        (SELECT position, NULL, body FROM stores.registers WHERE position > $1 ORDER BY position LIMIT $2)
        ORDER BY position LIMIT $2
    ) AS page
    WINDOW up_to_here AS (ORDER BY position)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY position
