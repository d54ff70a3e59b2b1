-- migrate:up

-- Which secret key this database is used with. Not the key: a fingerprint, from which nobody gets it.
CREATE TABLE installation.secret_key (
    fingerprint text NOT NULL,
    since timestamptz NOT NULL
);
CREATE UNIQUE INDEX secret_key_is_one_row ON installation.secret_key ((true));

-- migrate:down
DROP TABLE installation.secret_key;
