-- migrate:up

-- What happened here, in commit order and without gaps: also the outbox. `log_head` is locked from the moment that
-- positions are taken until the commit, so whoever reads by position never skips a row that commits later.
CREATE TABLE log (
    position bigint PRIMARY KEY,
    id uuid NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    traceparent text NOT NULL,
    at timestamptz NOT NULL,
    body bytea NOT NULL
) WITH (toast_tuple_target = 8160);
-- Bodies of a few kilobytes stay as they are: compressing them costs more time than the rest of the insert.

CREATE TABLE log_head (
    position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head VALUES (0);
CREATE UNIQUE INDEX log_head_is_one_row ON log_head ((true));

-- How far the relay has come. `published`: JetStream has acknowledged it. `settled`: everybody has reacted to it.
CREATE TABLE relay (
    published bigint NOT NULL,
    settled bigint NOT NULL,
    stream_created text NOT NULL
);
INSERT INTO relay VALUES (0, 0, '');
CREATE UNIQUE INDEX relay_is_one_row ON relay ((true));

-- Which events this actor has reacted to. Kept as long as the log: all of that may be published again.
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    name text NOT NULL,
    key text NOT NULL,
    position bigint NOT NULL,
    traceparent text NOT NULL,
    body bytea NOT NULL,
    error text NOT NULL,
    tries integer NOT NULL,
    failed_at timestamptz NOT NULL
);

-- The first answer to each keyed command, for 30 days.
CREATE TABLE idempotency_keys (
    key text PRIMARY KEY,
    command text NOT NULL,
    fingerprint bytea NOT NULL,
    by text NOT NULL,
    outcome bytea NOT NULL,
    at timestamptz NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING brin (at);

-- migrate:down
DROP TABLE idempotency_keys, dead_letters, inbox, relay, log_head, log;
