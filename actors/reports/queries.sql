-- What reports ask of their database.

-- === following

-- name: current_generation
SELECT generation FROM reports.state

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

-- name: add_months
INSERT INTO reports.months AS kept (
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

-- === reading

-- name: sum_by_key
-- $3: the firsts of whole months; $4: single days; $5: days that are taken off again. Each arm is summed up by itself, where the
-- planner knows how few groups there will be.
SELECT back, key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, key, currency,
        sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount,
        sum(service) AS service, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($3::date[]) GROUP BY back, key, currency
    UNION ALL
    SELECT back, key, currency, sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($4::date[]) GROUP BY back, key, currency
    UNION ALL
    SELECT back, key, currency, -sum(count), -sum(quantity), -sum(gross), -sum(discount), -sum(service), -sum(net), -sum(tax), -sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($5::date[]) GROUP BY back, key, currency
) AS row
GROUP BY back, key, currency

-- name: sum_by_store
SELECT back, store_id::text AS key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, store_id, currency,
        sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount,
        sum(service) AS service, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($3::date[]) GROUP BY back, store_id, currency
    UNION ALL
    SELECT back, store_id, currency, sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($4::date[]) GROUP BY back, store_id, currency
    UNION ALL
    SELECT back, store_id, currency, -sum(count), -sum(quantity), -sum(gross), -sum(discount), -sum(service), -sum(net), -sum(tax), -sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($5::date[]) GROUP BY back, store_id, currency
) AS row
GROUP BY back, store_id, currency

-- name: sum_by_day
SELECT back, to_char(day, 'YYYY-MM-DD') AS key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity,
    sum(gross)::bigint AS gross, sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net,
    sum(tax)::bigint AS tax, sum(total)::bigint AS total
FROM reports.days
WHERE generation = $1 AND kind = $2 AND store_id = ANY ($3::uuid[]) AND day BETWEEN $4 AND $5
GROUP BY back, day, currency

-- name: sum_by_month
SELECT back, month AS key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, to_char(day, 'YYYY-MM') AS month, currency,
        sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount,
        sum(service) AS service, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($3::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), currency
    UNION ALL
    SELECT back, to_char(day, 'YYYY-MM'), currency, sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($4::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), currency
    UNION ALL
    SELECT back, to_char(day, 'YYYY-MM'), currency, -sum(count), -sum(quantity), -sum(gross), -sum(discount), -sum(service), -sum(net), -sum(tax), -sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($5::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), currency
) AS row
GROUP BY back, month, currency

-- name: sum_by_month_and_store
-- As taxes are filed.
SELECT back, month, store_id, key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, to_char(day, 'YYYY-MM') AS month, store_id, key, currency,
        sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount,
        sum(service) AS service, sum(net) AS net, sum(tax) AS tax, sum(total) AS total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($3::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), store_id, key, currency
    UNION ALL
    SELECT back, to_char(day, 'YYYY-MM'), store_id, key, currency, sum(count), sum(quantity), sum(gross), sum(discount), sum(service), sum(net), sum(tax), sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($4::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), store_id, key, currency
    UNION ALL
    SELECT back, to_char(day, 'YYYY-MM'), store_id, key, currency, -sum(count), -sum(quantity), -sum(gross), -sum(discount), -sum(service), -sum(net), -sum(tax), -sum(total)
    FROM reports.days WHERE generation = $1 AND kind = $2 AND store_id = ANY ($6::uuid[]) AND day = ANY ($5::date[]) GROUP BY back, to_char(day, 'YYYY-MM'), store_id, key, currency
) AS row
GROUP BY back, month, store_id, key, currency

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

-- name: add_cost_months
INSERT INTO reports.cost_months AS kept (day, store_id, variant_id, sold, cost, lost, uncosted)
SELECT $1, $2, new.* FROM unnest($3::uuid[], $4::bigint[], $5::numeric[], $6::numeric[], $7::bigint[]) AS new
ON CONFLICT (store_id, day, variant_id) DO UPDATE SET sold = kept.sold + excluded.sold, cost = kept.cost + excluded.cost,
    lost = kept.lost + excluded.lost, uncosted = kept.uncosted + excluded.uncosted

-- name: costs_by_day
-- The variant that is nothing but zeros has the sum of all others.
SELECT to_char(day, 'YYYY-MM-DD') AS key, store_id, cost, lost, uncosted
FROM reports.cost_days WHERE store_id = ANY ($1::uuid[]) AND day BETWEEN $2 AND $3 AND variant_id = '00000000-0000-0000-0000-000000000000'

