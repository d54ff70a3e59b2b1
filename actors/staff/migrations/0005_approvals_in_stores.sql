-- migrate:up

-- In which stores alone an approval holds; empty for all.
ALTER TABLE staff.approvals ADD COLUMN store_ids uuid[] NOT NULL DEFAULT '{}';

-- migrate:down
ALTER TABLE staff.approvals DROP COLUMN store_ids;
