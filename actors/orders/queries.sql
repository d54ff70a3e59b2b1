-- What orders asks of its database.

-- name: existing_contents
SELECT id, content FROM orders.orders WHERE id = ANY ($1::uuid[])

-- name: find_orders
SELECT id, body FROM orders.bodies WHERE id = ANY ($1::uuid[]) ORDER BY id

-- name: lock_orders
-- Their bodies are read after that, by a statement of its own: this one may have waited for another member's event, which it cannot see.
SELECT id FROM orders.orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: peek_orders
SELECT id, body, cart, uses FROM orders.bodies WHERE id = ANY ($1::uuid[]) ORDER BY id

-- name: lock_expired
-- What somebody is just paying or changing is left to him.
SELECT id FROM orders.orders
WHERE status = 'open' AND expires_at < $1
ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED

-- name: list_bodies
SELECT body FROM orders.bodies WHERE id > $1 ORDER BY id LIMIT $2

-- name: insert_orders
-- The columns as JSON and not as arrays: asyncpg looks at each element of an array twice, which costs our process more than
-- reading JSON costs Postgres. The carts beside them, for there they would be escaped.
INSERT INTO orders.orders (
    id, version, status, fulfillment, payment, store_id, register_id, receipt_number, receipt, business_date, sold_at,
    customer_id, flags, expires_at, uses, content, told, told_from, told_length, cart
)
SELECT o.id, o.version, o.status, o.fulfillment, o.payment, o.store_id, o.register_id, o.receipt_number, o.receipt, o.business_date,
    o.sold_at, o.customer_id, o.flags, o.expires_at, o.uses, decode(o.content, 'base64'), o.told, o.told_from,
    o.told_length, given.cart
FROM unnest($1::text[], $2::text[]) AS given (head, cart), json_to_record(given.head::json) AS o (
    id uuid, version integer, status text, fulfillment text, payment text, store_id uuid, register_id uuid, receipt_number bigint,
    receipt text, business_date date, sold_at timestamptz, customer_id uuid, flags text[], expires_at timestamptz, uses text[], content text,
    told uuid, told_from integer, told_length integer
)

-- name: update_orders
-- Of orders that are locked, or were made in this batch.
UPDATE orders.orders AS stored SET
    version = o.version, status = o.status, fulfillment = o.fulfillment, payment = o.payment, register_id = o.register_id,
    receipt_number = o.receipt_number, receipt = o.receipt, business_date = o.business_date, sold_at = o.sold_at,
    customer_id = o.customer_id, flags = o.flags, expires_at = o.expires_at, uses = o.uses, old_body = NULL,
    told = o.told, told_from = o.told_from, told_length = o.told_length, cart = given.cart
FROM unnest($1::text[], $2::text[]) AS given (head, cart), json_to_record(given.head::json) AS o (
    id uuid, version integer, status text, fulfillment text, payment text, register_id uuid, receipt_number bigint, receipt text,
    business_date date, sold_at timestamptz, customer_id uuid, flags text[], expires_at timestamptz, uses text[],
    told uuid, told_from integer, told_length integer
)
WHERE stored.id = o.id

-- name: list_orders
-- Newest sale first. Ends where the page would become too big for one message, but holds at least one order.
SELECT id, sold_at, body, found FROM (
    SELECT id, sold_at, body, count(*) OVER () AS found, sum(bytes) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (
        SELECT id, sold_at, body, bytes FROM orders.bodies
        WHERE true
        {conditions}
        ORDER BY sold_at DESC, id DESC LIMIT $1
    ) AS page
    WINDOW up_to_here AS (ORDER BY sold_at DESC, id DESC)
) AS measured
WHERE bytes <= $2 OR nr = 1 ORDER BY sold_at DESC, id DESC

-- name: repeated_receipts
SELECT DISTINCT register_id, receipt
FROM unnest($1::uuid[], $2::text[]) AS printed (register_id, receipt)
JOIN orders.orders USING (register_id, receipt)

