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
-- $3: the firsts of whole months; $4 to $6: first and last days of what is added, or taken off again, by the day.
SELECT back, key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, key, currency, count, quantity, gross, discount, service, net, tax, total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day = ANY ($3::date[])
    UNION ALL
    SELECT back, key, currency, sign * count, sign * quantity, sign * gross, sign * discount, sign * service, sign * net, sign * tax,
        sign * total
    FROM unnest($4::date[], $5::date[], $6::bigint[]) AS span (first, last, sign)
    JOIN reports.days ON generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day BETWEEN first AND last
) AS row
GROUP BY back, key, currency

-- name: sum_by_store
SELECT back, store_id::text AS key, currency, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, store_id, currency, count, quantity, gross, discount, service, net, tax, total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day = ANY ($3::date[])
    UNION ALL
    SELECT back, store_id, currency, sign * count, sign * quantity, sign * gross, sign * discount, sign * service, sign * net, sign * tax,
        sign * total
    FROM unnest($4::date[], $5::date[], $6::bigint[]) AS span (first, last, sign)
    JOIN reports.days ON generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day BETWEEN first AND last
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
-- $8: by store and key, too, as taxes are filed.
SELECT back, month, currency, store_id, key, sum(count)::bigint AS count, sum(quantity)::bigint AS quantity, sum(gross)::bigint AS gross,
    sum(discount)::bigint AS discount, sum(service)::bigint AS service, sum(net)::bigint AS net, sum(tax)::bigint AS tax,
    sum(total)::bigint AS total
FROM (
    SELECT back, to_char(day, 'YYYY-MM') AS month, currency, CASE WHEN $8::boolean THEN store_id END AS store_id, CASE WHEN $8 THEN key ELSE '' END AS key,
        count, quantity, gross, discount, service, net, tax, total
    FROM reports.months WHERE generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day = ANY ($3::date[])
    UNION ALL
    SELECT back, to_char(day, 'YYYY-MM'), currency, CASE WHEN $8 THEN store_id END, CASE WHEN $8 THEN key ELSE '' END,
        sign * count, sign * quantity, sign * gross, sign * discount, sign * service, sign * net, sign * tax, sign * total
    FROM unnest($4::date[], $5::date[], $6::bigint[]) AS span (first, last, sign)
    JOIN reports.days ON generation = $1 AND kind = $2 AND store_id = ANY ($7::uuid[]) AND day BETWEEN first AND last
) AS row
GROUP BY back, month, currency, store_id, key

-- name: names
SELECT key, name, code FROM reports.names WHERE kind = $1 AND key = ANY ($2::text[])
