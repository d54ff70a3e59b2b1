-- migrate:up

ALTER TABLE webhooks.endpoints ADD COLUMN day_starts_at text NOT NULL DEFAULT '00:00';
COMMENT ON COLUMN webhooks.endpoints.day_starts_at IS 'when a day of its digests begins, by the clock of its time_zone';

-- As before, and the new column at its end.
CREATE OR REPLACE VIEW webhooks.endpoints_shown AS
SELECT e.number, e.id, e.version, e.url, e.event_types, e.description, e.status, e.disabled_reason, e.created_at, e.updated_at, e.deleted_at,
    e.position, e.store_ids, e.condition, e.header_names, e.signatures, e.timeout_seconds, e.rate_per_second, e.concurrency,
    e.schedule_seconds, e.time_zone,
    (SELECT max(k.ends_at) FROM webhooks.secrets AS k WHERE k.endpoint = e.number AND k.ends_at > statement_timestamp()) AS old_secret_ends_at,
    CASE WHEN 'v1a' = ANY (e.signatures) THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('key', k.public_key, 'created_at', k.created_at, 'ends_at', k.ends_at) ORDER BY k.number DESC), '[]')
        FROM webhooks.secrets AS k
        WHERE k.endpoint = e.number AND k.public_key IS NOT NULL AND (k.ends_at IS NULL OR k.ends_at > statement_timestamp())
    ) ELSE '[]' END AS public_keys,
    e.day_starts_at
FROM webhooks.endpoints AS e;

-- migrate:down
DROP VIEW webhooks.endpoints_shown;
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
ALTER TABLE webhooks.endpoints DROP COLUMN day_starts_at;
