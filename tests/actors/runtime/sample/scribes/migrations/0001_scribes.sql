-- migrate:up
-- No unique index: handling twice must show.
CREATE TABLE scribes.written (
    position bigint NOT NULL,
    text text NOT NULL,
    by_member text NOT NULL,
    number bigserial
);
CREATE TABLE scribes.cures (text text PRIMARY KEY);

-- migrate:down
DROP TABLE scribes.cures, scribes.written;
