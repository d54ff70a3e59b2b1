-- What inventory asks of its database. Rows are locked in one order everywhere: counts and transfers, then orders, then reservations,
-- then levels by store and variant.

-- name: lock_levels_if_all
-- All of them, in the one order; none when one is missing, for then `make_levels` must take them. Levels are never deleted.
WITH wanted AS MATERIALIZED (SELECT store_id, variant_id FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid))
SELECT store_id, variant_id, level.product_id, on_hand, reserved, in_transit, reorder_point, average_cost, level.currency, counted_at,
    count_id, updated_at
FROM wanted JOIN inventory.levels AS level USING (store_id, variant_id)
WHERE (SELECT count(*) FROM wanted JOIN inventory.levels USING (store_id, variant_id)) = (SELECT count(*) FROM wanted)
ORDER BY store_id, variant_id FOR UPDATE OF level

-- name: make_levels
-- Locks them all in one order, those too that it makes; what is there stays as it is.
INSERT INTO inventory.levels (store_id, variant_id, product_id, currency, updated_at)
SELECT store_id, variant_id, product_id, currency, $1
FROM json_to_recordset($2::json) AS wanted (store_id uuid, variant_id uuid, product_id uuid, currency text)
ORDER BY store_id, variant_id
ON CONFLICT (store_id, variant_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false

-- name: read_levels
SELECT store_id, variant_id, level.product_id, on_hand, reserved, in_transit, reorder_point, average_cost, level.currency, counted_at,
    count_id, updated_at
FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid) JOIN inventory.levels AS level USING (store_id, variant_id)

-- name: lock_levels
-- Those that are there, in the one order.
SELECT store_id, variant_id, level.product_id, on_hand, reserved, in_transit, reorder_point, average_cost, level.currency, counted_at,
    count_id, updated_at
FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid) JOIN inventory.levels AS level USING (store_id, variant_id)
ORDER BY store_id, variant_id FOR UPDATE OF level

-- name: save_levels
UPDATE inventory.levels AS level
SET on_hand = new.on_hand, reserved = new.reserved, in_transit = new.in_transit, reorder_point = new.reorder_point,
    average_cost = new.average_cost, counted_at = new.counted_at, count_id = new.count_id, updated_at = new.updated_at
FROM json_to_recordset($1::json) AS new (
    store_id uuid, variant_id uuid, on_hand bigint, reserved bigint, in_transit bigint, reorder_point bigint, average_cost bigint,
    counted_at timestamptz, count_id uuid, updated_at timestamptz
)
WHERE level.store_id = new.store_id AND level.variant_id = new.variant_id

-- name: insert_movements
INSERT INTO inventory.movements (
    id, store_id, variant_id, product_id, kind, quantity, reserved, in_transit, at, recorded_at, unit_cost, reference_id, reference,
    reason, by
)
SELECT id, store_id, variant_id, product_id, kind, quantity, coalesce(reserved, 0), coalesce(in_transit, 0), at, recorded_at, unit_cost,
    reference_id, coalesce(reference, ''), coalesce(reason, ''), coalesce(by, '')
FROM json_to_recordset($1::json) AS m (
    id uuid, store_id uuid, variant_id uuid, product_id uuid, kind text, quantity bigint, reserved bigint, in_transit bigint,
    at timestamptz, recorded_at timestamptz, unit_cost bigint, reference_id uuid, reference text, reason text, by text
)

-- name: insert_sold
-- Heads, each with its movements; levels by their places. Elements of arrays of one size, without nulls, are found at once.
INSERT INTO inventory.movements (
    id, store_id, variant_id, product_id, kind, quantity, reserved, in_transit, at, recorded_at, unit_cost, reference_id, reference,
    reason, by
)
SELECT ($9::uuid[])[n], ($12::uuid[])[level], ($13::uuid[])[level], ($14::uuid[])[level], kind, ($11::bigint[])[n], 0, 0, at, $1::timestamptz,
    nullif(($15::bigint[])[level], -1), reference_id, reference, '', by
FROM unnest($2::text[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::int[])
    AS head (kind, at, reference_id, reference, by, first, last),
    generate_series(first, last) AS n, LATERAL (SELECT ($10::int[])[n] AS level) AS place

-- name: known_products
-- What a store has, or has had, stays known when the catalog has forgotten it.
SELECT store_id, variant_id, product_id
FROM inventory.levels WHERE (store_id, variant_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))

