-- migrate:up

-- What is told is stored once: others say in which event it is, and where in its body.
CREATE UNIQUE INDEX log_by_id ON log (id);

-- An answer that an event of the same transaction holds is not stored again: `told` is that event, and the answer begins at
-- byte `told_from` of its body, counted from 1. `outcome` is empty then.
ALTER TABLE idempotency_keys
    ADD COLUMN told uuid,
    ADD COLUMN told_from integer,
    ADD COLUMN told_length integer;

-- migrate:down
ALTER TABLE idempotency_keys DROP COLUMN told_length, DROP COLUMN told_from, DROP COLUMN told;
DROP INDEX log_by_id;
