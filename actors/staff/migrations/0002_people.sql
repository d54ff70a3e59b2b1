-- migrate:up

-- A session is a key of a person, with an end; a register has a key of its own. `rights`: JSON of RoleRights, null for no bounds.
ALTER TABLE staff.keys
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'api' CHECK (kind IN ('api', 'register', 'session')),
    ADD COLUMN person_id uuid,
    ADD COLUMN register_id uuid,
    ADD COLUMN store_id uuid,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN rights text;
CREATE UNIQUE INDEX one_key_a_register ON staff.keys (register_id) WHERE kind = 'register' AND revoked_at IS NULL;
CREATE INDEX api_keys ON staff.keys (opened) WHERE kind = 'api';
CREATE INDEX sessions_of_people ON staff.keys (person_id, opened) WHERE kind = 'session' AND revoked_at IS NULL;
CREATE INDEX sessions_at_registers ON staff.keys (register_id, opened) WHERE kind = 'session' AND revoked_at IS NULL;
CREATE INDEX sessions_by_end ON staff.keys (expires_at) WHERE kind = 'session';

CREATE TABLE staff.roles (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    rights text,
    built_in boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

INSERT INTO staff.roles (code, version, name, scopes, rights, built_in, created_at, updated_at)
SELECT code, 1, name, scopes, rights, true, now(), now() FROM (VALUES
    ('cashier', 'Cashier',
        ARRAY['stores:read', 'catalog:read', 'orders:write', 'payments:write', 'customers:write', 'shifts:write', 'receipts:write'],
        '{"discount_max":"10","refund_max":0,"void":false,"override":false,"no_sale":false}'),
    ('supervisor', 'Supervisor',
        ARRAY['stores:read', 'catalog:read', 'orders:write', 'payments:write', 'customers:write', 'shifts:write', 'receipts:write',
            'approvals:write', 'inventory:read', 'reports:read'],
        '{"discount_max":"50","refund_max":null,"void":true,"override":true,"no_sale":true}'),
    ('manager', 'Manager',
        ARRAY['stores:write', 'catalog:write', 'orders:write', 'inventory:write', 'payments:write', 'accounts:write', 'customers:write',
            'shifts:write', 'receipts:write', 'reports:write', 'approvals:write', 'staff:write'],
        '{"discount_max":null,"refund_max":null,"void":true,"override":true,"no_sale":true}'),
    ('owner', 'Owner', ARRAY['*'], NULL),
    ('operator', 'Operator', ARRAY['operations:write', 'webhooks:write', 'staff:read'],
        '{"discount_max":"0","refund_max":0,"void":false,"override":false,"no_sale":false}')
) AS seeds (code, name, scopes, rights);

-- `body` is the Person as everybody gets to see it, without what `tries` says. PIN and password: argon2id, after an HMAC with the secret key.
CREATE TABLE staff.people (
    id uuid PRIMARY KEY,
    opened bigint NOT NULL UNIQUE,
    code_folded text COLLATE "C" NOT NULL UNIQUE,
    login_folded text COLLATE "C" UNIQUE,
    roles text[] NOT NULL,
    active boolean NOT NULL,
    body text NOT NULL,
    pin_hash text,
    password_hash text
);
CREATE INDEX people_of_roles ON staff.people USING gin (roles);

-- Wrong PINs and passwords in a row, of names that exist and of names that do not, so that the lock tells nobody which do. `who` is keyed with the
-- secret key: people type their password where the login belongs.
CREATE TABLE staff.tries (
    who text COLLATE "C" PRIMARY KEY,
    failed integer NOT NULL,
    tried_at timestamptz NOT NULL,
    locked_until timestamptz
);
CREATE INDEX tries_by_age ON staff.tries (tried_at);

CREATE TABLE staff.enrolments (
    register_id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    name text NOT NULL,
    code_hash text COLLATE "C" NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL
);

-- `asked_by`: for whom it is. `used_for`: the one request that it was used for.
CREATE TABLE staff.approvals (
    hash text COLLATE "C" PRIMARY KEY,
    person_id uuid NOT NULL,
    asked_by text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    rights text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_for text
);
CREATE INDEX approvals_by_end ON staff.approvals (expires_at);

-- migrate:down
DROP TABLE staff.approvals;
DROP TABLE staff.enrolments;
DROP TABLE staff.tries;
DROP TABLE staff.people;
DROP TABLE staff.roles;
DELETE FROM staff.keys WHERE kind <> 'api';
DROP INDEX staff.one_key_a_register, staff.api_keys, staff.sessions_of_people, staff.sessions_at_registers, staff.sessions_by_end;
ALTER TABLE staff.keys
    DROP COLUMN kind, DROP COLUMN person_id, DROP COLUMN register_id, DROP COLUMN store_id, DROP COLUMN expires_at, DROP COLUMN rights;
