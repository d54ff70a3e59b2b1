-- What customers asks of its database.

-- === profiles

-- name: find_profiles
SELECT * FROM customers.customers WHERE id = ANY ($1::uuid[])

-- name: lock_profiles
-- In one order of ids, so that batches do not wait for each other in a circle.
SELECT * FROM customers.customers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: records_to_erase
-- The record and those that were merged into it. When it is not the same any more, somebody was told meanwhile that they are not erased.
SELECT id, spared FROM customers.customers WHERE id = $1 OR merged_into = $1

-- name: spare
-- Who is being erased at this moment is waited for.
UPDATE customers.customers SET spared = spared + 1 WHERE id = $1 AND erased_at IS NULL RETURNING id

-- name: find_merged
SELECT * FROM customers.customers WHERE merged_into = ANY ($1::uuid[]) ORDER BY id

-- name: lock_merged
SELECT * FROM customers.customers WHERE merged_into = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: taken_codes
SELECT code_key, id FROM customers.customers WHERE code_key = ANY ($1::text[])

-- name: insert_profiles
-- Not an upsert: an id or a code that somebody else took a moment ago must be refused, and not written over.
INSERT INTO customers.customers (
    id, version, code, code_key, name, phone, email, group_code, tax_exempt, birthday, note, consent, custom, created_at, updated_at,
    merged_into, erased_at
)
SELECT * FROM json_to_recordset($1::json) AS c (
    id uuid, version bigint, code text, code_key text, name text, phone text, email text, group_code text, tax_exempt boolean, birthday date,
    note text, consent json, custom json, created_at timestamptz, updated_at timestamptz, merged_into uuid, erased_at timestamptz
)

-- name: save_profiles
UPDATE customers.customers AS c
SET version = n.version, code = n.code, code_key = n.code_key, name = n.name, phone = n.phone, email = n.email, group_code = n.group_code,
    tax_exempt = n.tax_exempt, birthday = n.birthday, note = n.note, consent = n.consent, custom = n.custom, updated_at = n.updated_at,
    merged_into = n.merged_into, erased_at = n.erased_at
FROM json_to_recordset($1::json) AS n (
    id uuid, version bigint, code text, code_key text, name text, phone text, email text, group_code text, tax_exempt boolean, birthday date,
    note text, consent json, custom json, updated_at timestamptz, merged_into uuid, erased_at timestamptz
)
WHERE c.id = n.id

-- name: drop_finders
DELETE FROM customers.finders WHERE customer_id = ANY ($1::uuid[])

-- name: insert_finders
INSERT INTO customers.finders (customer_id, word, words)
SELECT f.customer_id, w.word, ' ' || array_to_string(ARRAY(SELECT json_array_elements_text(f.words)), ' ')
FROM json_to_recordset($1::json) AS f (customer_id uuid, words json), json_array_elements_text(f.words) AS w (word)

-- name: list_newest
SELECT * FROM customers.customers
WHERE merged_into IS NULL AND erased_at IS NULL AND (created_at, id) < ($1::timestamptz, $2::uuid)
ORDER BY created_at DESC, id DESC LIMIT $3

-- name: list_group
SELECT * FROM customers.customers
WHERE group_code = $4 AND merged_into IS NULL AND erased_at IS NULL AND (created_at, id) < ($1::timestamptz, $2::uuid)
ORDER BY created_at DESC, id DESC LIMIT $3

-- name: search
-- Along the index of words from where the page before has ended, only as far as the page goes. That is said as one condition: with two
-- that are true from some word on, PostgreSQL begins to read at the first of them. A customer is found by the first
-- of its words that fit. The other beginnings are looked for in the index's own copy of the words: no row is read for who does not fit.
SELECT c.*, found.word
FROM unnest($1::text[], $2::text[]) AS r (low, high)
CROSS JOIN LATERAL (
    SELECT f.word, f.customer_id FROM customers.finders AS f
    WHERE (f.word, f.customer_id) > (greatest(r.low, $4::text COLLATE "C"), CASE WHEN r.low > $4 COLLATE "C" THEN $8::uuid ELSE $5::uuid END)
        AND f.word < r.high
        AND f.words LIKE ALL ($3::text[])
        AND NOT EXISTS (SELECT FROM customers.finders AS e WHERE e.customer_id = f.customer_id AND e.word >= r.low AND e.word < f.word)
        AND ($7::text IS NULL OR (SELECT g.group_code FROM customers.customers AS g WHERE g.id = f.customer_id) = $7)
    ORDER BY f.word, f.customer_id LIMIT $6
) AS found
JOIN customers.customers AS c ON c.id = found.customer_id
ORDER BY found.word COLLATE "C", found.customer_id LIMIT $6

