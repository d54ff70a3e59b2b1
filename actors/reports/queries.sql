-- What reports ask of their database.

-- === following

-- name: current_books
-- Which generation is read, and up to which day the stores' days in it have been added up.
SELECT state.generation, closed.store_id, closed.until
FROM reports.state LEFT JOIN reports.closed ON closed.books = 'days_' || state.generation AND closed.store_id = ANY ($1::uuid[])

-- name: closed
SELECT store_id, until FROM reports.closed WHERE books = $1 AND store_id = ANY ($2::uuid[])

-- name: counted_refunds
SELECT order_id, counted FROM reports.refunds WHERE generation = $1 AND order_id = ANY ($2::uuid[])

-- name: save_refunds
INSERT INTO reports.refunds (generation, order_id, counted)
SELECT $1, order_id, counted FROM unnest($2::uuid[], $3::integer[]) AS new (order_id, counted)
ON CONFLICT (generation, order_id) DO UPDATE SET counted = excluded.counted

-- name: add_days
INSERT INTO reports.days AS kept (
    generation, back, day, store_id, kind, key, currency, count, quantity, gross, discount, service, net, tax, total
)
SELECT $1, new.* FROM unnest(
    $2::boolean[], $3::date[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
    $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[]
) AS new
ON CONFLICT (generation, kind, store_id, day, key, back) DO UPDATE SET
    count = kept.count + excluded.count, quantity = kept.quantity + excluded.quantity, gross = kept.gross + excluded.gross,
    discount = kept.discount + excluded.discount, service = kept.service + excluded.service, net = kept.net + excluded.net,
    tax = kept.tax + excluded.tax, total = kept.total + excluded.total

-- name: add_sums
INSERT INTO reports.sums AS kept (
    generation, back, span, store_id, kind, key, currency, count, quantity, gross, discount, service, net, tax, total
)
SELECT $1, new.* FROM unnest(
    $2::boolean[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
    $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[]
) AS new
ON CONFLICT (generation, kind, store_id, span, key, back) DO UPDATE SET
    count = kept.count + excluded.count, quantity = kept.quantity + excluded.quantity, gross = kept.gross + excluded.gross,
    discount = kept.discount + excluded.discount, service = kept.service + excluded.service, net = kept.net + excluded.net,
    tax = kept.tax + excluded.tax, total = kept.total + excluded.total

-- name: save_names
INSERT INTO reports.names AS kept (kind, key, name, code)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, code = excluded.code
WHERE (kept.name, kept.code) <> (excluded.name, excluded.code)

-- name: mark_days
-- Once every few seconds is enough: what is marked already is asked for later still.
INSERT INTO reports.uncosted_days AS kept (store_id, day, changed_at)
SELECT store_id, day, $1 FROM unnest($2::uuid[], $3::date[]) AS new (store_id, day)
ON CONFLICT (store_id, day) DO UPDATE SET changed_at = excluded.changed_at
WHERE kept.changed_at < excluded.changed_at - interval '2 seconds' OR kept.costed_at >= kept.changed_at

-- === days that are over

-- name: lock_follower
-- Until the commit no page is counted: whoever counts one moves this row first.
SELECT position FROM reports.followed WHERE log = 'orders' FOR UPDATE

-- name: lock_costs
-- Whoever writes the costs of a store, or adds up its days, does so alone.
SELECT pg_advisory_xact_lock(hashtextextended('kasir reports costs ' || $1::uuid, 0))

-- name: hold_cost_sums
-- Not while all of them are made anew.
LOCK TABLE reports.cost_sums IN ROW EXCLUSIVE MODE

-- name: first_open_day
SELECT min(day) AS day FROM reports.days WHERE generation = $1 AND kind IN ('total', 'void') AND store_id = $2 AND day > $3

-- name: first_open_cost_day
SELECT min(day) AS day FROM reports.cost_days WHERE store_id = $1 AND day > $2

-- name: close_days
-- $4 to $5: the days, both included. Their rows stay as they are.
INSERT INTO reports.sums AS kept (
    generation, back, span, store_id, kind, key, currency, count, quantity, gross, discount, service, net, tax, total
)
SELECT $1, back, span, $2, kind, key, min(currency), sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
FROM unnest($3::date[]) AS over (day) CROSS JOIN LATERAL (
    SELECT * FROM reports.days WHERE generation = $1 AND store_id = $2 AND day = over.day
) AS one CROSS JOIN LATERAL unnest(reports.spans_of(one.day)) AS into_ (span)
GROUP BY back, span, kind, key
ORDER BY kind, span, key
ON CONFLICT (generation, kind, store_id, span, key, back) DO UPDATE SET
    count = kept.count + excluded.count, quantity = kept.quantity + excluded.quantity, gross = kept.gross + excluded.gross,
    discount = kept.discount + excluded.discount, service = kept.service + excluded.service, net = kept.net + excluded.net,
    tax = kept.tax + excluded.tax, total = kept.total + excluded.total

-- name: close_cost_days
INSERT INTO reports.cost_sums AS kept (span, store_id, variant_id, sold, cost, lost, uncosted)
SELECT span, $1, variant_id, sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days CROSS JOIN LATERAL unnest(reports.spans_of(day)) AS into_ (span)
WHERE store_id = $1 AND day BETWEEN $2 AND $3
GROUP BY span, variant_id
ORDER BY span, variant_id
ON CONFLICT (store_id, span, variant_id) DO UPDATE SET sold = kept.sold + excluded.sold, cost = kept.cost + excluded.cost,
    lost = kept.lost + excluded.lost, uncosted = kept.uncosted + excluded.uncosted

-- name: save_closed
INSERT INTO reports.closed AS kept (books, store_id, until) VALUES ($1, $2, $3)
ON CONFLICT (books, store_id) DO UPDATE SET until = excluded.until

-- === reading

-- name: sums
-- $4: spans and $5: days that are added up; $6 and $7: those that are taken off again. Rows are for each of the {places} that are asked for: what is
-- nothing but a constant is neither read nor grouped by. Columns come in the same order within and without, so that rows pass through as they are.
SELECT back, {places} currency, {added}
FROM (
    SELECT back, {of_span} currency, {more}
    FROM reports.sums WHERE generation = $1 AND kind = $2 AND store_id = ANY ($3::uuid[]) AND span = ANY ($4::text[]) AND {ways}
    UNION ALL
    SELECT back, {of_day} currency, {more}
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($3::uuid[]) AND day = ANY ($5::date[]) AND {ways}
    UNION ALL
    SELECT back, {of_span} currency, {less}
    FROM reports.sums WHERE generation = $1 AND kind = $2 AND store_id = ANY ($3::uuid[]) AND span = ANY ($6::text[]) AND {ways}
    UNION ALL
    SELECT back, {of_day} currency, {less}
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($3::uuid[]) AND day = ANY ($7::date[]) AND {ways}
) AS part
GROUP BY back, {places} currency

-- name: names
SELECT key, name, code FROM reports.names WHERE kind = $1 AND key = ANY ($2::text[])

-- === costs

-- name: days_to_cost
-- Today once in a while ($2), as long as it changes.
SELECT store_id, day FROM reports.uncosted_days
WHERE costed_at IS NULL OR costed_at < $1::timestamptz - $2::interval
ORDER BY costed_at NULLS FIRST, day LIMIT $3

-- name: changed_days
SELECT store_id, day FROM reports.uncosted_days
WHERE store_id = ANY ($1::uuid[]) AND day BETWEEN $2 AND $3
ORDER BY day DESC LIMIT $4

-- name: lock_mark
SELECT changed_at, costed_at FROM reports.uncosted_days WHERE store_id = $1 AND day = $2 FOR UPDATE

-- name: drop_mark
DELETE FROM reports.uncosted_days WHERE store_id = $1 AND day = $2 AND changed_at < $3

-- name: keep_mark
UPDATE reports.uncosted_days SET costed_at = $3 WHERE store_id = $1 AND day = $2

-- name: known_costs
SELECT variant_id, sold, cost, lost, uncosted FROM reports.cost_days
WHERE store_id = $1 AND day = $2 AND variant_id <> '00000000-0000-0000-0000-000000000000'

-- name: add_cost_days
INSERT INTO reports.cost_days AS kept (day, store_id, variant_id, sold, cost, lost, uncosted)
SELECT $1, $2, new.* FROM unnest($3::uuid[], $4::bigint[], $5::numeric[], $6::numeric[], $7::bigint[]) AS new
ON CONFLICT (store_id, day, variant_id) DO UPDATE SET sold = kept.sold + excluded.sold, cost = kept.cost + excluded.cost,
    lost = kept.lost + excluded.lost, uncosted = kept.uncosted + excluded.uncosted

-- name: add_cost_sums
INSERT INTO reports.cost_sums AS kept (span, store_id, variant_id, sold, cost, lost, uncosted)
SELECT span, $2, new.* FROM unnest($3::uuid[], $4::bigint[], $5::numeric[], $6::numeric[], $7::bigint[]) AS new,
    unnest(reports.spans_of($1)) AS into_ (span)
ON CONFLICT (store_id, span, variant_id) DO UPDATE SET sold = kept.sold + excluded.sold, cost = kept.cost + excluded.cost,
    lost = kept.lost + excluded.lost, uncosted = kept.uncosted + excluded.uncosted

-- name: costs
-- As `sums`, of the variants between $6 and $7: the one that is nothing but zeros has the sum of all others. Costs are whole numbers, as text.
SELECT {places} variant_id, sum(cost)::text AS cost, sum(lost)::text AS lost, reports.added(uncosted) AS uncosted
FROM (
    SELECT {of_span} variant_id, cost, lost, uncosted
    FROM reports.cost_sums WHERE store_id = ANY ($1::uuid[]) AND span = ANY ($2::text[]) AND variant_id BETWEEN $6 AND $7
    UNION ALL
    SELECT {of_day} variant_id, cost, lost, uncosted
    FROM reports.cost_days WHERE store_id = ANY ($1::uuid[]) AND day = ANY ($3::date[]) AND variant_id BETWEEN $6 AND $7
    UNION ALL
    SELECT {of_span} variant_id, -cost, -lost, -uncosted
    FROM reports.cost_sums WHERE store_id = ANY ($1::uuid[]) AND span = ANY ($4::text[]) AND variant_id BETWEEN $6 AND $7
    UNION ALL
    SELECT {of_day} variant_id, -cost, -lost, -uncosted
    FROM reports.cost_days WHERE store_id = ANY ($1::uuid[]) AND day = ANY ($5::date[]) AND variant_id BETWEEN $6 AND $7
) AS part
GROUP BY {places} variant_id

-- === stock

-- name: save_stock_values
INSERT INTO reports.stock_values AS kept (store_id, day, currency, variants, value, below_zero, uncosted, at)
SELECT new.*, $1 FROM unnest($2::uuid[], $3::date[], $4::text[], $5::integer[], $6::bigint[], $7::integer[], $8::integer[]) AS new
ON CONFLICT (store_id, day) DO UPDATE SET currency = excluded.currency, variants = excluded.variants, value = excluded.value,
    below_zero = excluded.below_zero, uncosted = excluded.uncosted, at = excluded.at
WHERE kept.at < excluded.at

-- name: stock_values
SELECT day, store_id, currency, variants, value, below_zero, uncosted, at FROM reports.stock_values
WHERE store_id = ANY ($1::uuid[]) AND day BETWEEN $2 AND $3
ORDER BY day, store_id

-- name: last_sold
-- The newest of the days that are not over; else the newest month, and in it the newest day: a few looks into an index for each.
SELECT wanted.store_id, wanted.key, coalesce((
    SELECT at.day FROM generate_series(
        (current_date + 1)::timestamp,
        coalesce(closed.until + 1, (SELECT min(day) FROM reports.days WHERE generation = $1 AND kind = 'total'))::timestamp,
        interval '-1 day'
    ) AS at (day)
    WHERE EXISTS (
        SELECT FROM reports.days WHERE generation = $1 AND kind = 'product' AND store_id = wanted.store_id AND day = at.day::date
            AND key = wanted.key AND NOT back
    ) LIMIT 1
), (
    SELECT at.day FROM generate_series(
        (SELECT month.day FROM generate_series(
            date_trunc('month', closed.until)::date::timestamp,
            (SELECT date_trunc('month', min(day)) FROM reports.days WHERE generation = $1 AND kind = 'total')::timestamp,
            interval '-1 month'
        ) AS month (day) WHERE EXISTS (
            SELECT FROM reports.sums WHERE generation = $1 AND kind = 'product' AND store_id = wanted.store_id
                AND span = to_char(month.day, 'YYYY-MM') AND key = wanted.key AND NOT back
        ) LIMIT 1) + interval '1 month' - interval '1 day',
        '2000-01-01'::timestamp,
        interval '-1 day'
    ) AS at (day)
    WHERE EXISTS (
        SELECT FROM reports.days WHERE generation = $1 AND kind = 'product' AND store_id = wanted.store_id AND day = at.day::date
            AND key = wanted.key AND NOT back
    ) LIMIT 1
))::date AS day
FROM unnest($2::uuid[], $3::text[]) AS wanted (store_id, key)
LEFT JOIN reports.closed ON closed.books = 'days_' || $1::smallint AND closed.store_id = wanted.store_id

-- === counting again

-- name: rebuild_state
SELECT generation, building, position, head, built_at FROM reports.state

-- name: lock_state
SELECT generation, building, position FROM reports.state FOR UPDATE

-- name: empty_days_0
TRUNCATE reports.days_0

-- name: empty_days_1
TRUNCATE reports.days_1

-- name: empty_sums_0
TRUNCATE reports.sums_0

-- name: empty_sums_1
TRUNCATE reports.sums_1

-- name: empty_refunds_0
TRUNCATE reports.refunds_0

-- name: empty_refunds_1
TRUNCATE reports.refunds_1

-- name: begin_rebuild
UPDATE reports.state SET building = true, position = 0, head = 0

-- name: go_on
UPDATE reports.state SET position = $1, head = $2

-- name: open_all
DELETE FROM reports.closed WHERE books = $1

-- name: store_never_closed
-- Of the generation that is being counted again.
SELECT store_id FROM reports.days AS kept WHERE generation = $1 AND kind IN ('total', 'void')
    AND NOT EXISTS (SELECT FROM reports.closed WHERE books = 'days_' || $1::smallint AND closed.store_id = kept.store_id)
LIMIT 1

-- name: end_rebuild
UPDATE reports.state SET generation = 1 - generation, building = false, position = $1, head = $1, built_at = $2

-- name: mark_all_days
-- Costs of all days that there are, or were, are to be asked for again. Before `hold_costs`, as whoever books them locks the two.
INSERT INTO reports.uncosted_days (store_id, day, changed_at)
SELECT store_id, day, $1::timestamptz FROM reports.cost_days
UNION SELECT store_id, day, $1::timestamptz FROM reports.days, reports.state WHERE days.generation = state.generation AND kind = 'total'
ORDER BY store_id, day
ON CONFLICT (store_id, day) DO UPDATE SET changed_at = excluded.changed_at, costed_at = NULL

-- name: hold_costs
LOCK TABLE reports.cost_days, reports.cost_sums IN SHARE ROW EXCLUSIVE MODE

-- name: reopen_costs
-- What is only a sum of others: days as a whole, and spans. What then differs from the ledger is put right day by day.
WITH sums AS (DELETE FROM reports.cost_sums), opened AS (DELETE FROM reports.closed WHERE books = 'cost_days')
DELETE FROM reports.cost_days WHERE variant_id = '00000000-0000-0000-0000-000000000000'

-- name: sum_costs_of_days
INSERT INTO reports.cost_days (day, store_id, variant_id, sold, cost, lost, uncosted)
SELECT day, store_id, '00000000-0000-0000-0000-000000000000', sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days GROUP BY day, store_id

-- === the check

-- name: first_day
SELECT min(day) AS day FROM reports.days, reports.state WHERE days.generation = state.generation AND kind IN ('total', 'void')

-- name: kept_of_day
-- What was sold on the day $3, called off on it, and what came back of it on whichever day.
SELECT back, day, kind, key, count, quantity, gross, discount, service, net, tax, total FROM reports.days
WHERE generation = $1 AND store_id = $2 AND day = $3 AND (NOT back OR kind = 'void')
UNION ALL
SELECT back, day, kind, key, count, quantity, gross, discount, service, net, tax, total FROM reports.days
WHERE generation = $1 AND store_id = $2 AND kind = 'sold_on' AND key = $4

-- name: sides_that_differ
WITH sides AS (
    SELECT back, kind, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
        sum(total)::bigint AS total
    FROM reports.days WHERE generation = $1 AND store_id = $2 AND day = $3
        AND kind IN ('total', 'hour', 'register', 'cashier', 'group', 'product', 'category', 'adjustment', 'refund', 'reason', 'sold_on')
    GROUP BY back, kind
), adjusted AS (
    -- What belongs to no line is a row beside those that are made of lines.
    SELECT back, side.kind, one.total FROM sides AS one CROSS JOIN (VALUES ('product'), ('category')) AS side (kind) WHERE one.kind = 'adjustment'
)
SELECT back, wanted.kind, coalesce(side.count, 0) AS count, coalesce(side.quantity, 0) AS quantity, coalesce(side.net, 0) AS net,
    coalesce(side.tax, 0) AS tax, coalesce(side.total, 0) + coalesce(adjusted.total, 0) AS total, coalesce(whole.count, 0) AS whole_count,
    coalesce(whole.quantity, 0) AS whole_quantity, coalesce(whole.net, 0) AS whole_net, coalesce(whole.tax, 0) AS whole_tax,
    coalesce(whole.total, 0) AS whole_total
FROM (VALUES (false), (true)) AS way (back)
CROSS JOIN unnest(ARRAY['hour', 'register', 'cashier', 'group', 'product', 'category', 'refund', 'reason', 'sold_on']) AS wanted (kind)
LEFT JOIN sides AS side USING (back, kind)
LEFT JOIN adjusted USING (back, kind)
LEFT JOIN (SELECT * FROM sides WHERE kind = 'total') AS whole USING (back)
WHERE back OR wanted.kind NOT IN ('refund', 'reason', 'sold_on')

-- name: spans_that_differ
-- A span ($3), and what it is added up from: spans ($4), or days ($5).
SELECT back, kind, key,
    coalesce(parts.count, 0)::bigint AS parts_count, coalesce(parts.quantity, 0)::bigint AS parts_quantity,
    coalesce(parts.gross, 0)::bigint AS parts_gross, coalesce(parts.discount, 0)::bigint AS parts_discount,
    coalesce(parts.service, 0)::bigint AS parts_service, coalesce(parts.net, 0)::bigint AS parts_net,
    coalesce(parts.tax, 0)::bigint AS parts_tax, coalesce(parts.total, 0)::bigint AS parts_total,
    coalesce(whole.count, 0) AS whole_count, coalesce(whole.quantity, 0) AS whole_quantity, coalesce(whole.gross, 0) AS whole_gross,
    coalesce(whole.discount, 0) AS whole_discount, coalesce(whole.service, 0) AS whole_service, coalesce(whole.net, 0) AS whole_net,
    coalesce(whole.tax, 0) AS whole_tax, coalesce(whole.total, 0) AS whole_total
FROM (
    SELECT back, kind, key, sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount,
        sum(service) AS service, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
    FROM (
        SELECT back, kind, key, count, quantity, gross, discount, service, net, tax, total
        FROM reports.sums WHERE generation = $1 AND store_id = $2 AND span = ANY ($4::text[])
        UNION ALL
        SELECT back, kind, key, count, quantity, gross, discount, service, net, tax, total
        FROM reports.days WHERE generation = $1 AND store_id = $2 AND day = ANY ($5::date[])
            AND day <= (SELECT until FROM reports.closed WHERE books = 'days_' || $1::smallint AND store_id = $2)
    ) AS part GROUP BY back, kind, key
) AS parts
FULL JOIN (
    SELECT * FROM reports.sums WHERE generation = $1 AND store_id = $2 AND span = $3
) AS whole USING (back, kind, key)
WHERE (parts.count, parts.quantity, parts.gross, parts.discount, parts.service, parts.net, parts.tax, parts.total)
    IS DISTINCT FROM (whole.count, whole.quantity, whole.gross, whole.discount, whole.service, whole.net, whole.tax, whole.total)
ORDER BY kind, key, back LIMIT 100

-- name: cost_spans_that_differ
-- The same of costs.
SELECT variant_id::text AS key, coalesce(parts.sold, 0)::bigint AS parts_sold, coalesce(parts.cost, 0) AS parts_cost,
    coalesce(parts.lost, 0) AS parts_lost, coalesce(parts.uncosted, 0)::bigint AS parts_uncosted, coalesce(whole.sold, 0) AS whole_sold,
    coalesce(whole.cost, 0) AS whole_cost, coalesce(whole.lost, 0) AS whole_lost, coalesce(whole.uncosted, 0) AS whole_uncosted
FROM (
    SELECT variant_id, sum(sold) AS sold, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted) AS uncosted
    FROM (
        SELECT variant_id, sold, cost, lost, uncosted FROM reports.cost_sums WHERE store_id = $1 AND span = ANY ($3::text[])
        UNION ALL
        SELECT variant_id, sold, cost, lost, uncosted FROM reports.cost_days WHERE store_id = $1 AND day = ANY ($4::date[])
            AND day <= (SELECT until FROM reports.closed WHERE books = 'cost_days' AND store_id = $1)
    ) AS part GROUP BY variant_id
) AS parts
FULL JOIN (SELECT * FROM reports.cost_sums WHERE store_id = $1 AND span = $2) AS whole USING (variant_id)
WHERE (parts.sold, parts.cost, parts.lost, parts.uncosted) IS DISTINCT FROM (whole.sold, whole.cost, whole.lost, whole.uncosted)
ORDER BY key LIMIT 100
