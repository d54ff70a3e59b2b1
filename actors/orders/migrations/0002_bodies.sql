-- migrate:up

-- An order becomes the JSON that everybody gets to see, beside the columns that it is found by.
-- What was sold until now was paid in full and handed over. Its `stock` stays empty: no inventory has ever heard of it.
ALTER TABLE orders.orders
    ADD COLUMN fulfillment text NOT NULL DEFAULT 'delivered',
    ADD COLUMN payment text NOT NULL DEFAULT 'paid',
    ADD COLUMN customer_id uuid,
    ADD COLUMN flags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN expires_at timestamptz,
    -- Limited promotions that it counts for: keys of coupon_uses.
    ADD COLUMN uses text[] NOT NULL DEFAULT '{}',
    -- Its body, of an order from before: its events have another form. A new one is told by the event `told`, and stored nowhere
    -- else: `told_length` bytes from byte `told_from` on, counted from 1.
    ADD COLUMN old_body text,
    ADD COLUMN told uuid,
    ADD COLUMN told_from integer,
    ADD COLUMN told_length integer,
    -- What it takes to price it again, as long as it can be changed.
    ADD COLUMN cart text,
    ALTER COLUMN receipt_number DROP NOT NULL,
    SET (toast_tuple_target = 8160);

CREATE FUNCTION orders.money(amount numeric, currency text) RETURNS json IMMUTABLE LANGUAGE sql
    RETURN json_build_object('amount', amount::bigint, 'currency', currency);
CREATE FUNCTION orders.moment(at timestamptz) RETURNS text IMMUTABLE LANGUAGE sql
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
CREATE FUNCTION orders.quantity(milli bigint, unit text) RETURNS text IMMUTABLE LANGUAGE sql
    RETURN CASE unit WHEN 'piece' THEN (milli / 1000)::text ELSE (milli / 1000)::text || '.' || lpad((milli % 1000)::text, 3, '0') END;

CREATE TEMPORARY TABLE line_bodies AS
SELECT l.order_id, sum(round(l.unit_price::numeric * l.quantity_milli / 1000)) AS gross, json_agg(json_build_object(
    'number', l.number, 'product_id', l.product_id, 'variant_id', l.variant_id, 'sku', l.sku, 'name', l.name,
    'quantity', orders.quantity(l.quantity_milli, l.unit), 'unit', l.unit, 'unit_price', orders.money(l.unit_price, o.currency),
    'net', orders.money(l.net, o.currency), 'tax', orders.money(l.tax, o.currency), 'total', orders.money(l.net + l.tax, o.currency),
    'taxes', l.taxes::json, 'note', l.note,
    'gross', orders.money(round(l.unit_price::numeric * l.quantity_milli / 1000), o.currency),
    'discount', orders.money(0, o.currency), 'service', orders.money(0, o.currency), 'refunded', orders.money(0, o.currency),
    'category', NULL, 'modifiers', '[]'::json, 'discounts', '[]'::json, 'returned', '0', 'added_at', orders.moment(o.sold_at),
    'trace', '[]'::json
) ORDER BY l.number) AS lines
FROM orders.lines AS l JOIN orders.orders AS o ON o.id = l.order_id
GROUP BY l.order_id;

CREATE TEMPORARY TABLE tender_bodies AS
SELECT t.order_id, json_agg(json_build_object(
    'number', t.number, 'type', t.type, 'amount', orders.money(t.amount, o.currency), 'reference', t.reference,
    'at', orders.moment(o.sold_at), 'refunded', orders.money(0, o.currency),
    'tip', NULL, 'intent_id', NULL, 'account_id', NULL, 'order_id', NULL
) ORDER BY t.number) AS tenders
FROM orders.tenders AS t JOIN orders.orders AS o ON o.id = t.order_id
GROUP BY t.order_id;

-- In the order of their first line, as they have been told.
CREATE TEMPORARY TABLE tax_bodies AS
SELECT order_id, json_agg(json_build_object(
    'code', code, 'name', name, 'rate', rate, 'included', included, 'amount', orders.money(amount, currency)
) ORDER BY first) AS taxes
FROM (
    SELECT l.order_id, entry->>'code' AS code, min(entry->>'name') AS name, min(entry->>'rate') AS rate,
        bool_and((entry->>'included')::boolean) AS included, sum((entry->'amount'->>'amount')::bigint) AS amount,
        min(entry->'amount'->>'currency') AS currency, min(l.number) AS first
    FROM orders.lines AS l, json_array_elements(l.taxes::json) AS entry
    GROUP BY l.order_id, entry->>'code'
) AS summed
GROUP BY order_id;