-- name: take_receipt_numbers
-- Registers in a fixed order: two batches that sell at the same registers must not wait for each other.
INSERT INTO orders.receipt_numbers AS numbers (register_id, last)
SELECT taken.register_id, taken.count
FROM unnest($1::uuid[], $2::bigint[]) AS taken (register_id, count)
ORDER BY taken.register_id
ON CONFLICT (register_id) DO UPDATE SET last = numbers.last + excluded.last
RETURNING register_id, last

-- name: last_receipt_numbers
SELECT register_id, last FROM orders.receipt_numbers WHERE register_id = ANY ($1::uuid[])

-- name: save_receipt_numbers
-- Only on top of the numbers that this member knew of. That orders have numbers of their own would not be enough: registers leave
-- some out, and what is free may be printed on somebody's receipt.
INSERT INTO orders.receipt_numbers AS numbers (register_id, last)
SELECT taken.register_id, taken.last
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS taken (register_id, known, last)
ORDER BY taken.register_id
ON CONFLICT (register_id) DO UPDATE SET last = CASE
    WHEN numbers.last = (
        SELECT taken.known FROM unnest($1::uuid[], $2::bigint[]) AS taken (register_id, known) WHERE taken.register_id = numbers.register_id
    ) THEN excluded.last
    ELSE orders.overtaken()
END
RETURNING register_id

-- name: given_receipt_numbers
SELECT register_id, receipt_number
FROM unnest($1::uuid[], $2::bigint[]) AS printed (register_id, receipt_number)
JOIN orders.orders USING (register_id, receipt_number)

-- name: make_uses
INSERT INTO orders.coupon_uses (key, uses) SELECT key, 0 FROM unnest($1::text[]) AS wanted (key) ORDER BY key ON CONFLICT (key) DO NOTHING

-- name: take_uses
SELECT key, uses FROM orders.coupon_uses WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE

-- name: save_uses
UPDATE orders.coupon_uses AS stored SET uses = taken.uses
FROM unnest($1::text[], $2::bigint[]) AS taken (key, uses) WHERE stored.key = taken.key

-- name: one_void_at_a_time
-- Not by the row of the register's number: nobody who sells need wait for it.
SELECT pg_advisory_xact_lock(hashtextextended('void receipts of ' || $1::uuid, 0))

-- name: last_receipt_number
SELECT last FROM orders.receipt_numbers WHERE register_id = $1

-- name: first_receipt_between
SELECT receipt_number FROM orders.orders WHERE register_id = $1 AND receipt_number BETWEEN $2 AND $3 ORDER BY receipt_number LIMIT 1

-- name: first_void_between
SELECT greatest(first, $2) FROM orders.voided_receipts WHERE register_id = $1 AND last >= $2 AND first <= $3 ORDER BY first LIMIT 1

-- name: insert_void
INSERT INTO orders.voided_receipts (id, register_id, first, last, reason, by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: voids_after
SELECT * FROM orders.voided_receipts WHERE register_id = $1 AND first > $2 ORDER BY first LIMIT $3

-- name: void_before
-- The one that goes on after this number, if there is one: they do not overlap.
SELECT * FROM (SELECT * FROM orders.voided_receipts WHERE register_id = $1 AND first <= $2 ORDER BY first DESC LIMIT 1) AS nearest WHERE last > $2

-- name: list_receipts
-- The stored bytes themselves: one that cannot be read must not hide the others. A page ends where it would become too big for
-- one message, but holds at least one; `found` tells how many there would have been.
SELECT receipt_number, id, found, coalesce(
    convert_to(old_body, 'UTF8'), (SELECT substring(log.body FROM told_from FOR told_length) FROM orders.log AS log WHERE log.id = told)
) AS body
FROM (
    SELECT *, count(*) OVER () AS found, sum(coalesce(told_length, octet_length(old_body))) OVER up_to_here AS bytes,
        row_number() OVER up_to_here AS nr
    FROM (
        SELECT id, receipt_number, told, told_from, told_length, old_body FROM orders.orders
        WHERE register_id = $1 AND receipt_number > $2 ORDER BY receipt_number LIMIT $3
    ) AS page
    WINDOW up_to_here AS (ORDER BY receipt_number)
) AS measured
WHERE bytes <= $4 OR nr = 1 ORDER BY receipt_number
