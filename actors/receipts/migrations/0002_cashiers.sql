-- migrate:up

ALTER TABLE receipts.templates ADD COLUMN show_cashier boolean NOT NULL DEFAULT true;

-- What the people who sell are called, and since when.
CREATE TABLE receipts.names (
    person_id uuid NOT NULL,
    since timestamptz NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (person_id, since)
);

-- migrate:down
DROP TABLE receipts.names;
ALTER TABLE receipts.templates DROP COLUMN show_cashier;