UPDATE orders.orders AS o SET old_body = json_build_object(
    'id', o.id, 'version', o.version, 'status', o.status, 'fulfillment', o.fulfillment, 'payment', o.payment,
    'store_id', o.store_id, 'register_id', o.register_id, 'receipt_number', o.receipt_number, 'receipt', o.receipt,
    'business_date', o.business_date, 'sold_at', orders.moment(o.sold_at), 'offline', o.offline,
    'lines', coalesce(l.lines, '[]'), 'tenders', coalesce(t.tenders, '[]'),
    'totals', json_build_object(
        'gross', orders.money(coalesce(l.gross, 0), o.currency), 'discount', orders.money(0, o.currency), 'service', orders.money(0, o.currency),
        'net', orders.money(o.net, o.currency), 'tax', orders.money(o.tax, o.currency), 'total', orders.money(o.total, o.currency),
        'adjustment', orders.money(0, o.currency), 'cash_rounding', orders.money(o.cash_rounding, o.currency),
        'due', orders.money(o.total + o.cash_rounding, o.currency), 'tendered', orders.money(o.tendered, o.currency),
        'change', orders.money(o.change, o.currency), 'tips', orders.money(0, o.currency), 'missing', orders.money(0, o.currency),
        'missing_in_cash', orders.money(0, o.currency), 'refunded', orders.money(0, o.currency), 'rounding', o.rounding,
        'taxes', coalesce(x.taxes, '[]')
    ),
    'note', o.note, 'placed_by', o.placed_by, 'created_at', orders.moment(o.created_at), 'updated_at', orders.moment(o.updated_at),
    'customer', NULL, 'discounts', '[]'::json, 'coupons', '[]'::json, 'refunds', '[]'::json, 'stock', '[]'::json, 'moves', '[]'::json,
    'flags', '[]'::json, 'expires_at', NULL, 'cancel_reason', '', 'merged_into', NULL, 'split_from', NULL, 'exchange_of', NULL
)::text
FROM orders.orders AS same
LEFT JOIN line_bodies AS l ON l.order_id = same.id
LEFT JOIN tender_bodies AS t ON t.order_id = same.id
LEFT JOIN tax_bodies AS x ON x.order_id = same.id
WHERE o.id = same.id;

DROP TABLE line_bodies, tender_bodies, tax_bodies;
DROP FUNCTION orders.money, orders.moment, orders.quantity;
DROP TABLE orders.lines, orders.tenders;
ALTER TABLE orders.orders
    ALTER COLUMN fulfillment DROP DEFAULT, ALTER COLUMN payment DROP DEFAULT, ALTER COLUMN flags DROP DEFAULT,
    ALTER COLUMN uses DROP DEFAULT,
    DROP COLUMN offline, DROP COLUMN currency, DROP COLUMN net, DROP COLUMN tax, DROP COLUMN total, DROP COLUMN cash_rounding,
    DROP COLUMN tendered, DROP COLUMN change, DROP COLUMN rounding, DROP COLUMN note, DROP COLUMN placed_by,
    DROP COLUMN created_at, DROP COLUMN updated_at;

CREATE VIEW orders.bodies AS
SELECT o.*, coalesce(o.told_length, octet_length(o.old_body)) AS bytes, coalesce(
    o.old_body, (SELECT convert_from(substring(log.body FROM o.told_from FOR o.told_length), 'UTF8') FROM orders.log AS log WHERE log.id = o.told)
) AS body
FROM orders.orders AS o;

-- Few orders wait, few are flagged, and few expire: small indexes, which a plain sale does not touch.
CREATE INDEX orders_waiting ON orders.orders (status, sold_at DESC, id DESC) WHERE status IN ('draft', 'open');
CREATE INDEX orders_flagged ON orders.orders USING gin (flags) WHERE flags <> '{}';
CREATE INDEX orders_of_customer ON orders.orders (customer_id, sold_at DESC, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_printed_receipt ON orders.orders (receipt) WHERE receipt <> '';
CREATE INDEX orders_expiring ON orders.orders (expires_at) WHERE status = 'open' AND expires_at IS NOT NULL;

-- How often a limited promotion has been used: `key` is its id, or its id, a slash and the customer's.
CREATE TABLE orders.coupon_uses (
    key text PRIMARY KEY,
    uses bigint NOT NULL
) WITH (fillfactor = 50);

-- migrate:down
DO $$ BEGIN RAISE EXCEPTION 'Orders that are held, open or refunded have no place in the schema before this one.'; END $$;