-- name: count_words
-- How many words begin like each of these; counting ends where it is certain that there are many.
SELECT r.low, (SELECT count(*) FROM (SELECT FROM customers.finders AS f WHERE f.word >= r.low AND f.word < r.high LIMIT $3) AS counted) AS found
FROM unnest($1::text[], $2::text[]) AS r (low, high)
ORDER BY found, length(r.low) DESC LIMIT 1

-- name: look_up
SELECT o.id, o.merged_into, c.name, c.group_code, c.tax_exempt OR coalesce(g.tax_exempt, false) AS tax_exempt, c.erased_at IS NOT NULL AS erased,
    ARRAY(SELECT m.id FROM customers.customers AS m WHERE m.merged_into = c.id ORDER BY m.id) AS also
FROM customers.customers AS o
JOIN customers.customers AS c ON c.id = coalesce(o.merged_into, o.id)
LEFT JOIN customers.groups AS g ON g.code = c.group_code
WHERE o.id = ANY ($1::uuid[])

-- === groups

-- name: find_groups
SELECT * FROM customers.groups WHERE code = ANY ($1::text[])

-- name: lock_groups
SELECT * FROM customers.groups WHERE code = ANY ($1::text[]) ORDER BY code FOR UPDATE

-- name: list_groups
SELECT * FROM customers.groups WHERE code > $1 ORDER BY code LIMIT $2

-- name: insert_group
INSERT INTO customers.groups (code, version, name, tax_exempt, points_factor, created_at, updated_at) VALUES ($1, 1, $2, $3, $4, $5, $5)

-- name: save_group
UPDATE customers.groups SET version = $2, name = $3, tax_exempt = $4, points_factor = $5, updated_at = $6 WHERE code = $1

-- === balances

-- name: find_balances
SELECT * FROM customers.balances WHERE customer_id = ANY ($1::uuid[])

-- name: lock_balances
SELECT * FROM customers.balances WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id FOR UPDATE

-- name: insert_balances
INSERT INTO customers.balances (customer_id, updated_at) SELECT id, $2 FROM unnest($1::uuid[]) AS n (id)

-- name: save_balances
UPDATE customers.balances AS b
SET points = n.points, points_number = n.points_number, currency = n.currency, credit_limit = n.credit_limit, owed = n.owed,
    credit_version = n.credit_version, opened_at = n.opened_at, updated_at = n.updated_at, erased = n.erased
FROM json_to_recordset($1::json) AS n (
    customer_id uuid, points bigint, points_number bigint, currency text, credit_limit bigint, owed bigint, credit_version bigint,
    opened_at timestamptz, updated_at timestamptz, erased boolean
)
WHERE b.customer_id = n.customer_id

-- name: point_balances
-- All of these lead to that one from now on.
UPDATE customers.balances SET merged_into = $2 WHERE customer_id = ANY ($1::uuid[])

-- name: insert_credit_entries
INSERT INTO customers.credit_entries (
    customer_id, number, id, kind, currency, amount, balance, at, by, reference, note, order_id, intent_id, register_id, store_id, business_date
)
SELECT * FROM json_to_recordset($1::json) AS e (
    customer_id uuid, number bigint, id uuid, kind text, currency text, amount bigint, balance bigint, at timestamptz, by text,
    reference text, note text, order_id uuid, intent_id uuid, register_id uuid, store_id uuid, business_date date
)

-- name: insert_points_entries
INSERT INTO customers.points_entries (customer_id, number, id, kind, points, balance, at, by, note, order_id, intent_id)
SELECT * FROM json_to_recordset($1::json) AS e (
    customer_id uuid, number bigint, id uuid, kind text, points bigint, balance bigint, at timestamptz, by text, note text, order_id uuid,
    intent_id uuid
)

