-- migrate:up

-- A payment for an order that is not cash. Amounts in minor units; `refunded` and `refund_due` count the tip, too.
CREATE TABLE payments.intents (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    order_id uuid NOT NULL,
    method text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'held', 'approved', 'declined', 'expired', 'cancelled', 'returning', 'returned')),
    tender_type text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    tip bigint CHECK (tip >= 0),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    refund_due bigint NOT NULL DEFAULT 0,
    reference text NOT NULL,
    provider text,
    account_id uuid,
    qr text,
    failure text NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    at_provider text NOT NULL DEFAULT '' CHECK (at_provider IN ('', 'asked', 'there', 'settled')),
    refunding bigint NOT NULL DEFAULT 0,
    taken bigint,
    taken_refunded bigint NOT NULL DEFAULT 0,
    heard bigint NOT NULL DEFAULT 0,
    tries int NOT NULL DEFAULT 0,
    due_at timestamptz,
    leased_until timestamptz,
    -- Never more is given back than came in, or than somebody wanted back.
    CHECK (refunded <= refund_due AND refund_due <= amount + coalesce(tip, 0))
);
COMMENT ON COLUMN payments.intents.at_provider IS 'asked: may be there, or not; there: it has answered; settled: it will say nothing new';
COMMENT ON COLUMN payments.intents.refunding IS 'up to which sum a provider was asked to give back; stays until it has';
COMMENT ON COLUMN payments.intents.taken IS 'what the order has booked for it, tip included; null: it has not been heard of';
COMMENT ON COLUMN payments.intents.taken_refunded IS 'what the order has booked as given back';
COMMENT ON COLUMN payments.intents.heard IS 'position in the log of orders up to which it was told so';
COMMENT ON COLUMN payments.intents.due_at IS 'when a worker looks at it';
COMMENT ON COLUMN payments.intents.leased_until IS 'a worker is at it; when it dies, another takes over after this';
CREATE INDEX intents_of_order ON payments.intents (order_id, created_at DESC, id DESC);
CREATE INDEX intents_listed ON payments.intents (created_at DESC, id DESC);
CREATE INDEX intents_in_state ON payments.intents (state, created_at DESC, id DESC);
CREATE INDEX intents_due ON payments.intents (due_at) WHERE due_at IS NOT NULL;

-- A gift card or a store credit: what its entries sum up to.
CREATE TABLE payments.accounts (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('gift_card', 'store_credit')),
    currency text NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL CHECK (held >= 0),
    active boolean NOT NULL,
    hint text NOT NULL,
    note text NOT NULL,
    customer_id uuid,
    expires_at timestamptz,
    code_hash bytea UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- What is available is never below zero, whatever the code above believes.
    CHECK (balance >= held)
);
COMMENT ON COLUMN payments.accounts.code_hash IS 'keyed with the house''s secret; the code itself is stored nowhere';
CREATE INDEX accounts_listed ON payments.accounts (created_at DESC, id DESC);
CREATE INDEX accounts_of_customer ON payments.accounts (customer_id, created_at DESC, id DESC);

-- The ledger: nothing in it is ever changed.
CREATE TABLE payments.entries (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('issue', 'top_up', 'hold', 'release', 'redeem', 'refund')),
    amount bigint NOT NULL,
    held bigint NOT NULL,
    balance bigint NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    note text NOT NULL,
    intent_id uuid,
    order_id uuid,
    refund_number int
);
COMMENT ON COLUMN payments.entries.refund_number IS 'the order''s refund that this is store credit for';
CREATE INDEX entries_listed ON payments.entries (account_id, id DESC);
-- A refund becomes store credit once, however often it is told.
CREATE UNIQUE INDEX entries_of_refund ON payments.entries (order_id, refund_number, account_id) WHERE refund_number IS NOT NULL;

-- The static QRIS code of each store.
CREATE TABLE payments.merchants (
    store_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    qris text NOT NULL,
    merchant_name text NOT NULL,
    merchant_city text NOT NULL,
    updated_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE payments.merchants, payments.entries, payments.accounts, payments.intents;
