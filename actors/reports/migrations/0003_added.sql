-- migrate:up

-- sum() of bigints counts in wider numbers and tells a numeric: three times the work, and reports add up tens of thousands of rows.
-- This one counts in bigints, and fails where one would not do ("bigint out of range"). Not for several processes at once: those who sell need
-- the others.
CREATE AGGREGATE reports.added(bigint) (SFUNC = int8pl, STYPE = bigint);

-- migrate:down
DROP AGGREGATE reports.added(bigint);
