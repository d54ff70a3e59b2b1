-- What payments asks of its database.

-- name: one_at_a_time
-- Payments for one order are begun one after another, whichever member begins them: together they must not be more than it
-- needs. In a fixed order, so that batches do not wait for each other in a circle.
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('payments for ' || id, 0) AS key FROM unnest($1::uuid[]) AS o (id) ORDER BY key
) AS sorted

-- name: find_intents
SELECT * FROM payments.intents WHERE id = ANY ($1::uuid[])

-- name: lock_intents
-- These, and what is pending for orders that have ended: in one order of ids, so that batches do not wait for each other in a circle.
SELECT * FROM payments.intents
WHERE id = ANY ($1::uuid[]) OR (order_id = ANY ($2::uuid[]) AND state = 'pending') ORDER BY id FOR UPDATE

-- name: live_of_orders
-- Or with an id that somebody else wants to have.
SELECT * FROM payments.intents
WHERE (order_id = ANY ($1::uuid[]) AND state IN ('pending', 'held', 'approved')) OR id = ANY ($2::uuid[])

-- name: list_intents
SELECT * FROM payments.intents
WHERE ($1::uuid IS NULL OR order_id = $1)
    AND ($2::text IS NULL OR state = $2)
    AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
ORDER BY created_at DESC, id DESC LIMIT $5

-- name: insert_intents
-- Not an upsert: an id that somebody else took a moment ago must be refused, and not written over.
INSERT INTO payments.intents (
    id, version, order_id, method, state, tender_type, currency, amount, tip, refunded, refund_due, reference, provider, account_id,
    qr, failure, expires_at, created_at, updated_at, at_provider, refunding, taken, taken_refunded, heard, tries, due_at, customer_id
)
SELECT * FROM json_to_recordset($1::json) AS i (
    id uuid, version bigint, order_id uuid, method text, state text, tender_type text, currency text, amount bigint, tip bigint,
    refunded bigint, refund_due bigint, reference text, provider text, account_id uuid, qr text, failure text,
    expires_at timestamptz, created_at timestamptz, updated_at timestamptz, at_provider text, refunding bigint, taken bigint,
    taken_refunded bigint, heard bigint, tries int, due_at timestamptz, customer_id uuid
)

-- name: save_intents
UPDATE payments.intents AS i
SET version = n.version, order_id = n.order_id, state = n.state, refunded = n.refunded, refund_due = n.refund_due,
    reference = n.reference, qr = n.qr, failure = n.failure, updated_at = n.updated_at, at_provider = n.at_provider,
    refunding = n.refunding, taken = n.taken, taken_refunded = n.taken_refunded, heard = n.heard, tries = n.tries, due_at = n.due_at
FROM json_to_recordset($1::json) AS n (
    id uuid, version bigint, order_id uuid, state text, refunded bigint, refund_due bigint, reference text, qr text, failure text,
    updated_at timestamptz, at_provider text, refunding bigint, taken bigint, taken_refunded bigint, heard bigint, tries int,
    due_at timestamptz
)
WHERE i.id = n.id

-- name: claim_due
-- Leases what is due to one worker. That a provider is about to be asked is written down before it is: after a crash nobody
-- takes such a payment for one that no provider knows. The sum to be given back stays the same until it has been: its key, too.
UPDATE payments.intents AS i
SET leased_until = statement_timestamp() + make_interval(secs => $2),
    tries = i.tries + 1,
    at_provider = CASE WHEN i.provider IS NOT NULL AND i.at_provider = '' AND i.state = 'pending' AND i.expires_at > statement_timestamp()
        THEN 'asked' ELSE i.at_provider END,
    refunding = CASE WHEN i.refunding = 0 AND i.refund_due > i.refunded THEN i.refund_due ELSE i.refunding END
FROM (
    SELECT id FROM payments.intents
    WHERE due_at <= statement_timestamp() AND (leased_until IS NULL OR leased_until <= statement_timestamp())
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
) AS due
WHERE i.id = due.id
RETURNING i.*

