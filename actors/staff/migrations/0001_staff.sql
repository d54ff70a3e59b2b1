-- migrate:up

-- `hash` is the SHA-256 of the whole key, hex: the key itself is nowhere.
-- `opened` and `position` are places in the log: of its beginning, which orders lists, and of its last change.
CREATE TABLE staff.keys (
    id uuid PRIMARY KEY,
    opened bigint NOT NULL UNIQUE,
    position bigint NOT NULL UNIQUE,
    version bigint NOT NULL,
    name text NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- migrate:down
DROP TABLE staff.keys;