-- name: hear_orders
-- Only those come back whose version is news; `again`: something was heard of the order before.
INSERT INTO inventory.orders AS known (order_id, store_id, version, heard)
SELECT id, store_id, version, 1 FROM json_to_recordset($1::json) AS o (id uuid, store_id uuid, version bigint)
ORDER BY id
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, store_id = excluded.store_id, heard = known.heard + 1
    WHERE known.version < excluded.version
RETURNING order_id, heard > 1 AS again

-- name: applied_uses
SELECT reference_id AS order_id, store_id, variant_id, product_id,
    coalesce(-sum(quantity) FILTER (WHERE kind = 'sale'), 0)::bigint AS sold,
    coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0)::bigint AS returned
FROM inventory.movements
WHERE reference_id = ANY ($1::uuid[]) AND kind IN ('sale', 'return')
GROUP BY reference_id, store_id, variant_id, product_id

-- name: lock_reservations
SELECT order_id, store_id, lines, version, confirmed, asked_at FROM inventory.reservations
WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE

-- name: insert_reservations
-- Two that make the same one at once collide: the second looks again.
INSERT INTO inventory.reservations (order_id, store_id, lines, version, confirmed, asked_at)
SELECT order_id, store_id, lines, version, confirmed, $1
FROM json_to_recordset($2::json) AS r (order_id uuid, store_id uuid, lines text, version bigint, confirmed boolean)

-- name: save_reservations
UPDATE inventory.reservations AS kept SET store_id = new.store_id, lines = new.lines, version = new.version, confirmed = new.confirmed,
    asked_at = $1
FROM json_to_recordset($2::json) AS new (order_id uuid, store_id uuid, lines text, version bigint, confirmed boolean)
WHERE kept.order_id = new.order_id

-- name: drop_reservations
DELETE FROM inventory.reservations WHERE order_id = ANY ($1::uuid[])

-- name: doubtful_reservations
SELECT order_id, asked_at FROM inventory.reservations WHERE NOT confirmed AND asked_at < $1 ORDER BY asked_at LIMIT $2

-- name: heard_versions
SELECT order_id, version FROM inventory.orders WHERE order_id = ANY ($1::uuid[])

-- name: list_levels
-- A page of all stores goes on where the last one ended; that of one store ends with it.
SELECT store_id, variant_id, product_id, on_hand, reserved, in_transit, reorder_point, average_cost, currency, counted_at, count_id, updated_at
FROM inventory.levels
WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3
ORDER BY store_id, variant_id LIMIT $4

-- name: list_levels_of_product
SELECT store_id, variant_id, product_id, on_hand, reserved, in_transit, reorder_point, average_cost, currency, counted_at, count_id, updated_at
FROM inventory.levels
WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3
  AND product_id = $5 AND ($6::uuid IS NULL OR variant_id = $6) AND (NOT $7::boolean OR on_hand <= reorder_point)
ORDER BY store_id, variant_id LIMIT $4

-- name: list_levels_of_variant
SELECT store_id, variant_id, product_id, on_hand, reserved, in_transit, reorder_point, average_cost, currency, counted_at, count_id, updated_at
FROM inventory.levels
WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3
  AND variant_id = $5 AND (NOT $6::boolean OR on_hand <= reorder_point)
ORDER BY store_id, variant_id LIMIT $4

-- name: list_levels_to_reorder
-- Has an index of its own, of the few that have a reorder point at all.
SELECT store_id, variant_id, product_id, on_hand, reserved, in_transit, reorder_point, average_cost, currency, counted_at, count_id, updated_at
FROM inventory.levels
WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3
  AND reorder_point IS NOT NULL AND on_hand <= reorder_point
ORDER BY store_id, variant_id LIMIT $4

-- name: list_movements
SELECT * FROM inventory.movements WHERE id < $1 AND ($2::text IS NULL OR kind = $2) ORDER BY id DESC LIMIT $3

-- name: list_movements_by_kind
-- Of anything but sales: those have an index of their own.
SELECT * FROM inventory.movements WHERE id < $1 AND kind = $2 AND kind <> 'sale' ORDER BY id DESC LIMIT $3

-- name: list_movements_of_store
SELECT * FROM inventory.movements
WHERE id < $1 AND ($2::text IS NULL OR kind = $2) AND store_id = $4
ORDER BY id DESC LIMIT $3

