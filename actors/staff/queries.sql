-- name: take_turns
-- Whoever changes keys does so alone until the commit: two revocations at once must not take the last owner away, and two
-- members that start at once must not make two.
SELECT pg_advisory_xact_lock(hashtextextended('staff: one writer at a time', 0))

-- name: load_keys
SELECT id, version, name, prefix, scopes, created_at, revoked_at FROM staff.keys WHERE id = ANY ($1::uuid[])

-- name: any_key
SELECT EXISTS (SELECT FROM staff.keys)

-- name: live_owners
SELECT id FROM staff.keys WHERE revoked_at IS NULL AND '*' = ANY (scopes)

-- name: save_key
INSERT INTO staff.keys (id, opened, position, version, name, prefix, hash, scopes, created_at)
VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8)

-- name: revoke_keys
UPDATE staff.keys SET position = new.position, version = new.version, revoked_at = $4
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (id, position, version)
WHERE keys.id = new.id

-- name: list_keys
-- `$3` is the beginning of the prefix as it is shown, or of what comes after `kasir_`.
SELECT opened, id, version, name, prefix, scopes, created_at, revoked_at FROM staff.keys
WHERE opened > $1 AND ($3::text IS NULL OR starts_with(prefix, $3) OR starts_with(substr(prefix, 7), $3))
ORDER BY opened LIMIT $2

-- name: list_changes
SELECT position, id, prefix, hash, scopes, revoked_at IS NOT NULL AS revoked FROM staff.keys
WHERE position > $1 ORDER BY position LIMIT $2
