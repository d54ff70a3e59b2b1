-- migrate:up

-- Into whose drawer the cash went that paid a debt.
ALTER TABLE customers.credit_entries ADD COLUMN register_id uuid, ADD COLUMN store_id uuid, ADD COLUMN business_date date;

-- migrate:down
ALTER TABLE customers.credit_entries DROP COLUMN register_id, DROP COLUMN store_id, DROP COLUMN business_date;
