-- migrate:up

-- In which stores alone somebody acts in the back office; empty for all. At a register it is `store_id`.
ALTER TABLE staff.keys ADD COLUMN store_ids uuid[] NOT NULL DEFAULT '{}';
UPDATE staff.keys SET store_ids = ARRAY(SELECT jsonb_array_elements_text(people.body::jsonb -> 'store_ids')::uuid)
FROM staff.people WHERE people.id = keys.person_id AND keys.kind = 'session' AND keys.store_id IS NULL;

-- migrate:down
ALTER TABLE staff.keys DROP COLUMN store_ids;