-- name: list_movements_of_variant
-- Store by store, so that each is a short look into one index.
SELECT movement.* FROM inventory.levels AS level CROSS JOIN LATERAL (
    SELECT * FROM inventory.movements
    WHERE id < $1 AND ($2::text IS NULL OR kind = $2) AND store_id = level.store_id AND variant_id = level.variant_id
    ORDER BY id DESC LIMIT $3
) AS movement
WHERE level.variant_id = $4 AND ($5::uuid IS NULL OR level.store_id = $5)
ORDER BY movement.id DESC LIMIT $3

-- name: list_movements_by_reference
SELECT * FROM inventory.movements
WHERE id < $1 AND ($2::text IS NULL OR kind = $2) AND reference_id = $4
  AND ($5::uuid IS NULL OR store_id = $5) AND ($6::uuid IS NULL OR variant_id = $6)
ORDER BY id DESC LIMIT $3

-- name: insert_counts
INSERT INTO inventory.counts (id, store_id, currency, version, state, note, lines, opened_by, created_at, updated_at)
SELECT id, store_id, currency, 1, 'open', note, lines, opened_by, $1, $1
FROM json_to_recordset($2::json) AS c (id uuid, store_id uuid, currency text, note text, lines integer, opened_by text)

-- name: save_count_lines
INSERT INTO inventory.count_lines AS line (count_id, variant_id, product_id, counted, counted_at, expected)
SELECT count_id, variant_id, product_id, counted, counted_at, expected FROM json_to_recordset($1::json) AS l (
    count_id uuid, variant_id uuid, product_id uuid, counted bigint, counted_at timestamptz, expected bigint
)
ORDER BY count_id, variant_id
ON CONFLICT (count_id, variant_id) DO UPDATE
SET counted = excluded.counted, counted_at = excluded.counted_at, expected = excluded.expected

-- name: save_counts
UPDATE inventory.counts AS count
SET version = new.version, state = new.state, lines = new.lines, updated_at = new.updated_at, closed_at = new.closed_at
FROM json_to_recordset($1::json) AS new (
    id uuid, version integer, state text, lines integer, updated_at timestamptz, closed_at timestamptz
)
WHERE count.id = new.id

-- name: find_counts
SELECT id, store_id, currency, version, state, note, opened_by, created_at, updated_at, closed_at FROM inventory.counts WHERE id = ANY ($1::uuid[])

-- name: lock_counts
SELECT id, store_id, currency, version, state, note, opened_by, created_at, updated_at, closed_at FROM inventory.counts WHERE id = ANY ($1::uuid[])
ORDER BY id FOR UPDATE

-- name: find_count_lines
SELECT count_id, variant_id, product_id, counted, counted_at, expected FROM inventory.count_lines
WHERE count_id = ANY ($1::uuid[]) ORDER BY count_id, variant_id

-- name: list_counts
SELECT id, lines FROM inventory.counts
WHERE id < $1 AND ($2::uuid IS NULL OR store_id = $2) AND ($3::text IS NULL OR state = $3)
ORDER BY id DESC LIMIT $4

-- name: variants_of_store
SELECT variant_id, product_id FROM inventory.levels WHERE store_id = $1 ORDER BY variant_id LIMIT $2

-- name: moved_since
-- What happened after a moment was written down after it, and ids are made as time goes: from $1's `after` on, and no further back.
SELECT line.store_id, line.variant_id, line.counted_at, (
    SELECT coalesce(sum(quantity), 0)::bigint FROM inventory.movements AS movement
    WHERE movement.store_id = line.store_id AND movement.variant_id = line.variant_id AND movement.id >= line.after
      AND movement.at > line.counted_at
) AS moved
FROM json_to_recordset($1::json) AS line (store_id uuid, variant_id uuid, counted_at timestamptz, after uuid)

-- name: insert_transfers
INSERT INTO inventory.transfers (id, from_store_id, to_store_id, state, costs, body)
SELECT id, from_store_id, to_store_id, 'in_transit', costs, body
FROM json_to_recordset($1::json) AS t (id uuid, from_store_id uuid, to_store_id uuid, costs text, body text)

-- name: save_transfers
UPDATE inventory.transfers AS transfer SET state = new.state, body = new.body
FROM json_to_recordset($1::json) AS new (id uuid, state text, body text) WHERE transfer.id = new.id

-- name: find_transfers
SELECT id, body FROM inventory.transfers WHERE id = ANY ($1::uuid[])

