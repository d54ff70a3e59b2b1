-- migrate:up

-- Who pays on account or with points: the customer that the order named when the payment began.
ALTER TABLE payments.intents ADD COLUMN customer_id uuid;

-- migrate:down
ALTER TABLE payments.intents DROP COLUMN customer_id;
