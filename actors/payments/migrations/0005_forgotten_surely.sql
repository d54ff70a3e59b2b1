-- migrate:up

-- Whether they are erased by now, only customers knows: whoever wants to give them store credit asks, and so does somebody who looks
-- once in a while.
ALTER TABLE payments.forgotten ADD COLUMN sure boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN payments.forgotten.attempt IS 'of erasing them, the last one: what was found out about another one says nothing about it';
COMMENT ON COLUMN payments.forgotten.sure IS 'they are erased; else they are about to be, or were once';
CREATE INDEX forgotten_in_doubt ON payments.forgotten (at) WHERE NOT sure;

-- migrate:down
DROP INDEX payments.forgotten_in_doubt;
ALTER TABLE payments.forgotten DROP COLUMN sure;