-- name: lock_transfers
SELECT id, body, costs FROM inventory.transfers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: list_transfers
-- A page ends where it would become too big for one message, but holds at least one. `found` tells how many there would have been.
SELECT id, body, found FROM (
    SELECT id, body, count(*) OVER () AS found,
        sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (
        SELECT id, body FROM inventory.transfers
        WHERE id < $1 AND ($2::uuid IS NULL OR from_store_id = $2 OR to_store_id = $2) AND ($3::text IS NULL OR state = $3)
        ORDER BY id DESC LIMIT $4
    ) AS page
    WINDOW up_to_here AS (ORDER BY id DESC)
) AS measured
WHERE bytes <= $5 OR nr = 1 ORDER BY id DESC

-- name: check_levels
-- The next $4 pairs of store and variant after ($1, $2), up to store $3, that have a level or movements: one look into an index for each
-- pair, and one for its movements. One statement, so that it sees ledger and levels at the same moment.
WITH RECURSIVE ledger AS (
    (
        SELECT store_id, variant_id FROM inventory.movements
        WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3 ORDER BY store_id, variant_id LIMIT 1
    )
    UNION ALL
    SELECT following.store_id, following.variant_id FROM ledger CROSS JOIN LATERAL (
        SELECT store_id, variant_id FROM inventory.movements
        WHERE (store_id, variant_id) > (ledger.store_id, ledger.variant_id) AND store_id <= $3 ORDER BY store_id, variant_id LIMIT 1
    ) AS following
), page AS MATERIALIZED (
    (SELECT store_id, variant_id FROM ledger LIMIT $4)
    UNION
    (
        SELECT store_id, variant_id FROM inventory.levels
        WHERE (store_id, variant_id) > ($1, $2) AND store_id <= $3 ORDER BY store_id, variant_id LIMIT $4
    )
    ORDER BY store_id, variant_id LIMIT $4
)
SELECT store_id, variant_id, (level.currency IS NOT NULL)::int AS kept, sums.*,
    coalesce(level.on_hand, 0) AS level_on_hand, coalesce(level.reserved, 0) AS level_reserved, coalesce(level.in_transit, 0) AS level_in_transit
FROM page LEFT JOIN inventory.levels AS level USING (store_id, variant_id) CROSS JOIN LATERAL (
    SELECT count(*) AS movements, coalesce(sum(quantity), 0)::bigint AS on_hand, coalesce(sum(reserved), 0)::bigint AS reserved,
        coalesce(sum(in_transit), 0)::bigint AS in_transit
    FROM inventory.movements AS movement
    WHERE movement.store_id = page.store_id AND movement.variant_id = page.variant_id
) AS sums
ORDER BY store_id, variant_id

-- name: check_reserved
-- The first $4 that differ, after ($1, $2) and up to store $3.
SELECT store_id, variant_id, coalesce(kept.milli, 0)::bigint AS expected, coalesce(level.reserved, 0) AS found
FROM (
    SELECT r.store_id, line.variant_id, sum(line.milli) AS milli
    FROM inventory.reservations AS r, json_to_recordset(r.lines::json) AS line (variant_id uuid, milli bigint)
    WHERE r.store_id >= $1 AND r.store_id <= $3
    GROUP BY r.store_id, line.variant_id
) AS kept
FULL JOIN (
    SELECT store_id, variant_id, reserved FROM inventory.levels WHERE store_id >= $1 AND store_id <= $3 AND reserved <> 0
) AS level USING (store_id, variant_id)
WHERE (store_id, variant_id) > ($1, $2) AND coalesce(kept.milli, 0) <> coalesce(level.reserved, 0)
ORDER BY store_id, variant_id LIMIT $4

-- name: check_orders
-- A page of orders as orders tells them ($1). Those whose version is the one that was told are judged here,
-- in one statement, because version and movements were written together. So are those that have taken nothing, and of which
-- nothing was heard: from before there was an inventory, perhaps.
WITH told AS (
    SELECT * FROM json_to_recordset($1::json) AS o (id uuid, version bigint, store_id uuid, stock json, reserved json)
), judged AS MATERIALIZED (
    SELECT told.id FROM told LEFT JOIN inventory.orders AS known ON known.order_id = told.id
    WHERE known.version = told.version
        OR (known.version IS NULL AND json_array_length(told.stock) = 0 AND json_array_length(told.reserved) = 0)
), expected AS (
    SELECT id AS order_id, store_id, use.variant_id, (sum(use.sold) * 1000)::bigint AS sold, (sum(use.returned) * 1000)::bigint AS returned
    FROM told JOIN judged USING (id), json_to_recordset(told.stock) AS use (variant_id uuid, sold numeric, returned numeric)
    GROUP BY id, store_id, use.variant_id
), found AS (
    SELECT movement.reference_id AS order_id, movement.store_id, movement.variant_id,
        coalesce(-sum(quantity) FILTER (WHERE kind = 'sale'), 0) AS sold, coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0) AS returned
    FROM inventory.movements AS movement JOIN judged ON judged.id = movement.reference_id
    WHERE kind IN ('sale', 'return')
    GROUP BY movement.reference_id, movement.store_id, movement.variant_id
)
SELECT NULL::uuid AS order_id, NULL::uuid AS store_id, NULL::uuid AS variant_id, count(*) AS judged,
    0::bigint AS sold, 0::bigint AS returned, 0::bigint AS found_sold, 0::bigint AS found_returned