-- name: credit_entries
SELECT * FROM customers.credit_entries
WHERE customer_id = $1 AND number > $2 AND number <= $6 AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4)
ORDER BY number LIMIT $5

-- name: balance_before
-- What was owed before the first entry from then on; times never go down from one entry to the next.
SELECT balance FROM customers.credit_entries WHERE customer_id = $1 AND at < $2 ORDER BY at DESC, number DESC LIMIT 1

-- name: points_entries
SELECT * FROM customers.points_entries WHERE customer_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3

-- name: points_entries_up
SELECT * FROM customers.points_entries WHERE customer_id = $1 AND number > $2 ORDER BY number LIMIT $3

-- === lots

-- name: lots_left
SELECT * FROM customers.lots WHERE customer_id = ANY ($1::uuid[]) AND "left" > 0

-- name: lots_of_orders
SELECT * FROM customers.lots WHERE order_id = ANY ($1::uuid[])

-- name: insert_lots
INSERT INTO customers.lots (id, customer_id, order_id, version, earned, "left", expired, expires_at, terms, at)
SELECT * FROM json_to_recordset($1::json) AS l (
    id uuid, customer_id uuid, order_id uuid, version bigint, earned bigint, "left" bigint, expired bigint, expires_at timestamptz,
    terms json, at timestamptz
)

-- name: save_lots
UPDATE customers.lots AS l
SET customer_id = n.customer_id, version = n.version, earned = n.earned, "left" = n.left, expired = n.expired
FROM json_to_recordset($1::json) AS n (id uuid, customer_id uuid, version bigint, earned bigint, "left" bigint, expired bigint)
WHERE l.id = n.id

-- name: move_lots
-- Those with nothing left, too: their orders may still give something back.
UPDATE customers.lots SET customer_id = $2 WHERE customer_id = $1

-- name: expiring
SELECT DISTINCT customer_id FROM (
    SELECT customer_id FROM customers.lots WHERE "left" > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2
) AS due

-- name: next_expiring
SELECT expires_at, sum("left")::bigint AS points FROM customers.lots
WHERE customer_id = $1 AND "left" > 0 AND expires_at IS NOT NULL GROUP BY expires_at ORDER BY expires_at LIMIT $2

-- === charges

-- name: find_charges
SELECT * FROM customers.charges WHERE intent_id = ANY ($1::uuid[])

-- name: lock_charges
SELECT * FROM customers.charges WHERE intent_id = ANY ($1::uuid[]) ORDER BY intent_id FOR UPDATE

-- name: insert_charges
-- An intent that another member has charged a moment ago collides here, and is found then.
INSERT INTO customers.charges (intent_id, customer_id, order_id, kind, state, currency, amount, points, failure, at)
SELECT * FROM json_to_recordset($1::json) AS c (
    intent_id uuid, customer_id uuid, order_id uuid, kind text, state text, currency text, amount bigint, points bigint, failure text,
    at timestamptz
)

-- name: save_charges
UPDATE customers.charges AS c SET returned = n.returned, points_returned = n.points_returned
FROM json_to_recordset($1::json) AS n (intent_id uuid, returned bigint, points_returned bigint)
WHERE c.intent_id = n.intent_id

-- name: move_charges
UPDATE customers.charges SET customer_id = $2 WHERE customer_id = $1

-- === programs

-- name: programs
SELECT * FROM customers.programs ORDER BY currency

-- name: save_program
INSERT INTO customers.programs AS p (
    currency, version, earn_points, earn_per, point_value, minimum, excluded_categories, count_points, expire_months, active, begins_at, updated_at
)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT (currency) DO UPDATE SET
    version = p.version + 1, earn_points = excluded.earn_points, earn_per = excluded.earn_per, point_value = excluded.point_value,
    minimum = excluded.minimum, excluded_categories = excluded.excluded_categories, count_points = excluded.count_points,
    expire_months = excluded.expire_months, active = excluded.active, updated_at = excluded.updated_at
RETURNING *

-- === the check

