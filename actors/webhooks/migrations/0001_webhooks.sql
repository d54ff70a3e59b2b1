-- migrate:up

CREATE TABLE webhooks.endpoints (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    url text NOT NULL,
    event_types text[] NOT NULL,
    description text NOT NULL,
    secret bytea NOT NULL,
    active boolean NOT NULL,
    disabled_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    position bigint NOT NULL,
    CHECK (NOT active OR deleted_at IS NULL)
);
COMMENT ON COLUMN webhooks.endpoints.secret IS 'encrypted with the installation''s key';
COMMENT ON COLUMN webhooks.endpoints.position IS 'where in the log it last changed: the feed goes by it';
CREATE UNIQUE INDEX endpoints_position ON webhooks.endpoints (position);
CREATE INDEX endpoints_listed ON webhooks.endpoints (created_at, id) WHERE deleted_at IS NULL;

-- One row per event that somebody listens to, however many endpoints get it.
CREATE TABLE webhooks.events (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    traceparent text NOT NULL,
    created_at timestamptz NOT NULL
) WITH (toast_tuple_target = 8160);  -- bodies of a few kilobytes are not worth compressing

-- One event on its way to one endpoint. Its id is the event's: that is the webhook-id of every attempt.
-- No foreign keys: rows are written by the thousand, together with their event, and endpoints are never removed.
CREATE TABLE webhooks.deliveries (
    endpoint_id uuid NOT NULL,
    id uuid NOT NULL,
    event_type text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    due_at timestamptz NOT NULL,
    round smallint NOT NULL DEFAULT 0,
    attempts jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (endpoint_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);
COMMENT ON COLUMN webhooks.deliveries.due_at IS 'when to post; a member that is about to post moves it ahead (its lease)';
COMMENT ON COLUMN webhooks.deliveries.round IS 'how many waits of the schedule have been used';
COMMENT ON COLUMN webhooks.deliveries.attempts IS 'every post so far; here and not in a table, since each ends one delivery''s turn and is read with it';

-- The claim: what is due for one endpoint, oldest first.
CREATE INDEX deliveries_due ON webhooks.deliveries (endpoint_id, due_at) WHERE state = 'pending';
-- The primary key lists an endpoint's deliveries newest first; failed ones would be rare in it.
CREATE INDEX deliveries_failed ON webhooks.deliveries (endpoint_id, id) WHERE state = 'failed';

-- migrate:down

DROP TABLE webhooks.deliveries;
DROP TABLE webhooks.events;
DROP TABLE webhooks.endpoints;