FROM judged
UNION ALL
(
    SELECT order_id, store_id, variant_id, 0, coalesce(expected.sold, 0)::bigint, coalesce(expected.returned, 0)::bigint,
        coalesce(found.sold, 0)::bigint, coalesce(found.returned, 0)::bigint
    FROM expected FULL JOIN found USING (order_id, store_id, variant_id)
    WHERE (coalesce(expected.sold, 0), coalesce(expected.returned, 0)) IS DISTINCT FROM (coalesce(found.sold, 0), coalesce(found.returned, 0))
    ORDER BY order_id, variant_id
)

-- name: check_kept
-- What should be kept back for the orders of a page ($1), where nothing is being asked for just now.
WITH told AS (
    SELECT * FROM json_to_recordset($1::json) AS o (id uuid, version bigint, store_id uuid, reserved json)
), judged AS MATERIALIZED (
    SELECT told.id FROM told
    JOIN inventory.orders AS known ON known.order_id = told.id AND known.version = told.version
    LEFT JOIN inventory.reservations AS kept ON kept.order_id = told.id
    WHERE kept.confirmed IS NOT false
), expected AS (
    SELECT id AS order_id, store_id, line.variant_id, (sum(line.quantity) * 1000)::bigint AS milli
    FROM told JOIN judged USING (id), json_to_recordset(told.reserved) AS line (variant_id uuid, quantity numeric)
    GROUP BY id, store_id, line.variant_id
), found AS (
    SELECT kept.order_id, kept.store_id, line.variant_id, sum(line.milli) AS milli
    FROM inventory.reservations AS kept JOIN judged ON judged.id = kept.order_id,
        json_to_recordset(kept.lines::json) AS line (variant_id uuid, milli bigint)
    GROUP BY kept.order_id, kept.store_id, line.variant_id
)
SELECT order_id, store_id, variant_id, coalesce(expected.milli, 0)::bigint AS expected, coalesce(found.milli, 0)::bigint AS found
FROM expected FULL JOIN found USING (order_id, store_id, variant_id)
WHERE coalesce(expected.milli, 0) <> coalesce(found.milli, 0)
ORDER BY order_id, variant_id

-- name: orders_not_told
-- The first $5 orders that inventory has followed and that are not among those told ($3), after $1 and up to $2.
SELECT known.order_id FROM inventory.orders AS known LEFT JOIN json_array_elements_text($3::json) AS told (id) ON told.id::uuid = known.order_id
WHERE known.order_id > $1 AND known.order_id <= $2 AND told.id IS NULL AND ($4::uuid IS NULL OR known.store_id = $4)
ORDER BY known.order_id LIMIT $5

-- name: costs
-- Of what happened in store $1 from $3 on, before $4; nothing of that was written down before the id $2.
SELECT variant_id,
    coalesce(-sum(quantity) FILTER (WHERE kind IN ('sale', 'return')), 0)::bigint AS sold,
    coalesce(-sum(quantity::numeric * unit_cost) FILTER (WHERE kind IN ('sale', 'return')), 0) AS cost,
    coalesce(-sum(quantity::numeric * unit_cost) FILTER (WHERE kind NOT IN ('sale', 'return')), 0) AS lost,
    coalesce(-sum(quantity) FILTER (WHERE kind IN ('sale', 'return') AND unit_cost IS NULL), 0)::bigint AS uncosted
FROM inventory.movements
WHERE store_id = $1 AND id >= $2 AND at >= $3 AND at < $4 AND kind IN ('sale', 'return', 'waste', 'adjustment', 'count')
GROUP BY variant_id

-- name: worth
SELECT store_id, min(currency) AS currency, (count(*) FILTER (WHERE on_hand > 0))::int AS variants,
    coalesce(round(sum(on_hand::numeric * average_cost) FILTER (WHERE on_hand > 0) / 10000000), 0)::bigint AS value,
    (count(*) FILTER (WHERE on_hand < 0))::int AS below_zero, (count(*) FILTER (WHERE on_hand > 0 AND average_cost IS NULL))::int AS uncosted
