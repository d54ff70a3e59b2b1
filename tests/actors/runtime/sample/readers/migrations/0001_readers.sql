-- migrate:up
-- No unique index: reacting twice must show.
CREATE TABLE readers.seen (
    event_id text NOT NULL,
    position bigint NOT NULL,
    text text NOT NULL,
    by_member text NOT NULL,
    number bigserial
);
CREATE TABLE readers.cures (text text PRIMARY KEY);

-- migrate:down
DROP TABLE readers.cures, readers.seen;