-- name: check_accounts
-- So many accounts, with what their entries and lots come to.
SELECT b.customer_id, b.currency, b.owed, b.points, c.credit_entries, c.charged, c.returned, c.paid, p.points_entries, l.lots
FROM (SELECT * FROM customers.balances WHERE customer_id > $1 ORDER BY customer_id LIMIT $2) AS b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS credit_entries, coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0)::bigint AS charged,
        coalesce(-sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS returned,
        coalesce(-sum(amount) FILTER (WHERE kind = 'payment'), 0)::bigint AS paid
    FROM customers.credit_entries AS e WHERE e.customer_id = b.customer_id
) AS c
CROSS JOIN LATERAL (
    SELECT coalesce(sum(points), 0)::bigint AS points_entries FROM customers.points_entries AS e WHERE e.customer_id = b.customer_id
) AS p
CROSS JOIN LATERAL (
    SELECT coalesce(sum("left"), 0)::bigint AS lots FROM customers.lots AS e WHERE e.customer_id = b.customer_id AND "left" > 0
) AS l
ORDER BY b.customer_id

-- name: check_charges
-- So many charges, with what entries of credit say of their payment intents.
SELECT c.*, e.booked FROM (SELECT * FROM customers.charges WHERE intent_id > $1 ORDER BY intent_id LIMIT $2) AS c
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS booked FROM customers.credit_entries AS e WHERE e.intent_id = c.intent_id
) AS e
ORDER BY c.intent_id

-- name: check_sales
-- So many lots of points that came by sales.
SELECT l.*, b.erased FROM customers.lots AS l JOIN customers.balances AS b ON b.customer_id = l.customer_id
WHERE l.id > $1 AND l.order_id IS NOT NULL ORDER BY l.id LIMIT $2

-- === deriving again

-- name: customers_after
SELECT id FROM customers.customers WHERE id > $1 ORDER BY id LIMIT $2

-- name: make_balances
INSERT INTO customers.balances (customer_id, merged_into, erased, updated_at)
SELECT id, merged_into, erased_at IS NOT NULL, $2 FROM customers.customers WHERE id = ANY ($1::uuid[]) ORDER BY id
ON CONFLICT (customer_id) DO NOTHING RETURNING customer_id

-- name: sum_accounts
-- Of accounts that are locked: those that differ from what their entries come to.
SELECT b.customer_id, p.points, p.number AS points_number, c.owed, greatest(b.credit_version, c.number) AS credit_version,
    coalesce(b.currency, c.currency) AS currency, coalesce(b.opened_at, c.began) AS opened_at
FROM customers.balances AS b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(points), 0)::bigint AS points, coalesce(max(number), 0) AS number
    FROM customers.points_entries WHERE customer_id = b.customer_id
) AS p
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS owed, coalesce(max(number), 0) AS number, max(currency) AS currency, min(at) AS began
    FROM customers.credit_entries WHERE customer_id = b.customer_id
) AS c
WHERE b.customer_id = ANY ($1::uuid[])
    AND (
        (b.points, b.points_number, b.owed) <> (p.points, p.number, c.owed)
        OR b.credit_version < c.number OR (b.currency IS NULL AND c.currency IS NOT NULL)
    )
ORDER BY b.customer_id

-- name: set_account
UPDATE customers.balances SET points = $2, points_number = $3, owed = $4, credit_version = $5, currency = $6, opened_at = $7 WHERE customer_id = $1

-- name: earned_of_orders
-- By the entries of these, and of those that were merged into them.
SELECT e.order_id, coalesce(b.merged_into, b.customer_id) AS holder_id, min(e.at) AS at, sum(e.points)::bigint AS earned
FROM customers.balances AS b JOIN customers.points_entries AS e ON e.customer_id = b.customer_id
WHERE coalesce(b.merged_into, b.customer_id) = ANY ($1::uuid[]) AND e.kind IN ('earned', 'taken_back') AND e.order_id IS NOT NULL
GROUP BY e.order_id, coalesce(b.merged_into, b.customer_id)

-- name: lots_of_customers
SELECT * FROM customers.lots WHERE customer_id = ANY ($1::uuid[]) OR order_id = ANY ($2::uuid[]) ORDER BY id

-- name: words_of_customers
SELECT customer_id, array_agg(word) AS found, array_agg(DISTINCT words) AS beside FROM customers.finders
WHERE customer_id = ANY ($1::uuid[]) GROUP BY customer_id