FROM inventory.levels WHERE $1::uuid IS NULL OR store_id = $1
GROUP BY store_id

-- name: worth_horizon
SELECT id FROM inventory.movements WHERE store_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1

-- name: ledger_began
-- Asked only of a ledger that is no longer than what is looked through.
SELECT min(at) AS at FROM inventory.movements WHERE store_id = $1

-- name: changes_since
-- What has happened to each variant of store $1 between moments ($3), the last of them to now; nothing of that was written down before the id $2.
-- Without a change there is a row all the same, of the level as it is now.
-- `before`: what the last movement before the first moment says of the cost; only where something with a cost of its own comes next.
SELECT level.variant_id, level.currency, level.on_hand, level.average_cost, change.span, change.quantity, change.first_kind, change.first_cost, change.last_cost,
    CASE WHEN change.first_kind IN ('receipt', 'transfer_in') THEN (
        SELECT unit_cost FROM inventory.movements AS m
        WHERE m.store_id = $1 AND m.variant_id = level.variant_id AND m.at < ($3::timestamptz[])[1] ORDER BY m.id DESC LIMIT 1
    ) END AS before
FROM inventory.levels AS level LEFT JOIN (
    SELECT variant_id, width_bucket(at, $3::timestamptz[]) AS span, sum(quantity)::bigint AS quantity, (array_agg(kind ORDER BY at, id))[1] AS first_kind,
        (array_agg(unit_cost ORDER BY at, id))[1] AS first_cost, (array_agg(unit_cost ORDER BY at DESC, id DESC))[1] AS last_cost
    FROM inventory.movements WHERE store_id = $1 AND id >= $2 AND at >= ($3::timestamptz[])[1]
    GROUP BY variant_id, span
) AS change USING (variant_id)
WHERE level.store_id = $1
ORDER BY level.variant_id, change.span

-- === deriving again

-- name: whose_ledger
-- The product of each store and variant that has movements, as the newest one says.
SELECT DISTINCT ON (store_id, variant_id) store_id, variant_id, product_id
FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid) JOIN inventory.movements USING (store_id, variant_id)
ORDER BY store_id, variant_id, id DESC

-- name: sum_ledger
-- Asked once the levels are locked: nobody adds to these until the commit.
SELECT store_id, variant_id, sum(quantity)::bigint AS on_hand, sum(movement.reserved)::bigint AS reserved, sum(movement.in_transit)::bigint AS in_transit
FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid) JOIN inventory.movements AS movement USING (store_id, variant_id)
GROUP BY store_id, variant_id

-- name: costs_in_order
-- Of one level: what came in, left, and at what cost, from the beginning.
SELECT quantity, unit_cost FROM inventory.movements WHERE store_id = $1 AND variant_id = $2 ORDER BY id

-- name: last_counted
-- By the counts that are closed.
SELECT line.counted_at, line.count_id FROM inventory.count_lines AS line JOIN inventory.counts AS count ON count.id = line.count_id
WHERE count.store_id = $1 AND line.variant_id = $2 AND count.state = 'closed' AND line.counted_at IS NOT NULL
ORDER BY line.counted_at DESC LIMIT 1

-- name: forget_versions
-- As if nothing had been heard of these orders: what they say now is held against the ledger. Not of those that go on meanwhile.
INSERT INTO inventory.orders AS known (order_id, store_id, version, heard)
SELECT id, store_id, 0, 1 FROM json_to_recordset($1::json) AS o (id uuid, store_id uuid) ORDER BY id
ON CONFLICT (order_id) DO UPDATE SET version = 0, heard = known.heard + 1
    WHERE known.version <= (SELECT at_most FROM json_to_recordset($1::json) AS o (id uuid, at_most bigint) WHERE o.id = known.order_id)
RETURNING order_id

-- name: reserved_now
-- Once the levels are locked: what reservations keep back there.
SELECT r.store_id, line.variant_id, sum(line.milli)::bigint AS milli
FROM json_to_recordset($1::json) AS wanted (store_id uuid, variant_id uuid)
JOIN inventory.reservations AS r ON r.store_id = wanted.store_id,
    json_to_recordset(r.lines::json) AS line (variant_id uuid, milli bigint)
WHERE line.variant_id = wanted.variant_id
GROUP BY r.store_id, line.variant_id
