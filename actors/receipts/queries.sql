-- What receipts asks of its database.

-- name: find_template
SELECT * FROM receipts.templates WHERE store_id = $1

-- name: save_template
INSERT INTO receipts.templates AS known
    (store_id, version, language, width, header, footer, logo, show_address, show_taxes, show_qr, show_cashier, updated_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (store_id) DO UPDATE SET
    version = known.version + 1, language = excluded.language, width = excluded.width, header = excluded.header, footer = excluded.footer,
    logo = excluded.logo, show_address = excluded.show_address, show_taxes = excluded.show_taxes, show_qr = excluded.show_qr,
    show_cashier = excluded.show_cashier, updated_at = excluded.updated_at
RETURNING *

-- name: find_prints
SELECT order_id FROM receipts.prints WHERE order_id = ANY ($1::uuid[])

-- name: count_prints
-- In the order of their ids, so that batches do not wait for each other in a circle.
INSERT INTO receipts.prints AS known (order_id, prints)
SELECT order_id, prints FROM unnest($1::uuid[], $2::bigint[]) AS new (order_id, prints) ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET prints = known.prints + excluded.prints
RETURNING order_id, prints

-- name: save_names
-- Only what is another name than the last one: people change for many reasons. Of one page, in its order.
INSERT INTO receipts.names (person_id, since, name)
SELECT new.person_id, new.since, new.name
FROM (
    SELECT person_id, since, name, lag(name) OVER (PARTITION BY person_id ORDER BY at) AS before
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) WITH ORDINALITY AS told (person_id, since, name, at)
) AS new
WHERE new.name IS DISTINCT FROM coalesce(new.before, (
    SELECT known.name FROM receipts.names AS known WHERE known.person_id = new.person_id ORDER BY known.since DESC LIMIT 1
))
ON CONFLICT (person_id, since) DO UPDATE SET name = excluded.name

-- name: name_at
SELECT name FROM receipts.names WHERE person_id = $1
ORDER BY since <= $2 DESC, CASE WHEN since <= $2 THEN since END DESC, since LIMIT 1

-- name: take_chains
-- Nobody else writes to them: one member follows at a time.
SELECT * FROM receipts.chains WHERE register_id = ANY ($1::uuid[])

-- name: linked_refunds
SELECT l.register_id, l.number, max(l.refund) AS refund
FROM unnest($1::uuid[], $2::bigint[]) AS asked (register_id, number)
JOIN receipts.links AS l ON l.register_id = asked.register_id AND l.number = asked.number
GROUP BY l.register_id, l.number

-- name: add_links
INSERT INTO receipts.links (register_id, position, number, order_id, refund, facts, hash)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::int[], $6::bytea[], $7::bytea[])

-- name: move_chains
INSERT INTO receipts.chains (register_id, position, began, number, hash)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])
ON CONFLICT (register_id) DO UPDATE SET position = excluded.position, number = excluded.number, hash = excluded.hash

-- name: find_chain
SELECT * FROM receipts.chains WHERE register_id = $1

-- name: find_links
-- Those of some numbers, each with the hash of the one before it.
SELECT l.*, before.hash AS before
FROM receipts.links AS l
LEFT JOIN receipts.links AS before ON before.register_id = l.register_id AND before.position = l.position - 1
WHERE l.register_id = $1 AND l.number > $2 AND l.number <= $3
ORDER BY l.number, l.refund LIMIT $4

-- name: chain_and_last_link
SELECT c.position, c.began, c.number, c.hash, last.position AS last_position, last.hash AS last_hash
FROM (SELECT 1) AS always
LEFT JOIN receipts.chains AS c ON c.register_id = $1
LEFT JOIN (
    SELECT position, hash FROM receipts.links WHERE register_id = $1 ORDER BY position DESC LIMIT 1
) AS last ON true

-- name: hash_at
SELECT hash FROM receipts.links WHERE register_id = $1 AND position = $2
