-- migrate:up

-- Customers who are erased, or about to be: nobody gives them store credit any more.
CREATE TABLE payments.forgotten (
    customer_id uuid PRIMARY KEY,
    attempt uuid NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON COLUMN payments.forgotten.attempt IS 'of erasing them: one that came to nothing takes back only what it has written itself';

-- migrate:down
DROP TABLE payments.forgotten;