-- name: costs_by_month
SELECT month AS key, store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted)::bigint AS uncosted
FROM (
    SELECT to_char(day, 'YYYY-MM') AS month, store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted) AS uncosted
    FROM reports.cost_months WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($1::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY to_char(day, 'YYYY-MM'), store_id
    UNION ALL
    SELECT to_char(day, 'YYYY-MM'), store_id, sum(cost), sum(lost), sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($2::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY to_char(day, 'YYYY-MM'), store_id
    UNION ALL
    SELECT to_char(day, 'YYYY-MM'), store_id, -sum(cost), -sum(lost), -sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($3::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY to_char(day, 'YYYY-MM'), store_id
) AS row
GROUP BY month, store_id

-- name: costs_by_store
SELECT store_id::text AS key, store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted)::bigint AS uncosted
FROM (
    SELECT store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted) AS uncosted
    FROM reports.cost_months WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($1::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY store_id
    UNION ALL
    SELECT store_id, sum(cost), sum(lost), sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($2::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY store_id
    UNION ALL
    SELECT store_id, -sum(cost), -sum(lost), -sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($3::date[]) AND variant_id = '00000000-0000-0000-0000-000000000000' GROUP BY store_id
) AS row
GROUP BY store_id

-- name: costs_by_product
SELECT variant_id::text AS key, store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted)::bigint AS uncosted
FROM (
    SELECT variant_id, store_id, sum(cost) AS cost, sum(lost) AS lost, sum(uncosted) AS uncosted
    FROM reports.cost_months WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($1::date[]) AND variant_id <> '00000000-0000-0000-0000-000000000000' GROUP BY variant_id, store_id
    UNION ALL
    SELECT variant_id, store_id, sum(cost), sum(lost), sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($2::date[]) AND variant_id <> '00000000-0000-0000-0000-000000000000' GROUP BY variant_id, store_id
    UNION ALL
    SELECT variant_id, store_id, -sum(cost), -sum(lost), -sum(uncosted)
    FROM reports.cost_days WHERE store_id = ANY ($4::uuid[]) AND day = ANY ($3::date[]) AND variant_id <> '00000000-0000-0000-0000-000000000000' GROUP BY variant_id, store_id
) AS row
GROUP BY variant_id, store_id

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

-- name: sold_quantities
SELECT key, sum(CASE WHEN back THEN -quantity ELSE quantity END)::bigint AS quantity FROM reports.days
WHERE generation = $1 AND kind = 'product' AND store_id = $2 AND day BETWEEN $3 AND $4
GROUP BY key

-- name: last_sold
-- The newest month in which it was sold, and in that month the newest day: a few looks into an index for each.
SELECT wanted.store_id, wanted.key, (
    SELECT day FROM generate_series(newest.month + interval '1 month' - interval '1 day', newest.month, interval '-1 day') AS at (day)
    WHERE EXISTS (
        SELECT FROM reports.days WHERE generation = $1 AND kind = 'product' AND store_id = wanted.store_id AND day = at.day::date
            AND key = wanted.key AND NOT back
    ) LIMIT 1
)::date AS day
FROM unnest($2::uuid[], $3::text[]) AS wanted (store_id, key) CROSS JOIN LATERAL (
    SELECT at.day AS month FROM generate_series(
        date_trunc('month', now() + interval '1 day')::date::timestamp,
        (SELECT min(day) FROM reports.months WHERE generation = $1 AND kind = 'total')::timestamp,
        interval '-1 month'
    ) AS at (day)
    WHERE EXISTS (
        SELECT FROM reports.months WHERE generation = $1 AND kind = 'product' AND store_id = wanted.store_id AND day = at.day::date
            AND key = wanted.key AND NOT back
    ) LIMIT 1
) AS newest

-- === counting again

-- name: rebuild_state
SELECT generation, building, position, head, built_at FROM reports.state

-- name: lock_state
SELECT generation, building, position FROM reports.state FOR UPDATE

-- name: empty_days_0
TRUNCATE reports.days_0

-- name: empty_days_1
TRUNCATE reports.days_1

-- name: empty_months_0
TRUNCATE reports.months_0

-- name: empty_months_1
TRUNCATE reports.months_1

-- name: empty_refunds_0
TRUNCATE reports.refunds_0

-- name: empty_refunds_1
TRUNCATE reports.refunds_1

-- name: begin_rebuild
UPDATE reports.state SET building = true, position = 0, head = 0

-- name: go_on
UPDATE reports.state SET position = $1, head = $2

-- name: hold_cursor
SELECT position FROM reports.followed WHERE log = 'orders' FOR UPDATE

-- name: move_cursor
UPDATE reports.followed SET position = $1 WHERE log = 'orders'

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
LOCK TABLE reports.cost_days, reports.cost_months IN SHARE ROW EXCLUSIVE MODE

-- name: empty_sums_of_costs
-- What is only a sum of others: days as a whole, and months. What then differs from the ledger is put right day by day.
WITH months AS (DELETE FROM reports.cost_months)
DELETE FROM reports.cost_days WHERE variant_id = '00000000-0000-0000-0000-000000000000'

-- name: sum_costs_of_days
INSERT INTO reports.cost_days (day, store_id, variant_id, sold, cost, lost, uncosted)
SELECT day, store_id, '00000000-0000-0000-0000-000000000000', sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days GROUP BY day, store_id

-- name: sum_costs_of_months
INSERT INTO reports.cost_months (day, store_id, variant_id, sold, cost, lost, uncosted)
SELECT date_trunc('month', day)::date, store_id, variant_id, sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days GROUP BY 1, 2, 3

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
        AND kind IN ('total', 'hour', 'register', 'cashier', 'group', 'product', 'category', 'refund', 'reason', 'sold_on')
    GROUP BY back, kind
)
SELECT back, wanted.kind, coalesce(side.count, 0) AS count, coalesce(side.quantity, 0) AS quantity, coalesce(side.net, 0) AS net,
    coalesce(side.tax, 0) AS tax, coalesce(side.total, 0) AS total, coalesce(whole.count, 0) AS whole_count,
    coalesce(whole.quantity, 0) AS whole_quantity, coalesce(whole.net, 0) AS whole_net, coalesce(whole.tax, 0) AS whole_tax,
    coalesce(whole.total, 0) AS whole_total
