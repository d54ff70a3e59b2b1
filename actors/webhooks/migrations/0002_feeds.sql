-- migrate:up

-- Every event that may be listened to, once, in one order for all: `position` is the cursor of the list of everything.
-- The body stays where it was written, in the log of its actor; `leaf` is the SHA-256 of `{id}.{body}`, for digests.
CREATE TABLE webhooks.sorted (
    position bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    log text NOT NULL,
    log_position bigint NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    store_id uuid,
    amount bigint,
    currency text,
    leaf bytea NOT NULL,
    traceparent text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX sorted_by_time ON webhooks.sorted USING brin (at);
CREATE INDEX sorted_by_key ON webhooks.sorted (key, position);

-- One row. Whoever sorts locks it: positions are in commit order. `generation` changes with every change of an endpoint, so that
-- nobody sorts by an endpoint as it was.
CREATE TABLE webhooks.sorted_head (
    position bigint NOT NULL,
    generation bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO webhooks.sorted_head VALUES (0, 0);
CREATE UNIQUE INDEX sorted_head_is_one_row ON webhooks.sorted_head ((true));

ALTER TABLE webhooks.endpoints
    ALTER COLUMN url DROP NOT NULL,
    ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'disabled')),
    ADD COLUMN store_ids uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN condition text NOT NULL DEFAULT '',
    ADD COLUMN headers bytea,
    ADD COLUMN header_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN signatures text[] NOT NULL DEFAULT '{v1}',
    ADD COLUMN timeout_seconds float8,
    ADD COLUMN rate_per_second integer,
    ADD COLUMN concurrency integer,
    ADD COLUMN schedule_seconds integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
    ADD COLUMN listens_from timestamptz;
COMMENT ON COLUMN webhooks.endpoints.number IS 'stands for the id wherever there are many rows';
COMMENT ON COLUMN webhooks.endpoints.headers IS 'its own headers as JSON, encrypted with the installation''s key';
COMMENT ON COLUMN webhooks.endpoints.listens_from IS 'older events are not in its feed, unless a replay puts them there';

-- Keys that sign for an endpoint: more than one during a rotation. Those that have ended are removed.
CREATE TABLE webhooks.secrets (
    endpoint integer NOT NULL REFERENCES webhooks.endpoints (number),
    number integer NOT NULL,
    secret bytea NOT NULL,
    signing_key bytea,
    public_key text,
    created_at timestamptz NOT NULL,
    ends_at timestamptz,
    PRIMARY KEY (endpoint, number)
);
COMMENT ON COLUMN webhooks.secrets.secret IS 'whsec_..., encrypted with the installation''s key';
COMMENT ON COLUMN webhooks.secrets.signing_key IS 'whsk_... (ed25519), encrypted likewise; none as long as v1a is not wished for';
INSERT INTO webhooks.secrets (endpoint, number, secret, created_at) SELECT number, 1, secret, created_at FROM webhooks.endpoints;

-- What is pending is sorted again, so nothing is lost: from the oldest of it on.
UPDATE webhooks.endpoints AS e SET
    status = CASE WHEN e.active OR e.deleted_at IS NOT NULL THEN 'active' WHEN e.disabled_reason IS NULL THEN 'paused' ELSE 'disabled' END,
    listens_from = coalesce((SELECT min(created_at) FROM webhooks.deliveries AS d WHERE d.endpoint_id = e.id AND d.state = 'pending'), now());
ALTER TABLE webhooks.endpoints ALTER COLUMN listens_from SET NOT NULL, DROP COLUMN secret, DROP COLUMN active;

-- Endpoints as they may be shown: without secrets, with what is public of the keys that sign for them now, the newest first.
CREATE VIEW webhooks.endpoints_shown AS
SELECT e.number, e.id, e.version, e.url, e.event_types, e.description, e.status, e.disabled_reason, e.created_at, e.updated_at, e.deleted_at,
    e.position, e.store_ids, e.condition, e.header_names, e.signatures, e.timeout_seconds, e.rate_per_second, e.concurrency,
    e.schedule_seconds, e.time_zone,
    (SELECT max(k.ends_at) FROM webhooks.secrets AS k WHERE k.endpoint = e.number AND k.ends_at > statement_timestamp()) AS old_secret_ends_at,
    CASE WHEN 'v1a' = ANY (e.signatures) THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('key', k.public_key, 'created_at', k.created_at, 'ends_at', k.ends_at) ORDER BY k.number DESC), '[]')
        FROM webhooks.secrets AS k
        WHERE k.endpoint = e.number AND k.public_key IS NOT NULL AND (k.ends_at IS NULL OR k.ends_at > statement_timestamp())
    ) ELSE '[]' END AS public_keys
FROM webhooks.endpoints AS e;

