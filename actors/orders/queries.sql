-- What orders asks of its database.

-- name: existing_contents
SELECT id, content FROM orders.orders WHERE id = ANY ($1::uuid[])

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
-- When another member was quicker, the unique index on receipt numbers refuses the orders that go with this.
INSERT INTO orders.receipt_numbers AS numbers (register_id, last)
SELECT taken.register_id, taken.last
FROM unnest($1::uuid[], $2::bigint[]) AS taken (register_id, last)
ORDER BY taken.register_id
ON CONFLICT (register_id) DO UPDATE SET last = greatest(numbers.last, excluded.last)

-- name: insert_orders
-- As JSON and not as arrays: asyncpg looks at each element of an array twice, which costs our process more than reading
-- JSON costs Postgres.
INSERT INTO orders.orders (
    id, version, status, store_id, register_id, receipt_number, receipt, business_date, sold_at, offline, currency,
    net, tax, total, cash_rounding, tendered, change, rounding, note, placed_by, content, created_at, updated_at
)
SELECT o.id, 1, 'completed', o.store_id, o.register_id, o.receipt_number, o.receipt, o.business_date, o.sold_at, o.offline,
    o.currency, o.net, o.tax, o.total, o.cash_rounding, o.tendered, o.change, o.rounding, o.note, o.placed_by,
    decode(o.content, 'base64'), $1, $1
FROM json_to_recordset($2::json) AS o (
    id uuid, store_id uuid, register_id uuid, receipt_number bigint, receipt text, business_date date, sold_at timestamptz,
    offline boolean, currency text, net bigint, tax bigint, total bigint, cash_rounding bigint, tendered bigint, change bigint,
    rounding text, note text, placed_by text, content text
)

-- name: insert_lines
INSERT INTO orders.lines (
    order_id, number, product_id, variant_id, sku, name, quantity_milli, unit, unit_price, net, tax, taxes, note
)
SELECT order_id, number, product_id, variant_id, sku, name, quantity_milli, unit, unit_price, net, tax, taxes, note
FROM json_to_recordset($1::json) AS l (
    order_id uuid, number smallint, product_id uuid, variant_id uuid, sku text, name text, quantity_milli bigint, unit text,
    unit_price bigint, net bigint, tax bigint, taxes text, note text
)

-- name: insert_tenders
INSERT INTO orders.tenders (order_id, number, type, amount, reference)
SELECT order_id, number, type, amount, reference
FROM json_to_recordset($1::json) AS t (order_id uuid, number smallint, type text, amount bigint, reference text)

-- name: find_orders
SELECT * FROM orders.orders WHERE id = ANY ($1::uuid[])

-- name: find_lines
SELECT * FROM orders.lines WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, number

-- name: find_tenders
SELECT * FROM orders.tenders WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, number

-- name: list_orders
-- Newest sale first. A store is asked for by nearly everybody, so it has an index of its own.
SELECT * FROM orders.orders
WHERE ($1::uuid IS NULL OR store_id = $1)
  AND ($2::uuid IS NULL OR register_id = $2)
  AND ($3::text IS NULL OR status = $3)
  AND ($4::date IS NULL OR business_date = $4)
  AND ($5::timestamptz IS NULL OR sold_at >= $5)
  AND ($6::timestamptz IS NULL OR sold_at < $6)
  AND ($7::timestamptz IS NULL OR (sold_at, id) < ($7, $8::uuid))
ORDER BY sold_at DESC, id DESC
LIMIT $9
