-- migrate:up

-- Amounts are minor units of the order's currency, quantities thousandths of the unit.
CREATE TABLE orders.orders (
    id uuid PRIMARY KEY,
    version integer NOT NULL,
    status text NOT NULL,
    store_id uuid NOT NULL,
    register_id uuid NOT NULL,
    receipt_number bigint NOT NULL,
    receipt text NOT NULL,
    business_date date NOT NULL,
    sold_at timestamptz NOT NULL,
    offline boolean NOT NULL,
    currency text NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    cash_rounding bigint NOT NULL,
    tendered bigint NOT NULL,
    change bigint NOT NULL,
    rounding text NOT NULL,
    note text NOT NULL,
    placed_by text NOT NULL,
    -- What was asked for, so that the same sale sent again is known from another one with the same id.
    content bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
-- Also the proof that no receipt number is given twice.
CREATE UNIQUE INDEX orders_by_receipt ON orders.orders (register_id, receipt_number);
CREATE INDEX orders_by_time ON orders.orders (sold_at DESC, id DESC);
CREATE INDEX orders_of_store_by_time ON orders.orders (store_id, sold_at DESC, id DESC);

CREATE TABLE orders.lines (
    order_id uuid NOT NULL,
    number smallint NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity_milli bigint NOT NULL,
    unit text NOT NULL,
    unit_price bigint NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    taxes text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (order_id, number)
);

CREATE TABLE orders.tenders (
    order_id uuid NOT NULL,
    number smallint NOT NULL,
    type text NOT NULL,
    amount bigint NOT NULL,
    reference text NOT NULL,
    PRIMARY KEY (order_id, number)
);

-- The last receipt number of each register; taken in the transaction of the sale, so that none is lost or given twice.
CREATE TABLE orders.receipt_numbers (
    register_id uuid PRIMARY KEY,
    last bigint NOT NULL
) WITH (fillfactor = 50);

-- migrate:down
DROP TABLE orders.receipt_numbers, orders.tenders, orders.lines, orders.orders;
