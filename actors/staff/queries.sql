-- name: take_turns
-- Whoever changes keys does so alone until the commit: two revocations at once must not take the last owner away, and two
-- members that start at once must not make two.
SELECT pg_advisory_xact_lock(hashtextextended('staff: one writer at a time', 0))

-- name: load_keys
SELECT id, version, name, prefix, scopes, created_at, revoked_at FROM staff.keys WHERE kind = 'api' AND id = ANY ($1::uuid[])

-- name: any_key
SELECT EXISTS (SELECT FROM staff.keys)

-- name: live_owners
SELECT id FROM staff.keys WHERE kind = 'api' AND revoked_at IS NULL AND '*' = ANY (scopes)

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
WHERE kind = 'api' AND opened > $1 AND ($3::text IS NULL OR starts_with(prefix, $3) OR starts_with(substr(prefix, 7), $3))
ORDER BY opened LIMIT $2

-- name: list_changes
-- Whoever is at a register acts in its store.
SELECT position, id, prefix, hash, scopes, revoked_at IS NOT NULL AS revoked, kind, person_id, register_id, expires_at, rights,
    CASE WHEN store_id IS NULL THEN store_ids ELSE ARRAY[store_id] END AS store_ids
FROM staff.keys
WHERE position > $1 ORDER BY position LIMIT $2

-- === keys of registers and people

-- name: held_by_id
SELECT id, opened, kind, version, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, revoked_at, store_ids
FROM staff.keys WHERE id = ANY ($1::uuid[])

-- name: held_by_people
-- Sessions that have not ended, of these people.
SELECT id, opened, kind, version, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, revoked_at, store_ids
FROM staff.keys WHERE kind = 'session' AND revoked_at IS NULL AND expires_at > $2 AND person_id = ANY ($1::uuid[])

-- name: held_at_register
-- The key of a register, and the sessions that were opened there and have not ended.
SELECT id, opened, kind, version, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, revoked_at, store_ids
FROM staff.keys WHERE revoked_at IS NULL AND register_id = $1 AND (kind = 'register' OR (kind = 'session' AND expires_at > $2))

-- name: held_by_registers
SELECT id, opened, kind, version, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, revoked_at, store_ids
FROM staff.keys WHERE kind = 'register' AND revoked_at IS NULL

-- name: list_sessions
SELECT id, opened, kind, version, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, revoked_at, store_ids
FROM staff.keys
WHERE kind = 'session' AND revoked_at IS NULL AND expires_at > $3 AND opened < $1
    AND ($4::uuid IS NULL OR person_id = $4) AND ($5::uuid IS NULL OR register_id = $5)
ORDER BY opened DESC LIMIT $2

-- name: open_key
INSERT INTO staff.keys (
    id, opened, position, version, kind, name, prefix, hash, scopes, rights, person_id, register_id, store_id, created_at, expires_at, store_ids
)
VALUES ($1, $2, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: change_key
UPDATE staff.keys SET position = $2, version = $3, scopes = $4, rights = $5, revoked_at = $6, store_ids = $7 WHERE id = $1

-- name: forget_sessions
-- All edges know the end of a session, so nobody needs to be told that it is gone.
DELETE FROM staff.keys WHERE kind = 'session' AND expires_at < $1

-- === roles and people

-- name: load_roles
SELECT code, version, name, scopes, rights, built_in, created_at, updated_at FROM staff.roles
WHERE $1::text[] IS NULL OR code = ANY ($1) ORDER BY NOT built_in, created_at, code

-- name: save_role
INSERT INTO staff.roles (code, version, name, scopes, rights, built_in, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (code) DO UPDATE SET version = excluded.version, name = excluded.name, scopes = excluded.scopes, rights = excluded.rights,
    updated_at = excluded.updated_at

-- name: load_people
SELECT opened, body, pin_hash, password_hash FROM staff.people WHERE id = ANY ($1::uuid[])

-- name: find_people
SELECT opened, body, pin_hash, password_hash FROM staff.people WHERE code_folded = ANY ($1::text[]) OR login_folded = ANY ($2::text[])

-- name: people_of_role
SELECT opened, body, pin_hash, password_hash FROM staff.people WHERE active AND roles @> ARRAY[$1::text]

-- name: list_people
SELECT opened, body, pin_hash, password_hash FROM staff.people
WHERE opened > $1 AND ($3::boolean IS NULL OR active = $3) AND ($4::text IS NULL OR code_folded = $4)
ORDER BY opened LIMIT $2

-- name: save_person
INSERT INTO staff.people (id, opened, code_folded, login_folded, roles, active, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET code_folded = excluded.code_folded, login_folded = excluded.login_folded, roles = excluded.roles,
    active = excluded.active, body = excluded.body

-- name: set_pin
UPDATE staff.people SET pin_hash = $2 WHERE id = $1

-- name: set_password
UPDATE staff.people SET password_hash = $2 WHERE id = $1

-- === tries

-- name: load_tries
SELECT who, failed, locked_until FROM staff.tries WHERE who = ANY ($1::text[])

-- name: save_tries
INSERT INTO staff.tries (who, failed, tried_at, locked_until) VALUES ($1, $2, $3, $4)
ON CONFLICT (who) DO UPDATE SET failed = excluded.failed, tried_at = excluded.tried_at, locked_until = excluded.locked_until

-- name: forget_tries
DELETE FROM staff.tries WHERE who = ANY ($1::text[])

-- name: forget_old_tries
DELETE FROM staff.tries WHERE tried_at < $1

-- === enrolment

-- name: offer_enrolment
INSERT INTO staff.enrolments (register_id, store_id, name, code_hash, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (register_id) DO UPDATE SET store_id = excluded.store_id, name = excluded.name, code_hash = excluded.code_hash,
    expires_at = excluded.expires_at

-- name: take_enrolment
-- Taken is gone: of two who give the same code at once, one finds nothing.
DELETE FROM staff.enrolments WHERE code_hash = $1 RETURNING register_id, store_id, name, expires_at

-- name: forget_enrolment
DELETE FROM staff.enrolments WHERE register_id = $1

-- === approvals

-- name: save_approval
INSERT INTO staff.approvals (hash, person_id, asked_by, purpose, rights, store_ids, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: use_approval
-- The first request that it comes with is the one that it is for. A retry of that one may come after its end. $5: the stores that the request is about.
UPDATE staff.approvals SET used_for = $3
WHERE hash = $1 AND asked_by = $2 AND (used_for = $3 OR (used_for IS NULL AND expires_at > $4))
    AND (store_ids = '{}' OR $5::uuid[] <@ store_ids)
    AND person_id IN (SELECT id FROM staff.people WHERE active)
RETURNING person_id, rights

-- name: forget_approvals
DELETE FROM staff.approvals WHERE expires_at < $1
