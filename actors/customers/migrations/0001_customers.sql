-- migrate:up

CREATE TABLE customers.groups (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    tax_exempt boolean NOT NULL,
    points_factor text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Who was merged keeps its row, so that old ids lead somewhere; who was erased, too, but nothing personal is in it.
CREATE TABLE customers.customers (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    code text NOT NULL,
    code_key text COLLATE "C" UNIQUE,
    name text NOT NULL,
    phone text NOT NULL,
    email text NOT NULL,
    group_code text COLLATE "C",
    tax_exempt boolean NOT NULL,
    birthday date,
    note text NOT NULL,
    consent json NOT NULL,
    custom json NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    merged_into uuid,
    erased_at timestamptz
);
COMMENT ON COLUMN customers.customers.code_key IS 'the code without case; null once erased';
CREATE INDEX customers_listed ON customers.customers (created_at DESC, id DESC) WHERE merged_into IS NULL AND erased_at IS NULL;
CREATE INDEX customers_of_group ON customers.customers (group_code, created_at DESC, id DESC) WHERE merged_into IS NULL AND erased_at IS NULL;
CREATE INDEX customers_merged ON customers.customers (merged_into) WHERE merged_into IS NOT NULL;

-- What a customer is found by: a row for each word of the name, for the code, for the phone.
CREATE TABLE customers.finders (
    customer_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL,
    PRIMARY KEY (customer_id, word)
);
COMMENT ON COLUMN customers.finders.words IS 'all of the customer''s words, so that one index tells whether the others fit, too';
CREATE INDEX finders_by_word ON customers.finders (word, customer_id) INCLUDE (words);

-- What moves with sales, apart from the profile: the one row that is locked for it.
CREATE TABLE customers.balances (
    customer_id uuid PRIMARY KEY,
    merged_into uuid,
    erased boolean NOT NULL DEFAULT false,
    points bigint NOT NULL DEFAULT 0,
    points_number bigint NOT NULL DEFAULT 0,
    currency text,
    credit_limit bigint NOT NULL DEFAULT 0,
    owed bigint NOT NULL DEFAULT 0,
    credit_version bigint NOT NULL DEFAULT 0,
    opened_at timestamptz,
    updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN customers.balances.currency IS 'of the credit account; null: there is none';
COMMENT ON COLUMN customers.balances.credit_version IS 'counts changes of the limit and of what is owed; the number of the last entry at most';

-- Both ledgers: nothing in them is ever changed. Numbered in the order in which they were booked.
CREATE TABLE customers.credit_entries (
    customer_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('charge', 'payment', 'refund', 'merged')),
    currency text NOT NULL,
    amount bigint NOT NULL,
    balance bigint NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    reference text NOT NULL,
    note text NOT NULL,
    order_id uuid,
    intent_id uuid,
    PRIMARY KEY (customer_id, number)
);
CREATE INDEX credit_entries_by_time ON customers.credit_entries (customer_id, at, number);

CREATE TABLE customers.points_entries (
    customer_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('earned', 'taken_back', 'redeemed', 'given_back', 'expired', 'kept', 'adjusted', 'merged', 'erased')),
    points bigint NOT NULL,
    balance bigint NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    note text NOT NULL,
    order_id uuid,
    intent_id uuid,
    PRIMARY KEY (customer_id, number)
);

-- Points that came together: by a sale, or back from a payment, or by hand. Sums of `left` are the balance, unless that is below zero.
CREATE TABLE customers.lots (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    order_id uuid UNIQUE,
    version bigint NOT NULL,
    earned bigint NOT NULL CHECK (earned >= 0),
    "left" bigint NOT NULL CHECK ("left" >= 0),
    expired bigint NOT NULL CHECK (expired >= 0),
    expires_at timestamptz,
    terms json,
    at timestamptz NOT NULL,
    CHECK ("left" + expired <= earned)
);
COMMENT ON COLUMN customers.lots.version IS 'the order''s, as it was when this was reckoned';
COMMENT ON COLUMN customers.lots.terms IS 'the rules under which the sale was made; what comes back of it is reckoned by the same';
CREATE INDEX lots_left ON customers.lots (customer_id, expires_at, id) WHERE "left" > 0;
CREATE INDEX lots_expiring ON customers.lots (expires_at) WHERE "left" > 0 AND expires_at IS NOT NULL;
CREATE INDEX lots_newest ON customers.lots (at DESC) WHERE order_id IS NOT NULL;

-- Payment intents that a customer pays here: one row each, whatever the answer was.
CREATE TABLE customers.charges (
    intent_id uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    order_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('on_account', 'points')),
    state text NOT NULL CHECK (state IN ('approved', 'declined')),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    returned bigint NOT NULL DEFAULT 0,
    points bigint NOT NULL DEFAULT 0,
    points_returned bigint NOT NULL DEFAULT 0,
    failure text NOT NULL,
    at timestamptz NOT NULL,
    CHECK (returned BETWEEN 0 AND amount AND points_returned BETWEEN 0 AND points)
);
CREATE INDEX charges_of_customer ON customers.charges (customer_id);
CREATE INDEX charges_newest ON customers.charges (at DESC) WHERE state = 'approved';

CREATE TABLE customers.programs (
    currency text PRIMARY KEY,
    version bigint NOT NULL,
    earn_points bigint NOT NULL,
    earn_per bigint NOT NULL CHECK (earn_per > 0),
    point_value bigint NOT NULL,
    minimum bigint NOT NULL,
    excluded_categories text[] NOT NULL,
    count_points boolean NOT NULL,
    expire_months int,
    active boolean NOT NULL,
    -- What was sold before earns nothing, however late it is followed.
    begins_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE customers.programs, customers.charges, customers.lots, customers.points_entries, customers.credit_entries, customers.balances,
    customers.finders, customers.customers, customers.groups;
