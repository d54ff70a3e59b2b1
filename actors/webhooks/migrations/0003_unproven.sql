-- migrate:up

-- JSON of the newest digest that could not be made.
ALTER TABLE webhooks.feeds ADD COLUMN unproven text;

-- migrate:down
ALTER TABLE webhooks.feeds DROP COLUMN unproven;