-- How far each endpoint's feed has come. Everything up to `done_to` is delivered, or among the troubles.
CREATE TABLE webhooks.feeds (
    endpoint integer PRIMARY KEY REFERENCES webhooks.endpoints (number),
    seq bigint NOT NULL DEFAULT 0,
    first_seq bigint NOT NULL DEFAULT 1,
    done_to bigint NOT NULL DEFAULT 0,
    pulled_to bigint NOT NULL DEFAULT 0,
    catch_up_to bigint NOT NULL DEFAULT 0,
    catch_up_per_second integer,
    hour_to bigint NOT NULL DEFAULT 0,
    hour_from timestamptz NOT NULL DEFAULT now(),
    hour_until timestamptz NOT NULL DEFAULT now(),
    day_to bigint NOT NULL DEFAULT 0,
    day_until timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON COLUMN webhooks.feeds.catch_up_to IS 'what was missed up to here goes out at catch_up_per_second';
COMMENT ON COLUMN webhooks.feeds.hour_to IS 'the last seq that an hourly digest has covered; the next one covers what comes after it, and begins at hour_from';
COMMENT ON COLUMN webhooks.feeds.hour_until IS 'up to here it is known whether there is an hour to tell of';
COMMENT ON COLUMN webhooks.feeds.day_until IS 'where the last daily digest ended, and the next one begins';
INSERT INTO webhooks.feeds (endpoint) SELECT number FROM webhooks.endpoints;

DROP TABLE webhooks.deliveries;
DROP TABLE webhooks.events;

-- An endpoint's feed: one row for each event in it. No index knows the state, so that noting an outcome touches nothing but the row.
CREATE TABLE webhooks.deliveries (
    endpoint integer NOT NULL,
    seq bigint NOT NULL,
    event bigint NOT NULL,
    lane integer NOT NULL,
    done "char" NOT NULL DEFAULT 'p' CHECK (done IN ('p', 'd', 'f')),
    attempts text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    PRIMARY KEY (endpoint, seq)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);
COMMENT ON COLUMN webhooks.deliveries.event IS 'its position in webhooks.sorted';
COMMENT ON COLUMN webhooks.deliveries.lane IS 'a hash of what the event is about: within a lane the order is kept';
COMMENT ON COLUMN webhooks.deliveries.done IS 'p: not yet; d: delivered; f: failed for good';
COMMENT ON COLUMN webhooks.deliveries.attempts IS 'JSON objects, one after the other, each with a comma behind it';
CREATE UNIQUE INDEX deliveries_by_event ON webhooks.deliveries (event, endpoint);
CREATE INDEX deliveries_by_time ON webhooks.deliveries USING brin (at);

-- The few that did not go through at once. retry: due at `due_at`; behind: waits for an earlier one in its lane; failed: for good.
CREATE TABLE webhooks.troubles (
    endpoint integer NOT NULL,
    seq bigint NOT NULL,
    lane integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('retry', 'behind', 'failed')),
    due_at timestamptz,
    round smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (endpoint, seq)
);
CREATE INDEX troubles_due ON webhooks.troubles (endpoint, due_at) WHERE kind = 'retry';
CREATE INDEX troubles_by_lane ON webhooks.troubles (endpoint, lane, seq) WHERE kind <> 'failed';
CREATE INDEX troubles_failed ON webhooks.troubles (endpoint, seq) WHERE kind = 'failed';

-- Members that post, and which endpoints each of them has in its charge. One that does not renew `until` has died.
CREATE TABLE webhooks.members (
    id uuid PRIMARY KEY,
    until timestamptz NOT NULL
);
CREATE TABLE webhooks.charges (
    endpoint integer PRIMARY KEY,
    member uuid NOT NULL
);
CREATE INDEX charges_by_member ON webhooks.charges (member);

-- How each endpoint fares, as the member in charge has last seen it.
CREATE TABLE webhooks.health (
    endpoint integer PRIMARY KEY,
    circuit text NOT NULL,
    success_rate float8,
    latency_ms_p50 integer,
    latency_ms_p99 integer,
    consecutive_failures integer NOT NULL,
    failing_since timestamptz,
    told_failing boolean NOT NULL DEFAULT false,
    last_success_at timestamptz,
    last_attempt_at timestamptz,
    last_error text,
    next_attempt_at timestamptz
) WITH (fillfactor = 50);

CREATE TABLE webhooks.replays (
    id uuid PRIMARY KEY,
    endpoint integer NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
    events jsonb NOT NULL,
    rate_per_second integer NOT NULL,
    total bigint NOT NULL,
    done bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    after bigint NOT NULL,
    until bigint NOT NULL,
    next_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
COMMENT ON COLUMN webhooks.replays.after IS 'the position in webhooks.sorted that it has come to; it ends at `until`';
COMMENT ON COLUMN webhooks.replays.next_at IS 'when to go on; whoever is about to go on moves it ahead, so that nobody else does the same';
CREATE UNIQUE INDEX replays_one_at_a_time ON webhooks.replays (endpoint) WHERE state = 'running';
CREATE INDEX replays_listed ON webhooks.replays (endpoint, started_at DESC, id);

-- migrate:down
DROP VIEW webhooks.endpoints_shown;
DROP TABLE webhooks.replays, webhooks.health, webhooks.charges, webhooks.members, webhooks.troubles, webhooks.deliveries, webhooks.feeds,
    webhooks.secrets, webhooks.sorted_head, webhooks.sorted;
