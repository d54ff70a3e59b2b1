-- migrate:up

-- Who did what: a row for each person and batch of a command that changed something. `about`: the ids of what came of it.
-- Ids do not get smaller by compressing, so a row keeps them as they are, up to the size of a page.
CREATE TABLE audit (
    at timestamptz NOT NULL,
    id uuid NOT NULL,
    by text NOT NULL,
    approved_by text NOT NULL,
    command text NOT NULL,
    about text[] NOT NULL,
    request_ids text[] NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (at, id)
) WITH (toast_tuple_target = 8160);
CREATE INDEX audit_by_person ON audit (by, at, id);
CREATE INDEX audit_by_command ON audit (command, at, id);
CREATE INDEX audit_by_what ON audit USING gin (about);

-- migrate:down
DROP TABLE audit;
