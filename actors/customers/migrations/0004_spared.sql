-- migrate:up

ALTER TABLE customers.customers ADD COLUMN spared bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN customers.customers.spared IS
    'goes up when payments is told that the person is not erased: an erasing that began before comes to nothing';

-- migrate:down
ALTER TABLE customers.customers DROP COLUMN spared;
