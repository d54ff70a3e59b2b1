-- migrate:up

-- As `closed_position`, in the log of customers: what of it stands later is not in the Z report. Nothing of it is in those that there are.
ALTER TABLE shifts.shifts ADD COLUMN closed_customers_position bigint;
UPDATE shifts.shifts SET closed_customers_position = 0 WHERE closed_position IS NOT NULL;

-- Corrections come from two logs now: they are listed as they came.
ALTER TABLE shifts.corrections ADD COLUMN log text NOT NULL DEFAULT 'orders', ADD COLUMN seq bigint;
UPDATE shifts.corrections AS kept SET seq = came.seq
FROM (SELECT shift_id, position, nr, row_number() OVER (ORDER BY position, nr) AS seq FROM shifts.corrections) AS came
WHERE (kept.shift_id, kept.position, kept.nr) = (came.shift_id, came.position, came.nr);
ALTER TABLE shifts.corrections ALTER COLUMN seq SET NOT NULL;
ALTER TABLE shifts.corrections ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('shifts.corrections', 'seq'), coalesce(max(seq), 0) + 1, false) FROM shifts.corrections;
ALTER TABLE shifts.corrections DROP CONSTRAINT corrections_pkey, ADD PRIMARY KEY (shift_id, seq);

-- How far a check has come in the log of customers.
ALTER TABLE shifts.proofs ADD COLUMN customers_position bigint NOT NULL DEFAULT 0;

-- migrate:down
ALTER TABLE shifts.proofs DROP COLUMN customers_position;
DELETE FROM shifts.corrections WHERE log <> 'orders';
ALTER TABLE shifts.corrections DROP CONSTRAINT corrections_pkey, ADD PRIMARY KEY (shift_id, position, nr);
ALTER TABLE shifts.corrections DROP COLUMN seq, DROP COLUMN log;
ALTER TABLE shifts.shifts DROP COLUMN closed_customers_position;
