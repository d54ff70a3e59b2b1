-- migrate:up

-- `body` is the store as everybody gets to see it: the same JSON in answers, in the feed and in events.
-- `opened` and `position` are places in the log: of its beginning, which orders lists, and of its last change.
CREATE TABLE stores.stores (
    id uuid PRIMARY KEY,
    opened bigint NOT NULL UNIQUE,
    position bigint NOT NULL UNIQUE,
    body text NOT NULL
);

CREATE TABLE stores.registers (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores.stores,
    code_folded text COLLATE "C" NOT NULL,
    opened bigint NOT NULL UNIQUE,
    position bigint NOT NULL UNIQUE,
    body text NOT NULL,
    UNIQUE (store_id, code_folded)
);

CREATE INDEX registers_by_store ON stores.registers (store_id, opened);

-- migrate:down
DROP TABLE stores.registers, stores.stores;