-- name: end_lease
UPDATE payments.intents SET leased_until = NULL WHERE id = $1

-- name: find_accounts
SELECT * FROM payments.accounts WHERE id = ANY ($1::uuid[])

-- name: lock_accounts
SELECT * FROM payments.accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: find_codes
SELECT id, code_hash FROM payments.accounts WHERE code_hash = ANY ($1::bytea[])

-- name: list_accounts
SELECT * FROM payments.accounts
WHERE ($1::text IS NULL OR kind = $1)
    AND ($2::uuid[] IS NULL OR customer_id = ANY ($2))
    AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
ORDER BY created_at DESC, id DESC LIMIT $5

-- name: insert_accounts
INSERT INTO payments.accounts (
    id, version, kind, currency, balance, held, active, hint, note, customer_id, expires_at, code_hash, created_at, updated_at
)
SELECT id, version, kind, currency, balance, held, active, hint, note, customer_id, expires_at, decode(code_hash, 'base64'),
    created_at, updated_at
FROM json_to_recordset($1::json) AS a (
    id uuid, version bigint, kind text, currency text, balance bigint, held bigint, active boolean, hint text, note text,
    customer_id uuid, expires_at timestamptz, code_hash text, created_at timestamptz, updated_at timestamptz
)

-- name: save_accounts
UPDATE payments.accounts AS a
SET version = n.version, balance = n.balance, held = n.held, active = n.active, note = n.note, updated_at = n.updated_at
FROM json_to_recordset($1::json) AS n (
    id uuid, version bigint, balance bigint, held bigint, active boolean, note text, updated_at timestamptz
)
WHERE a.id = n.id

-- name: insert_entries
INSERT INTO payments.entries (id, account_id, kind, amount, held, balance, at, by, note, intent_id, order_id, refund_number)
SELECT * FROM json_to_recordset($1::json) AS e (
    id uuid, account_id uuid, kind text, amount bigint, held bigint, balance bigint, at timestamptz, by text, note text,
    intent_id uuid, order_id uuid, refund_number int
)

-- name: list_entries
SELECT e.*, a.currency FROM payments.entries AS e JOIN payments.accounts AS a ON a.id = e.account_id
WHERE e.account_id = $1 AND ($2::uuid IS NULL OR e.id < $2) ORDER BY e.id DESC LIMIT $3

-- name: owned_accounts
SELECT * FROM payments.accounts WHERE customer_id = ANY ($1::uuid[]) AND id > $2 ORDER BY id LIMIT $3

-- name: owned_entries
SELECT e.*, a.currency FROM payments.accounts AS a JOIN payments.entries AS e ON e.account_id = a.id
WHERE a.customer_id = ANY ($1::uuid[]) AND e.id > $2 ORDER BY e.id LIMIT $3

-- name: one_owner_at_a_time
-- Credit is given to somebody before they are forgotten, or after: in a fixed order, as above.
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('store credit of ' || id, 0) AS key FROM unnest($1::uuid[]) AS c (id) ORDER BY key
) AS sorted

-- name: forgotten
SELECT customer_id FROM payments.forgotten WHERE customer_id = ANY ($1::uuid[])

-- name: in_doubt
SELECT customer_id, attempt FROM payments.forgotten WHERE customer_id = ANY ($1::uuid[]) AND NOT sure

-- name: long_in_doubt
-- Whoever erases them has done it by now, or has given up.
SELECT customer_id FROM payments.forgotten WHERE NOT sure AND at < $1 ORDER BY at LIMIT $2

-- name: still_owned
-- Money that nobody could give back once it is not known whose it is. One that is closed has been given up.
SELECT * FROM payments.accounts WHERE customer_id = ANY ($1::uuid[]) AND active AND balance <> 0 ORDER BY id LIMIT 10

