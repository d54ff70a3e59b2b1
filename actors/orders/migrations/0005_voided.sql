-- migrate:up

-- Receipt numbers that no sale has, and why: somebody has said so. Rows are never changed, nor taken away.
CREATE TABLE orders.voided_receipts (
    id uuid PRIMARY KEY,
    register_id uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL,
    CHECK (first <= last)
);
CREATE INDEX voided_receipts_of_register ON orders.voided_receipts (register_id, last);

-- migrate:down
DROP TABLE orders.voided_receipts;