FROM (VALUES (false), (true)) AS way (back)
CROSS JOIN unnest(ARRAY['hour', 'register', 'cashier', 'group', 'product', 'category', 'refund', 'reason', 'sold_on']) AS wanted (kind)
LEFT JOIN sides AS side USING (back, kind)
LEFT JOIN (SELECT * FROM sides WHERE kind = 'total') AS whole USING (back)
WHERE back OR wanted.kind NOT IN ('refund', 'reason', 'sold_on')

-- name: months_that_differ
SELECT back, kind, key,
    coalesce(days.count, 0)::bigint AS days_count, coalesce(days.quantity, 0)::bigint AS days_quantity, coalesce(days.gross, 0)::bigint AS
    days_gross, coalesce(days.discount, 0)::bigint AS days_discount, coalesce(days.service, 0)::bigint AS days_service, coalesce(days.net,
    0)::bigint AS days_net, coalesce(days.tax, 0)::bigint AS days_tax, coalesce(days.total, 0)::bigint AS days_total, coalesce(month.count,
    0)::bigint AS month_count, coalesce(month.quantity, 0)::bigint AS month_quantity, coalesce(month.gross, 0)::bigint AS month_gross,
    coalesce(month.discount, 0)::bigint AS month_discount, coalesce(month.service, 0)::bigint AS month_service, coalesce(month.net,
    0)::bigint AS month_net, coalesce(month.tax, 0)::bigint AS month_tax, coalesce(month.total, 0)::bigint AS month_total
FROM (
    SELECT back, kind, key,
        sum(count) AS count, sum(quantity) AS quantity, sum(gross) AS gross, sum(discount) AS discount, sum(service) AS service, sum(net) AS
        net, sum(tax) AS tax, sum(total) AS total
    FROM reports.days WHERE generation = $1 AND store_id = $2 AND day BETWEEN $3 AND $4
    GROUP BY back, kind, key
) AS days
FULL JOIN (
    SELECT * FROM reports.months WHERE generation = $1 AND store_id = $2 AND day = $3
) AS month USING (back, kind, key)
WHERE (days.count, days.quantity, days.gross, days.discount, days.service, days.net, days.tax, days.total)
    IS DISTINCT FROM (month.count, month.quantity, month.gross, month.discount, month.service, month.net, month.tax, month.total)
ORDER BY kind, key, back LIMIT 100