-- name: forget_owners
INSERT INTO payments.forgotten (customer_id, attempt, at) SELECT id, $2, $3 FROM unnest($1::uuid[]) AS c (id)
ON CONFLICT (customer_id) DO UPDATE SET attempt = excluded.attempt, at = excluded.at

-- name: remember_owners
-- Who is not erased, unless another attempt has begun meanwhile.
DELETE FROM payments.forgotten WHERE (customer_id, attempt) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))

-- name: forget_for_good
UPDATE payments.forgotten SET sure = true WHERE customer_id = ANY ($1::uuid[])

-- name: credited_refunds
SELECT order_id, refund_number, account_id FROM payments.entries WHERE order_id = ANY ($1::uuid[]) AND refund_number IS NOT NULL

-- name: find_merchants
SELECT * FROM payments.merchants WHERE store_id = ANY ($1::uuid[])

-- name: save_merchant
INSERT INTO payments.merchants AS m (store_id, version, qris, merchant_name, merchant_city, updated_at)
VALUES ($1, 1, $2, $3, $4, $5)
ON CONFLICT (store_id) DO UPDATE SET
    version = m.version + 1, qris = excluded.qris, merchant_name = excluded.merchant_name, merchant_city = excluded.merchant_city,
    updated_at = excluded.updated_at
RETURNING *

-- name: check_accounts
-- So many accounts, with what entries and promised intents come to. Promised at any moment are few.
SELECT a.id, a.currency, a.balance, a.held, e.balance AS entries_balance, e.held AS entries_held, coalesce(i.held, 0)::bigint AS promised
FROM (SELECT * FROM payments.accounts WHERE id > $1 ORDER BY id LIMIT $2) AS a
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS balance, coalesce(sum(held), 0)::bigint AS held FROM payments.entries WHERE account_id = a.id
) AS e
LEFT JOIN (
    SELECT account_id, sum(amount + coalesce(tip, 0)) AS held FROM payments.intents WHERE state = 'held' GROUP BY account_id
) AS i ON i.account_id = a.id
ORDER BY a.id

-- name: check_intents
-- So many payments. wrong: the order has booked another amount than came in, or wants another sum back than is due; or has taken what was
-- not there. unsettled: the order has not been heard of yet, or it is still going back.
SELECT *, taken IS NOT NULL
    AND (taken <> amount + coalesce(tip, 0) OR taken_refunded <> refund_due OR state NOT IN ('approved', 'returning', 'returned')) AS wrong,
    (taken IS NULL AND state IN ('held', 'approved')) OR refunded < refund_due OR state = 'returning' AS unsettled
FROM payments.intents WHERE id > $1 ORDER BY id LIMIT $2

-- === deriving again

-- name: lock_accounts_after
SELECT id FROM payments.accounts WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE

-- name: sum_entries
-- Of accounts that are locked: those that differ from what their entries come to.
SELECT a.id, a.balance, a.held, coalesce(e.amount, 0)::bigint AS entries, coalesce(e.held, 0)::bigint AS promised
FROM payments.accounts AS a
LEFT JOIN LATERAL (SELECT sum(amount) AS amount, sum(held) AS held FROM payments.entries WHERE account_id = a.id) AS e ON true
WHERE a.id = ANY ($1::uuid[]) AND (a.balance <> coalesce(e.amount, 0) OR a.held <> coalesce(e.held, 0))
ORDER BY a.id

-- name: set_balance
UPDATE payments.accounts SET balance = $2, held = $3 WHERE id = $1

-- name: intents_after
-- Those that an order has booked, or should have.
SELECT * FROM payments.intents WHERE id > $1 AND (taken IS NOT NULL OR state IN ('held', 'approved', 'returning', 'returned')) ORDER BY id LIMIT $2

-- === watched

-- name: count_unsettled
SELECT count(*) AS unsettled, min(created_at) AS since FROM payments.intents
WHERE (taken IS NULL AND state IN ('held', 'approved')) OR refunded < refund_due OR state = 'returning'
